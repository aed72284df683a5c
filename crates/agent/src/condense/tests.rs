//! Cuts through histories of every shape.

use domain::{
    ActionEvent, AgentError, Body, Condensation, Event, EventId, LlmSpec, Message, MessageEvent,
    Origin, Risk, Role, Source, Stamp, Summarizing, SystemPrompt, TextContent, ThinkingBlock,
    ToolCall,
};
use proptest::prelude::*;

use super::{Cut, Heavy, Reasons, everything, middle};
use crate::view::{Branch, View};

/// What happens in a made-up history, one step each.
#[derive(Clone, Debug)]
enum Step {
    Person,
    Words,
    /// So many calls, and whether their thoughts are signed.
    Batch(usize, bool),
    /// A batch whose last call has no result yet.
    Open(usize),
}

fn history(steps: &[Step]) -> Vec<Event> {
    let mut events = vec![event(0, Source::Agent, system())];
    for (number, step) in steps.iter().enumerate() {
        let mut add = |source, body| events.push(event(events.len(), source, body));
        match step {
            Step::Person => add(Source::User, words(Role::User, "please")),
            Step::Words => add(Source::Agent, words(Role::Assistant, "well")),
            Step::Batch(calls, signed) => {
                (0..*calls).for_each(|at| add(Source::Agent, call(number, at, *signed)));
                (0..*calls).for_each(|at| add(Source::Agent, result(number, at)));
            }
            Step::Open(calls) => {
                (0..*calls).for_each(|at| add(Source::Agent, call(number, at, false)));
                (1..*calls).for_each(|at| add(Source::Agent, result(number, at)));
            }
        }
    }
    events
}

fn event(at: usize, source: Source, body: Body) -> Event {
    Event {
        id: EventId::new(&format!("e{at}")),
        timestamp: Stamp(String::new()),
        source,
        parent_id: None,
        body,
    }
}

fn system() -> Body {
    Body::SystemPrompt(SystemPrompt {
        system_prompt: TextContent::new("stand"),
        tools: Vec::new(),
        dynamic_context: None,
    })
}

fn words(role: Role, text: &str) -> Body {
    Body::Message(MessageEvent {
        llm_message: Message::new(role, vec![domain::Content::text(text)]),
        llm_response_id: None,
        activated_skills: Vec::new(),
        extended_content: Vec::new(),
        sender: None,
        critic_result: None,
    })
}

fn call(reply: usize, at: usize, signed: bool) -> Body {
    let thought = ThinkingBlock::Thinking {
        thinking: "hm".to_owned(),
        signature: Some("sig".to_owned()),
    };
    let id = format!("c{reply}-{at}");
    Body::Action(Box::new(ActionEvent {
        thought: Vec::new(),
        reasoning_content: None,
        thinking_blocks: if signed && at == 0 {
            vec![thought]
        } else {
            Vec::new()
        },
        responses_reasoning_item: None,
        action: None,
        tool_name: "echo".to_owned(),
        tool_call_id: id.clone(),
        tool_call: ToolCall {
            id,
            responses_item_id: None,
            name: "echo".to_owned(),
            arguments: "{}".to_owned(),
            origin: Origin::Completion,
        },
        llm_response_id: format!("r{reply}"),
        security_risk: Risk::Unknown,
        critic_result: None,
        summary: None,
    }))
}

fn result(reply: usize, at: usize) -> Body {
    Body::AgentError(AgentError {
        tool_name: "echo".to_owned(),
        tool_call_id: format!("c{reply}-{at}"),
        error: "some text".to_owned(),
        classification: None,
    })
}

fn branch(events: &[Event]) -> Branch {
    let mut branch = Branch::default();
    events.iter().for_each(|event| branch.push(event));
    branch
}

fn settings(max_size: usize, keep_first: usize) -> Summarizing {
    Summarizing {
        max_size,
        keep_first,
        ..Summarizing::new(LlmSpec::default())
    }
}

