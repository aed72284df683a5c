//! Histories, and how a model is shown them.

use std::sync::Arc;

use domain::{
    Action, ActionEvent, AgentError, Body, Condensation, Content, Event, EventId, FinishAction,
    FinishObservation, Message, MessageEvent, Observation, ObservationEvent, Origin, Risk, Role,
    Source, Stamp, SystemPrompt, TextContent, ThinkingBlock, ToolCall,
};
use proptest::prelude::*;

use super::View;

/// A small language for histories: `s` system, `u` user, `e` engine, `a` agent, `cXr` call X of reply r,
/// `tXr` the same with signed thoughts, `rX` result, `xX` error.
fn history(text: &str) -> Vec<Event> {
    text.split_whitespace()
        .enumerate()
        .map(|(at, word)| event(at, word))
        .collect()
}

fn event(at: usize, word: &str) -> Event {
    let rest = word.get(1..).unwrap_or_default();
    let (source, body) = match &word[..1] {
        "s" => (Source::Agent, system()),
        "u" => (Source::User, words(Role::User, word)),
        "e" => (Source::Environment, words(Role::User, word)),
        "a" => (Source::Agent, words(Role::Assistant, word)),
        "c" => (Source::Agent, call(&rest[..1], &rest[1..], Vec::new())),
        "t" => {
            let thought = ThinkingBlock::Thinking {
                thinking: "hm".to_owned(),
                signature: Some("sig".to_owned()),
            };
            (Source::Agent, call(&rest[..1], &rest[1..], vec![thought]))
        }
        "r" => (Source::Environment, result(rest)),
        "x" => (Source::Agent, error(rest)),
        other => panic!("no such word: {other}"),
    };
    Event {
        id: EventId::new(&format!("{at}")),
        timestamp: Stamp(String::new()),
        source,
        parent_id: None,
        body,
    }
}

fn system() -> Body {
    Body::SystemPrompt(SystemPrompt {
        system_prompt: TextContent::new("static"),
        tools: Vec::new(),
        dynamic_context: Some(TextContent::new("dynamic")),
    })
}

fn words(role: Role, text: &str) -> Body {
    Body::Message(MessageEvent {
        llm_message: Message::new(role, vec![Content::text(text)]),
        llm_response_id: None,
        activated_skills: Vec::new(),
        extended_content: Vec::new(),
        sender: None,
        critic_result: None,
    })
}

fn call(id: &str, reply: &str, thinking_blocks: Vec<ThinkingBlock>) -> Body {
    let tool_call = ToolCall {
        id: id.to_owned(),
        responses_item_id: None,
        name: "finish".to_owned(),
        arguments: "{}".to_owned(),
        origin: Origin::Completion,
    };
    Body::Action(Box::new(ActionEvent {
        thought: Vec::new(),
        reasoning_content: None,
        thinking_blocks,
        responses_reasoning_item: None,
        action: Some(Action::Finish(FinishAction {
            message: String::new(),
        })),
        tool_name: "finish".to_owned(),
        tool_call_id: id.to_owned(),
        tool_call,
        llm_response_id: reply.to_owned(),
        security_risk: Risk::Unknown,
        critic_result: None,
        summary: None,
    }))
}

fn result(id: &str) -> Body {
    Body::Observation(ObservationEvent {
        tool_name: "finish".to_owned(),
        tool_call_id: id.to_owned(),
        observation: Observation::Finish(FinishObservation {
            content: vec![Content::text("done")],
            is_error: false,
        }),
        action_id: EventId::new("?"),
        extended_content: Vec::new(),
    })
}

fn error(id: &str) -> Body {
    Body::AgentError(AgentError {
        tool_name: "finish".to_owned(),
        tool_call_id: id.to_owned(),
        error: "no".to_owned(),
        classification: None,
    })
}

