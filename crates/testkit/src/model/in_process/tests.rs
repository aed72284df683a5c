//! The model in process keeps the port's promises.

use std::sync::Arc;

use domain::ToolSchema;
use serde_json::json;

use super::*;
use crate::gate::Gate;
use crate::model::Script;

fn prompt(text: &str, stream: bool) -> Prompt {
    Prompt {
        messages: Arc::new(vec![Arc::new(Message::user(text))]),
        tools: Arc::from(vec![ToolSchema {
            name: "terminal".to_owned(),
            description: "".into(),
            parameters: json!({}).into(),
        }]),
        cache_marks: Vec::new(),
        cache_key: None,
        stream,
    }
}

fn silent(_: Delta) {}

#[tokio::test]
async fn a_reply_has_text_calls_thoughts_and_usage() {
    let script = Script::named("one")
        .thinks("hm")
        .says("on it")
        .calls("terminal", json!({"command": "ls"}))
        .calls_raw("terminal", "{broken")
        .with_id("mine")
        .uses(7, 3)
        .costs(0.25);
    let model = InProcess::new(script);
    let done = model
        .complete(prompt("SCENARIO:one go", false), &silent)
        .await
        .unwrap();
    assert_eq!(done.message.text(), "on it");
    assert_eq!(done.message.reasoning_content.as_deref(), Some("hm"));
    let calls: Vec<_> = done
        .message
        .calls()
        .iter()
        .map(|c| (&*c.id, &*c.arguments))
        .collect();
    assert_eq!(
        calls,
        [("call_one_0_0", r#"{"command":"ls"}"#), ("mine", "{broken")]
    );
    assert_eq!(
        (done.tokens.prompt_tokens, done.tokens.completion_tokens),
        (7, 3)
    );
    assert!((done.cost - 0.25).abs() < f64::EPSILON);
    assert_eq!(done.tokens.response_id, done.id);
    assert_eq!(model.prompts()[0].messages[0].text(), "SCENARIO:one go");
}

#[tokio::test]
async fn thoughts_follow_the_dialect() {
    let script = || {
        Script::new()
            .thinks("hm")
            .sealed("s")
            .thinks_sealed("x")
            .says("a")
    };
    let ask = |dialect| async move {
        let model = InProcess::new(script()).speaking(dialect);
        model
            .complete(prompt("hi", false), &silent)
            .await
            .unwrap()
            .message
    };
    let anthropic = ask(Dialect::Anthropic).await;
    assert_eq!(anthropic.thinking_blocks.len(), 2);
    let responses = ask(Dialect::Responses).await;
    let item = responses.responses_reasoning_item.unwrap();
    assert_eq!(item.summary, ["hm"]);
    assert_eq!(item.encrypted_content.as_deref(), Some("x"));
}

#[tokio::test]
async fn deltas_add_up_to_the_reply_and_retries_are_told() {
    let script = Script::new()
        .fails(429)
        .retry_after(2)
        .says("a rather long answer")
        .calls("terminal", json!({"command": "echo hello"}));
    let model = InProcess::new(script).retrying(1);
    let heard = Mutex::new(Vec::new());
    let done = model
        .complete(prompt("hi", true), &|delta| {
            heard.lock().unwrap().push(delta)
        })
        .await
        .unwrap();
    let heard = heard.into_inner().unwrap();
    assert_eq!(heard[0], Delta::Attempt(1));
    assert!(matches!(&heard[1], Delta::Retry { wait, .. } if wait.as_secs() == 2));
    assert_eq!(heard[2], Delta::Attempt(2));
    let (mut text, mut arguments) = (String::new(), String::new());
    for delta in &heard {
        match delta {
            Delta::Text(piece) => text.push_str(&piece.content),
            Delta::Call {
                arguments: more, ..
            } => arguments.push_str(more),
            Delta::Attempt(_) | Delta::Retry { .. } | Delta::Reasoning(_) => {}
        }
    }
    assert_eq!(text, done.message.text());
    assert_eq!(arguments, done.message.calls()[0].arguments);
}

#[tokio::test]
async fn faults_become_the_errors_of_the_port() {
    let cases = [
        (Script::new().fails(429), LlmErrorKind::RateLimit),
        (Script::new().fails(529), LlmErrorKind::Unavailable),
        (Script::new().fails(401), LlmErrorKind::Auth),
        (Script::new().fails_for(Cause::Quota), LlmErrorKind::Quota),
        (
            Script::new().fails_for(Cause::ContextWindow),
            LlmErrorKind::ContextWindow,
        ),
        (Script::new().cuts_after(1), LlmErrorKind::Unavailable),
        (
            Script::new().faults(Fault::Html { status: 502 }),
            LlmErrorKind::NoResponse,
        ),
        (Script::new().says_nothing(), LlmErrorKind::NoResponse),
        (Script::new().is_filtered(), LlmErrorKind::ContentPolicy),
        (Script::new(), LlmErrorKind::BadRequest),
    ];
    for (script, kind) in cases {
        let model = InProcess::new(script);
        let error = model
            .complete(prompt("hi", false), &silent)
            .await
            .unwrap_err();
        assert_eq!(error.kind, kind, "{error}");
    }
}

#[tokio::test]
async fn it_waits_at_its_gate_and_can_be_dropped_there() {
    let gate = Gate::new();
    let script = Script::new().waits_at(&gate).says("a").then().says("b");
    let model = InProcess::new(script);
    tokio::select! {
        _ = model.complete(prompt("hi", false), &silent) => panic!("passed a closed gate"),
        () = gate.reached(1) => {}
    }
    let next = model.complete(prompt("hi", false), &silent).await.unwrap();
    assert_eq!((next.message.text(), model.asked()), ("b".to_owned(), 2));
}

#[tokio::test]
async fn conversations_play_their_own_script_from_the_start() {
    let library = Library::new()
        .with(Script::named("a").says("a1").then().says("a2"))
        .with(Script::new().says("any"))
        .asides(Script::new().forever(Script::new().says("a title")));
    let model = InProcess::new(library);
    let mut untooled = prompt("SCENARIO:a", false);
    untooled.tools = Arc::from(vec![]);
    let asked = [
        (prompt("SCENARIO:a one", false), "a1"),
        (prompt("SCENARIO:a two", false), "a1"),
        (untooled, "a title"),
        (prompt("SCENARIO:a one", false), "a2"),
        (prompt("whatever", false), "any"),
    ];
    for (prompt, said) in asked {
        let done = model.complete(prompt, &silent).await.unwrap();
        assert_eq!(done.message.text(), said);
    }
}
