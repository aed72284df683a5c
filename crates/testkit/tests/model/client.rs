//! A plain client: what any program with an HTTP library sees.

use serde_json::{Value, json};
use testkit::model::{Dialect, Model};

/// A small request in the words of a dialect.
pub fn request(dialect: Dialect, text: &str, stream: bool) -> Value {
    match dialect {
        Dialect::Chat => json!({
            "model": "m",
            "stream": stream,
            "messages": [{"role": "user", "content": text}],
        }),
        Dialect::Responses => json!({"model": "m", "stream": stream, "input": text}),
        Dialect::Anthropic => json!({
            "model": "m",
            "max_tokens": 100,
            "stream": stream,
            "messages": [{"role": "user", "content": text}],
        }),
    }
}

pub async fn post(model: &Model, dialect: Dialect, body: &Value) -> reqwest::Response {
    try_post(model, dialect, body).await.unwrap()
}

pub async fn try_post(
    model: &Model,
    dialect: Dialect,
    body: &Value,
) -> reqwest::Result<reqwest::Response> {
    let url = format!("{}{}", model.url(), dialect.path());
    client()
        .post(url)
        .header("anthropic-version", "2023-06-01")
        .json(body)
        .send()
        .await
}

/// Straight to the model, whatever the environment says of proxies.
pub fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// The whole answer to a small request that does not stream.
pub async fn whole(model: &Model, dialect: Dialect) -> Value {
    let response = post(model, dialect, &request(dialect, "hi", false)).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    response.json().await.unwrap()
}

/// The events of the answer to a small request that streams.
pub async fn streamed(model: &Model, dialect: Dialect) -> Vec<Event> {
    let response = post(model, dialect, &request(dialect, "hi", true)).await;
    assert_eq!(response.status(), 200);
    let kind = &response.headers()["content-type"];
    assert_eq!(kind, "text/event-stream; charset=utf-8");
    events(&response.text().await.unwrap())
}

/// One event of a stream.
#[derive(Debug, PartialEq)]
pub struct Event {
    pub name: Option<String>,
    pub data: String,
}

impl Event {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.data).unwrap_or_else(|e| panic!("{e}: {}", self.data))
    }
}

pub fn events(text: &str) -> Vec<Event> {
    let blocks = text.split("\n\n").filter(|block| !block.is_empty());
    let read = |block: &str| {
        let field = |name: &str| {
            let mut lines = block.lines();
            lines
                .find_map(|line| line.strip_prefix(name))
                .map(str::to_owned)
        };
        Event {
            name: field("event: "),
            data: field("data: ").unwrap(),
        }
    };
    blocks.map(read).collect()
}
