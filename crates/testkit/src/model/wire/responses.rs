//! OpenAI Responses.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{CREATED, Rendering, event};
use crate::model::reply::{Stop, Thought};

pub(super) fn whole(rendering: &Rendering<'_>) -> Value {
    let output: Vec<Value> = items(rendering).iter().map(Item::done).collect();
    finished(rendering, output)
}

pub(super) fn events(rendering: &Rendering<'_>) -> Vec<Bytes> {
    let mut stream = Stream {
        rendering,
        output_index: 0,
        events: Vec::new(),
    };
    let begun = response(rendering, "in_progress", Vec::new());
    stream.push("response.created", json!({"response": begun}));
    stream.push("response.in_progress", json!({"response": begun}));
    let items = items(rendering);
    for item in &items {
        stream.item(item);
    }
    let response = finished(rendering, items.iter().map(Item::done).collect());
    let name = match &rendering.reply.stop {
        Stop::Natural | Stop::Refused(_) => "response.completed",
        Stop::Length | Stop::Filtered => "response.incomplete",
    };
    stream.push(name, json!({"response": response}));
    stream.events
}

/// One item of the output.
enum Item {
    Reasoning {
        id: String,
        summary: Option<String>,
        encrypted: Option<String>,
    },
    Message {
        id: String,
        part: &'static str,
        field: &'static str,
        text: String,
    },
    Call {
        id: String,
        call_id: String,
        name: String,
        arguments: String,
    },
}

fn items(rendering: &Rendering<'_>) -> Vec<Item> {
    let reply = rendering.reply;
    let mut items: Vec<Item> = reply
        .thoughts
        .iter()
        .enumerate()
        .map(|(index, thought)| reasoning(rendering, index, thought))
        .collect();
    let (part, field, text) = match &reply.stop {
        Stop::Refused(words) => ("refusal", "refusal", Some(words)),
        Stop::Natural | Stop::Length | Stop::Filtered => {
            ("output_text", "text", reply.text.as_ref())
        }
    };
    if let Some(text) = text {
        items.push(Item::Message {
            id: rendering.id("msg_"),
            part,
            field,
            text: text.clone(),
        });
    }
    items.extend(
        reply
            .calls
            .iter()
            .enumerate()
            .map(|(index, call)| Item::Call {
                id: rendering.part_id("fc_", index),
                call_id: rendering.call_id("call_", index),
                name: call.tool.clone(),
                arguments: call.arguments.clone(),
            }),
    );
    items
}

fn reasoning(rendering: &Rendering<'_>, index: usize, thought: &Thought) -> Item {
    let (summary, seal) = match thought {
        Thought::Open { text, seal } => (Some(text.clone()), rendering.seal(seal.as_ref())),
        Thought::Sealed(data) => (None, data.clone()),
    };
    Item::Reasoning {
        id: rendering.part_id("rs_", index),
        summary,
        encrypted: rendering.wants.encrypted_reasoning().then_some(seal),
    }
}

impl Item {
    fn id(&self) -> &str {
        match self {
            Self::Reasoning { id, .. } | Self::Message { id, .. } | Self::Call { id, .. } => id,
        }
    }

    fn begun(&self) -> Value {
        match self {
            Self::Reasoning { id, .. } => json!({"id": id, "type": "reasoning", "summary": []}),
            Self::Message { id, .. } => json!({
                "id": id,
                "type": "message",
                "status": "in_progress",
                "content": [],
                "role": "assistant",
            }),
            Self::Call {
                id, call_id, name, ..
            } => json!({
                "id": id,
                "type": "function_call",
                "status": "in_progress",
                "arguments": "",
                "call_id": call_id,
                "name": name,
            }),
        }
    }

    fn done(&self) -> Value {
        let mut item = self.begun();
        match self {
            Self::Reasoning {
                summary, encrypted, ..
            } => {
                let parts = summary
                    .iter()
                    .map(|text| json!({"type": "summary_text", "text": text}));
                item["summary"] = parts.collect();
                if let Some(encrypted) = encrypted {
                    item["encrypted_content"] = json!(encrypted);
                }
            }
            Self::Message { .. } => {
                item["status"] = json!("completed");
                item["content"] = json!([self.part()]);
            }
            Self::Call { arguments, .. } => {
                item["status"] = json!("completed");
                item["arguments"] = json!(arguments);
            }
        }
        item
    }

    /// The only part of a message, full.
    fn part(&self) -> Value {
        let Self::Message {
            part, field, text, ..
        } = self
        else {
            return Value::Null;
        };
        content_part(part, field, text)
    }
}

fn content_part(part: &str, field: &str, text: &str) -> Value {
    let mut value = json!({"type": part, field: text});
    if part == "output_text" {
        value["annotations"] = json!([]);
        value["logprobs"] = json!([]);
    }
    value
}

