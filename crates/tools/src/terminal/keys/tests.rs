//! Which bytes each way of writing a key stands for.

use super::{Mode, control, typed};

fn check(input: &str, expect: &[u8]) {
    assert_eq!(typed(input, Mode::default()), expect, "{input:?}");
}

#[test]
fn text_gets_enter_and_keys_do_not() {
    check("yes", b"yes\r");
    check("  indented", b"  indented\r");
    check("yes\n", b"yes\r");
    check("one\ntwo", b"one\rtwo\r");
    check("if x:\n  y\n", b"if x:\r  y\r\r");
    check("C-c", b"\x03");
    check("CTRL+z", b"\x1a");
    check("ctrl-D", b"\x04");
    check("C-L", b"\x0c");
    check("C-\\", b"\x1c");
    check("ENTER", b"\r");
    check("ESC", b"\x1b");
    check("BS", b"\x7f");
    check("tab", b"tab\r");
    check("C-cc", b"C-cc\r");
}

#[test]
fn arrows_follow_the_mode_the_program_set() {
    let application = Mode {
        application: true,
        full_screen: false,
    };
    assert_eq!(typed("UP", Mode::default()), b"\x1b[A");
    assert_eq!(typed("UP", application), b"\x1bOA");
    assert_eq!(typed("PGDN", application), b"\x1b[6~");
}

#[test]
fn a_full_screen_program_gets_single_characters_alone() {
    let full = Mode {
        application: false,
        full_screen: true,
    };
    assert_eq!(typed("q", full), b"q");
    assert_eq!(typed("é", full), "é".as_bytes());
    assert_eq!(typed(":wq", full), b":wq\r");
}

#[test]
fn only_letters_and_brackets_have_a_control_character() {
    assert_eq!(control("C-[",), Some(0x1b));
    assert_eq!(control("C-1"), None);
    assert_eq!(control("C-"), None);
}
