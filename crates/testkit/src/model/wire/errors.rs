//! Errors in the words of each provider: clients tell causes apart by them.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{data, event};
use crate::model::dialect::Dialect;
use crate::model::fault::{Cause, Failure};

/// The status a provider answers with.
pub(in crate::model) fn status(dialect: Dialect, failure: &Failure) -> u16 {
    failure
        .status
        .unwrap_or_else(|| words(dialect, failure.cause).status)
}

/// The body a provider answers with.
pub(in crate::model) fn failure(dialect: Dialect, failure: &Failure) -> Value {
    let words = words(dialect, failure.cause);
    let message = failure.message.as_deref().unwrap_or(words.message);
    match dialect {
        Dialect::Chat | Dialect::Responses => {
            let param = if words.param.is_empty() {
                Value::Null
            } else {
                json!(words.param)
            };
            let code = if words.code.is_empty() {
                Value::Null
            } else {
                json!(words.code)
            };
            json!({"error": {
                "message": message,
                "type": words.kind,
                "param": param,
                "code": code,
            }})
        }
        Dialect::Anthropic => {
            let kind = failure.status.map_or(words.kind, anthropic_kind);
            json!({
                "type": "error",
                "error": {"type": kind, "message": message},
                "request_id": "req_testkit",
            })
        }
    }
}

/// The event a provider sends when a stream fails that had begun well.
pub(in crate::model) fn in_stream(dialect: Dialect, fails: &Failure, sequence: usize) -> Bytes {
    let body = failure(dialect, fails);
    match dialect {
        Dialect::Chat => data(&body),
        Dialect::Anthropic => event(&body),
        Dialect::Responses => event(&json!({
            "type": "error",
            "sequence_number": sequence,
            "code": body["error"]["code"].as_str().unwrap_or("server_error"),
            "message": body["error"]["message"],
            "param": body["error"]["param"],
        })),
    }
}

struct Words {
    status: u16,
    kind: &'static str,
    code: &'static str,
    param: &'static str,
    message: &'static str,
}

fn words(dialect: Dialect, cause: Cause) -> Words {
    match dialect {
        Dialect::Chat => openai(cause),
        Dialect::Responses => responses(cause).unwrap_or_else(|| openai(cause)),
        Dialect::Anthropic => anthropic(cause),
    }
}

fn openai(cause: Cause) -> Words {
    let invalid = |code, param, message| Words {
        status: 400,
        kind: "invalid_request_error",
        code,
        param,
        message,
    };
    let other = |status, kind, code, message| Words {
        status,
        kind,
        code,
        param: "",
        message,
    };
    match cause {
        Cause::BadRequest => invalid("unknown_parameter", "foo", "Unknown parameter: 'foo'."),
        Cause::ContextWindow => invalid(
            "context_length_exceeded",
            "messages",
            "This model's maximum context length is 128000 tokens. However, your messages resulted in 131072 tokens. Please reduce the length of the messages.",
        ),
        Cause::MalformedHistory => invalid(
            "",
            "messages.[2].role",
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: call_1",
        ),
        Cause::Auth => other(
            401,
            "invalid_request_error",
            "invalid_api_key",
            "Incorrect API key provided: sk-****. You can find your API key at https://platform.openai.com/account/api-keys.",
        ),
        Cause::NoModel => other(
            404,
            "invalid_request_error",
            "model_not_found",
            "The model `no-such-model` does not exist or you do not have access to it.",
        ),
        Cause::RateLimit => other(
            429,
            "tokens",
            "rate_limit_exceeded",
            "Rate limit reached on tokens per min (TPM): Limit 30000, Used 29500, Requested 1200. Please try again in 1.4s. Visit https://platform.openai.com/account/rate-limits to learn more.",
        ),
        Cause::Quota => other(
            429,
            "insufficient_quota",
            "insufficient_quota",
            "You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.",
        ),
        Cause::ContentPolicy => invalid(
            "content_policy_violation",
            "",
            "Your request was rejected as a result of our safety system.",
        ),
        Cause::Overloaded => other(
            503,
            "server_error",
            "",
            "The server is currently overloaded with other requests. Sorry about that! You can retry your request, or contact us through our help center at help.openai.com if the error persists.",
        ),
        Cause::Internal => other(
            500,
            "server_error",
            "",
            "The server had an error while processing your request. Sorry about that!",
        ),
        Cause::Timeout => other(504, "server_error", "", "Request timed out."),
    }
}

/// Where Responses says it differently from chat completions.
fn responses(cause: Cause) -> Option<Words> {
    let (code, param, message) = match cause {
        Cause::ContextWindow => (
            "context_length_exceeded",
            "input",
            "Your input exceeds the context window of this model. Please adjust your input and try again.",
        ),
        Cause::MalformedHistory => (
            "",
            "input",
            "No tool output found for function call call_1.",
        ),
        Cause::ContentPolicy => (
            "invalid_prompt",
            "",
            "Invalid prompt: your prompt was flagged as potentially violating our usage policy. Please try again with a different prompt.",
        ),
        Cause::BadRequest
        | Cause::Auth
        | Cause::NoModel
        | Cause::RateLimit
        | Cause::Quota
        | Cause::Overloaded
        | Cause::Internal
        | Cause::Timeout => return None,
    };
    Some(Words {
        status: 400,
        kind: "invalid_request_error",
        code,
        param,
        message,
    })
}

fn anthropic(cause: Cause) -> Words {
    let (status, message) = match cause {
        Cause::BadRequest => (400, "foo: Extra inputs are not permitted"),
        Cause::ContextWindow => (400, "prompt is too long: 212345 tokens > 200000 maximum"),
        Cause::MalformedHistory => (
            400,
            "messages.2: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_1. Each `tool_use` block must have a corresponding `tool_result` block in the next message.",
        ),
        Cause::Auth => (401, "invalid x-api-key"),
        Cause::NoModel => (404, "model: no-such-model"),
        Cause::RateLimit => (
            429,
            "This request would exceed your organization's rate limit of 40,000 input tokens per minute. For details, refer to: https://docs.claude.com/en/api/rate-limits.",
        ),
        Cause::Quota => (
            400,
            "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
        ),
        Cause::ContentPolicy => (400, "Output blocked by content filtering policy"),
        Cause::Overloaded => (529, "Overloaded"),
        Cause::Internal => (500, "Internal server error"),
        Cause::Timeout => (504, "Request timed out"),
    };
    Words {
        status,
        kind: anthropic_kind(status),
        code: "",
        param: "",
        message,
    }
}

fn anthropic_kind(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        504 => "timeout_error",
        529 => "overloaded_error",
        500..=599 => "api_error",
        _ => "invalid_request_error",
    }
}
