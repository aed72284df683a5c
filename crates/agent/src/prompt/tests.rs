//! What agents are told, and which part of it is everyone's.

use std::collections::BTreeMap;

use std::sync::Arc;

use domain::{
    AgentSpec, ConversationId, LlmSpec, SecretSource, Start, SystemPrompt, WorkspaceSpec,
};
use serde_json::json;
use uuid::Uuid;

use super::system_prompt;

fn start(number: u128, place: &str) -> Start {
    Start::new(
        ConversationId(Uuid::from_u128(number)),
        AgentSpec::new(LlmSpec::default(), Vec::new()),
        WorkspaceSpec::local(place),
    )
}

fn parts(prompt: SystemPrompt) -> (String, String) {
    let own = prompt.dynamic_context.unwrap().text;
    (prompt.system_prompt.text, own)
}

#[test]
fn the_first_part_is_the_same_for_every_conversation_and_the_second_is_its_own() {
    let (one, mine) = parts(system_prompt(&start(1, "/here"), &[], "2026-01-02"));
    let (two, yours) = parts(system_prompt(&start(2, "/there"), &[], "2027-03-04"));
    assert_eq!(one, two);
    assert!(
        mine.contains("/here") && mine.contains("2026-01-02"),
        "{mine}"
    );
    assert!(
        yours.contains("/there") && yours.contains("2027-03-04"),
        "{yours}"
    );
}

#[test]
fn the_first_part_holds_no_date_and_no_id() {
    let (text, _) = parts(system_prompt(&start(1, "/here"), &[], "2026-01-02"));
    let id = ConversationId(Uuid::from_u128(1));
    assert!(!text.contains("2026") && !text.contains("/here") && !text.contains("{{"));
    assert!(!text.contains(&id.to_string()) && !text.contains(&id.hex()));
    let digits = text
        .split(|c: char| !c.is_ascii_digit())
        .map(str::len)
        .max();
    assert!(
        digits < Some(4),
        "something that looks like a date or an id"
    );
}

#[test]
fn risks_are_explained_only_to_those_who_must_judge_them() {
    let mut start = start(1, "/here");
    let (plain, _) = parts(system_prompt(&start, &[], "today"));
    start.security_analyzer = Some(json!({"kind": "LLMSecurityAnalyzer"}));
    let (judging, _) = parts(system_prompt(&start, &[], "today"));
    assert!(judging.starts_with(&plain) && judging.len() > plain.len());
    start.security_analyzer = Some(json!({"kind": "PatternSecurityAnalyzer"}));
    assert_eq!(parts(system_prompt(&start, &[], "today")).0, plain);
}

#[test]
fn secrets_are_named_and_described_but_never_told() {
    let mut start = start(1, "/here");
    let source = |description: Option<&str>| SecretSource::StaticSecret {
        description: description.map(str::to_owned),
        value: Some("hunter2-hunter2".into()),
    };
    start.secrets = BTreeMap::from([
        ("TOKEN".to_owned(), source(Some("opens the door"))),
        ("OTHER".to_owned(), source(None)),
    ]);
    let (text, own) = parts(system_prompt(&start, &[], "today"));
    assert!(
        own.contains("* $TOKEN: opens the door") && own.contains("* $OTHER\n"),
        "{own}"
    );
    assert!(!own.contains("hunter2") && !text.contains("TOKEN"));
}

#[test]
fn instructions_and_a_suffix_can_be_given() {
    let mut start = start(1, "/here");
    start.agent.system_prompt = Some("Be brief.".to_owned());
    start.agent.agent_context = Some(Arc::new(json!({"system_message_suffix": "Mind the gap."})));
    let (text, own) = parts(system_prompt(&start, &[], "today"));
    assert_eq!(text, "Be brief.");
    assert!(own.ends_with("Mind the gap."));
}
