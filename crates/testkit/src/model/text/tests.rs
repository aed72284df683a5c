//! Text reads as the script it stands for, and what cannot be read is told with its line.

use serde_json::json;

use super::*;

/// Text and builder are the same when what they build prints the same.
#[track_caller]
fn same(text: &str, library: impl Into<Library>) {
    let read = format!("{:#?}", parse(text).unwrap());
    assert_eq!(read, format!("{:#?}", library.into()));
}

#[test]
fn each_word_stands_for_its_method() {
    use crate::model::{Cause, Fault, RetryAfter};
    use std::time::Duration;
    same(
        r#"
# a comment
thinks Hm.
  sealed sig
  thinks sealed opaque
  says Let me "look".
  calls terminal {"command": "ls"}
  id call_1
  calls-raw terminal {"command":
  uses 10 in 5 out 3 cached 2 written 1 reasoning 0.5 dollars

refuses "No\nway."
  stops length
says-nothing
  stops filter
says slow
  pieces 3
  packets 1
  slowly 20 ms
  when result FAILED
  when user hello
  when asked "x"
  when offered terminal
"#,
        Script::new()
            .thinks("Hm.")
            .sealed("sig")
            .thinks_sealed("opaque")
            .says("Let me \"look\".")
            .calls("terminal", json!({"command": "ls"}))
            .with_id("call_1")
            .calls_raw("terminal", "{\"command\":")
            .reasons(1)
            .costs(0.5)
            .uses(10, 5)
            .caches(3, 2)
            .then()
            .refuses("No\nway.")
            .runs_out_of_tokens()
            .then()
            .says_nothing()
            .is_filtered()
            .then()
            .says("slow")
            .in_pieces_of(3)
            .in_packets_of(1)
            .slowly(Duration::from_millis(20))
            .when_last_tool_result_contains("FAILED")
            .when_last_user_message_contains("hello")
            .when_asked_with("x")
            .when_offered("terminal"),
    );
    same(
        "fails 429 retry after 2
says here
  fails 529 3 times
  fails context-window saying too long, 3 times
  fails rate-limit retry date 60
  fails quota retry ms 5 2 times
  cuts after 3
  stalls after 2
  breaks after 1 saying sorry
  hangs
  hangs-up 2 times
  noise
  garbage
  html 502
  wrong-type
  long-line 1000",
        Script::new()
            .fails(429)
            .retry_after(2)
            .then()
            .says("here")
            .fails(529)
            .times(3)
            .fails_for(Cause::ContextWindow)
            .with_words("too long, 3 times")
            .fails_for(Cause::RateLimit)
            .retry(RetryAfter::Date(60))
            .fails_for(Cause::Quota)
            .retry(RetryAfter::Millis(5))
            .times(2)
            .cuts_after(3)
            .stalls_after(2)
            .breaks_after(1)
            .with_words("sorry")
            .hangs()
            .faults(Fault::HangsUp)
            .times(2)
            .faults(Fault::Noise)
            .faults(Fault::Garbage)
            .faults(Fault::Html { status: 502 })
            .faults(Fault::WrongType)
            .faults(Fault::LongLine { bytes: 1_000 }),
    );
}

#[test]
fn arguments_may_stand_below_their_call() {
    same(
        "calls file_editor {\"command\": \"create\"}
  path: a.txt
  file_text: |
    # not a comment

      deeper
  lines = [1, 2]
  says I write.
  calls terminal
    command: true
says |
  one
  two
",
        Script::new()
            .calls(
                "file_editor",
                json!({
                    "command": "create",
                    "path": "a.txt",
                    "file_text": "# not a comment\n\n  deeper\n",
                    "lines": [1, 2],
                }),
            )
            .says("I write.")
            .calls("terminal", json!({"command": "true"}))
            .then()
            .says("one\ntwo\n"),
    );
}

#[test]
fn loops_hold_the_turns_below_them() {
    same(
        "says first
repeat 2
  calls a {}
    says with it
  forever
    says b
says last",
        Script::new()
            .says("first")
            .repeat(
                2,
                Script::new()
                    .calls("a", json!({}))
                    .says("with it")
                    .forever(Script::new().says("b")),
            )
            .says("last"),
    );
}

#[test]
fn a_text_may_hold_many_scripts() {
    same(
        "says anything
scenario one
by-history
says 1
scenario two
says 2
asides
forever
  says A title",
        Library::new()
            .with(Script::new().says("anything"))
            .with(Script::named("one").by_history().says("1"))
            .with(Script::named("two").says("2"))
            .asides(Script::new().forever(Script::new().says("A title"))),
    );
}

#[test]
fn what_cannot_be_read_is_told_with_its_line() {
    let cases = [
        ("says a\nsings b", 2, "`sings` is no word of a script"),
        ("calls terminal {\"a\": }", 1, "no JSON object"),
        ("calls terminal [1]", 1, "no JSON object"),
        ("calls", 1, "which tool"),
        ("calls a\n  x = {", 2, "x is no JSON"),
        ("says a\n  x: 1", 2, "below `calls` only"),
        ("repeat many\n  says a", 1, "not a number"),
        ("forever", 1, "indent the turns"),
        ("  says a", 1, "indented neither"),
        ("says a\n    fails 500\n  fails 501", 3, "indented neither"),
        ("says a\n  fails 500\n    says b", 3, "too deep"),
        ("fails often", 1, "neither a status nor a cause"),
        ("fails 429 retry soon", 1, "retry after 2"),
        ("cuts", 1, "after how many events"),
        ("stops here", 1, "`length`"),
        ("uses 5", 1, "uses 1200 in"),
        ("when raining", 1, "it can look at"),
        ("scenario", 1, "needs a name"),
    ];
    for (text, line, says) in cases {
        let error = parse(text).unwrap_err();
        assert_eq!(error.line, line, "{text:?}: {error}");
        assert!(error.message.contains(says), "{text:?}: {error}");
    }
}