fn condensed(mut events: Vec<Event>, cut: &Cut) -> Vec<Event> {
    let condensation = Condensation {
        forgotten_event_ids: cut.forgotten.clone(),
        summary: Some("SO FAR".to_owned()),
        summary_offset: Some(cut.offset),
        llm_response_id: String::new(),
    };
    let at = events.len();
    events.push(event(
        at,
        Source::Environment,
        Body::Condensation(condensation),
    ));
    events
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        2 => Just(Step::Person),
        2 => Just(Step::Words),
        4 => (1..4usize, any::<bool>()).prop_map(|(calls, signed)| Step::Batch(calls, signed)),
        1 => (1..3usize).prop_map(Step::Open),
    ];
    prop::collection::vec(step, 1..40)
}

proptest! {
    #[test]
    fn no_cut_tears_apart_what_belongs_together(
        steps in steps(), keep_first in 0..6usize, max_size in 16..40usize, requested: bool,
        heavy in prop::option::of(1..100u64),
    ) {
        let events = history(&steps);
        let branch = branch(&events);
        let before = branch.lawful();
        let reasons = Reasons {
            requested,
            long: before.len() > max_size,
            heavy: heavy.map(|limit| Heavy { tokens: limit + 10, limit }),
        };
        let whole = View::of_branch(&events).messages();
        for cut in [middle(&branch, &settings(max_size, keep_first), &reasons), everything(&branch)]
            .into_iter()
            .flatten()
        {
            prop_assert!(!cut.forgotten.is_empty());
            let after = self::branch(&condensed(events.clone(), &cut));
            // Nothing but what was forgotten is missing: the laws found nothing to mend.
            let left = before.iter().filter(|item| !cut.forgotten.contains(&item.event)).count();
            prop_assert_eq!(after.lawful().len(), left + 1);
            let messages = View::of(after).messages();
            prop_assert_eq!(messages[0].role, Role::System);
            prop_assert_eq!(&messages[0], &whole[0]);
            let summaries = messages.iter().filter(|m| m.text().contains("SO FAR")).count();
            prop_assert_eq!(summaries, 1);
        }
    }

    #[test]
    fn a_cut_for_length_leaves_no_more_than_half(mut steps in steps(), max_size in 16..40usize) {
        for step in &mut steps {
            if let Step::Batch(_, signed) = step {
                *signed = false;
            }
        }
        let branch = branch(&history(&steps));
        let reasons = Reasons { long: true, ..Reasons::default() };
        let before = branch.lawful().len();
        if before > max_size && let Some(cut) = middle(&branch, &settings(max_size, 2), &reasons) {
            let gone = branch.lawful().iter().filter(|i| cut.forgotten.contains(&i.event)).count();
            // The first parts may reach up to the end of a batch, which is 6 long at most.
            prop_assert!(before - gone < max_size / 2 + 6, "{before} - {gone}, {max_size}");
        }
    }
}

#[test]
fn what_belongs_together_goes_whole_or_not_at_all() {
    let mut steps = vec![Step::Person, Step::Words];
    steps.push(Step::Batch(30, true));
    let branch = branch(&history(&steps));
    let reasons = Reasons {
        long: true,
        ..Reasons::default()
    };
    // What stays at the beginning reaches into the batch, which is one whole up to the end.
    assert_eq!(middle(&branch, &settings(20, 4), &reasons), None);
    let cut = middle(&branch, &settings(20, 3), &reasons).unwrap();
    assert_eq!((cut.offset, cut.forgotten.len()), (3, 60));
}

#[test]
fn the_question_tells_every_part_and_clips_what_is_too_long() {
    let mut events = history(&[Step::Person, Step::Batch(1, false)]);
    let long = "x".repeat(5_000) + "END";
    events.push(event(90, Source::User, words(Role::User, &long)));
    let cut = everything(&branch(&events)).unwrap();
    let text = cut.prompt(900, None).messages[1].text();
    assert!(text.contains("The agent was told:\nplease"), "{text}");
    assert!(text.contains("The agent called echo with {}"), "{text}");
    assert!(text.contains("The result:\nsome text"), "{text}");
    assert!(text.contains("END") && text.contains("bytes left out"));
    assert!(text.len() < 2_000, "{}", text.len());
    assert!(cut.prompt(6_000, None).messages[1].text().contains(&long));
    // Its own window counts too.
    assert!(cut.prompt(5_000, Some(400)).messages[1].text().len() < 1_300);
}
