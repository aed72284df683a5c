//! Text in pieces.

use super::{PIECE, Text};

fn read(chunks: &[&[u8]]) -> Option<String> {
    let mut text = Text::default();
    for chunk in chunks {
        text.push(chunk);
    }
    text.rest()
}

#[test]
fn characters_may_come_in_parts() {
    let euro = "€".as_bytes();
    assert_eq!(
        read(&[b"a", &euro[..1], &euro[1..2], &euro[2..], b"b"]).as_deref(),
        Some("a€b")
    );
}

#[test]
fn what_is_no_text_is_marked() {
    assert_eq!(
        read(&[b"a\xffb", b"\xe2"]).as_deref(),
        Some("a\u{FFFD}b\u{FFFD}")
    );
    assert_eq!(read(&[b"\xe2", b"x"]).as_deref(), Some("\u{FFFD}x"));
    assert_eq!(read(&[]), None);
}

#[test]
fn pieces_are_counted_in_characters() {
    let mut text = Text::default();
    text.push("ü".repeat(PIECE).as_bytes());
    assert_eq!(text.piece(), None);
    text.push("xy".as_bytes());
    let piece = text.piece().unwrap();
    assert_eq!(piece.chars().count(), PIECE);
    assert_eq!(text.piece(), None);
    assert_eq!(text.rest().as_deref(), Some("xy"));
}

#[test]
fn the_end_can_be_taken_off() {
    let mut text = Text::default();
    text.push("äöü".as_bytes());
    text.shorten(2);
    assert_eq!(text.characters(), 1);
    assert_eq!(text.rest().as_deref(), Some("ä"));
}
