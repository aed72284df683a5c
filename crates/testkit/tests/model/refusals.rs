//! What the real provider would refuse, the model refuses in its words.

use serde_json::{Value, json};
use testkit::model::{Dialect, Model, Script};

use crate::client::{client, post, request};

async fn model() -> Model {
    Model::playing(Script::new().forever(Script::new().says("fine"))).await
}

/// What the model says to a body, and whether it minds.
async fn verdict(model: &Model, dialect: Dialect, body: &Value) -> (u16, String) {
    let response = post(model, dialect, body).await;
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    let message = body["error"]["message"].as_str().unwrap_or_default();
    (status, message.to_owned())
}

async fn refused(dialect: Dialect, bodies: impl IntoIterator<Item = (Value, &str)>) {
    let model = model().await;
    for (body, words) in bodies {
        let (status, message) = verdict(&model, dialect, &body).await;
        assert_eq!(status, 400, "{body}");
        assert!(message.contains(words), "{message}\nfor {body}");
    }
}

async fn accepted(dialect: Dialect, body: Value) {
    assert_eq!(
        verdict(&model().await, dialect, &body).await,
        (200, String::new())
    );
}

fn chat(messages: Value) -> Value {
    json!({"model": "m", "messages": messages})
}

fn chat_call(id: &str) -> Value {
    json!({"role": "assistant", "content": null, "tool_calls": [
        {"id": id, "type": "function", "function": {"name": "terminal", "arguments": "{}"}}]})
}

#[tokio::test]
async fn chat_minds_its_pairs() {
    let user = json!({"role": "user", "content": "hi"});
    let result = |id: &str| json!({"role": "tool", "tool_call_id": id, "content": "ok"});
    let odd_name = json!({"role": "assistant", "content": "", "tool_calls": [
        {"id": "a", "type": "function", "function": {"name": "a.b", "arguments": "{}"}}]});
    refused(
        Dialect::Chat,
        [
            (chat(json!([])), "too short"),
            (
                chat(json!([user, chat_call("a")])),
                "did not have response messages: a",
            ),
            (
                chat(json!([user, chat_call("a"), user])),
                "did not have response messages: a",
            ),
            (
                chat(json!([user, chat_call("a"), result("b")])),
                "preceeding",
            ),
            (chat(json!([user, result("b")])), "preceeding"),
            (
                chat(json!([user, {"role": "assistant", "content": null}])),
                "expected a string, got null",
            ),
            (chat(json!([user, odd_name])), "does not match pattern"),
            (
                chat(json!([{"role": "robot", "content": "a"}])),
                "Invalid value: 'robot'",
            ),
        ],
    )
    .await;
    let good = json!([user, chat_call("a"), result("a"), user]);
    accepted(Dialect::Chat, chat(good)).await;
}

