//! Replies in OpenAI's Responses. Knows no request.

use domain::{Delta, LlmErrorKind, Origin, ReasoningItem};
use serde::Deserialize;
use serde_json::Value;

use super::{Draft, Hear, Listener, Reply, calls, cut_short, named, not_json, piece};
use crate::cost::Tokens;
use crate::failure::Failure;
use crate::sse::Event;

#[derive(Deserialize)]
struct Response {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    output: Option<Vec<Item>>,
    #[serde(default)]
    usage: Option<Usage>,
    #[serde(default)]
    error: Option<Value>,
    #[serde(default)]
    incomplete_details: Option<Incomplete>,
}

#[derive(Deserialize)]
struct Incomplete {
    #[serde(default)]
    reason: Option<String>,
}

#[derive(Deserialize)]
struct Item {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    call_id: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    arguments: Option<String>,
    #[serde(default)]
    content: Option<Vec<Part>>,
    #[serde(default)]
    summary: Option<Vec<Part>>,
    #[serde(default)]
    encrypted_content: Option<String>,
    #[serde(default)]
    status: Option<String>,
}

#[derive(Deserialize)]
struct Part {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    refusal: Option<String>,
}

#[derive(Deserialize)]
struct Usage {
    #[serde(default)]
    input_tokens: Option<u64>,
    #[serde(default)]
    output_tokens: Option<u64>,
    #[serde(default)]
    input_tokens_details: Option<InputDetails>,
    #[serde(default)]
    output_tokens_details: Option<OutputDetails>,
    #[serde(default)]
    cost: Option<f64>,
}

#[derive(Default, Deserialize)]
struct InputDetails {
    #[serde(default)]
    cached_tokens: Option<u64>,
    #[serde(default)]
    cache_write_tokens: Option<u64>,
}

#[derive(Default, Deserialize)]
struct OutputDetails {
    #[serde(default)]
    reasoning_tokens: Option<u64>,
}

#[derive(Deserialize)]
struct StreamEvent {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    response: Option<Response>,
    #[serde(default)]
    item: Option<Item>,
    #[serde(default)]
    item_id: Option<String>,
    #[serde(default)]
    output_index: Option<usize>,
    #[serde(default)]
    delta: Option<Value>,
    #[serde(default)]
    message: Option<Value>,
    #[serde(default)]
    code: Option<Value>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Default)]
pub(super) struct Responses {
    response: Option<Response>,
    /// Items as they were finished, in case the end does not repeat them.
    items: Vec<Item>,
    /// Places of calls among the items, and their names.
    calls: Vec<(usize, String)>,
}

impl Listener for Responses {
    fn whole(&mut self, body: &[u8]) -> Result<(), Failure> {
        let response = serde_json::from_slice(body).map_err(|e| not_json(body, &e))?;
        self.response = Some(response);
        Ok(())
    }

    fn event(&mut self, event: &Event, hear: Hear<'_>) -> Result<(), Failure> {
        let data = event.data.trim();
        if data == "[DONE]" {
            return Ok(());
        }
        let event: StreamEvent =
            serde_json::from_str(data).map_err(|e| not_json(data.as_bytes(), &e))?;
        self.heard(event, hear)
    }

    fn is_over(&self) -> bool {
        self.response.is_some()
    }

    fn finish(self: Box<Self>) -> Result<Reply, Failure> {
        let Some(mut response) = self.response else {
            return Err(cut_short());
        };
        if let Some(error) = response.error.filter(|e| !e.is_null()) {
            return Err(Failure::inside(&error));
        }
        let listed = response.output.take().unwrap_or_default();
        let items = if listed.is_empty() {
            self.items
        } else {
            listed
        };
        let withheld = response.incomplete_details.and_then(|d| d.reason);
        if items.is_empty() {
            return Err(nothing(response.status.as_deref(), withheld.as_deref()));
        }
        let mut reply = Reply {
            id: named(response.id.unwrap_or_default()),
            cost: response.usage.as_ref().and_then(|u| u.cost),
            tokens: response.usage.map(Usage::tokens).unwrap_or_default(),
            ..Reply::default()
        };
        read(items, &mut reply);
        Ok(reply)
    }
}

