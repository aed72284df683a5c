//! Records, and what is known after them.

use bytes::Bytes;
use domain::{
    AgentSpec, ConfirmationPolicy, ConversationId, Draft, EventId, Fact, LlmSpec, Start, Stats,
    Status, TokenUsage, Usage, WorkspaceSpec,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::State;

fn state() -> State {
    State::new(Start::new(
        ConversationId(Uuid::from_u128(1)),
        AgentSpec::new(LlmSpec::default(), Vec::new()),
        WorkspaceSpec::local("/here"),
    ))
}

fn fact(state: &mut State, fact: &Fact) {
    let draft = Draft {
        event: None,
        fact: Some(fact.to_json()),
    };
    state.apply(&draft).unwrap();
}

fn event(state: &mut State, fields: &Value) {
    let mut event =
        json!({"id": format!("e{}", state.len()), "timestamp": "", "source": "environment"});
    for (name, value) in fields.as_object().unwrap() {
        event[name] = value.clone();
    }
    let draft = Draft {
        event: Some((EventId::root(), Bytes::from(event.to_string()))),
        fact: None,
    };
    state.apply(&draft).unwrap();
}

fn set(state: &mut State, key: &str, value: &Value) {
    event(
        state,
        &json!({"kind": "ConversationStateUpdateEvent", "key": key, "value": value}),
    );
}

fn call(id: &str, reply: &str) -> Value {
    json!({
        "kind": "ActionEvent", "source": "agent", "tool_name": "t", "tool_call_id": id, "llm_response_id": reply,
        "thought": [], "action": {"kind": "TAction"}, "tool_call": {"id": id, "name": "t", "arguments": "{}", "origin": "completion"},
    })
}

fn result(id: &str) -> Value {
    json!({"kind": "AgentErrorEvent", "source": "agent", "tool_name": "t", "tool_call_id": id, "error": "no"})
}

fn used(usage_id: &str, cost: f64) -> Fact {
    Fact::Used {
        usage: Usage {
            usage_id: usage_id.to_owned(),
            tokens: TokenUsage::default(),
            cost,
            latency: 0.0,
            timestamp: 0.0,
        },
    }
}

#[test]
fn settings_that_change_later_take_the_place_of_the_first() {
    let mut state = state();
    set(&mut state, "execution_status", &json!("running"));
    set(
        &mut state,
        "confirmation_policy",
        &json!({"kind": "AlwaysConfirm"}),
    );
    set(&mut state, "security_analyzer", &json!({"kind": "X"}));
    set(&mut state, "tags", &json!({"a": "b"}));
    assert_eq!(state.status(), Status::Running);
    assert_eq!(
        state.start.confirmation_policy,
        ConfirmationPolicy::AlwaysConfirm
    );
    assert_eq!(state.start.security_analyzer, Some(json!({"kind": "X"})));
    assert_eq!(state.start.tags["a"], "b");
    set(&mut state, "security_analyzer", &Value::Null);
    assert_eq!(state.start.security_analyzer, None);
    assert_eq!(state.leaf(), None, "settings stand beside the tree");
}

#[test]
fn a_setting_that_cannot_be_read_changes_nothing() {
    let mut state = state();
    set(&mut state, "execution_status", &json!("dancing"));
    set(&mut state, "tags", &json!(5));
    set(&mut state, "no_such_thing", &json!(5));
    assert_eq!((state.status(), state.start.tags.len()), (Status::Idle, 0));
}

#[test]
fn facts_change_what_only_the_engine_knows() {
    let mut state = state();
    fact(
        &mut state,
        &Fact::Title {
            title: "T".to_owned(),
        },
    );
    let spec = Box::new(LlmSpec {
        model: "m".to_owned(),
        ..LlmSpec::default()
    });
    fact(
        &mut state,
        &Fact::Llm {
            spec,
            condenser: None,
        },
    );
    fact(
        &mut state,
        &Fact::Limits {
            max_iterations: 7,
            max_budget_per_run: Some(1.5),
        },
    );
    assert_eq!(state.start.title.as_deref(), Some("T"));
    assert_eq!(state.start.agent.llm.model, "m");
    assert_eq!(
        (state.start.max_iterations, state.start.max_budget_per_run),
        (7, Some(1.5))
    );
}

#[test]
fn every_call_to_a_model_counts_into_the_cost_whoever_made_it() {
    let mut state = state();
    fact(&mut state, &used("default", 1.0));
    fact(&mut state, &used("ask-agent-llm", 0.5));
    assert!((state.stats.cost() - 1.5).abs() < 1e-9);
    fact(
        &mut state,
        &Fact::Stats {
            stats: Stats::default(),
        },
    );
    assert!(state.stats.cost().abs() < 1e-9);
}

#[test]
fn a_glance_at_the_statistics_copies_nothing() {
    let mut state = state();
    fact(&mut state, &used("default", 1.0));
    let glance = std::sync::Arc::clone(&state.stats);
    fact(&mut state, &used("default", 1.0));
    assert!(
        (glance.cost() - 1.0).abs() < 1e-9,
        "a glance stays as it was"
    );
    assert!((state.stats.cost() - 2.0).abs() < 1e-9);
}

#[test]
fn steps_are_counted_by_reply_and_anew_in_every_run() {
    let mut state = state();
    set(&mut state, "execution_status", &json!("running"));
    for (id, reply) in [("a", "1"), ("b", "1"), ("c", "2")] {
        event(&mut state, &call(id, reply));
        event(&mut state, &result(id));
    }
    assert_eq!(state.iterations, 2);
    for rest in [
        "paused",
        "waiting_for_confirmation",
        "error",
        "finished",
        "stuck",
        "idle",
    ] {
        event(&mut state, &call(rest, rest));
        event(&mut state, &result(rest));
        set(&mut state, "execution_status", &json!(rest));
        assert!(state.iterations > 0);
        set(&mut state, "execution_status", &json!("running"));
        assert_eq!(state.iterations, 0, "after {rest}");
    }
}

#[test]
fn calls_wait_until_they_are_answered() {
    let mut state = state();
    event(&mut state, &call("a", "1"));
    event(&mut state, &call("b", "1"));
    assert_eq!(state.pending().len(), 2);
    event(&mut state, &result("a"));
    assert_eq!(state.pending()[0].call, "b");
    event(&mut state, &result("b"));
    assert!(state.pending().is_empty());
    assert!(state.knows("a") && state.knows("1") && !state.knows("z"));
}

#[test]
fn another_branch_knows_nothing_of_the_first() {
    let mut state = state();
    event(
        &mut state,
        &json!({"kind": "SystemPromptEvent", "source": "agent"}),
    );
    event(&mut state, &call("a", "1"));
    fact(&mut state, &Fact::Head { event: None });
    assert!(!state.prompted && state.pending().is_empty());
    fact(
        &mut state,
        &Fact::Head {
            event: Some(EventId::new("e0")),
        },
    );
    assert!(state.prompted);
    event(&mut state, &call("b", "2"));
    let here = state.leaf().cloned();
    fact(&mut state, &Fact::Head { event: here });
    assert_eq!(
        state.pending().len(),
        1,
        "who stays where he is knows it all"
    );
    fact(
        &mut state,
        &Fact::Head {
            event: Some(EventId::new("e0")),
        },
    );
    let before = state.upheavals;
    fact(
        &mut state,
        &Fact::Head {
            event: Some(EventId::new("nowhere")),
        },
    );
    assert_eq!(
        (state.upheavals, state.leaf()),
        (before, Some(&EventId::new("e0")))
    );
}

#[test]
fn a_log_from_elsewhere_changes_its_branch_by_parents_alone() {
    let mut state = state();
    event(
        &mut state,
        &json!({"kind": "SystemPromptEvent", "source": "agent"}),
    );
    event(&mut state, &call("a", "1"));
    event(
        &mut state,
        &json!({"kind": "PauseEvent", "source": "user", "parent_id": "__root__"}),
    );
    assert!(!state.prompted && state.pending().is_empty());
    event(
        &mut state,
        &json!({"kind": "PauseEvent", "source": "user", "parent_id": "e0"}),
    );
    assert!(state.prompted);
    let before = state.upheavals;
    event(
        &mut state,
        &json!({"kind": "PauseEvent", "source": "user", "parent_id": "lost"}),
    );
    assert_eq!(
        state.upheavals, before,
        "a parent that is lost changes nothing"
    );
}

#[test]
fn a_kind_from_elsewhere_may_use_our_fields_in_its_own_way() {
    let mut state = state();
    event(
        &mut state,
        &json!({"kind": "OtherEvent", "tool_name": 5, "key": [], "action_id": {}}),
    );
    assert_eq!(state.len(), 1);
    let json = json!({"id": "x", "timestamp": "", "source": "agent", "kind": "ActionEvent", "tool_name": 5});
    let draft = Draft {
        event: Some((EventId::root(), Bytes::from(json.to_string()))),
        fact: None,
    };
    assert!(
        state.apply(&draft).is_err(),
        "one of ours that is broken is not passed over"
    );
}

#[test]
fn whoever_starts_a_stuck_run_again_wants_it_to_go_on() {
    let mut state = state();
    set(&mut state, "execution_status", &json!("running"));
    for at in 0..4 {
        event(&mut state, &call(&format!("c{at}"), &format!("r{at}")));
        event(&mut state, &result(&format!("c{at}")));
    }
    assert_eq!(state.next(), crate::Effect::Stop(crate::Stop::Stuck));
    set(&mut state, "execution_status", &json!("stuck"));
    set(&mut state, "execution_status", &json!("running"));
    assert_eq!(state.next(), crate::Effect::Complete);
}
