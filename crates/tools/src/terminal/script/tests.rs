//! Lines and answers, letter by letter.

use super::{Dialect, Errand, answer, hears, quote};

#[test]
fn quoting_keeps_everything_but_null() {
    assert_eq!(quote("it's \"$x\"\n`y` \\"), "'it'\\''s \"$x\"\n`y` \\'");
    assert_eq!(quote("a\0b"), "'ab'");
}

#[test]
fn an_answer_counts_only_when_it_is_whole_and_ours() {
    let said = b"noise\x1eword\x000\0/a b\0/bin:/usr/bin\0";
    assert_eq!(
        answer(said, "word"),
        Some([&b"0"[..], &b"/a b"[..], &b"/bin:/usr/bin"[..]])
    );
    assert_eq!(answer(&said[..said.len() - 1], "word"), None);
    assert_eq!(answer(said, "other"), None);
    assert!(hears(said, "word") && !hears(said, "wor"));
    assert_eq!(answer(b"\x1eguess\x000\0/\0/\0", "word"), None);
}

#[test]
fn garbage_before_an_answer_does_not_swallow_it() {
    let said = b"\x1egarbage\x1eword\x007\0/\0/bin\0";
    assert_eq!(
        answer(said, "word").map(|fields| fields[0]),
        Some(&b"7"[..])
    );
}

#[test]
fn secrets_stand_before_the_one_command() {
    let line = Dialect::Posix.errand(&Errand {
        command: "echo 'hi'",
        status: 3,
        env: vec![("KEY", "a'b")],
        started: "go",
    });
    assert_eq!(
        line,
        "_oh_1 go 3 && :;KEY='a'\\''b' \
         \\command eval 'echo '\\''hi'\\''' <>/dev/tty >&0 2>&0\n"
    );
}
