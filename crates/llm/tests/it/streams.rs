//! Streamed replies, however they arrive, and what is counted.

use domain::{Delta, Piece};
use serde_json::{Value, json};

use crate::scene::{ask, ask_the_silent, chat, chat_events, client, spec};
use crate::server::{Answer, Server};

fn text(content: &str, id: &str) -> Delta {
    Delta::Text(Piece {
        content: content.to_owned(),
        chunk_id: id.to_owned(),
        choice_index: 0,
    })
}

fn anthropic_events() -> Vec<Value> {
    vec![
        json!({"type": "message_start", "message": {"id": "m1", "usage": {
            "input_tokens": 10, "cache_read_input_tokens": 1000, "cache_creation_input_tokens": 100, "output_tokens": 1}}}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Grüße 🦀"}}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 20}}),
        json!({"type": "message_stop"}),
    ]
}

fn responses_events() -> Vec<Value> {
    let item = json!({"type": "message", "id": "msg_1", "content": [{"type": "output_text", "text": "Grüße 🦀"}]});
    vec![
        json!({"type": "response.created", "response": {"id": "r1"}}),
        json!({"type": "response.output_text.delta", "item_id": "msg_1", "delta": "Grüße 🦀"}),
        json!({"type": "response.completed", "response": {"id": "r1", "status": "completed", "output": [item],
               "usage": {"input_tokens": 7, "output_tokens": 2}}}),
    ]
}

#[tokio::test]
async fn every_dialect_streams_and_may_be_cut_anywhere() {
    let cases = [
        ("openai/mock", chat_events(&["Grüße ", "🦀"]), "c1"),
        ("anthropic/claude-opus-5", anthropic_events(), "m1"),
        ("openai/gpt-5.6", responses_events(), "r1"),
    ];
    for (model, events, id) in cases {
        for size in [1, 3, 7, 1_000_000] {
            let answer = Answer::events(&events).cut_into(size);
            let server = Server::start(vec![answer]).await;
            let (answer, heard) = ask(&client(&spec(model, &server.url)), true).await;
            let answer = answer.unwrap();
            assert_eq!(answer.message.text(), "Grüße 🦀", "{model} in {size}s");
            assert_eq!(answer.id, id);
            assert_eq!(heard[0], Delta::Attempt(1));
            let said: String = heard
                .iter()
                .filter_map(|delta| match delta {
                    Delta::Text(piece) => Some(piece.content.as_str()),
                    _ => None,
                })
                .collect();
            assert_eq!(said, "Grüße 🦀");
        }
    }
}

#[tokio::test]
async fn comments_keep_a_stream_alive_and_say_nothing() {
    let body: String = chat_events(&["hi"])
        .iter()
        .map(|e| {
            let data = e.as_str().map_or_else(|| e.to_string(), str::to_owned);
            format!(": OPENROUTER PROCESSING\r\n\r\ndata: {data}\r\n\r\n")
        })
        .collect();
    let server = Server::start(vec![Answer::text(200, "text/event-stream", &body)]).await;
    let (answer, heard) = ask(&client(&spec("openai/mock", &server.url)), true).await;
    assert_eq!(answer.unwrap().message.text(), "hi");
    assert_eq!(heard, [Delta::Attempt(1), text("hi", "c1")]);
}

#[tokio::test]
async fn a_server_may_answer_whole_though_asked_to_stream_and_the_other_way_round() {
    let server = Server::start(vec![Answer::json(200, &chat("whole"))]).await;
    let (answer, _) = ask(&client(&spec("openai/mock", &server.url)), true).await;
    assert_eq!(answer.unwrap().message.text(), "whole");
    let server = Server::start(vec![Answer::events(&chat_events(&["pieces"]))]).await;
    let (answer, _) = ask(&client(&spec("openai/mock", &server.url)), false).await;
    assert_eq!(answer.unwrap().message.text(), "pieces");
}

#[tokio::test]
async fn a_finished_reply_does_not_wait_for_a_last_word_forever() {
    let mut events = chat_events(&["done"]);
    events.truncate(2);
    let answer = Answer::events(&events).cut_into(1_000_000).hold();
    let server = Server::start(vec![answer]).await;
    let answer = ask_the_silent(&client(&spec("openai/mock", &server.url))).await;
    assert_eq!(answer.unwrap().message.text(), "done");
    server.hung_up().await;
}

#[tokio::test]
async fn tokens_and_prices_of_the_table_make_the_cost() {
    let server = Server::start(vec![Answer::events(&anthropic_events())]).await;
    let model = "anthropic/claude-sonnet-4-5";
    let (answer, _) = ask(&client(&spec(model, &server.url)), true).await;
    let answer = answer.unwrap();
    let expected = json!({"model": model, "prompt_tokens": 1110, "completion_tokens": 20,
        "cache_read_tokens": 1000, "cache_write_tokens": 100, "reasoning_tokens": 0,
        "context_window": 200_000, "per_turn_token": 1130, "response_id": "m1"});
    assert_eq!(serde_json::to_value(&answer.tokens).unwrap(), expected);
    let cost = 10.0 * 3e-6 + 1000.0 * 0.3e-6 + 100.0 * 3.75e-6 + 20.0 * 15e-6;
    assert!((answer.cost - cost).abs() < 1e-12, "{}", answer.cost);
    assert!(answer.latency > 0.0);
}

#[tokio::test]
async fn a_gateway_or_the_configuration_may_know_the_cost_better() {
    let plain = || Answer::json(200, &chat("x"));
    let cost = async |answer: Answer, input: Option<f64>, output: Option<f64>| {
        let server = Server::start(vec![answer]).await;
        let mut spec = spec("openai/nobody-knows-me", &server.url);
        (spec.input_cost_per_token, spec.output_cost_per_token) = (input, output);
        ask(&client(&spec), false).await.0.unwrap().cost
    };
    assert_eq!(cost(plain(), None, None).await, 0.0);
    assert_eq!(cost(plain(), Some(0.5), Some(2.0)).await, 70.0);
    let told = plain().header("x-litellm-response-cost", "0.125");
    assert_eq!(cost(told, Some(0.5), Some(2.0)).await, 0.125);
    let mut body = chat("x");
    body["usage"]["cost"] = json!(0.75);
    assert_eq!(cost(Answer::json(200, &body), None, None).await, 0.75);
}
