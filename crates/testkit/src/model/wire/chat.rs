//! OpenAI chat completions, with the reasoning field that compatible servers add.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{CREATED, Rendering, data};
use crate::model::reply::{Stop, Thought};

pub(super) fn whole(rendering: &Rendering<'_>) -> Value {
    json!({
        "id": rendering.id("chatcmpl-"),
        "object": "chat.completion",
        "created": CREATED,
        "model": rendering.wants.model,
        "choices": [{
            "index": 0,
            "message": message(rendering),
            "logprobs": null,
            "finish_reason": finish_reason(rendering),
        }],
        "usage": usage(rendering),
        "service_tier": "default",
        "system_fingerprint": "fp_testkit",
    })
}

fn message(rendering: &Rendering<'_>) -> Value {
    let reply = rendering.reply;
    let mut message = json!({
        "role": "assistant",
        "content": reply.text,
        "refusal": refusal(rendering),
        "annotations": [],
    });
    let thoughts = thoughts(rendering);
    if !thoughts.is_empty() {
        message["reasoning_content"] = json!(thoughts);
    }
    if !reply.calls.is_empty() {
        let calls = reply.calls.iter().enumerate().map(|(index, call)| {
            json!({
                "id": rendering.call_id("call_", index),
                "type": "function",
                "function": {"name": call.tool, "arguments": call.arguments},
            })
        });
        message["tool_calls"] = calls.collect();
    }
    message
}

pub(super) fn events(rendering: &Rendering<'_>) -> Vec<Bytes> {
    let mut events = Vec::new();
    let mut delta = |delta: Value| events.push(chunk(rendering, delta, Value::Null));
    let reply = rendering.reply;
    let opening = if reply.text.is_some() {
        json!("")
    } else {
        Value::Null
    };
    delta(json!({"role": "assistant", "content": opening, "refusal": null}));
    for piece in rendering.pieces(&thoughts(rendering)) {
        delta(json!({"reasoning_content": piece}));
    }
    for piece in rendering.pieces(reply.text.as_deref().unwrap_or_default()) {
        delta(json!({"content": piece}));
    }
    for piece in rendering.pieces(refusal(rendering).unwrap_or_default()) {
        delta(json!({"refusal": piece}));
    }
    for (index, call) in reply.calls.iter().enumerate() {
        delta(json!({"tool_calls": [{
            "index": index,
            "id": rendering.call_id("call_", index),
            "type": "function",
            "function": {"name": call.tool, "arguments": ""},
        }]}));
        for piece in rendering.pieces(&call.arguments) {
            delta(json!({"tool_calls": [{"index": index, "function": {"arguments": piece}}]}));
        }
    }
    events.push(chunk(rendering, json!({}), json!(finish_reason(rendering))));
    if rendering.wants.usage() {
        let mut last = envelope(rendering, json!([]));
        last["usage"] = usage(rendering);
        events.push(data(&last));
    }
    events.push(Bytes::from_static(b"data: [DONE]\n\n"));
    events
}

fn chunk(rendering: &Rendering<'_>, delta: Value, finish_reason: Value) -> Bytes {
    let choice = json!({
        "index": 0,
        "delta": delta,
        "logprobs": null,
        "finish_reason": finish_reason,
    });
    data(&envelope(rendering, json!([choice])))
}

fn envelope(rendering: &Rendering<'_>, choices: Value) -> Value {
    let mut chunk = json!({
        "id": rendering.id("chatcmpl-"),
        "object": "chat.completion.chunk",
        "created": CREATED,
        "model": rendering.wants.model,
        "service_tier": "default",
        "system_fingerprint": "fp_testkit",
        "choices": choices,
    });
    if rendering.wants.usage() {
        chunk["usage"] = Value::Null;
    }
    chunk
}

fn thoughts(rendering: &Rendering<'_>) -> String {
    let open = rendering.reply.thoughts.iter().filter_map(|t| match t {
        Thought::Open { text, .. } => Some(text.as_str()),
        Thought::Sealed(_) => None,
    });
    open.collect::<Vec<_>>().join("\n")
}

fn refusal<'a>(rendering: &Rendering<'a>) -> Option<&'a str> {
    match &rendering.reply.stop {
        Stop::Refused(words) => Some(words),
        Stop::Natural | Stop::Length | Stop::Filtered => None,
    }
}

fn finish_reason(rendering: &Rendering<'_>) -> &'static str {
    match &rendering.reply.stop {
        Stop::Length => "length",
        Stop::Filtered => "content_filter",
        Stop::Natural if !rendering.reply.calls.is_empty() => "tool_calls",
        Stop::Natural | Stop::Refused(_) => "stop",
    }
}

fn usage(rendering: &Rendering<'_>) -> Value {
    let used = rendering.used();
    let mut usage = json!({
        "prompt_tokens": used.input,
        "completion_tokens": used.output,
        "total_tokens": used.input + used.output,
        "prompt_tokens_details": {"cached_tokens": used.cached, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": used.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    });
    // Told only by those who charge for it.
    if used.written > 0 {
        usage["prompt_tokens_details"]["cache_write_tokens"] = json!(used.written);
    }
    usage
}
