//! Replies of every dialect, whole and in pieces, and what imitators make of them.

use domain::LlmErrorKind;
use serde_json::{Value, json};

use super::*;

/// What a stream of these pieces comes to, and what was heard of it.
fn streamed(dialect: Dialect, pieces: &[Value]) -> (Result<Reply, Failure>, Vec<Delta>) {
    let mut listener = listener(dialect);
    let mut heard = Vec::new();
    for piece in pieces {
        let data = piece
            .as_str()
            .map_or_else(|| piece.to_string(), str::to_owned);
        let event = Event {
            name: String::new(),
            data,
        };
        if let Err(failure) = listener.event(&event, &mut |delta| heard.push(delta)) {
            return (Err(failure), heard);
        }
    }
    (listener.finish(), heard)
}

fn whole(dialect: Dialect, body: &Value) -> Result<Reply, Failure> {
    let mut listener = listener(dialect);
    listener.whole(body.to_string().as_bytes())?;
    listener.finish()
}

fn call(id: &str, name: &str, arguments: &str) -> ToolCall {
    ToolCall {
        id: id.to_owned(),
        responses_item_id: None,
        name: name.to_owned(),
        arguments: arguments.to_owned(),
        origin: Origin::Completion,
    }
}

fn text(content: &str, id: &str) -> Delta {
    Delta::Text(piece(content, id))
}

fn delta(id: &str, delta: Value) -> Value {
    json!({"id": id, "choices": [{"index": 0, "delta": delta, "finish_reason": null}]})
}

