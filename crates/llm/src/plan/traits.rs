//! What a model can do, from the configuration, the table and its name, in this order. Knows no wire.

use domain::LlmSpec;
use serde_json::Value;

use crate::dialect::Dialect;
use crate::provider::{self, Effort, Provider};
use crate::table::Model;

/// How a model is made to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Thinking {
    /// It decides; it is told how hard to try.
    Adaptive,
    /// It is given as many tokens as the configuration says.
    Manual,
    /// It reasons, and takes an effort.
    Effort,
    /// It does not.
    None,
}

/// Abilities and habits of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a separate fact about a model"
)]
pub(crate) struct Traits {
    pub vision: bool,
    /// A wish for reasoning is sent.
    pub reasoning: bool,
    pub thinking: Thinking,
    /// It takes a temperature.
    pub sampling: bool,
    /// It wants marks where to cache.
    pub marks: bool,
    pub cache_key: bool,
    pub cache_retention: bool,
    pub responses: bool,
    /// It wants strings instead of blocks.
    pub strings: bool,
    /// It wants its visible reasoning back.
    pub reasoning_back: bool,
}

const EXPLICIT_CACHE: &[&str] = &[
    "claude-3-7-sonnet",
    "claude-sonnet-3-7-latest",
    "claude-3-5-sonnet",
    "claude-3-5-haiku",
    "claude-3-haiku-20240307",
    "claude-3-opus-20240229",
    "claude-sonnet-4",
    "claude-opus-4",
    "claude-haiku-4-5",
    "claude-haiku-5-5",
    "claude-opus-5",
    "claude-sonnet-5",
    "claude-fable-5",
];
const CACHE_RETENTION: &[&str] = &["gpt-5", "gpt-4.1", "!mini", "gpt-5.1-codex-mini", "!azure/"];
const MANUAL_THINKING: &[&str] = &["claude-sonnet-4-5", "claude-sonnet-4-6", "claude-haiku-4-5"];
const RESPONSES: &[&str] = &["gpt-5", "gpt-6", "codex-mini-latest"];
const STRINGS: &[&str] = &[
    "deepseek-v3.2",
    "glm",
    "groq/kimi-k2-instruct",
    "openrouter/minimax",
];
const REASONING_BACK: &[&str] = &[
    "kimi-k3",
    "kimi-k2-thinking",
    "kimi-k2.5",
    "kimi-k2.6",
    "openrouter/minimax-m2",
    "openrouter/minimax/minimax-m2",
    "deepseek/deepseek-reasoner",
    "deepseek/deepseek-v4-pro",
    "deepseek/deepseek-v4-flash",
    "deepseek/deepseek-v4.1-flash",
];

impl Traits {
    pub fn new(spec: &LlmSpec, provider: &Provider, facts: Option<&Model>) -> Self {
        let name = spec.model_canonical_name.as_deref().unwrap_or(&spec.model);
        let known = facts.cloned().unwrap_or_default();
        let said = |key: &str| spec.capability_overrides.get(key).and_then(Value::as_bool);
        let reasons = said("supports_reasoning_effort").or(known.reasoning);
        let thinking = thinking(spec, name, &known);
        let reasoning = match provider.effort {
            Effort::Always | Effort::Switch => reasons.unwrap_or(facts.is_none()),
            Effort::Known => reasons.unwrap_or(name.contains("kimi-k3")),
            Effort::Never => said("supports_reasoning_effort").unwrap_or(false),
        };
        let gemini = name.to_lowercase().contains("gemini");
        let sampling = said("supports_sampling_params").or(known.sampling);
        let vision = said("supports_vision").or(known.vision).unwrap_or(false);
        Self {
            vision: vision && spec.disable_vision != Some(true),
            reasoning,
            thinking,
            sampling: thinking != Thinking::Manual
                && sampling.unwrap_or(gemini || reasons != Some(true) && !reasoning),
            marks: spec.caching_prompt && explicit_cache(spec, name, &known),
            cache_key: said("supports_prompt_cache_key")
                .unwrap_or_else(|| takes_cache_key(provider, &known)),
            cache_retention: said("supports_prompt_cache_retention")
                .unwrap_or_else(|| matches(name, CACHE_RETENTION)),
            responses: said("supports_responses_api")
                .or(known.responses)
                .unwrap_or_else(|| matches(name, RESPONSES)),
            strings: spec
                .force_string_serializer
                .unwrap_or_else(|| provider.strings || matches(name, STRINGS)),
            reasoning_back: matches(name, REASONING_BACK)
                || provider.effort == Effort::Switch && reasoning,
        }
    }
}

/// Ordered rules: parts of a name, `!` to exclude; the last that matches wins.
fn matches(name: &str, rules: &[&str]) -> bool {
    let name = name.to_lowercase();
    rules.iter().fold(false, |so_far, rule| {
        let (part, verdict) = match rule.strip_prefix('!') {
            Some(part) => (part, false),
            None => (*rule, true),
        };
        if name.contains(part) { verdict } else { so_far }
    })
}

fn thinking(spec: &LlmSpec, name: &str, known: &Model) -> Thinking {
    let said = spec.capability_overrides.get("thinking_mode");
    match said.and_then(Value::as_str) {
        Some("adaptive") => return Thinking::Adaptive,
        Some("manual") => return Thinking::Manual,
        Some("unknown") => return Thinking::Effort,
        Some("none") => return Thinking::None,
        _ => {}
    }
    if known.adaptive == Some(true) {
        Thinking::Adaptive
    } else if known.reasoning == Some(false) {
        Thinking::None
    } else if matches(name, MANUAL_THINKING) {
        Thinking::Manual
    } else if known.reasoning == Some(true) {
        Thinking::Effort
    } else {
        Thinking::None
    }
}

/// Marks freeze the cache of models that cache by themselves, such as Gemini: only Claude gets them.
fn explicit_cache(spec: &LlmSpec, name: &str, known: &Model) -> bool {
    let said = spec.capability_overrides.get("supports_prompt_cache");
    if let Some(said) = said.and_then(Value::as_bool) {
        return said;
    }
    match known.caching {
        Some(false) => false,
        Some(true) if known.provider == "anthropic" || matches(name, &["claude"]) => true,
        Some(true) | None => matches(name, EXPLICIT_CACHE),
    }
}

/// Gateways take what the provider behind them takes.
fn takes_cache_key(provider: &Provider, known: &Model) -> bool {
    let behind = || provider::named(&known.provider).is_some_and(|p| p.cache_key);
    let speaks = provider.dialect != Dialect::Anthropic;
    speaks && (provider.cache_key || provider.gateway && behind())
}
