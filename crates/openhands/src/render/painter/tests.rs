//! A conversation as it is painted, byte by byte.

use std::time::Duration;

use domain::Piece;
use serde_json::{Value, json};

use super::*;

fn live_look() -> Look {
    Look {
        live: true,
        width: Some(40),
        ..Look::plain()
    }
}

struct Stage {
    painter: Painter,
    now: Instant,
    screen: String,
}

impl Stage {
    fn new(look: Look) -> Self {
        Self {
            painter: Painter::new(look, None),
            now: Instant::now(),
            screen: String::new(),
        }
    }

    fn event(&mut self, id: &str, mut value: Value) {
        value["id"] = json!(id);
        value["timestamp"] = json!("2026-11-20T11:39:35.047833");
        if value["source"].is_null() {
            value["source"] = json!("agent");
        }
        let event = Event::parse(value.to_string().as_bytes()).unwrap();
        self.painter.event(&event, self.now);
        self.screen.push_str(&self.painter.take());
    }

    fn live(&mut self, live: &Live) {
        self.painter.live(live, self.now);
        self.screen.push_str(&self.painter.take());
    }

    fn text(&mut self, item: &str, content: &str) {
        let piece = Piece {
            content: content.to_owned(),
            chunk_id: "r".to_owned(),
            choice_index: 0,
        };
        self.live(&Live::Delta {
            item: EventId::new(item),
            delta: Delta::Text(piece),
        });
    }

    fn output(&mut self, action: &str, text: &str) {
        self.live(&Live::Output {
            action: EventId::new(action),
            text: text.to_owned(),
        });
    }

    fn wait(&mut self, time: Duration) {
        self.now += time;
        self.painter.tick("", self.now);
        self.screen.push_str(&self.painter.take());
    }

    /// What is on the screen in the end: erased lines are gone.
    #[track_caller]
    fn shows(&self, expected: &str) {
        let mut seen = String::new();
        for line in self.screen.split_inclusive('\n') {
            seen.push_str(line.rsplit(ERASE).next().unwrap());
        }
        assert_eq!(seen, expected);
    }
}

fn said(text: &str) -> Value {
    json!({
        "kind": "MessageEvent",
        "llm_message": { "role": "assistant", "content": [{ "type": "text", "text": text, "cache_prompt": false }] },
    })
}

fn command(command: &str, thought: &str) -> Value {
    json!({
        "kind": "ActionEvent",
        "thought": [{ "type": "text", "text": thought, "cache_prompt": false }],
        "action": { "kind": "TerminalAction", "command": command },
        "tool_name": "terminal", "tool_call_id": format!("c-{command}"), "llm_response_id": "r",
        "tool_call": { "id": "c", "name": "terminal", "arguments": "{}", "origin": "completion" },
    })
}

fn done(action: &str, call: &str, output: &str, code: i64) -> Value {
    json!({
        "kind": "ObservationEvent", "source": "environment",
        "tool_name": "terminal", "tool_call_id": format!("c-{call}"), "action_id": action,
        "observation": {
            "kind": "TerminalObservation", "exit_code": code,
            "content": [{ "type": "text", "text": output, "cache_prompt": false }],
        },
    })
}

#[test]
fn streamed_words_are_shown_once() {
    let mut stage = Stage::new(live_look());
    for piece in ["Hello, ", "wor", "ld. This is ", "longer than one line."] {
        stage.text("m1", piece);
    }
    stage.event("m1", said("Hello, world. This is longer than one line."));
    stage.text("m1", "late");
    stage.shows("\nHello, world. This is longer than one\nline.\n");
}

#[test]
fn pieces_that_were_missed_come_with_the_event() {
    let mut stage = Stage::new(live_look());
    stage.text("m1", "The begin");
    stage.event("m1", said("The beginning and the end."));
    stage.shows("\nThe beginning and the end.\n");
    let mut stage = Stage::new(live_look());
    stage.text("m1", "a hole");
    stage.event("m1", said("Something with a hole."));
    stage.shows("\na hole\n\nSomething with a hole.\n");
}

#[test]
fn pieces_that_come_after_their_event_are_old() {
    let mut stage = Stage::new(live_look());
    stage.event("a1", command("one", "Let me see."));
    stage.event("a2", command("two", ""));
    stage.text("a1", "Let me see.");
    stage.shows("\nLet me see.\n\n$ one\n\n$ two\n");
}

#[test]
fn output_that_comes_after_its_result_is_old() {
    let mut stage = Stage::new(live_look());
    stage.event("a1", command("one", ""));
    stage.event("o1", done("a1", "one", "1", 0));
    stage.output("a1", "1\n");
    stage.shows("\n$ one\n\u{2502} 1\n");
}

#[test]
fn after_a_call_was_cut_off_the_next_one_is_shown_live() {
    let mut stage = Stage::new(live_look());
    stage.event("a1", command("one", ""));
    stage.output("a1", "1\n");
    let cut = json!({
        "kind": "AgentErrorEvent", "tool_name": "terminal", "tool_call_id": "c-one", "error": "cut off",
    });
    stage.event("e1", cut);
    stage.event("a2", command("two", ""));
    stage.output("a2", "2\n");
    stage.shows("\n$ one\n\u{2502} 1\n\u{2717} cut off\n\n$ two\n\u{2502} 2\n");
}

