//! What is drawn, sequence by sequence, in any pieces.

use super::super::output::Output;
use super::{Display, ROWS};

fn display() -> Display {
    Display::new(Output::new(1_000_000, None))
}

/// However the bytes are cut, the text is the same.
fn check(bytes: &str, expect: &str) {
    for size in [1, 2, 3, 7, usize::MAX] {
        let mut display = display();
        for piece in bytes.as_bytes().chunks(size.min(bytes.len().max(1))) {
            display.feed(piece);
        }
        assert_eq!(display.report(), expect, "{bytes:?} in pieces of {size}");
    }
}

#[test]
fn plain_text_is_itself() {
    check("", "");
    check("one\r\ntwo\r\n", "one\ntwo");
    check("a\tb\r\n\tc", "a\tb\n\tc");
    check("日本\r\n語", "日本\n語");
    check("stairs\n down", "stairs\n       down");
}

#[test]
fn the_cursor_goes_where_it_is_told() {
    check("abc\rX", "Xbc");
    check("abc\x1b[2DX", "aXc");
    check("abc\x1b[GX\x1b[CY", "XbY");
    check("one\r\ntwo\x1b[A\rX", "Xne\ntwo");
    check("\x1b[3;5Hhere", "\n\n    here");
    check("ab\x1b7cd\x1b8X", "abXd");
    check("日本\rX", "X 本");
    check("a\tb\x1b[5GX", "a   X   b");
    check("\x1b[10dlow\x1b[2F up", "\n\n\n\n\n\n\n up\n\nlow");
}

#[test]
fn erasing_inserting_and_deleting() {
    check("abcdef\x1b[3D\x1b[K", "abc");
    check("abcdef\x1b[3D\x1b[1K", "    ef");
    check("abc\x1b[2K", "");
    check("abcdef\x1b[4D\x1b[2P", "abef");
    check("abcdef\x1b[4D\x1b[2@", "ab  cdef");
    check("abcdef\x1b[4D\x1b[2X", "ab  ef");
    check("1\r\n2\r\n3\x1b[2A\x1b[L\rnew", "new\n1\n2\n3");
    check("1\r\n2\r\n3\x1b[2A\x1b[M", "2\n3");
    check("1\r\n2\r\n3\x1b[A\x1b[J", "1\n2");
    check("1\r\n2\x1b[2J\x1b[Hx", "x");
}

#[test]
fn sequences_that_only_decorate_leave_nothing() {
    check("\x1b[1;38;5;200mred\x1b[0m", "red");
    check("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link");
    check("\x1b]0;title\x07text", "text");
    check("\x1bPq data \x1b\\text", "text");
    check("\x1b[?25l\x1b[?2004hx\x1b[?25h", "x");
    check("\x1b(Bx\x1b=y\x1b>", "xy");
    check("a\u{9b}b\u{7}\u{0}c", "abc");
}

#[test]
fn marks_stay_on_their_letters() {
    check("e\u{301}x\x1b[2D\x1b[Cy", "e\u{301}y");
    check("👩\u{200d}👧!", "👩\u{200d}👧!");
}

#[test]
fn what_scrolls_off_is_kept_in_order() {
    let lines = usize::from(ROWS) * 5;
    let text: String = (0..lines).map(|n| format!("line {n}\r\n")).collect();
    let expect: String = (0..lines).map(|n| format!("line {n}\n")).collect();
    check(&text, expect.trim_end());
    let coloured: String = (0..lines)
        .map(|n| format!("\x1b[1mline\x1b[m {n}\r\n"))
        .collect();
    check(&coloured, expect.trim_end());
    let long = "x".repeat(256 * 120 + 7);
    check(&format!("{long}\r\nend"), &format!("{long}\nend"));
}

#[test]
fn a_region_scrolls_by_itself() {
    let lines: String = (0..ROWS + 3).map(|n| format!("{n}\r\n")).collect();
    let mut display = display();
    // A bar at the bottom, as package managers draw one.
    display.feed(format!("\x1b7\x1b[1;{}r\x1b8", ROWS - 1).as_bytes());
    display.feed(format!("\x1b7\x1b[{ROWS};1Hbar\x1b8").as_bytes());
    display.feed(lines.as_bytes());
    display.feed(format!("\x1b7\x1b[{ROWS};1H\x1b[K\x1b8").as_bytes());
    let expect: String = (0..ROWS + 3).map(|n| format!("{n}\n")).collect();
    assert_eq!(display.report(), expect.trim_end());
}

#[test]
fn only_news_is_told_twice() {
    let mut display = display();
    display.feed(b"> ");
    assert_eq!(display.report(), ">");
    display.feed(b"1+1\r\n2\r\n> ");
    assert_eq!(display.report(), "1+1\n2\n>");
    assert_eq!(display.report(), "");
    display.feed(b"\r\n10%");
    assert_eq!(display.report(), "\n10%");
    display.feed(b"\r20%");
    assert_eq!(display.report(), "20%");
    let many: String = (0..200).map(|n| format!("\r\n{n}")).collect();
    display.feed(many.as_bytes());
    let expect: String = (0..200).map(|n| format!("\n{n}")).collect();
    assert_eq!(display.report(), expect);
}

#[test]
fn a_full_screen_program_is_its_screen() {
    let mut display = display();
    display.feed(b"$ vi\r\n\x1b[?1049h\x1b[2J\x1b[3;3Hhello\x1b[Hx\x1b(0q\x1b(B");
    let said = display.report();
    assert!(
        said.starts_with("$ vi\n") && said.contains("x") && said.contains("\n\n  hello"),
        "{said:?}"
    );
    display.feed(b"\x1b[?1049lback\r\n");
    assert_eq!(display.report(), "back");
}

#[test]
fn questions_get_answers() {
    let mut display = display();
    display.feed(b"ab\x1b[6n\x1b[5n");
    assert_eq!(display.replies(), b"\x1b[1;3R\x1b[0n");
    display.feed(b"\x1b]11;?\x07\x1bP+q544e\x1b\\\x1b[?2026$p");
    assert_eq!(
        display.replies(),
        b"\x1b]11;rgb:0000/0000/0000\x1b\\\x1bP0+r\x1b\\\x1b[?2026;0$y"
    );
}

#[test]
fn whoever_watches_gets_text() {
    let mut display = display();
    display.feed(b"\x1b[1mone\x1b[0m\r\n");
    display.feed(b"two\r\n");
    assert_eq!(display.live(), "one\ntwo\n");
}
