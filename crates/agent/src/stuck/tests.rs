//! Runs, and whether they go in circles.

use domain::{EventId, StuckThresholds};

use super::{Circles, Verdict};

/// Plays a run: `a1` action 1, `r1` result 1, `x1` error 1, `w` words of the agent, `e` of the engine, `u` of the person.
fn after(run: &str) -> Circles {
    let mut circles = Circles::default();
    for (at, word) in run.split_whitespace().enumerate() {
        let print = word[1..].parse().unwrap_or_default();
        let id = EventId::new(&at.to_string());
        match &word[..1] {
            "a" => circles.action(print, &format!("tool{print}")),
            "r" => circles.result(print, false, id),
            "x" => circles.result(print, true, id),
            "w" => circles.agent_words(),
            "e" => circles.engine_words(),
            "u" => circles.person_words(),
            other => panic!("no such word: {other}"),
        }
    }
    circles
}

fn verdict(run: &str) -> Verdict {
    after(run).verdict(&StuckThresholds::default())
}

fn nudge(times: usize) -> Verdict {
    let tool = "tool1".to_owned();
    Verdict::Nudge { tool, times }
}

#[test]
fn the_same_action_with_the_same_observation_is_stuck_at_the_fourth() {
    assert_eq!(verdict("a1 r1 a1 r1 a1 r1"), Verdict::Fine);
    assert_eq!(verdict("a1 r1 a1 r1 a1 r1 a1 r1"), Verdict::Stuck);
    assert_eq!(
        verdict("a1 r1 a1 r2 a1 r1 a1 r1"),
        Verdict::Fine,
        "another observation"
    );
    assert_eq!(
        verdict("a1 r1 a2 r1 a1 r1 a1 r1"),
        Verdict::Fine,
        "another action"
    );
}

#[test]
fn the_same_action_with_errors_is_advised_at_the_third_and_stuck_at_the_fourth() {
    assert_eq!(verdict("a1 x1 a1 x2"), Verdict::Fine);
    assert_eq!(verdict("a1 x1 a1 x2 a1 x3"), nudge(3));
    assert_eq!(
        verdict("a1 x1 a1 x2 a1 x3 e"),
        Verdict::Fine,
        "advice is given once"
    );
    assert_eq!(verdict("a1 x1 a1 x2 a1 x3 e a1 x4"), Verdict::Stuck);
    assert_eq!(verdict("a1 x1 a1 x2 a1 x3 e a2 x4"), Verdict::Fine);
    assert_eq!(
        verdict("a1 x1 a1 r2 a1 x3"),
        Verdict::Fine,
        "it worked in between"
    );
}

#[test]
fn an_agent_that_talks_to_itself_is_stuck_at_the_third() {
    assert_eq!(verdict("w e w e"), Verdict::Fine);
    assert_eq!(verdict("w e w e w e"), Verdict::Stuck);
    assert_eq!(
        verdict("w w a1 r1 w"),
        Verdict::Fine,
        "it did something in between"
    );
}

#[test]
fn two_steps_that_take_turns_are_stuck_at_the_sixth() {
    assert_eq!(verdict("a1 r1 a2 r2 a1 r1 a2 r2 a1 r1"), Verdict::Fine);
    assert_eq!(
        verdict("a1 r1 a2 r2 a1 r1 a2 r2 a1 r1 a2 r2"),
        Verdict::Stuck
    );
    assert_eq!(
        verdict("a1 r1 a2 x2 a1 r1 a2 x2 a1 r1 a2 x2"),
        Verdict::Stuck,
        "errors count"
    );
    assert_eq!(
        verdict("a1 r1 a2 r2 a1 r3 a2 r2 a1 r1 a2 r2"),
        Verdict::Fine
    );
}

#[test]
fn what_came_before_the_persons_word_does_not_count() {
    assert_eq!(verdict("a1 r1 a1 r1 a1 r1 u a1 r1"), Verdict::Fine);
    assert_eq!(verdict("a1 x1 a1 x1 a1 x1 u"), Verdict::Fine);
}

#[test]
fn bounds_can_be_set_and_zero_sets_none() {
    let tight = StuckThresholds {
        action_observation: 2,
        action_error: 1,
        monologue: 1,
        alternating_pattern: 4,
    };
    assert_eq!(after("a1 r1 a1 r1").verdict(&tight), Verdict::Stuck);
    assert_eq!(after("a1 x1").verdict(&tight), nudge(1));
    assert_eq!(after("w").verdict(&tight), Verdict::Stuck);
    assert_eq!(
        after("a1 r1 a2 r2 a1 r1 a2 r2").verdict(&tight),
        Verdict::Stuck
    );
    let none = StuckThresholds {
        action_observation: 0,
        action_error: 0,
        monologue: 0,
        alternating_pattern: 0,
    };
    for run in [
        "",
        "a1 r1",
        "a1 x1 a1 x1 a1 x1 a1 x1 a1 x1",
        "w w w w",
        "a1 r1 a1 r1 a1 r1 a1 r1",
    ] {
        assert_eq!(after(run).verdict(&none), Verdict::Fine, "{run}");
    }
}
