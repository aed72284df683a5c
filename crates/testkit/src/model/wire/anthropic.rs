//! Anthropic messages.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{Rendering, event};
use crate::model::reply::{Call, Stop, Thought};

pub(super) fn whole(rendering: &Rendering<'_>) -> Value {
    let reply = rendering.reply;
    let mut content: Vec<Value> = reply
        .thoughts
        .iter()
        .map(|thought| match thought {
            Thought::Open { text, seal } => json!({
                "type": "thinking",
                "thinking": text,
                "signature": rendering.seal(seal.as_ref()),
            }),
            Thought::Sealed(data) => json!({"type": "redacted_thinking", "data": data}),
        })
        .collect();
    if let Some(text) = text(rendering) {
        content.push(json!({"type": "text", "text": text}));
    }
    content.extend(reply.calls.iter().enumerate().map(|(index, call)| {
        let mut block = tool_use(rendering, index, call);
        block["input"] = input(call);
        block
    }));
    let mut message = envelope(rendering);
    message["content"] = json!(content);
    message["stop_reason"] = json!(stop_reason(rendering));
    message["usage"] = usage(rendering, rendering.used().output);
    message
}

pub(super) fn events(rendering: &Rendering<'_>) -> Vec<Bytes> {
    let mut stream = Stream {
        rendering,
        index: 0,
        events: Vec::new(),
    };
    let mut message = envelope(rendering);
    message["usage"] = usage(rendering, 1);
    stream.push(json!({"type": "message_start", "message": message}));
    for thought in &rendering.reply.thoughts {
        stream.thought(thought);
    }
    if let Some(text) = text(rendering) {
        stream.text(text);
    }
    for (index, call) in rendering.reply.calls.iter().enumerate() {
        stream.call(index, call);
    }
    stream.push(json!({
        "type": "message_delta",
        "delta": {"stop_reason": stop_reason(rendering), "stop_sequence": null},
        "usage": usage(rendering, rendering.used().output),
    }));
    stream.push(json!({"type": "message_stop"}));
    stream.events
}

struct Stream<'a, 'b> {
    rendering: &'a Rendering<'b>,
    index: usize,
    events: Vec<Bytes>,
}

impl Stream<'_, '_> {
    fn push(&mut self, value: Value) {
        self.events.push(event(&value));
    }

    fn block(&mut self, content_block: Value, deltas: impl IntoIterator<Item = Value>) {
        let index = self.index;
        self.push(json!({
            "type": "content_block_start",
            "index": index,
            "content_block": content_block,
        }));
        if index == 0 {
            self.push(json!({"type": "ping"}));
        }
        for delta in deltas {
            self.push(json!({"type": "content_block_delta", "index": index, "delta": delta}));
        }
        self.push(json!({"type": "content_block_stop", "index": index}));
        self.index += 1;
    }

    fn thought(&mut self, thought: &Thought) {
        let Thought::Open { text, seal } = thought else {
            let Thought::Sealed(data) = thought else {
                return;
            };
            return self.block(json!({"type": "redacted_thinking", "data": data}), []);
        };
        let mut deltas: Vec<Value> = self
            .rendering
            .pieces(text)
            .into_iter()
            .map(|piece| json!({"type": "thinking_delta", "thinking": piece}))
            .collect();
        let signature = self.rendering.seal(seal.as_ref());
        deltas.push(json!({"type": "signature_delta", "signature": signature}));
        let start = json!({"type": "thinking", "thinking": "", "signature": ""});
        self.block(start, deltas);
    }

    fn text(&mut self, text: &str) {
        let pieces = self.rendering.pieces(text);
        let deltas = pieces
            .into_iter()
            .map(|piece| json!({"type": "text_delta", "text": piece}));
        self.block(json!({"type": "text", "text": ""}), deltas);
    }

    fn call(&mut self, index: usize, call: &Call) {
        let mut pieces = vec![""];
        // A tool without arguments sends no JSON at all.
        if call.arguments != "{}" {
            pieces.extend(self.rendering.pieces(&call.arguments));
        }
        let deltas = pieces
            .into_iter()
            .map(|piece| json!({"type": "input_json_delta", "partial_json": piece}));
        self.block(tool_use(self.rendering, index, call), deltas);
    }
}

fn envelope(rendering: &Rendering<'_>) -> Value {
    json!({
        "id": rendering.id("msg_"),
        "type": "message",
        "role": "assistant",
        "model": rendering.wants.model,
        "content": [],
        "stop_reason": null,
        "stop_sequence": null,
    })
}

fn tool_use(rendering: &Rendering<'_>, index: usize, call: &Call) -> Value {
    json!({
        "type": "tool_use",
        "id": rendering.call_id("toolu_", index),
        "name": call.tool,
        "input": {},
    })
}

/// Broken arguments can only be streamed; whole, they are shown as a string.
fn input(call: &Call) -> Value {
    serde_json::from_str(&call.arguments).unwrap_or_else(|_| json!(call.arguments))
}

fn text<'a>(rendering: &Rendering<'a>) -> Option<&'a str> {
    match &rendering.reply.stop {
        Stop::Refused(words) => Some(words),
        Stop::Natural | Stop::Length | Stop::Filtered => rendering.reply.text.as_deref(),
    }
}

fn stop_reason(rendering: &Rendering<'_>) -> &'static str {
    match &rendering.reply.stop {
        Stop::Length => "max_tokens",
        Stop::Filtered | Stop::Refused(_) => "refusal",
        Stop::Natural if !rendering.reply.calls.is_empty() => "tool_use",
        Stop::Natural => "end_turn",
    }
}

/// Input tokens are counted apart from those read from and written to the cache.
fn usage(rendering: &Rendering<'_>, output: u64) -> Value {
    let used = rendering.used();
    json!({
        "input_tokens": used.input.saturating_sub(used.cached + used.written),
        "cache_creation_input_tokens": used.written,
        "cache_read_input_tokens": used.cached,
        "cache_creation": {
            "ephemeral_5m_input_tokens": used.written,
            "ephemeral_1h_input_tokens": 0,
        },
        "output_tokens": output,
        "service_tier": "standard",
    })
}
