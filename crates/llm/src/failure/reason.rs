//! Why a request was refused, from the words and the status of the refusal. Knows no HTTP.

use domain::LlmErrorKind;

const CONTEXT: &[&str] = &[
    "contextwindowexceedederror",
    "context_length_exceeded",
    "prompt is too long",
    "input length and `max_tokens` exceed context limit",
    "please reduce the length of",
    "exceeds the available context size",
    "context length exceeded",
    "maximum context length",
    "exceeds the context window",
    "exceed context limit",
    "context window exceeds limit",
    "input token count",
    "tokens must be reduced in order to run",
];

const HISTORY: &[&str] = &[
    "`tool_use` ids were found without `tool_result`",
    "tool_use ids were found without",
    "each `tool_use` block must have",
    "each tool_use must have a single result",
    "found multiple `tool_result` blocks with id",
    "unexpected `tool_use_id` found in `tool_result`",
    "each `tool_result` block must have",
    "must be followed by tool messages responding to each 'tool_call_id'",
    "must be a response to a preceeding message with 'tool_calls'",
    "no tool output found for function call",
    "no tool call found for function call output",
    "failed to parse tool call arguments as json",
];

const QUOTA: &[&str] = &[
    "usage_limit_reached",
    "insufficient_quota",
    "budget_exceeded",
    "budget has been exceeded",
    "exceeded your current quota",
    "credit balance is too low",
    "insufficient balance",
    "insufficient credits",
    "billing_hard_limit",
];

const AUTH: &[&str] = &[
    "invalid api key",
    "invalid_api_key",
    "unauthorized",
    "missing api key",
    "invalid authentication",
    "invalid x-api-key",
    "authentication_error",
    "api key not valid",
    "access denied",
];

const POLICY: &[&str] = &[
    "content_policy",
    "content_filter",
    "content filtering policy",
    "output blocked by content filtering",
];

/// The kind of a refusal, from its words in lower case; `otherwise` where they tell nothing.
pub(crate) fn classify(clues: &str, otherwise: LlmErrorKind) -> LlmErrorKind {
    let says = |words: &[&str]| words.iter().any(|w| clues.contains(w));
    let vague = otherwise == LlmErrorKind::BadRequest;
    if otherwise == LlmErrorKind::Auth {
        LlmErrorKind::Auth
    } else if says(CONTEXT) {
        LlmErrorKind::ContextWindow
    } else if says(HISTORY) {
        LlmErrorKind::MalformedHistory
    } else if says(QUOTA) {
        LlmErrorKind::Quota
    } else if vague && says(AUTH) {
        LlmErrorKind::Auth
    } else if vague && says(POLICY) {
        LlmErrorKind::ContentPolicy
    } else {
        otherwise
    }
}

/// The kind of a refusal, from its status alone.
pub(crate) fn kind_of_status(status: u16) -> LlmErrorKind {
    match status {
        401 | 403 => LlmErrorKind::Auth,
        402 => LlmErrorKind::Quota,
        408 | 504 => LlmErrorKind::Timeout,
        413 => LlmErrorKind::ContextWindow,
        429 => LlmErrorKind::RateLimit,
        409 | 500.. => LlmErrorKind::Unavailable,
        _ => LlmErrorKind::BadRequest,
    }
}

/// The kind of an error that comes without a status, from the name of its type.
pub(super) fn kind_of_type(clues: &str) -> LlmErrorKind {
    let says = |words: &[&str]| words.iter().any(|w| clues.contains(w));
    if says(&["authentication_error", "permission_error"]) {
        LlmErrorKind::Auth
    } else if says(&["rate_limit"]) {
        LlmErrorKind::RateLimit
    } else if says(&["billing_error"]) {
        LlmErrorKind::Quota
    } else if says(&["timeout"]) {
        LlmErrorKind::Timeout
    } else if says(&["invalid_request", "not_found_error", "invalid_prompt"]) {
        LlmErrorKind::BadRequest
    } else {
        LlmErrorKind::Unavailable
    }
}