/// A history as a model would be shown it: `S` system, `U2` user with two blocks, `A` words, `A[ab]` calls, `Ta` result.
fn shown(messages: &[Arc<Message>]) -> String {
    let one = |message: &Arc<Message>| match message.role {
        Role::System => "S".to_owned(),
        Role::User => format!("U{}", message.content.len()),
        Role::Assistant if message.calls().is_empty() => "A".to_owned(),
        Role::Assistant => format!(
            "A[{}]",
            message
                .calls()
                .iter()
                .map(|c| c.id.as_str())
                .collect::<String>()
        ),
        Role::Tool => format!("T{}", message.tool_call_id.as_deref().unwrap_or_default()),
    };
    messages.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn check(text: &str, wanted: &str) {
    let events = history(text);
    let whole = View::of_branch(&events).messages();
    assert_eq!(shown(&whole), wanted, "derived at once from {text}");
    let mut grown = View::default();
    for event in &events {
        grown.push(event);
    }
    assert_eq!(shown(&grown.messages()), wanted, "grown from {text}");
}

#[test]
fn a_batch_is_one_message_and_its_results_follow_in_call_order() {
    check("s u ca1 cb1 rb ra", "S U1 A[ab] Ta Tb");
    check("s u ca1 ra cb2 xb a", "S U1 A[a] Ta A[b] Tb A");
}

#[test]
fn words_said_during_a_call_come_after_its_result() {
    check("s u ca1 u ra", "S U1 A[a] Ta U1");
}

#[test]
fn consecutive_words_of_the_person_are_one_message() {
    check("s u u e a u", "S U3 A U1");
}

#[test]
fn the_first_result_of_a_call_wins() {
    check("s u ca1 ra xa u", "S U1 A[a] Ta U1");
}

#[test]
fn batches_are_whole_or_gone() {
    check("s u ca1 cb1 ra u", "S U2");
    check("s u ra u", "S U2");
    check("s u ca1 ra cb2 u", "S U1 A[a] Ta U1");
}

#[test]
fn a_reply_id_used_again_is_another_batch() {
    check("s u ca1 ra cb1 rb", "S U1 A[a] Ta A[b] Tb");
}

#[test]
fn an_answer_that_says_nothing_is_left_out() {
    let mut events = history("s u");
    events.push(Event {
        id: EventId::new("x"),
        timestamp: Stamp(String::new()),
        source: Source::Agent,
        parent_id: None,
        body: words(Role::Assistant, "  "),
    });
    events.extend(history("u"));
    assert_eq!(shown(&View::of_branch(&events).messages()), "S U2");
}

fn condensed(text: &str, forgotten: &[usize], offset: Option<i64>) -> String {
    let mut events = history(text);
    events.push(Event {
        id: EventId::new("c"),
        timestamp: Stamp(String::new()),
        source: Source::Environment,
        parent_id: None,
        body: Body::Condensation(Condensation {
            forgotten_event_ids: forgotten
                .iter()
                .map(|at| EventId::new(&at.to_string()))
                .collect(),
            summary: offset.map(|_| "so far".to_owned()),
            summary_offset: offset,
            llm_response_id: "x".to_owned(),
        }),
    });
    shown(&View::of_branch(&events).messages())
}

#[test]
fn what_is_forgotten_gives_way_to_its_summary() {
    assert_eq!(
        condensed("s u ca1 ra cb2 rb", &[2, 3], Some(2)),
        "S U2 A[b] Tb"
    );
    assert_eq!(condensed("s u ca1 ra", &[], Some(99)), "S U1 A[a] Ta U1");
    assert_eq!(
        condensed("s u ca1 ra", &[0], None),
        "S U1 A[a] Ta",
        "the instructions are never forgotten"
    );
}

#[test]
fn a_condensation_inside_a_batch_takes_the_whole_batch() {
    assert_eq!(
        condensed("s u ca1 cb1 ra rb cc2 rc", &[2], None),
        "S U1 A[c] Tc"
    );
}

#[test]
fn a_loop_of_signed_thoughts_is_whole_or_gone() {
    assert_eq!(condensed("s u ta1 ra cb2 rb u", &[2, 3], None), "S U2");
    assert_eq!(
        condensed("s u ta1 ra cb2 rb u tc3 rc", &[2, 3], None),
        "S U2 A[c] Tc"
    );
}

#[test]
fn a_call_under_way_is_shown_once_it_is_answered() {
    let mut view = View::default();
    history("s u ca1 cb1 ra")
        .iter()
        .for_each(|event| view.push(event));
    assert_eq!(shown(&view.messages()), "S U1");
    history("rb").iter().for_each(|event| view.push(event));
    assert_eq!(shown(&view.messages()), "S U1 A[ab] Ta Tb");
}

#[test]
fn asking_again_costs_nothing_of_what_was_settled() {
    let mut view = View::default();
    history("s u ca1 ra")
        .iter()
        .for_each(|event| view.push(event));
    let first: Vec<*const Message> = view.messages().iter().map(Arc::as_ptr).collect();
    history("cb2 rb").iter().for_each(|event| view.push(event));
    let second: Vec<*const Message> = view.messages().iter().map(Arc::as_ptr).collect();
    assert_eq!(first[..], second[..first.len()]);
}

#[test]
fn marks_stand_where_the_last_prompt_ended_and_where_this_one_does() {
    let mut view = View::default();
    history("s u").iter().for_each(|event| view.push(event));
    let messages = view.messages();
    assert_eq!(view.cache_marks(&messages), [1]);
    history("ca1 ra").iter().for_each(|event| view.push(event));
    let messages = view.messages();
    assert_eq!(view.cache_marks(&messages), [1, 3]);
}

/// Every provider's rules: calls are answered at once, completely and only once; nobody else speaks in between.
fn lawful(messages: &[Arc<Message>]) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    let mut last = None;
    for message in messages {
        match message.role {
            Role::Tool => {
                let id = message.tool_call_id.as_deref().unwrap_or_default();
                let at = open
                    .iter()
                    .position(|call| *call == id)
                    .ok_or(format!("result {id} of no call"))?;
                open.remove(at);
            }
            role @ (Role::System | Role::User | Role::Assistant) => {
                if !open.is_empty() {
                    return Err(format!("{open:?} left open"));
                }
                if role == Role::User && last == Some(Role::User) {
                    return Err("two messages of the person in a row".to_owned());
                }
                open = message
                    .calls()
                    .iter()
                    .map(|call| call.id.as_str())
                    .collect();
            }
        }
        last = Some(message.role);
    }
    if open.is_empty() {
        Ok(())
    } else {
        Err(format!("{open:?} left open at the end"))
    }
}