fn stop(reason: &str) -> Value {
    json!({"id": "c1", "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
}

#[test]
fn a_chat_comes_in_pieces() {
    let function = |index: usize, id: Value, name: Value, arguments: &str| {
        let function = json!({"name": name, "arguments": arguments});
        delta(
            "c1",
            json!({"tool_calls": [{"index": index, "id": id, "function": function}]}),
        )
    };
    let (reply, heard) = streamed(
        Dialect::Chat,
        &[
            delta("c1", json!({"role": "assistant", "content": ""})),
            delta("c1", json!({"reasoning_content": "why"})),
            delta("c1", json!({"content": "Hel"})),
            delta("c1", json!({"content": "lo"})),
            function(0, json!("a"), json!("terminal"), ""),
            function(0, Value::Null, Value::Null, "{\"x\":"),
            function(1, json!("b"), json!("think"), "{}"),
            function(0, Value::Null, Value::Null, "1}"),
            stop("tool_calls"),
            json!({"id": "c1", "choices": [], "usage": {
                "prompt_tokens": 10, "completion_tokens": 5,
                "prompt_tokens_details": {"cached_tokens": 4},
                "completion_tokens_details": {"reasoning_tokens": 2}}}),
            json!("[DONE]"),
        ],
    );
    let reply = reply.unwrap();
    assert_eq!((reply.id.as_str(), reply.text.as_str()), ("c1", "Hello"));
    assert_eq!(reply.reasoning, "why");
    assert_eq!(
        reply.calls,
        [call("a", "terminal", "{\"x\":1}"), call("b", "think", "{}")]
    );
    let tokens = Tokens {
        prompt: 10,
        completion: 5,
        cache_read: 4,
        cache_write: 0,
        reasoning: 2,
    };
    assert_eq!(reply.tokens, tokens);
    let written = |index, name: &str, arguments: &str| Delta::Call {
        index,
        name: name.to_owned(),
        arguments: arguments.to_owned(),
    };
    let expected = [
        Delta::Reasoning(piece("why", "c1")),
        text("Hel", "c1"),
        text("lo", "c1"),
        written(0, "terminal", ""),
        written(0, "terminal", "{\"x\":"),
        written(1, "think", "{}"),
        written(0, "terminal", "1}"),
    ];
    assert_eq!(heard, expected);
}

#[test]
fn a_chat_may_come_whole() {
    let reply = whole(
        Dialect::Chat,
        &json!({"id": "c2", "choices": [{"index": 0, "finish_reason": "stop", "message": {
            "role": "assistant", "content": "Hi", "reasoning": "r",
            "tool_calls": [{"id": "x", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 1, "cost": 0.25}}),
    );
    let reply = reply.unwrap();
    assert_eq!(reply.cost, Some(0.25));
    let message = reply.message();
    assert_eq!(message.text(), "Hi");
    assert_eq!(message.reasoning_content.as_deref(), Some("r"));
    assert_eq!(message.calls(), [call("x", "f", "{}")]);
}

#[test]
fn servers_that_only_look_like_openai_are_understood() {
    let calls = |pieces: Vec<Value>| {
        let mut stream: Vec<Value> = pieces
            .into_iter()
            .map(|calls| delta("c1", json!({"tool_calls": calls})))
            .collect();
        stream.push(stop("stop"));
        streamed(Dialect::Chat, &stream).0.unwrap().calls
    };
    let f = |name: &str, arguments: Value| json!({"name": name, "arguments": arguments});
    let same_index = calls(vec![
        json!([{"index": 0, "id": "a", "function": f("x", json!("{}"))}]),
        json!([{"index": 0, "id": "b", "function": f("y", json!("{}"))}]),
    ]);
    assert_eq!(same_index, [call("a", "x", "{}"), call("b", "y", "{}")]);
    let no_index = calls(vec![
        json!([{"id": "a", "function": f("x", json!("{\"q\""))}]),
        json!([{"function": {"arguments": ":1}"}}]),
        json!([{"id": "b", "function": f("y", json!("{}"))}]),
    ]);
    assert_eq!(
        no_index,
        [call("a", "x", "{\"q\":1}"), call("b", "y", "{}")]
    );
    let repeated_id = calls(vec![
        json!([{"index": 0, "id": "a", "function": f("x", json!("{"))}]),
        json!([{"index": 0, "id": "a", "function": {"arguments": "}"}}]),
    ]);
    assert_eq!(repeated_id, [call("a", "x", "{}")]);
    let as_object = calls(vec![
        json!([{"index": 0, "id": "a", "function": f("x", json!({"k": [1]}))}]),
    ]);
    assert_eq!(as_object, [call("a", "x", "{\"k\":[1]}")]);
    let nameless = calls(vec![
        json!([{"index": 0, "function": f("x", json!(""))}, {"index": 1, "id": "", "function": f("y", Value::Null)}]),
    ]);
    assert_eq!(nameless.len(), 2);
    assert!(
        nameless
            .iter()
            .all(|c| c.id.starts_with("call_") && c.arguments == "{}")
    );
    assert_ne!(nameless[0].id, nameless[1].id);
    let signed = calls(vec![
        json!([{"index": 0, "id": "a", "function": f("x", json!("{}")),
        "extra_content": {"google": {"thought_signature": "c2ln"}}}]),
    ]);
    assert_eq!(signed[0].id, "a__thought__c2ln");
}

#[test]
fn thoughts_in_a_chat_are_kept() {
    let thought = |value: Value| delta("c1", json!({"thinking_blocks": [value]}));
    let (reply, _) = streamed(
        Dialect::Chat,
        &[
            thought(json!({"type": "thinking", "thinking": "let ", "signature": ""})),
            thought(json!({"type": "thinking", "thinking": "me", "signature": null})),
            thought(json!({"type": "thinking", "thinking": "", "signature": "sig"})),
            thought(json!({"type": "redacted_thinking", "data": "zzz"})),
            delta(
                "c1",
                json!({"content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": "deep"}]},
                {"type": "text", "text": "said"}]}),
            ),
            stop("stop"),
        ],
    );
    let reply = reply.unwrap();
    assert_eq!(
        reply.thoughts,
        [
            ThinkingBlock::Thinking {
                thinking: "let me".to_owned(),
                signature: Some("sig".to_owned())
            },
            ThinkingBlock::RedactedThinking {
                data: "zzz".to_owned()
            }
        ]
    );
    assert_eq!(
        (reply.reasoning.as_str(), reply.text.as_str()),
        ("deep", "said")
    );
}

#[test]
fn cached_tokens_are_counted_under_every_name() {
    let tokens = |usage: Value| {
        let body = json!({"id": "c", "choices": [{"message": {"content": "x"}}], "usage": usage});
        let tokens = whole(Dialect::Chat, &body).unwrap().tokens;
        (tokens.cache_read, tokens.cache_write)
    };
    assert_eq!(tokens(json!({"prompt_cache_hit_tokens": 7})), (7, 0));
    assert_eq!(tokens(json!({"cached_tokens": 6})), (6, 0));
    let details =
        json!({"prompt_tokens_details": {"cached_tokens": 5, "cache_creation_tokens": 3}});
    assert_eq!(tokens(details), (5, 3));
    assert_eq!(tokens(json!({"prompt_tokens_details": null})), (0, 0));
}

#[test]
fn a_blank_chat_is_a_reply_and_none_is_not() {
    let blank =
        json!({"id": "c", "choices": [{"message": {"content": null}, "finish_reason": "stop"}]});
    let message = whole(Dialect::Chat, &blank).unwrap().message();
    assert!(message.content.is_empty() && message.calls().is_empty());
    for nothing in [
        json!({"id": "c", "choices": []}),
        json!({}),
        json!({"choices": null}),
    ] {
        let failure = whole(Dialect::Chat, &nothing).unwrap_err();
        assert_eq!(failure.kind, LlmErrorKind::NoResponse);
    }
    let filtered =
        json!({"choices": [{"message": {"content": ""}, "finish_reason": "content_filter"}]});
    let failure = whole(Dialect::Chat, &filtered).unwrap_err();
    assert_eq!(failure.kind, LlmErrorKind::ContentPolicy);
}

#[test]
fn a_stream_that_breaks_off_is_no_reply() {
    let begun = [
        (Dialect::Chat, delta("c", json!({"content": "x"}))),
        (
            Dialect::Responses,
            json!({"type": "response.output_text.delta", "item_id": "m", "delta": "x"}),
        ),
        (
            Dialect::Anthropic,
            json!({"type": "message_start", "message": {"id": "m"}}),
        ),
    ];
    for (dialect, piece) in begun {
        for pieces in [&[][..], &[piece][..]] {
            let failure = streamed(dialect, pieces).0.unwrap_err();
            assert_eq!(failure.kind, LlmErrorKind::NoResponse, "{dialect:?}");
            assert!(failure.retries());
        }
        let (garbage, _) = streamed(dialect, &[json!("{not json")]);
        assert_eq!(garbage.unwrap_err().kind, LlmErrorKind::NoResponse);
        let html = listener(dialect).whole(b"<html>oops").unwrap_err();
        assert!(html.message.contains("<html>oops"), "{}", html.message);
        assert!(
            listener(dialect)
                .whole(b"")
                .unwrap_err()
                .message
                .contains("empty")
        );
    }
}

#[test]
fn an_error_in_the_middle_of_a_stream_is_told() {
    let cases = [
        (
            Dialect::Chat,
            json!({"error": {"message": "busy", "code": 503}}),
            LlmErrorKind::Unavailable,
        ),
        (
            Dialect::Anthropic,
            json!({"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}),
            LlmErrorKind::Unavailable,
        ),
        (
            Dialect::Responses,
            json!({"type": "error", "code": "rate_limit_exceeded", "message": "busy"}),
            LlmErrorKind::RateLimit,
        ),
        (
            Dialect::Responses,
            json!({"type": "response.failed", "response": {"id": "r", "status": "failed",
            "error": {"code": "server_error", "message": "busy"}}}),
            LlmErrorKind::Unavailable,
        ),
    ];
    for (dialect, piece, kind) in cases {
        let failure = streamed(dialect, &[piece]).0.unwrap_err();
        assert_eq!((failure.kind, failure.message.as_str()), (kind, "busy"));
    }
}

fn output() -> Value {
    json!([
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "plan"}],
         "encrypted_content": "enc", "status": null},
        {"type": "message", "id": "msg_1", "role": "assistant", "content": [
            {"type": "output_text", "text": "Hello "}, {"type": "refusal", "refusal": "No."}]},
        {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f", "arguments": "{\"a\":1}"}
    ])
}

fn understood() -> Reply {
    Reply {
        id: "resp_1".to_owned(),
        text: "Hello \nNo.".to_owned(),
        item: Some(ReasoningItem {
            id: Some("rs_1".to_owned()),
            summary: vec!["plan".to_owned()],
            content: None,
            encrypted_content: Some("enc".to_owned()),
            status: None,
        }),
        calls: vec![ToolCall {
            responses_item_id: Some("fc_1".to_owned()),
            origin: Origin::Responses,
            ..call("call_1", "f", "{\"a\":1}")
        }],
        tokens: Tokens {
            prompt: 9,
            completion: 8,
            cache_read: 7,
            cache_write: 0,
            reasoning: 6,
        },
        ..Reply::default()
    }
}

fn response(output: &Value) -> Value {
    json!({"id": "resp_1", "status": "completed", "error": null, "output": output, "usage": {
        "input_tokens": 9, "input_tokens_details": {"cached_tokens": 7},
        "output_tokens": 8, "output_tokens_details": {"reasoning_tokens": 6}}})
}

#[test]
fn a_response_may_come_whole() {
    assert_eq!(
        whole(Dialect::Responses, &response(&output())),
        Ok(understood())
    );
}

#[test]
fn a_response_comes_in_pieces_and_its_end_may_repeat_them_or_not() {
    for end in [output(), json!([])] {
        let mut pieces = vec![
            json!({"type": "response.created", "response": {"id": "resp_1"}}),
            json!({"type": "response.reasoning_summary_text.delta", "item_id": "rs_1", "delta": "plan"}),
            json!({"type": "response.output_text.delta", "item_id": "msg_1", "delta": "Hello "}),
            json!({"type": "response.output_item.added", "output_index": 2,
                   "item": {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f", "arguments": ""}}),
            json!({"type": "response.function_call_arguments.delta", "output_index": 2, "delta": "{\"a\":1}"}),
        ];
        for item in output().as_array().unwrap() {
            pieces.push(json!({"type": "response.output_item.done", "item": item}));
        }
        pieces.push(json!({"type": "response.completed", "response": response(&end)}));
        let (reply, heard) = streamed(Dialect::Responses, &pieces);
        assert_eq!(reply, Ok(understood()));
        let written = |arguments: &str| Delta::Call {
            index: 0,
            name: "f".to_owned(),
            arguments: arguments.to_owned(),
        };
        let reasoning = Delta::Reasoning(piece("plan", "rs_1"));
        let expected = [
            reasoning,
            text("Hello ", "msg_1"),
            written(""),
            written("{\"a\":1}"),
        ];
        assert_eq!(heard, expected);
    }
}

#[test]
fn a_response_without_output_says_why() {
    let nothing = |value: Value| whole(Dialect::Responses, &value).unwrap_err();
    let filtered =
        json!({"status": "incomplete", "incomplete_details": {"reason": "content_filter"}});
    assert_eq!(nothing(filtered).kind, LlmErrorKind::ContentPolicy);
    let short =
        json!({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}});
    let failure = nothing(short);
    assert_eq!(failure.kind, LlmErrorKind::NoResponse);
    assert!(failure.message.contains("max_output_tokens"));
    assert_eq!(
        nothing(json!({"output": []})).kind,
        LlmErrorKind::NoResponse
    );
}

#[test]
fn claude_may_answer_whole_with_its_arguments_verbatim() {
    let body = r#"{"id":"msg_1","stop_reason":"tool_use","content":[
        {"type":"thinking","thinking":"hm","signature":"sig"},
        {"type":"redacted_thinking","data":"zz"},
        {"type":"text","text":"Hi"},
        {"type":"server_tool_use","id":"s","name":"web"},
        {"type":"tool_use","id":"toolu_1","name":"f","input":{"n": 1.50, "big": 123456789012345678901}}],
        "usage":{"input_tokens":10,"cache_read_input_tokens":20,"cache_creation_input_tokens":30,"output_tokens":5}}"#;
    let mut listener = listener(Dialect::Anthropic);
    listener.whole(body.as_bytes()).unwrap();
    let reply = listener.finish().unwrap();
    assert_eq!(reply.text, "Hi");
    assert_eq!(reply.reasoning, "hm");
    assert_eq!(reply.thoughts.len(), 2);
    let arguments = r#"{"n": 1.50, "big": 123456789012345678901}"#;
    assert_eq!(reply.calls, [call("toolu_1", "f", arguments)]);
    let tokens = Tokens {
        prompt: 60,
        completion: 5,
        cache_read: 20,
        cache_write: 30,
        reasoning: 0,
    };
    assert_eq!(reply.tokens, tokens);
}

#[test]
fn claude_answers_in_pieces() {
    let begin = |index: usize, block: Value| json!({"type": "content_block_start", "index": index, "content_block": block});
    let grow = |index: usize, delta: Value| json!({"type": "content_block_delta", "index": index, "delta": delta});
    let (reply, heard) = streamed(
        Dialect::Anthropic,
        &[
            json!({"type": "message_start", "message": {"id": "m1", "content": [], "usage":
                {"input_tokens": 3, "cache_read_input_tokens": 4, "output_tokens": 1}}}),
            begin(
                0,
                json!({"type": "thinking", "thinking": "", "signature": ""}),
            ),
            grow(0, json!({"type": "thinking_delta", "thinking": "hm"})),
            grow(0, json!({"type": "signature_delta", "signature": "si"})),
            grow(0, json!({"type": "signature_delta", "signature": "g"})),
            json!({"type": "content_block_stop", "index": 0}),
            json!({"type": "ping"}),
            begin(1, json!({"type": "text", "text": ""})),
            grow(1, json!({"type": "text_delta", "text": "Hi"})),
            begin(
                2,
                json!({"type": "tool_use", "id": "t1", "name": "f", "input": {}}),
            ),
            grow(2, json!({"type": "input_json_delta", "partial_json": ""})),
            grow(
                2,
                json!({"type": "input_json_delta", "partial_json": "{\"a\": "}),
            ),
            grow(2, json!({"type": "input_json_delta", "partial_json": "1}"})),
            begin(
                3,
                json!({"type": "tool_use", "id": "t2", "name": "g", "input": {}}),
            ),
            grow(9, json!({"type": "text_delta", "text": "lost"})),
            json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 40}}),
            json!({"type": "message_stop"}),
        ],
    );
    let reply = reply.unwrap();
    assert_eq!((reply.id.as_str(), reply.text.as_str()), ("m1", "Hi"));
    assert_eq!(
        reply.thoughts,
        [ThinkingBlock::Thinking {
            thinking: "hm".to_owned(),
            signature: Some("sig".to_owned())
        }]
    );
    assert_eq!(
        reply.calls,
        [call("t1", "f", "{\"a\": 1}"), call("t2", "g", "{}")]
    );
    assert_eq!((reply.tokens.prompt, reply.tokens.completion), (7, 40));
    let written = |index, name: &str, arguments: &str| Delta::Call {
        index,
        name: name.to_owned(),
        arguments: arguments.to_owned(),
    };
    let expected = [
        Delta::Reasoning(piece("hm", "m1")),
        text("Hi", "m1"),
        written(0, "f", ""),
        written(0, "f", ""),
        written(0, "f", "{\"a\": "),
        written(0, "f", "1}"),
        written(1, "g", ""),
    ];
    assert_eq!(heard, expected);
}

#[test]
fn claude_may_refuse_or_run_out_of_room() {
    let stopped = |reason: &str, text: &str| {
        let body =
            json!({"id": "m", "stop_reason": reason, "content": [{"type": "text", "text": text}]});
        whole(Dialect::Anthropic, &body)
    };
    assert_eq!(
        stopped("refusal", "").unwrap_err().kind,
        LlmErrorKind::ContentPolicy
    );
    assert_eq!(
        stopped("model_context_window_exceeded", "")
            .unwrap_err()
            .kind,
        LlmErrorKind::ContextWindow
    );
    assert_eq!(
        stopped("refusal", "I will not.").unwrap().text,
        "I will not."
    );
    let error = json!({"type": "error", "error": {"type": "api_error", "message": "no"}});
    assert_eq!(
        whole(Dialect::Anthropic, &error).unwrap_err().kind,
        LlmErrorKind::Unavailable
    );
    assert!(whole(Dialect::Anthropic, &json!({})).is_err());
}
