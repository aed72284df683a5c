//! The error a caller gets, with the way out. Knows no connection.

use domain::{LlmError, LlmErrorKind, MASK, Secret};

use crate::dialect::Dialect;
use crate::failure::Failure;
use crate::plan::Plan;
use crate::provider::near;

/// What a person reads after so many failed attempts.
pub(super) fn error(plan: &Plan, failure: &Failure, failed: u32) -> LlmError {
    let mut message = masked(plan, &failure.message);
    if !message.ends_with(['.', '!', '?']) {
        message.push('.');
    }
    if failed > 1 {
        message.push_str(&format!(" That was attempt {failed}."));
    }
    LlmError {
        kind: failure.kind,
        provider: plan.place.clone(),
        model: plan.spec.model.clone(),
        status: failure.status,
        message,
        hint: failure
            .hint
            .clone()
            .unwrap_or_else(|| way_out(plan, failure)),
    }
}

/// What is told while waiting for the next attempt.
pub(super) fn line(plan: &Plan, failure: &Failure) -> String {
    let message = masked(plan, &failure.message);
    let message = message.lines().next().unwrap_or_default();
    match (failure.status, &failure.hint) {
        (Some(status), _) => format!("{} answered {status}: {message}", plan.place),
        (None, Some(hint)) => format!("{}: {message}. {hint}", plan.place),
        (None, None) => format!("{}: {message}", plan.place),
    }
}

/// Some providers repeat the key they refuse.
fn masked(plan: &Plan, text: &str) -> String {
    match plan.key.as_ref().and_then(Secret::expose) {
        Some(key) => text.replace(key, MASK),
        None => text.to_owned(),
    }
}

fn way_out(plan: &Plan, failure: &Failure) -> String {
    match failure.kind {
        LlmErrorKind::Auth => key(plan),
        LlmErrorKind::Quota => {
            "Add credit or raise the limit there, or choose another model.".to_owned()
        }
        LlmErrorKind::RateLimit => match failure.wait {
            Some(wait) => format!(
                "Try again in {} seconds, or choose another model.",
                wait.as_secs()
            ),
            None => "Try again later, or choose another model.".to_owned(),
        },
        LlmErrorKind::Timeout if plan.spec.stream => {
            "Try again, or raise `stream_idle_timeout`.".to_owned()
        }
        LlmErrorKind::Timeout => "Try again, or raise `timeout`.".to_owned(),
        LlmErrorKind::Unavailable if failure.status.is_none() => {
            "Check the network and the base URL, then try again.".to_owned()
        }
        LlmErrorKind::Unavailable | LlmErrorKind::NoResponse => {
            "Try again later, or choose another model.".to_owned()
        }
        LlmErrorKind::ContextWindow => {
            "The conversation must be condensed, or continued with a model that takes more."
                .to_owned()
        }
        LlmErrorKind::MalformedHistory => "The history must be rebuilt.".to_owned(),
        LlmErrorKind::ContentPolicy => "Say it differently.".to_owned(),
        LlmErrorKind::BadRequest => request(plan, failure),
        LlmErrorKind::Config => String::new(),
    }
}

fn key(plan: &Plan) -> String {
    let variable = plan.provider.keys.first().filter(|_| !plan.elsewhere());
    let variable = variable.copied().unwrap_or("LLM_API_KEY");
    if plan.key.is_none() {
        format!("Set {variable}, or pass --api-key.")
    } else {
        format!("The key was refused: check {variable}, or pass another with --api-key.")
    }
}

fn request(plan: &Plan, failure: &Failure) -> String {
    let not_found = matches!(failure.status, Some(404 | 405));
    let about_model = failure.clues.contains("model");
    if not_found && plan.elsewhere() && !about_model {
        let also = match plan.dialect {
            Dialect::Responses => ", or set `api_mode` to `chat`",
            Dialect::Chat | Dialect::Anthropic => "",
        };
        let url = &plan.url;
        return format!(
            "Nothing answers at {url}: correct the base URL, which mostly ends in `/v1`{also}."
        );
    }
    let unknown = [
        "not found",
        "not exist",
        "no such",
        "not a valid",
        "invalid model",
        "unknown model",
    ];
    let unknown = unknown.iter().any(|word| failure.clues.contains(word));
    if not_found || about_model && unknown {
        let names = near(&plan.spec.model, &plan.table);
        let other = names.into_iter().find(|name| *name != plan.spec.model);
        return match other {
            Some(name) => format!("The model name may be wrong: did you mean `{name}`?"),
            None => "The model name may be wrong.".to_owned(),
        };
    }
    if matches!(failure.status, Some(300..400)) {
        return "The address moved: correct the base URL.".to_owned();
    }
    String::new()
}
