//! Recorded conversations of the original: every prefix folds, and what they did next is what we would do.

use std::path::Path;

use agent::{Effect, State, View};
use domain::{
    AgentSpec, Body, ConfirmationPolicy, ConversationId, Draft, Event, LlmSpec, Source, Start,
    Status, WorkspaceSpec,
};
use uuid::Uuid;

struct Recording {
    name: String,
    events: Vec<Event>,
}

/// What sockets carried of whole conversations, and one as it stood on disk.
fn recordings() -> Vec<Recording> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden");
    let mut all: Vec<Recording> = std::fs::read_dir(root.join("events"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            let events = text
                .lines()
                .map(|line| Event::parse(line.as_bytes()).unwrap());
            Recording {
                name,
                events: events.filter(stored).collect(),
            }
        })
        .filter(|recording| recording.name.starts_with("run-") || recording.name == "core")
        .collect();
    all.push(Recording {
        name: "persisted".to_owned(),
        events: persisted(&root.join("persisted")),
    });
    assert!(all.len() > 12, "only {} recordings found", all.len());
    all
}

/// A socket also carries what is never stored: snapshots and deltas.
fn stored(event: &Event) -> bool {
    !matches!(&event.body, Body::StateUpdate(update) if update.key == "full_state")
        && !matches!(event.body, Body::StreamingDelta(_))
}

fn persisted(root: &Path) -> Vec<Event> {
    let conversation = std::fs::read_dir(root)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let mut files: Vec<_> = std::fs::read_dir(conversation.join("events"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "json"));
    files.sort();
    files
        .iter()
        .map(|file| Event::parse(&std::fs::read(file).unwrap()).unwrap())
        .collect()
}

fn blank() -> State {
    let agent = AgentSpec::new(LlmSpec::default(), Vec::new());
    let mut start = Start::new(
        ConversationId(Uuid::nil()),
        agent,
        WorkspaceSpec::local("/"),
    );
    start.confirmation_policy = ConfirmationPolicy::NeverConfirm;
    State::new(start)
}

fn draft(event: &Event) -> Draft {
    Draft {
        event: Some((event.id.clone(), event.to_json())),
        fact: None,
    }
}

#[test]
fn every_prefix_of_every_recording_folds_into_a_history_that_providers_accept() {
    for Recording { name, events } in recordings() {
        let mut state = blank();
        for (at, event) in events.iter().enumerate() {
            state
                .apply(&draft(event))
                .unwrap_or_else(|e| panic!("{name} {at}: {e}"));
            assert_eq!(state.len(), at as u64 + 1);
            let messages = View::of_branch(&events[..=at]).messages();
            let calls: usize = messages.iter().map(|m| m.calls().len()).sum();
            let results = messages.iter().filter(|m| m.tool_call_id.is_some()).count();
            assert_eq!(calls, results, "{name}: a call without a result after {at}");
        }
    }
}

#[test]
fn a_recording_ends_in_the_state_it_says_it_ended_in() {
    for Recording { name, events } in recordings() {
        let mut state = blank();
        events
            .iter()
            .for_each(|event| state.apply(&draft(event)).unwrap());
        let said = events.iter().rev().find_map(|event| match &event.body {
            Body::StateUpdate(update) if update.key == "execution_status" => {
                Some(serde_json::from_value::<Status>(update.value.clone()).unwrap())
            }
            _ => None,
        });
        assert_eq!(Some(state.status()), said.or(Some(Status::Idle)), "{name}");
        let last = events
            .iter()
            .rev()
            .find(|event| event.body.moves_leaf())
            .unwrap();
        assert_eq!(state.leaf(), Some(&last.id), "{name}");
        assert!(state.pending().is_empty(), "{name}: {:?}", state.pending());
    }
}

/// While a recording runs, the effect of each prefix is the one whose outcome the recording shows next.
#[test]
fn what_a_recording_did_next_is_what_we_would_do_next() {
    let mut checked = 0;
    for Recording { name, events } in recordings() {
        let mut state = blank();
        for (at, event) in events.iter().enumerate() {
            // A batch is recorded whole before any of it runs.
            let goes_on = at > 0 && is_action(&events[at - 1]) && is_action(event);
            if state.status() == Status::Running && !goes_on {
                let effect = state.next();
                let fits = match &event.body {
                    Body::Action(_) => Some(effect == Effect::Complete),
                    Body::Message(_) if event.source == Source::Agent => {
                        Some(effect == Effect::Complete)
                    }
                    Body::Observation(result) => Some(
                        matches!(&effect, Effect::Run(calls) if calls.iter().any(|c| c.call == result.tool_call_id)),
                    ),
                    _ => None,
                };
                if let Some(fits) = fits {
                    assert!(
                        fits,
                        "{name} {at}: after {effect:?} came {}",
                        event.body.kind()
                    );
                    checked += 1;
                }
            }
            state.apply(&draft(event)).unwrap();
        }
    }
    assert!(checked > 60, "only {checked} steps were compared");
}

fn is_action(event: &Event) -> bool {
    matches!(event.body, Body::Action(_))
}
