//! A reply of every kind, in every dialect, whole and streamed, to the letter.

use serde_json::{Value, json};
use testkit::model::{Dialect, Model, Script, assert_json};

use crate::client::{Event, post, request, streamed, whole};

/// Thoughts, text and two calls, with every number of usage.
fn rich() -> Script {
    Script::named("")
        .thinks("Hm, let me see.")
        .sealed("sig")
        .thinks_sealed("opaque")
        .says("On it: wörk.")
        .calls("terminal", json!({"command": "ls"}))
        .calls("noargs", json!({}))
        .uses(100, 20)
        .caches(30, 10)
        .reasons(5)
        .in_pieces_of(8)
}

async fn playing(script: Script) -> Model {
    Model::playing(Script::new().forever(script)).await
}

fn kinds(events: &[Event]) -> Vec<String> {
    let kind = |event: &Event| {
        let kind = event.json()["type"].as_str().unwrap().to_owned();
        assert_eq!(event.name.as_ref(), Some(&kind));
        kind
    };
    events.iter().map(kind).collect()
}

/// All pieces of one field, joined.
fn joined(values: &[Value], pointer: &str) -> String {
    let pieces = values.iter().filter_map(|v| v.pointer(pointer)?.as_str());
    pieces.collect()
}

#[tokio::test]
async fn chat_whole() {
    let model = playing(rich()).await;
    assert_json(
        &whole(&model, Dialect::Chat).await,
        &json!({
            "id": "chatcmpl-script_0",
            "object": "chat.completion",
            "created": 1_767_268_800,
            "model": "m",
            "choices": [{
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": "On it: wörk.",
                    "refusal": null,
                    "annotations": [],
                    "reasoning_content": "Hm, let me see.",
                    "tool_calls": [
                        {"id": "call_script_0_0", "type": "function", "function":
                            {"name": "terminal", "arguments": "{\"command\":\"ls\"}"}},
                        {"id": "call_script_0_1", "type": "function", "function":
                            {"name": "noargs", "arguments": "{}"}},
                    ],
                },
                "logprobs": null,
                "finish_reason": "tool_calls",
            }],
            "usage": {
                "prompt_tokens": 100,
                "completion_tokens": 20,
                "total_tokens": 120,
                "prompt_tokens_details":
                    {"cached_tokens": 30, "audio_tokens": 0, "cache_write_tokens": 10},
                "completion_tokens_details": {
                    "reasoning_tokens": 5,
                    "audio_tokens": 0,
                    "accepted_prediction_tokens": 0,
                    "rejected_prediction_tokens": 0,
                },
            },
            "service_tier": "default",
            "system_fingerprint": "fp_testkit",
        }),
    );
}

#[tokio::test]
async fn chat_streamed() {
    let model = playing(rich()).await;
    let mut body = request(Dialect::Chat, "hi", true);
    body["stream_options"] = json!({"include_usage": true});
    let text = post(&model, Dialect::Chat, &body)
        .await
        .text()
        .await
        .unwrap();
    let mut events = crate::client::events(&text);
    assert_eq!(events.pop().unwrap().data, "[DONE]");
    let chunks: Vec<Value> = events.iter().map(Event::json).collect();
    let delta = |at: usize| chunks[at]["choices"][0]["delta"].clone();
    assert_eq!(
        delta(0),
        json!({"role": "assistant", "content": "", "refusal": null})
    );
    assert_eq!(delta(1), json!({"reasoning_content": "Hm, let "}));
    assert_eq!(delta(3), json!({"content": "On it: w"}));
    assert_eq!(
        delta(5),
        json!({"tool_calls": [{"index": 0, "id": "call_script_0_0", "type": "function",
            "function": {"name": "terminal", "arguments": ""}}]})
    );
    assert_eq!(
        delta(6),
        json!({"tool_calls": [{"index": 0, "function": {"arguments": "{\"comman"}}]})
    );
    let fields = "/choices/0/delta";
    assert_eq!(
        joined(&chunks, &format!("{fields}/content")),
        "On it: wörk."
    );
    assert_eq!(
        joined(
            &chunks,
            &format!("{fields}/tool_calls/0/function/arguments")
        ),
        "{\"command\":\"ls\"}{}"
    );
    let [.., end, usage] = &chunks[..] else {
        panic!("too short")
    };
    assert_eq!(end["choices"][0]["finish_reason"], "tool_calls");
    assert_eq!(end["choices"][0]["delta"], json!({}));
    assert_eq!(
        (&end["usage"], &usage["choices"]),
        (&Value::Null, &json!([]))
    );
    assert_eq!(usage["usage"]["total_tokens"], 120);
    assert!(
        chunks
            .iter()
            .all(|chunk| chunk["id"] == "chatcmpl-script_0")
    );
}

#[tokio::test]
async fn chat_streams_no_usage_unless_asked() {
    let model = playing(rich()).await;
    let mut events = streamed(&model, Dialect::Chat).await;
    events.pop();
    assert!(
        events
            .iter()
            .all(|event| event.json().get("usage").is_none())
    );
}