struct Stream<'a, 'b> {
    rendering: &'a Rendering<'b>,
    output_index: usize,
    events: Vec<Bytes>,
}

impl Stream<'_, '_> {
    fn push(&mut self, name: &str, fields: Value) {
        let mut value = json!({"type": name, "sequence_number": self.events.len()});
        if let (Value::Object(value), Value::Object(fields)) = (&mut value, fields) {
            value.extend(fields);
        }
        self.events.push(event(&value));
    }

    /// An event about a part of the item that is being written.
    fn about(&mut self, name: &str, item: &Item, fields: Value) {
        let mut value = json!({"item_id": item.id(), "output_index": self.output_index});
        if let (Value::Object(value), Value::Object(fields)) = (&mut value, fields) {
            value.extend(fields);
        }
        self.push(name, value);
    }

    fn item(&mut self, item: &Item) {
        let index = self.output_index;
        let begun = json!({"output_index": index, "item": item.begun()});
        self.push("response.output_item.added", begun);
        match item {
            Item::Reasoning {
                summary: Some(text),
                ..
            } => self.summary(item, text),
            Item::Reasoning { summary: None, .. } => {}
            Item::Message {
                part, field, text, ..
            } => self.message(item, part, field, text),
            Item::Call {
                name, arguments, ..
            } => self.arguments(item, name, arguments),
        }
        let done = json!({"output_index": index, "item": item.done()});
        self.push("response.output_item.done", done);
        self.output_index += 1;
    }

    fn summary(&mut self, item: &Item, text: &str) {
        let part = |text: &str| json!({"summary_index": 0, "part": {"type": "summary_text", "text": text}});
        self.about("response.reasoning_summary_part.added", item, part(""));
        for delta in self.rendering.pieces(text) {
            let fields = json!({"summary_index": 0, "delta": delta});
            self.about("response.reasoning_summary_text.delta", item, fields);
        }
        let fields = json!({"summary_index": 0, "text": text});
        self.about("response.reasoning_summary_text.done", item, fields);
        self.about("response.reasoning_summary_part.done", item, part(text));
    }

    fn message(&mut self, item: &Item, part: &str, field: &str, text: &str) {
        let whole =
            |text: &str| json!({"content_index": 0, "part": content_part(part, field, text)});
        self.about("response.content_part.added", item, whole(""));
        for delta in self.rendering.pieces(text) {
            let mut fields = json!({"content_index": 0, "delta": delta});
            if part == "output_text" {
                fields["logprobs"] = json!([]);
            }
            self.about(&format!("response.{part}.delta"), item, fields);
        }
        let mut fields = json!({"content_index": 0, field: text});
        if part == "output_text" {
            fields["logprobs"] = json!([]);
        }
        self.about(&format!("response.{part}.done"), item, fields);
        self.about("response.content_part.done", item, whole(text));
    }

    fn arguments(&mut self, item: &Item, name: &str, arguments: &str) {
        for delta in self.rendering.pieces(arguments) {
            let fields = json!({"delta": delta});
            self.about("response.function_call_arguments.delta", item, fields);
        }
        let fields = json!({"name": name, "arguments": arguments});
        self.about("response.function_call_arguments.done", item, fields);
    }
}

fn finished(rendering: &Rendering<'_>, output: Vec<Value>) -> Value {
    let (status, reason) = match &rendering.reply.stop {
        Stop::Natural | Stop::Refused(_) => ("completed", None),
        Stop::Length => ("incomplete", Some("max_output_tokens")),
        Stop::Filtered => ("incomplete", Some("content_filter")),
    };
    let mut response = response(rendering, status, output);
    if let Some(reason) = reason {
        response["incomplete_details"] = json!({"reason": reason});
    }
    let used = rendering.used();
    response["usage"] = json!({
        "input_tokens": used.input,
        "input_tokens_details": {"cached_tokens": used.cached},
        "output_tokens": used.output,
        "output_tokens_details": {"reasoning_tokens": used.reasoning},
        "total_tokens": used.input + used.output,
    });
    // Told only by those who charge for it.
    if used.written > 0 {
        response["usage"]["input_tokens_details"]["cache_write_tokens"] = json!(used.written);
    }
    response
}

fn response(rendering: &Rendering<'_>, status: &str, output: Vec<Value>) -> Value {
    json!({
        "id": rendering.id("resp_"),
        "object": "response",
        "created_at": CREATED,
        "status": status,
        "background": false,
        "error": null,
        "incomplete_details": null,
        "instructions": null,
        "max_output_tokens": null,
        "model": rendering.wants.model,
        "output": output,
        "parallel_tool_calls": true,
        "previous_response_id": null,
        "reasoning": {"effort": null, "summary": null},
        "store": false,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": null,
        "user": null,
        "metadata": {},
    })
}
