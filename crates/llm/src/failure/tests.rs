//! Refusals in every shape, and what they are taken for.

use super::*;

fn refused(status: u16, body: &str) -> Failure {
    Failure::refused(status, &HeaderMap::new(), body.as_bytes())
}

#[test]
fn the_words_of_the_provider_are_found_in_every_shape() {
    let cases = [
        (
            r#"{"error":{"message":"no such model","type":"x"}}"#,
            "no such model",
        ),
        (
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
            "Overloaded",
        ),
        (r#"{"error":"just text"}"#, "just text"),
        (r#"{"message":"top level"}"#, "top level"),
        (r#"{"detail":"not here"}"#, "not here"),
        (
            r#"{"detail":[{"loc":["body","top_k"],"msg":"Extra inputs are not permitted"}]}"#,
            "body.top_k: Extra inputs are not permitted",
        ),
        (
            r#"[{"error":{"code":400,"message":"from a list"}}]"#,
            "from a list",
        ),
        (
            r#"{"error":{"message":"Provider returned error","metadata":{"raw":"the real one"}}}"#,
            "Provider returned error: the real one",
        ),
        ("plain words\n", "plain words"),
        (
            "data: {\"error\": {\"message\": \"no stream\"}}\n\ndata: [DONE]\n\n",
            "no stream",
        ),
        (
            "<html><head><TITLE>502 Bad Gateway</TITLE></head></html>",
            "an HTML page came back: 502 Bad Gateway",
        ),
        ("", "no explanation was given"),
        ("{}", "no explanation was given"),
        (r#"{"odd":1}"#, r#"{"odd":1}"#),
    ];
    for (body, message) in cases {
        assert_eq!(refused(400, body).message, message, "{body}");
    }
    assert!(refused(400, &"x".repeat(5_000)).message.len() < 700);
}

#[test]
fn words_tell_more_than_a_status() {
    use LlmErrorKind as K;
    let cases = [
        (
            400,
            "This model's maximum context length is 128000 tokens. Please reduce the length of the messages.",
            K::ContextWindow,
        ),
        (
            400,
            "prompt is too long: 210000 tokens > 200000 maximum",
            K::ContextWindow,
        ),
        (
            500,
            "ContextWindowExceededError: too much",
            K::ContextWindow,
        ),
        (
            429,
            "Request too large on tokens per min: tokens must be reduced in order to run successfully",
            K::ContextWindow,
        ),
        (413, "", K::ContextWindow),
        (
            400,
            "messages.3: `tool_use` ids were found without `tool_result` blocks immediately after: t1",
            K::MalformedHistory,
        ),
        (
            400,
            "each `tool_result` block must have a corresponding `tool_use` block in the previous message",
            K::MalformedHistory,
        ),
        (
            400,
            "an assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'",
            K::MalformedHistory,
        ),
        (
            500,
            "Failed to parse tool call arguments as JSON",
            K::MalformedHistory,
        ),
        (400, "Invalid API key", K::Auth),
        (401, "whatever", K::Auth),
        (403, "please reduce the length of your stay", K::Auth),
        (402, "", K::Quota),
        (
            429,
            "You exceeded your current quota, please check your plan",
            K::Quota,
        ),
        (
            400,
            "Your credit balance is too low to access the API",
            K::Quota,
        ),
        (429, "Budget has been exceeded! Current cost: 1", K::Quota),
        (429, "Slow down", K::RateLimit),
        (
            400,
            "Output blocked by content filtering policy",
            K::ContentPolicy,
        ),
        (404, "no such model", K::BadRequest),
        (422, "bad field", K::BadRequest),
        (408, "", K::Timeout),
        (409, "", K::Unavailable),
        (500, "", K::Unavailable),
        (529, "Overloaded", K::Unavailable),
        (302, "", K::BadRequest),
    ];
    for (status, message, kind) in cases {
        let body = serde_json::json!({"error": {"message": message}}).to_string();
        assert_eq!(refused(status, &body).kind, kind, "{status} {message}");
    }
}

#[test]
fn codes_count_as_words() {
    let quota = refused(
        429,
        r#"{"error":{"message":"no","code":"insufficient_quota"}}"#,
    );
    assert_eq!(quota.kind, LlmErrorKind::Quota);
    let long = refused(
        400,
        r#"{"error":{"message":"no","code":"context_length_exceeded"}}"#,
    );
    assert_eq!(long.kind, LlmErrorKind::ContextWindow);
}

#[test]
fn only_what_may_pass_is_tried_again() {
    let tried = [408, 409, 429, 500, 502, 503, 504, 529];
    let not = [301, 400, 401, 402, 403, 404, 413, 422];
    assert!(tried.iter().all(|s| refused(*s, "").retries()));
    assert!(not.iter().all(|s| !refused(*s, "").retries()));
    assert!(!refused(429, "insufficient_quota").retries());
}

#[test]
fn an_error_inside_a_reply_is_one_too() {
    let inside = |json: &str| Failure::inside(&serde_json::from_str(json).unwrap());
    let limited = inside(r#"{"error":{"message":"slow","code":429}}"#);
    assert_eq!(
        (limited.kind, limited.status),
        (LlmErrorKind::RateLimit, Some(429))
    );
    let busy = inside(r#"{"type":"overloaded_error","message":"Overloaded"}"#);
    assert_eq!((busy.kind, busy.status), (LlmErrorKind::Unavailable, None));
    let bad = inside(r#"{"type":"invalid_request_error","message":"no"}"#);
    assert_eq!(bad.kind, LlmErrorKind::BadRequest);
    let limited = inside(r#"{"code":"rate_limit_exceeded","message":"slow"}"#);
    assert_eq!(limited.kind, LlmErrorKind::RateLimit);
    let server = inside(r#"{"code":"server_error","message":"oops"}"#);
    assert_eq!(server.kind, LlmErrorKind::Unavailable);
}
