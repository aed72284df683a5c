//! Requests recorded from the original agent server, asked again by us: path, headers and body are the same.

use std::sync::Arc;

use domain::{Content, Llm, Message, Origin, Prompt, ToolCall, ToolSchema};
use serde_json::{Value, json};

use crate::scene::{chat, client, spec};
use crate::server::{Answer, Server};

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

fn message(recorded: &Value) -> Message {
    let blocks = recorded["content"].as_array().unwrap();
    let content = blocks.iter().map(|b| Content::text(text(b, "text")));
    let role = serde_json::from_value(recorded["role"].clone()).unwrap();
    let word = |key: &str| recorded.get(key).and_then(Value::as_str).map(str::to_owned);
    let calls = recorded.get("tool_calls").map(|calls| {
        let calls = calls.as_array().unwrap().iter().map(|call| ToolCall {
            id: text(call, "id").to_owned(),
            responses_item_id: None,
            name: text(&call["function"], "name").to_owned(),
            arguments: text(&call["function"], "arguments").to_owned(),
            origin: Origin::Completion,
        });
        calls.collect()
    });
    Message {
        tool_calls: calls,
        tool_call_id: word("tool_call_id"),
        name: word("name"),
        ..Message::new(role, content.collect())
    }
}

fn tool(recorded: &Value) -> ToolSchema {
    let function = &recorded["function"];
    ToolSchema {
        name: text(function, "name").to_owned(),
        description: text(function, "description").to_owned().into(),
        parameters: function["parameters"].clone().into(),
    }
}

fn prompt(body: &Value) -> Prompt {
    let messages = body["messages"].as_array().unwrap().iter();
    let tools = body.get("tools").and_then(Value::as_array);
    Prompt {
        messages: Arc::new(messages.map(|m| Arc::new(message(m))).collect()),
        tools: tools.into_iter().flatten().map(tool).collect(),
        cache_marks: vec![1],
        cache_key: Some(text(body, "prompt_cache_key").to_owned()),
        stream: body.get("stream") == Some(&json!(true)),
    }
}

#[tokio::test]
async fn what_the_original_asked_is_asked_the_same_way() {
    let recorded: Value = serde_json::from_str(include_str!("recorded.json")).unwrap();
    for (name, recorded) in recorded.as_object().unwrap() {
        let server = Server::start(vec![Answer::json(200, &chat("ok"))]).await;
        let mut spec = spec("openai/mock-model", &server.url);
        spec.api_key = Some("sk-mock".into());
        let prompt = prompt(&recorded["body"]);
        client(&spec).complete(prompt, &|_| {}).await.unwrap();
        let seen = server.seen().remove(0);
        assert_eq!(seen.path, text(recorded, "path"), "{name}");
        assert_eq!(seen.body, recorded["body"], "{name}");
        for (header, value) in recorded["headers"].as_object().unwrap() {
            assert_eq!(seen.headers[header], value.as_str().unwrap(), "{name}");
        }
    }
}
