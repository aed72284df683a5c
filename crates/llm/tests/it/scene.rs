//! What the tests have in common: a history, specs, ready replies, and someone who listens.

use std::sync::{Arc, Mutex};

use domain::{
    Completion, Content, Delta, Llm, LlmError, LlmSpec, Message, Origin, Prompt, ReasoningItem,
    Role, Secret, ThinkingBlock, ToolCall, ToolSchema,
};
use llm::{Client, Http};
use serde_json::{Value, json};

pub const PIXEL: &str = "data:image/png;base64,iVBORw0KGgo=";

pub fn spec(model: &str, url: &str) -> LlmSpec {
    LlmSpec {
        model: model.to_owned(),
        base_url: Some(url.to_owned()),
        api_key: Some(Secret::from("sk-very-secret")),
        ..LlmSpec::default()
    }
}

pub fn client(spec: &LlmSpec) -> Client {
    Client::new(spec, &Http::new()).unwrap()
}

/// A short conversation with everything in it.
pub fn history() -> Vec<Message> {
    let picture = || Content::Image {
        cache_prompt: false,
        image_urls: vec![PIXEL.to_owned()],
    };
    let call = |id: &str, item: Option<&str>, arguments: &str| ToolCall {
        id: id.to_owned(),
        responses_item_id: item.map(str::to_owned),
        name: "finish".to_owned(),
        arguments: arguments.to_owned(),
        origin: Origin::Completion,
    };
    let result = |id: &str, content: Vec<Content>| Message {
        tool_call_id: Some(id.to_owned()),
        name: Some("finish".to_owned()),
        ..Message::new(Role::Tool, content)
    };
    let called = Message {
        reasoning_content: Some("rc".to_owned()),
        thinking_blocks: vec![ThinkingBlock::Thinking {
            thinking: "th".to_owned(),
            signature: Some("sig".to_owned()),
        }],
        responses_reasoning_item: Some(ReasoningItem {
            id: Some("rs_1".to_owned()),
            summary: vec!["s".to_owned()],
            encrypted_content: Some("enc".to_owned()),
            status: Some("completed".to_owned()),
            ..ReasoningItem::default()
        }),
        tool_calls: Some(vec![
            call("call_1", None, r#"{"message": "a"}"#),
            call("call_2", Some("fc_2"), r#"{"message": "b"}"#),
        ]),
        ..Message::new(Role::Assistant, vec![Content::text("thought")])
    };
    vec![
        Message::new(
            Role::System,
            vec![Content::text("STATIC"), Content::text("DYNAMIC")],
        ),
        Message::new(Role::User, vec![Content::text("hi"), picture()]),
        called,
        result("call_1", vec![Content::text("r1"), picture()]),
        result("call_2", vec![Content::text("r2")]),
        Message::new(Role::Assistant, vec![Content::text("ok")]),
        Message::user("more"),
    ]
}

/// The conversation as a question, marked at its end.
pub fn prompt(stream: bool) -> Prompt {
    let messages: Vec<Arc<Message>> = history().into_iter().map(Arc::new).collect();
    Prompt {
        cache_marks: vec![messages.len() - 1],
        messages: Arc::new(messages),
        tools: Arc::from([ToolSchema {
            name: "finish".to_owned(),
            description: "Ends it.".into(),
            parameters: json!({"type": "object", "properties": {"message": {"type": "string"}}})
                .into(),
        }]),
        cache_key: Some("K".to_owned()),
        stream,
    }
}

/// Asks, and writes down what was heard.
pub async fn ask(client: &Client, stream: bool) -> (Result<Completion, LlmError>, Vec<Delta>) {
    let heard = Mutex::new(Vec::new());
    let listen = |delta: Delta| heard.lock().unwrap().push(delta);
    let answer = client.complete(prompt(stream), &listen).await;
    (answer, heard.into_inner().unwrap())
}

/// Asks with a clock that only runs while the client waits for its next attempt.
pub async fn ask_patiently(
    client: &Client,
    stream: bool,
) -> (Result<Completion, LlmError>, Vec<Delta>) {
    let heard = Mutex::new(Vec::new());
    let paused = Mutex::new(false);
    let listen = |delta: Delta| {
        let mut paused = paused.lock().unwrap();
        match &delta {
            Delta::Retry { .. } if !*paused => {
                tokio::time::pause();
                *paused = true;
            }
            Delta::Attempt(_) if *paused => {
                tokio::time::resume();
                *paused = false;
            }
            _ => {}
        }
        heard.lock().unwrap().push(delta);
    };
    let answer = client.complete(prompt(stream), &listen).await;
    (answer, heard.into_inner().unwrap())
}

/// Asks someone who falls silent: once something was said, the clock runs ahead.
pub async fn ask_the_silent(client: &Client) -> Result<Completion, LlmError> {
    let listen = |delta: Delta| {
        if matches!(delta, Delta::Text(_)) {
            tokio::time::pause();
        }
    };
    client.complete(prompt(true), &listen).await
}

/// A whole chat completion.
pub fn chat(text: &str) -> Value {
    json!({"id": "c1", "object": "chat.completion", "model": "m", "choices": [
        {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110,
                  "prompt_tokens_details": {"cached_tokens": 40}}})
}

/// A streamed chat completion.
pub fn chat_events(pieces: &[&str]) -> Vec<Value> {
    let chunk = |delta: Value, finish: Value| {
        json!({"id": "c1", "object": "chat.completion.chunk",
               "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
    };
    let mut events: Vec<Value> = pieces
        .iter()
        .map(|text| chunk(json!({"content": text}), Value::Null))
        .collect();
    events.push(chunk(json!({}), json!("stop")));
    events.push(
        json!({"id": "c1", "choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}}),
    );
    events.push(json!("[DONE]"));
    events
}

/// The waits that were announced, in seconds.
pub fn waits(heard: &[Delta]) -> Vec<f64> {
    let waits = heard.iter().filter_map(|delta| match delta {
        Delta::Retry { wait, .. } => Some(wait.as_secs_f64()),
        Delta::Attempt(_) | Delta::Text(_) | Delta::Reasoning(_) | Delta::Call { .. } => None,
    });
    waits.collect()
}

/// How often it was tried.
pub fn attempts(heard: &[Delta]) -> usize {
    let starts = heard.iter().filter(|d| matches!(d, Delta::Attempt(_)));
    starts.count()
}