#[tokio::test]
async fn responses_minds_its_items() {
    let call = json!({"type": "function_call", "id": "fc_1", "call_id": "a", "name": "t", "arguments": "{}"});
    let output = json!({"type": "function_call_output", "call_id": "a", "output": "ok"});
    let reasoning = json!({"type": "reasoning", "id": "rs_1", "summary": []});
    let sealed =
        json!({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"});
    let mut odd_id = call.clone();
    odd_id["id"] = json!("call_1");
    let ask = |input: Value| json!({"model": "m", "store": false, "input": input});
    refused(
        Dialect::Responses,
        [
            (json!({"model": "m"}), "Missing required parameter"),
            (
                ask(json!([call])),
                "No tool output found for function call a",
            ),
            (
                ask(json!([output])),
                "No tool call found for function call output with call_id a",
            ),
            (ask(json!([odd_id, output])), "begins with 'fc'"),
            (ask(json!([call, output, call])), "Duplicate item"),
            (
                ask(json!([sealed, {"role": "user", "content": "a"}])),
                "required following item",
            ),
            (ask(json!([reasoning, call, output])), "not found"),
        ],
    )
    .await;
    accepted(Dialect::Responses, ask(json!([sealed, call, output]))).await;
}

#[tokio::test]
async fn anthropic_minds_its_blocks() {
    let user = |content: Value| json!({"role": "user", "content": content});
    let assistant = |content: Value| json!({"role": "assistant", "content": content});
    let uses = |id: &str| json!({"type": "tool_use", "id": id, "name": "t", "input": {}});
    let result = |id: &str| json!({"type": "tool_result", "tool_use_id": id, "content": "ok"});
    let text = |text: &str| json!({"type": "text", "text": text});
    let ask = |messages: Value| json!({"model": "m", "max_tokens": 9, "messages": messages});
    let marked: Vec<Value> = (0..5)
        .map(|_| json!({"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}))
        .collect();
    let hi = user(json!("hi"));
    refused(
        Dialect::Anthropic,
        [
            (
                json!({"model": "m", "messages": [hi]}),
                "max_tokens: Field required",
            ),
            (ask(json!([])), "at least one message"),
            (
                ask(json!([{"role": "system", "content": "a"}])),
                "Unexpected role",
            ),
            (ask(json!([user(json!([text("")]))])), "must be non-empty"),
            (ask(json!([user(json!([text(" ")]))])), "non-whitespace"),
            (ask(json!([user(json!([])), hi])), "non-empty content"),
            (ask(json!([user(json!(marked))])), "Found 5"),
            (
                ask(json!([hi, assistant(json!([uses("a")]))])),
                "without `tool_result` blocks",
            ),
            (
                ask(json!([
                    hi,
                    assistant(json!([uses("a")])),
                    user(json!([text("x"), result("a")]))
                ])),
                "must come before",
            ),
            (
                ask(json!([
                    hi,
                    assistant(json!("x")),
                    user(json!([result("a")]))
                ])),
                "unexpected `tool_use_id`",
            ),
            (
                ask(json!([
                    hi,
                    assistant(json!([uses("a"), uses("a")])),
                    user(json!([result("a")]))
                ])),
                "must be unique",
            ),
            (
                ask(json!([
                    hi,
                    assistant(json!([uses("a b")])),
                    user(json!([result("a b")]))
                ])),
                "should match pattern",
            ),
            (
                ask(json!([
                    hi,
                    assistant(json!([{"type": "tool_use", "id": "a", "name": "t", "input": "x"}]))
                ])),
                "valid dictionary",
            ),
            (
                ask(json!([
                    hi,
                    assistant(json!([{"type": "thinking", "thinking": "x"}]))
                ])),
                "Invalid `signature`",
            ),
            (
                json!({"model": "m", "max_tokens": 9, "messages": [hi],
                    "thinking": {"type": "enabled", "budget_tokens": 9}}),
                "must be greater than",
            ),
        ],
    )
    .await;
    let good = json!([
        hi,
        assistant(json!([text("x"), uses("a")])),
        user(json!([result("a"), text("and")]))
    ]);
    accepted(Dialect::Anthropic, ask(good)).await;
}

#[tokio::test]
async fn anthropic_wants_its_version() {
    let model = model().await;
    let response = client()
        .post(format!("{}/v1/messages", model.url()))
        .json(&request(Dialect::Anthropic, "hi", false))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 400);
    assert!(response.text().await.unwrap().contains("anthropic-version"));
}

#[tokio::test]
async fn a_lenient_model_minds_nothing() {
    let model = model().await.lenient();
    let body = chat(json!([chat_call("a")]));
    assert_eq!(verdict(&model, Dialect::Chat, &body).await.0, 200);
}

#[tokio::test]
async fn a_key_may_be_required() {
    let model = model().await.requiring_key("sk-right");
    for dialect in Dialect::ALL {
        let ask = |name: &'static str, value: &'static str| {
            client()
                .post(format!("{}{}", model.url(), dialect.path()))
                .header("anthropic-version", "x")
                .header(name, value)
                .json(&request(dialect, "hi", false))
                .send()
        };
        let header = if dialect == Dialect::Anthropic {
            "x-api-key"
        } else {
            "authorization"
        };
        let right = if dialect == Dialect::Anthropic {
            "sk-right"
        } else {
            "Bearer sk-right"
        };
        assert_eq!(ask(header, "sk-wrong").await.unwrap().status(), 401);
        assert_eq!(ask(header, right).await.unwrap().status(), 200);
    }
}