#[tokio::test]
async fn responses_whole() {
    let model = playing(rich()).await;
    let mut body = request(Dialect::Responses, "hi", false);
    body["include"] = json!(["reasoning.encrypted_content"]);
    let response: Value = post(&model, Dialect::Responses, &body)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(response["status"], "completed");
    assert_eq!(response["id"], "resp_script_0");
    assert_json(
        &response["output"],
        &json!([
            {"id": "rs_script_0_0", "type": "reasoning", "encrypted_content": "sig",
                "summary": [{"type": "summary_text", "text": "Hm, let me see."}]},
            {"id": "rs_script_0_1", "type": "reasoning", "encrypted_content": "opaque",
                "summary": []},
            {"id": "msg_script_0", "type": "message", "status": "completed", "role": "assistant",
                "content": [{"type": "output_text", "text": "On it: wörk.",
                    "annotations": [], "logprobs": []}]},
            {"id": "fc_script_0_0", "type": "function_call", "status": "completed",
                "call_id": "call_script_0_0", "name": "terminal",
                "arguments": "{\"command\":\"ls\"}"},
            {"id": "fc_script_0_1", "type": "function_call", "status": "completed",
                "call_id": "call_script_0_1", "name": "noargs", "arguments": "{}"},
        ]),
    );
    assert_json(
        &response["usage"],
        &json!({
            "input_tokens": 100,
            "input_tokens_details": {"cached_tokens": 30, "cache_write_tokens": 10},
            "output_tokens": 20,
            "output_tokens_details": {"reasoning_tokens": 5},
            "total_tokens": 120,
        }),
    );
    let plain = whole(&model, Dialect::Responses).await;
    assert!(plain["output"][0].get("encrypted_content").is_none());
}

#[tokio::test]
async fn responses_streamed() {
    let model = playing(rich()).await;
    let events = streamed(&model, Dialect::Responses).await;
    let mut order = kinds(&events);
    order.dedup();
    let added = "response.output_item.added";
    let done = "response.output_item.done";
    let expected = [
        "response.created",
        "response.in_progress",
        added,
        "response.reasoning_summary_part.added",
        "response.reasoning_summary_text.delta",
        "response.reasoning_summary_text.done",
        "response.reasoning_summary_part.done",
        done,
        added,
        done,
        added,
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        done,
        added,
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        done,
        added,
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        done,
        "response.completed",
    ];
    assert_eq!(order, expected);
    let values: Vec<Value> = events.iter().map(Event::json).collect();
    for (at, value) in values.iter().enumerate() {
        assert_eq!(value["sequence_number"], at);
    }
    let items = values.iter().filter(|v| v["type"] == done);
    let items: Vec<Value> = items.map(|v| v["item"].clone()).collect();
    let last = values.last().unwrap();
    assert_eq!(last["response"]["output"], json!(items));
    assert_eq!(last["response"]["usage"]["total_tokens"], 120);
    let text = values
        .iter()
        .filter(|v| v["type"] == "response.output_text.delta");
    let text: Vec<Value> = text.cloned().collect();
    assert_eq!(joined(&text, "/delta"), "On it: wörk.");
    assert_json(
        &text[0],
        &json!({"type": "response.output_text.delta", "sequence_number": "<any>",
            "item_id": "msg_script_0", "output_index": 2, "content_index": 0,
            "delta": "On it: w", "logprobs": []}),
    );
}

#[tokio::test]
async fn anthropic_whole() {
    let model = playing(rich()).await;
    assert_json(
        &whole(&model, Dialect::Anthropic).await,
        &json!({
            "id": "msg_script_0",
            "type": "message",
            "role": "assistant",
            "model": "m",
            "content": [
                {"type": "thinking", "thinking": "Hm, let me see.", "signature": "sig"},
                {"type": "redacted_thinking", "data": "opaque"},
                {"type": "text", "text": "On it: wörk."},
                {"type": "tool_use", "id": "toolu_script_0_0", "name": "terminal",
                    "input": {"command": "ls"}},
                {"type": "tool_use", "id": "toolu_script_0_1", "name": "noargs", "input": {}},
            ],
            "stop_reason": "tool_use",
            "stop_sequence": null,
            "usage": {
                "input_tokens": 60,
                "cache_creation_input_tokens": 10,
                "cache_read_input_tokens": 30,
                "cache_creation":
                    {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 0},
                "output_tokens": 20,
                "service_tier": "standard",
            },
        }),
    );
}