fn any_word() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("u".to_owned()),
        Just("e".to_owned()),
        Just("a".to_owned()),
        ("[ct]", "[a-h]", "[1-4]").prop_map(|(kind, call, reply)| format!("{kind}{call}{reply}")),
        ("[rx]", "[a-h]").prop_map(|(kind, call)| format!("{kind}{call}")),
    ]
}

proptest! {
    #[test]
    fn no_history_is_ever_unlawful(words in prop::collection::vec(any_word(), 0..40), cuts in prop::collection::vec(0_usize..40, 0..12), offset in prop::option::of(0_i64..50)) {
        let mut events = history(&words.join(" "));
        let at_once = View::of_branch(&events).messages();
        prop_assert_eq!(lawful(&at_once), Ok(()), "{}", shown(&at_once));

        let mut grown = View::default();
        for event in &events {
            grown.push(event);
            let messages = grown.messages();
            prop_assert_eq!(lawful(&messages), Ok(()), "grown to {}", shown(&messages));
        }

        events.push(Event {
            id: EventId::new("c"), timestamp: Stamp(String::new()), source: Source::Environment, parent_id: None,
            body: Body::Condensation(Condensation {
                forgotten_event_ids: cuts.iter().map(|at| EventId::new(&at.to_string())).collect(),
                summary: offset.map(|_| "so far".to_owned()), summary_offset: offset, llm_response_id: String::new(),
            }),
        });
        let condensed = View::of_branch(&events).messages();
        prop_assert_eq!(lawful(&condensed), Ok(()), "condensed to {}", shown(&condensed));
    }
}