impl Responses {
    fn heard(&mut self, event: StreamEvent, hear: Hear<'_>) -> Result<(), Failure> {
        let id = event.item_id.unwrap_or_default();
        let delta = event.delta.as_ref().and_then(Value::as_str);
        let delta = delta.unwrap_or_default();
        match event.kind.as_str() {
            "response.output_text.delta" | "response.refusal.delta" => {
                hear(Delta::Text(piece(delta, &id)));
            }
            "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
                hear(Delta::Reasoning(piece(delta, &id)));
            }
            "response.output_item.added" => {
                if let Some(item) = event.item.filter(|item| item.kind == "function_call") {
                    let place = event.output_index.unwrap_or(self.calls.len());
                    self.calls.push((place, item.name.unwrap_or_default()));
                    self.call(event.output_index, "", hear);
                }
            }
            "response.function_call_arguments.delta" => {
                self.call(event.output_index, delta, hear);
            }
            "response.output_item.done" => self.items.extend(event.item),
            "response.completed" | "response.incomplete" | "response.failed" => {
                self.response = event.response;
            }
            "error" => {
                let said = serde_json::json!({"message": event.message, "code": event.code});
                return Err(Failure::inside(&event.error.unwrap_or(said)));
            }
            _ => {}
        }
        Ok(())
    }

    fn call(&self, place: Option<usize>, arguments: &str, hear: Hear<'_>) {
        let index = match place {
            Some(place) => self.calls.iter().position(|(at, _)| *at == place),
            None => self.calls.len().checked_sub(1),
        };
        if let Some(index) = index {
            hear(Delta::Call {
                index,
                name: self.calls[index].1.clone(),
                arguments: arguments.to_owned(),
            });
        }
    }
}

/// Why there is no reply at all.
fn nothing(status: Option<&str>, reason: Option<&str>) -> Failure {
    match (status, reason) {
        (_, Some("content_filter")) => Failure::new(
            LlmErrorKind::ContentPolicy,
            "the reply was withheld by the content filter.",
        ),
        (_, Some(reason)) => Failure::unreadable(format!("the reply is empty: {reason}.")),
        (Some(status), None) => Failure::unreadable(format!("the reply is empty ({status}).")),
        (None, None) => Failure::unreadable("the reply holds no answer."),
    }
}

fn read(items: Vec<Item>, reply: &mut Reply) {
    let mut texts = Vec::new();
    let mut drafts = Vec::new();
    for item in items {
        match item.kind.as_str() {
            "message" => texts.extend(item.content.into_iter().flatten().filter_map(Part::said)),
            "function_call" => drafts.push(Draft {
                id: item.call_id.or_else(|| item.id.clone()).unwrap_or_default(),
                item: item.id,
                name: item.name.unwrap_or_default(),
                arguments: item.arguments.unwrap_or_default(),
            }),
            "reasoning" => reply.item = Some(item.reasoning()),
            _ => {}
        }
    }
    texts.join("\n").trim().clone_into(&mut reply.text);
    reply.calls = calls(drafts, Origin::Responses);
}

impl Item {
    fn reasoning(self) -> ReasoningItem {
        let texts = |parts: Option<Vec<Part>>| -> Vec<String> {
            parts.into_iter().flatten().filter_map(|p| p.text).collect()
        };
        ReasoningItem {
            id: self.id,
            summary: texts(self.summary),
            content: Some(texts(self.content)).filter(|c| !c.is_empty()),
            encrypted_content: self.encrypted_content,
            status: self.status,
        }
    }
}

impl Part {
    fn said(self) -> Option<String> {
        let text = match self.kind.as_str() {
            "output_text" => self.text,
            "refusal" => self.refusal,
            _ => None,
        };
        text.filter(|text| !text.is_empty())
    }
}

impl Usage {
    fn tokens(self) -> Tokens {
        let input = self.input_tokens_details.unwrap_or_default();
        let output = self.output_tokens_details.unwrap_or_default();
        Tokens {
            prompt: self.input_tokens.unwrap_or(0),
            completion: self.output_tokens.unwrap_or(0),
            cache_read: input.cached_tokens.unwrap_or(0),
            cache_write: input.cache_write_tokens.unwrap_or(0),
            reasoning: output.reasoning_tokens.unwrap_or(0),
        }
    }
}