#[tokio::test]
async fn anthropic_streamed() {
    let model = playing(rich()).await;
    let events = streamed(&model, Dialect::Anthropic).await;
    let mut order = kinds(&events);
    order.dedup();
    let (start, delta, stop) = (
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
    );
    let blocks = [
        start, "ping", delta, stop, start, stop, start, delta, stop, start, delta, stop, start,
        delta, stop,
    ];
    assert_eq!(order[0], "message_start");
    assert_eq!(order[1..16], blocks);
    assert_eq!(order[16..], ["message_delta", "message_stop"]);
    let values: Vec<Value> = events.iter().map(Event::json).collect();
    assert_eq!(values[0]["message"]["usage"]["output_tokens"], 1);
    assert_eq!(joined(&values, "/delta/thinking"), "Hm, let me see.");
    assert_eq!(joined(&values, "/delta/signature"), "sig");
    assert_eq!(joined(&values, "/delta/text"), "On it: wörk.");
    let call = values
        .iter()
        .position(|v| v["content_block"]["name"] == "terminal")
        .unwrap();
    assert_eq!(values[call]["content_block"]["input"], json!({}));
    assert_eq!(
        values[call + 1]["delta"],
        json!({"type": "input_json_delta", "partial_json": ""})
    );
    assert_eq!(
        joined(&values, "/delta/partial_json"),
        "{\"command\":\"ls\"}"
    );
    let last = &values[values.len() - 2];
    assert_eq!(last["delta"]["stop_reason"], "tool_use");
    assert_eq!(last["usage"]["output_tokens"], 20);
}

#[tokio::test]
async fn each_way_to_stop_has_its_word() {
    let cases = [
        (Script::new().says("a"), ["stop", "completed", "end_turn"]),
        (
            Script::new().says("a").runs_out_of_tokens(),
            ["length", "incomplete", "max_tokens"],
        ),
        (
            Script::new().says("a").is_filtered(),
            ["content_filter", "incomplete", "refusal"],
        ),
        (
            Script::new().refuses("No."),
            ["stop", "completed", "refusal"],
        ),
        (
            Script::new().says_nothing(),
            ["stop", "completed", "end_turn"],
        ),
    ];
    for (script, [chat, responses, anthropic]) in cases {
        let model = playing(script).await;
        let choice = whole(&model, Dialect::Chat).await["choices"][0].clone();
        assert_eq!(choice["finish_reason"], chat);
        let response = whole(&model, Dialect::Responses).await;
        assert_eq!(response["status"], responses);
        let events = streamed(&model, Dialect::Responses).await;
        let last = events.last().unwrap().name.clone().unwrap();
        assert_eq!(last, format!("response.{responses}"));
        let message = whole(&model, Dialect::Anthropic).await;
        assert_eq!(message["stop_reason"], anthropic);
    }
}

#[tokio::test]
async fn a_refusal_is_said_where_the_provider_says_it() {
    let model = playing(Script::new().refuses("I will not.")).await;
    let chat = whole(&model, Dialect::Chat).await;
    assert_eq!(chat["choices"][0]["message"]["refusal"], "I will not.");
    assert_eq!(chat["choices"][0]["message"]["content"], Value::Null);
    let mut chunks = streamed(&model, Dialect::Chat).await;
    chunks.pop();
    let chunks: Vec<Value> = chunks.iter().map(Event::json).collect();
    assert_eq!(joined(&chunks, "/choices/0/delta/refusal"), "I will not.");
    let response = whole(&model, Dialect::Responses).await;
    assert_eq!(
        response["output"][0]["content"][0],
        json!({"type": "refusal", "refusal": "I will not."})
    );
    let events = streamed(&model, Dialect::Responses).await;
    assert!(kinds(&events).contains(&"response.refusal.done".to_owned()));
    let message = whole(&model, Dialect::Anthropic).await;
    assert_eq!(message["content"][0]["text"], "I will not.");
}

#[tokio::test]
async fn odd_replies_come_as_written() {
    let script = Script::new()
        .calls_raw("terminal", "{\"command\": ")
        .with_id("same")
        .calls_raw("no_such_tool", "[1]")
        .with_id("same");
    let model = playing(script).await;
    let chat = whole(&model, Dialect::Chat).await;
    let calls = &chat["choices"][0]["message"]["tool_calls"];
    assert_eq!(chat["choices"][0]["message"]["content"], Value::Null);
    assert_eq!(calls[0]["function"]["arguments"], "{\"command\": ");
    assert_eq!(
        (&calls[0]["id"], &calls[1]["id"]),
        (&json!("same"), &json!("same"))
    );
    assert_eq!(calls[1]["function"]["name"], "no_such_tool");
    let response = whole(&model, Dialect::Responses).await;
    assert_eq!(response["output"][0]["arguments"], "{\"command\": ");
    let events = streamed(&model, Dialect::Anthropic).await;
    let values: Vec<Value> = events.iter().map(Event::json).collect();
    assert_eq!(joined(&values, "/delta/partial_json"), "{\"command\": [1]");
    assert_eq!(
        whole(&model, Dialect::Anthropic).await["content"][0]["input"],
        "{\"command\": "
    );
}

#[tokio::test]
async fn reasoning_may_be_all_there_is() {
    let model = playing(Script::new().thinks("Only this.")).await;
    let chat = whole(&model, Dialect::Chat).await;
    let message = &chat["choices"][0]["message"];
    assert_eq!(message["reasoning_content"], "Only this.");
    assert_eq!(message["content"], Value::Null);
    let response = whole(&model, Dialect::Responses).await;
    assert_eq!(response["output"].as_array().unwrap().len(), 1);
    let message = whole(&model, Dialect::Anthropic).await;
    assert_eq!(message["content"][0]["signature"], "seal_script_2");
}
