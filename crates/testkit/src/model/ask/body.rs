//! Reads a request of any dialect into words of none. Reads what is there; refuses nothing.

use serde_json::Value;

use super::{Ask, Said};
use crate::model::dialect::Dialect;

impl Ask {
    /// Reads a request's body.
    pub fn from_body(dialect: Dialect, body: &Value) -> Self {
        let mut ask = Self {
            model: text_of(&body["model"]),
            cache_key: body["prompt_cache_key"].as_str().map(str::to_owned),
            tools: names(&body["tools"]),
            ..Self::default()
        };
        match dialect {
            Dialect::Chat => ask.read_chat(body),
            Dialect::Responses => ask.read_responses(body),
            Dialect::Anthropic => ask.read_anthropic(body),
        }
        ask
    }

    fn read_chat(&mut self, body: &Value) {
        for message in items(&body["messages"]) {
            let text = text_of(&message["content"]);
            match message["role"].as_str() {
                Some("system" | "developer") => self.system.push_str(&text),
                Some("assistant") => self.history.push(Said::Assistant {
                    text,
                    calls: names(&message["tool_calls"]),
                }),
                Some("tool") => self.history.push(Said::Result {
                    call: text_of(&message["tool_call_id"]),
                    text,
                }),
                Some(_) | None => self.history.push(Said::User(text)),
            }
        }
    }

    fn read_responses(&mut self, body: &Value) {
        self.system.push_str(&text_of(&body["instructions"]));
        if let Some(text) = body["input"].as_str() {
            self.history.push(Said::User(text.to_owned()));
        }
        for item in items(&body["input"]) {
            let text = text_of(&item["content"]);
            match (item["type"].as_str(), item["role"].as_str()) {
                (Some("function_call"), _) => self.assistant("", item["name"].as_str()),
                (Some("reasoning"), _) => self.assistant("", None),
                (Some("function_call_output"), _) => self.history.push(Said::Result {
                    call: text_of(&item["call_id"]),
                    text: text_of(&item["output"]),
                }),
                (_, Some("system" | "developer")) => self.system.push_str(&text),
                (_, Some("assistant")) => self.assistant(&text, None),
                (_, Some(_)) => self.history.push(Said::User(text)),
                (_, None) => {}
            }
        }
    }

    fn read_anthropic(&mut self, body: &Value) {
        self.system.push_str(&text_of(&body["system"]));
        for message in items(&body["messages"]) {
            let content = &message["content"];
            let text = text_of(content);
            if message["role"] == "assistant" {
                let uses = items(content).filter(|block| block["type"] == "tool_use");
                let calls = uses.map(|block| text_of(&block["name"])).collect();
                self.history.push(Said::Assistant { text, calls });
                continue;
            }
            let results = items(content).filter(|block| block["type"] == "tool_result");
            let before = self.history.len();
            self.history.extend(results.map(|block| Said::Result {
                call: text_of(&block["tool_use_id"]),
                text: text_of(&block["content"]),
            }));
            if !text.is_empty() || self.history.len() == before {
                self.history.push(Said::User(text));
            }
        }
    }

    /// Adds to the reply that is being read: Responses spreads one over several items.
    fn assistant(&mut self, more: &str, call: Option<&str>) {
        if !matches!(self.history.last(), Some(Said::Assistant { .. })) {
            self.history.push(Said::Assistant {
                text: String::new(),
                calls: Vec::new(),
            });
        }
        if let Some(Said::Assistant { text, calls }) = self.history.last_mut() {
            text.push_str(more);
            calls.extend(call.map(str::to_owned));
        }
    }
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// A text, whether it stands alone or in blocks.
fn text_of(value: &Value) -> String {
    if let Some(text) = value.as_str() {
        return text.to_owned();
    }
    let texts = items(value).filter_map(|block| block["text"].as_str());
    texts.collect::<Vec<_>>().join("\n")
}

/// Names of tools or calls, whether they stand in a `function` or not.
fn names(value: &Value) -> Vec<String> {
    let name = |tool: &Value| {
        let name = tool["name"].as_str().or(tool["function"]["name"].as_str());
        name.unwrap_or_default().to_owned()
    };
    items(value).map(name).collect()
}
