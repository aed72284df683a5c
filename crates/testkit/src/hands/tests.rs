//! Scripted hands do what they are told and remember it.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::gate::Gate;

fn action(kind: &str, fields: serde_json::Value) -> Action {
    Action::from_fields(kind, fields.as_object().unwrap().clone()).unwrap()
}

async fn run(hands: &Scripted, tool: &str, action: &Action) -> Result<Observation, ToolError> {
    let call = Call {
        id: "c1",
        tool,
        action,
        env: &BTreeMap::new(),
    };
    hands.run(call, &|_| {}).await
}

fn text(observation: &Observation) -> String {
    observation.content().0[0].as_text().unwrap().to_owned()
}

#[tokio::test]
async fn each_tool_does_what_its_name_says() {
    let hands = Scripted::new()
        .with(Tool::echo("my_echo"))
        .with(Tool::counting("count"))
        .with(Tool::failing("bad", "out of order"))
        .with(Tool::erring("sad", "no such file"))
        .with(Tool::terminal(|command| format!("ran {command}")))
        .with(Tool::think())
        .with(Tool::finish());
    let any = action("AnyAction", json!({"a": 1}));
    assert_eq!(
        text(&run(&hands, "my_echo", &any).await.unwrap()),
        r#"{"a":1}"#
    );
    assert_eq!(text(&run(&hands, "count", &any).await.unwrap()), "1");
    assert_eq!(text(&run(&hands, "count", &any).await.unwrap()), "2");
    assert_eq!(
        run(&hands, "bad", &any).await,
        Err(ToolError("out of order".to_owned()))
    );
    let sad = run(&hands, "sad", &any).await.unwrap();
    assert!(sad.content().1);
    let ls = action("TerminalAction", json!({"command": "ls"}));
    assert_eq!(text(&run(&hands, "terminal", &ls).await.unwrap()), "ran ls");
    let end = action("FinishAction", json!({"message": "bye"}));
    assert_eq!(text(&run(&hands, "finish", &end).await.unwrap()), "bye");
    assert!(run(&hands, "none", &any).await.is_err());

    assert_eq!(hands.count("count"), 2);
    let went: Vec<Went> = hands.calls().iter().map(|call| call.went).collect();
    assert_eq!(
        went[..5],
        [Went::Well, Went::Well, Went::Well, Went::Wrong, Went::Well]
    );
    let names: Vec<&str> = hands
        .tools()
        .iter()
        .map(|spec| &*spec.action_kind)
        .collect();
    assert_eq!(names[0], "MyEchoAction");
    assert_eq!(names[4], "TerminalAction");
    assert_eq!(hands.resources("terminal", &ls), Resources::Tool);
    assert_eq!(hands.resources("count", &any), Resources::None);
}

#[tokio::test]
async fn a_dropped_call_is_noticed() {
    let gate = Gate::new();
    let hands = Scripted::new().with(Tool::slow("slow", &gate));
    let any = action("SlowAction", json!({}));
    tokio::select! {
        _ = run(&hands, "slow", &any) => panic!("passed a closed gate"),
        () = gate.reached(1) => {}
    }
    assert_eq!(hands.calls()[0].went, Went::Interrupted);
}

#[tokio::test]
async fn calls_that_run_together_say_so() {
    let gate = Gate::new();
    let hands = Scripted::new().with(Tool::slow("slow", &gate));
    let any = action("SlowAction", json!({}));
    let (first, second, calls) = tokio::join!(
        run(&hands, "slow", &any),
        run(&hands, "slow", &any),
        async {
            let calls = hands.begun(2).await;
            gate.open();
            calls
        }
    );
    assert!(first.is_ok() && second.is_ok());
    assert_eq!(calls[1].beside, 2);
    hands.close().await;
    assert!(hands.is_closed());
}
