//! Requests as a whole, compared with what the original sends for the same conversation.
//!
//! Where they differ, it is for the better: tools are marked for caching too, and a call has one output, pictures and
//! all.

use domain::{Completion, LlmSpec};
use serde_json::{Value, json};

use crate::scene::{ask, chat, client, spec};
use crate::server::{Answer, Seen, Server};

async fn sent(model: &str, stream: bool) -> (Seen, Result<Completion, domain::LlmError>) {
    sent_with(model, stream, |_| {}).await
}

async fn sent_with(
    model: &str,
    stream: bool,
    change: impl FnOnce(&mut LlmSpec),
) -> (Seen, Result<Completion, domain::LlmError>) {
    let server = Server::start(vec![Answer::json(200, &chat("hello"))]).await;
    let mut spec = spec(model, &server.url);
    spec.num_retries = 1;
    change(&mut spec);
    let (answer, _) = ask(&client(&spec), stream).await;
    (server.seen().remove(0), answer)
}

fn expected(name: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("requests.json")).unwrap();
    all[name].clone()
}

#[tokio::test]
async fn chat_completions() {
    let (seen, answer) = sent("openai/gpt-4o", false).await;
    assert_eq!(seen.path, "/v1/chat/completions");
    assert_eq!(seen.body, expected("chat"));
    assert_eq!(answer.unwrap().message.text(), "hello");
}

#[tokio::test]
async fn chat_completions_of_an_unknown_model_streamed() {
    let (seen, _) = sent("openai/mock-model", true).await;
    assert_eq!(seen.body, expected("chat unknown streamed"));
    assert_eq!(seen.headers["accept"], "text/event-stream");
}

#[tokio::test]
async fn responses() {
    for stream in [false, true] {
        let (seen, _) = sent("openai/gpt-5.6", stream).await;
        assert_eq!(seen.path, "/v1/responses");
        let mut body = expected("responses");
        if stream {
            body["stream"] = json!(true);
        }
        assert_eq!(seen.body, body);
    }
}

#[tokio::test]
async fn messages_with_a_thinking_budget() {
    let (seen, _) = sent("anthropic/claude-sonnet-4-5", false).await;
    assert_eq!(seen.path, "/v1/messages");
    assert_eq!(seen.body, expected("messages"));
    assert_eq!(
        seen.headers["anthropic-beta"],
        "interleaved-thinking-2025-05-14"
    );
}

#[tokio::test]
async fn messages_of_a_model_that_decides_how_to_think_streamed() {
    let (seen, _) = sent("anthropic/claude-opus-5", true).await;
    let mut body = expected("messages");
    body["model"] = json!("claude-opus-5");
    body["max_tokens"] = json!(16_384);
    body["thinking"] = json!({"type": "adaptive", "display": "summarized"});
    body["output_config"] = json!({"effort": "high"});
    body["stream"] = json!(true);
    assert_eq!(seen.body, body);
    assert!(!seen.headers.contains_key("anthropic-beta"));
}

#[tokio::test]
async fn a_gateway_to_claude() {
    let (seen, _) = sent("litellm_proxy/claude-sonnet-4-5", false).await;
    assert_eq!(seen.body, expected("gateway"));
}

#[tokio::test]
async fn openrouter() {
    let (seen, _) = sent("openrouter/anthropic/claude-sonnet-4.5", false).await;
    assert_eq!(seen.body, expected("openrouter"));
}

#[tokio::test]
async fn headers_say_who_asks_and_for_which_conversation() {
    let (seen, _) = sent("openai/mock-model", false).await;
    for (name, value) in [
        ("authorization", "Bearer sk-very-secret"),
        ("http-referer", "https://docs.all-hands.dev/"),
        ("x-title", "OpenHands"),
        ("x-litellm-session-id", "K"),
        ("content-type", "application/json"),
        ("accept", "application/json"),
    ] {
        assert_eq!(seen.headers[name], value);
    }
    assert!(seen.headers["user-agent"].starts_with("openhands/"));
    let (seen, _) = sent("anthropic/claude-opus-5", false).await;
    assert_eq!(seen.headers["x-api-key"], "sk-very-secret");
    assert_eq!(seen.headers["anthropic-version"], "2023-06-01");
    assert!(!seen.headers.contains_key("authorization"));
}

#[tokio::test]
async fn the_configuration_shapes_the_request() {
    let (seen, _) = sent_with("openai/mock-model", false, |spec| {
        spec.reasoning_effort = None;
        spec.max_output_tokens = Some(99);
        spec.temperature = Some(0.5);
        spec.seed = Some(3);
        spec.openrouter_app_name = String::new();
        spec.extra_headers = Some([("x-team".to_owned(), "blue".to_owned())].into());
        spec.capability_overrides
            .insert("supports_reasoning_effort".to_owned(), json!(false));
        spec.litellm_extra_body
            .insert("user".to_owned(), json!("me"));
    })
    .await;
    assert_eq!(seen.body["max_completion_tokens"], 99);
    assert_eq!(seen.body["temperature"], 0.5);
    assert_eq!(
        (&seen.body["seed"], &seen.body["user"]),
        (&json!(3), &json!("me"))
    );
    assert_eq!(seen.body.get("reasoning_effort"), None);
    assert_eq!(seen.headers["x-team"], "blue");
    assert!(!seen.headers.contains_key("x-title"));
}

#[tokio::test]
async fn reasoning_can_be_summarised_and_switched_off() {
    let (seen, _) = sent_with("openai/gpt-5.6", false, |spec| {
        spec.reasoning_summary = Some("auto".to_owned());
        spec.enable_encrypted_reasoning = false;
    })
    .await;
    assert_eq!(
        seen.body["reasoning"],
        json!({"effort": "high", "summary": "auto"})
    );
    assert_eq!(seen.body.get("include"), None);
    let (seen, _) = sent_with("anthropic/claude-opus-5", false, |spec| {
        spec.reasoning_effort = Some("none".to_owned());
    })
    .await;
    assert_eq!(seen.body.get("thinking"), None);
}
