//! What answers of a judge mean.

use std::sync::Arc;

use domain::{Content, Message, Role};

use super::{follow_up, prompt, verdict};

#[test]
fn an_answer_counts_whatever_stands_around_it() {
    let plain = verdict(r#"{"score": 0.4, "complete": false, "missing": "tests"}"#);
    assert_eq!((plain.score, plain.complete), (0.4, false));
    assert!(follow_up(2, &plain).contains("look 2"));
    assert!(follow_up(2, &plain).contains("tests"));
    let wrapped = verdict("Sure!\n```json\n{\"score\": \"1\"}\n```");
    assert_eq!((wrapped.score, wrapped.complete), (1.0, true));
    let odd = verdict(r#"{"score": 7, "complete": false}"#);
    assert_eq!((odd.score, odd.complete), (1.0, false));
}

#[test]
fn an_answer_that_cannot_be_read_never_ends_a_goal() {
    for answer in ["", "yes", "[1]", "{broken", "{\"score\": \"NaN\"}"] {
        let verdict = verdict(answer);
        assert_eq!((verdict.score, verdict.complete), (0.0, false), "{answer}");
    }
}

#[test]
fn the_judge_sees_the_end_of_a_history_that_is_too_long() {
    let message = |role, text: String| Arc::new(Message::new(role, vec![Content::text(text)]));
    let mut history = vec![message(Role::System, "SECRET RULES".to_owned())];
    history.extend((0..50).map(|n| message(Role::Tool, format!("line {n} {}", "x".repeat(100)))));
    let asked = prompt("do it", &history, Some(1_000)).messages[1].text();
    assert!(asked.contains("do it") && asked.contains("line 49 "));
    assert!(!asked.contains("line 3 ") && asked.contains("left out"));
    assert!(!asked.contains("SECRET RULES"));
}