#[test]
fn output_comes_as_it_is_made_and_only_once() {
    let mut stage = Stage::new(live_look());
    stage.text("a1", "Let me see.");
    stage.event("a1", command("make", "Let me see."));
    stage.output("a1", "compiling\nlink");
    stage.output("a1", "ing\n");
    stage.shows("\nLet me see.\n\n$ make\n\u{2502} compiling\n\u{2502} linking\n");
    stage.event("o1", done("a1", "make", "compiling\nlinking", 2));
    stage.shows(
        "\nLet me see.\n\n$ make\n\u{2502} compiling\n\u{2502} linking\n\u{2502} \u{2717} exit code 2\n",
    );
}

#[test]
fn of_two_tools_at_once_one_is_shown_live_and_both_are_shown() {
    let mut stage = Stage::new(live_look());
    stage.event("a1", command("one", ""));
    stage.event("a2", command("two", ""));
    stage.output("a1", "1\n");
    stage.output("a2", "2\n");
    stage.event("o1", done("a1", "one", "1", 0));
    stage.event("o2", done("a2", "two", "2", 0));
    stage.shows("\n$ one\n\n$ two\n\u{2502} 1\n$ two:\n\u{2502} 2\n");
}

#[test]
fn a_spinner_never_stays_behind() {
    let mut stage = Stage::new(live_look());
    stage.live(&Live::Started {
        item: EventId::new("m1"),
        anchor: 0,
    });
    stage.wait(Duration::from_secs(1));
    assert!(stage.screen.contains("thinking"));
    stage.wait(Duration::from_secs(1));
    stage.text("m1", "Done.");
    stage.event("m1", said("Done."));
    stage.shows("\nDone.\n");
}

#[test]
fn a_stopped_reply_ends_its_line() {
    let mut stage = Stage::new(live_look());
    stage.text("m1", "I was about to");
    stage.live(&Live::Aborted {
        item: EventId::new("m1"),
        reason: "cancelled".to_owned(),
    });
    stage.text("m1", " say more");
    stage.painter.rest();
    stage.screen.push_str(&stage.painter.take());
    stage.shows("\nI was about to\n");
}

#[test]
fn a_new_attempt_starts_over() {
    let mut stage = Stage::new(live_look());
    stage.text("m1", "First try");
    stage.live(&Live::Delta {
        item: EventId::new("m1"),
        delta: Delta::Retry {
            reason: "the model answered 429".to_owned(),
            wait: Duration::from_secs(8),
        },
    });
    stage.live(&Live::Delta {
        item: EventId::new("m1"),
        delta: Delta::Attempt(2),
    });
    stage.text("m1", "Second try.");
    stage.event("m1", said("Second try."));
    stage.shows("\nFirst try\nthe model answered 429; trying again in 8 s\n\nSecond try.\n");
}

#[test]
fn results_of_a_batch_say_what_they_belong_to() {
    let mut stage = Stage::new(Look::plain());
    stage.event("a1", command("one", ""));
    stage.event("a2", command("two", ""));
    stage.event("o1", done("a1", "one", "1", 0));
    stage.event("o2", done("a2", "two", "2", 0));
    stage.shows("\n$ one\n\n$ two\n$ one:\n\u{2502} 1\n$ two:\n\u{2502} 2\n");
}

#[test]
fn a_pipe_hears_why_nothing_happens() {
    let mut stage = Stage::new(Look::plain());
    stage.live(&Live::Delta {
        item: EventId::new("m1"),
        delta: Delta::Retry {
            reason: "the model answered 429".to_owned(),
            wait: Duration::from_secs(8),
        },
    });
    stage.shows("the model answered 429; trying again in 8 s\n");
}

#[test]
fn a_pipe_gets_events_only() {
    let mut stage = Stage::new(Look::plain());
    stage.text("a1", "Let me");
    stage.event("a1", command("make", "Let me see."));
    stage.output("a1", "compil");
    stage.wait(Duration::from_secs(5));
    stage.event("o1", done("a1", "make", "compiled", 0));
    assert_eq!(stage.screen, "\nLet me see.\n\n$ make\n\u{2502} compiled\n");
}

#[test]
fn typed_words_are_not_repeated() {
    let mut stage = Stage::new(live_look());
    let words = json!({
        "kind": "MessageEvent", "source": "user",
        "llm_message": { "role": "user", "content": [{ "type": "text", "text": "hi", "cache_prompt": false }] },
    });
    stage.painter.typed();
    stage.event("u1", words.clone());
    stage.event("u2", words);
    stage.shows("\n\u{203a} hi\n");
}

#[test]
fn no_control_sequence_of_a_model_or_tool_gets_through() {
    let mut stage = Stage::new(live_look());
    stage.text("a1", "evil\x1b");
    stage.text("a1", "[2J text");
    stage.event("a1", command("x", "evil\x1b[2J text"));
    stage.output("a1", "\x1b[?1049hfull screen\n");
    stage.event("o1", done("a1", "x", "full screen", 0));
    assert!(!stage.screen.replace(ERASE, "").contains('\x1b'));
}
