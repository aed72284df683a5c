//! How much a model can take and make. Knows no wire.

use domain::LlmSpec;

use super::Trouble;
use crate::provider::Provider;
use crate::table::{Model, stem};

/// Tokens in and out, where known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    pub input: Option<u64>,
    pub output: Option<u64>,
}

/// Less than this is too little to work with.
const SMALLEST_WINDOW: u64 = 16_384;
/// A server of somebody's own may serve less than the table says.
const MODEST: u64 = 16_384;
/// Models that could write more than is sensible to ask for.
const LONG_WRITERS: &[&str] = &["claude-3-7-sonnet", "claude-sonnet-4", "kimi-k2-thinking"];
const LONG: u64 = 64_000;
const O3_OUTPUT: u64 = 100_000;

/// A window that is too small.
pub(super) struct TooSmall {
    pub message: String,
    pub hint: String,
}

impl Limits {
    pub fn new(spec: &LlmSpec, provider: &Provider, facts: Option<&Model>) -> Self {
        let input = spec.max_input_tokens.filter(|n| *n > 0);
        let input = input.or(facts.and_then(|m| m.max_input));
        let own = spec.max_output_tokens.filter(|n| *n > 0);
        let known = || default_output(spec, provider, facts, input);
        let output = own.or_else(known);
        let o3 = stem(&spec.model).starts_with("o3");
        Self {
            input,
            output: if o3 {
                Some(output.unwrap_or(O3_OUTPUT).min(O3_OUTPUT))
            } else {
                output
            },
        }
    }

    pub(super) fn too_small(&self) -> Option<TooSmall> {
        let window = self.input.filter(|n| *n < SMALLEST_WINDOW)?;
        let (message, hint): Trouble = (
            format!("its context of {window} tokens is too small; {SMALLEST_WINDOW} are needed."),
            "Choose a model with a larger context or, if the server is set up for more, say so in \
             `max_input_tokens`; `ALLOW_SHORT_CONTEXT_WINDOWS=true` lifts the limit."
                .to_owned(),
        );
        Some(TooSmall { message, hint })
    }
}

fn default_output(
    spec: &LlmSpec,
    provider: &Provider,
    facts: Option<&Model>,
    input: Option<u64>,
) -> Option<u64> {
    if LONG_WRITERS.iter().any(|name| spec.model.contains(name)) {
        return Some(LONG);
    }
    let listed = facts.and_then(|m| m.max_output)?;
    let output = match input {
        Some(window) if listed >= window => listed / 2,
        _ => listed,
    };
    let elsewhere = spec.base_url.is_some() && !provider.gateway;
    Some(if elsewhere {
        output.min(MODEST)
    } else {
        output
    })
}
