//! Finding the one place, and changing nothing else.

use proptest::prelude::*;

use super::super::text::Form;
use super::{Search, Text, listed, search, splice};

/// The text after putting `new` in place of `old`; nothing if that cannot be.
fn replaced(text: &str, old: &str, new: &str) -> Option<String> {
    let text = Text {
        chars: text.to_owned(),
        form: Form::Utf8,
    };
    match search(&text.normal(), old, new) {
        Search::Once { start, end, with } => Some(splice(&text, start, end, &with)),
        Search::Nowhere | Search::Often(_) => None,
    }
}

#[test]
fn one_occurrence_is_replaced() {
    let cases = [
        ("one\ntwo\n", "two", "2", "one\n2\n"),
        ("", "", "new\n", "new\n"),
        ("a b c", " b", "", "a c"),
        ("füñf", "üñ", "ue", "fuef"),
        ("$1 .* [x]", ".*", "\\0", "$1 \\0 [x]"),
    ];
    for (text, old, new, expected) in cases {
        assert_eq!(
            replaced(text, old, new).as_deref(),
            Some(expected),
            "{text:?} {old:?}"
        );
    }
}

#[test]
fn line_breaks_match_whatever_their_kind_and_stay() {
    let cases = [
        ("a\r\nb\r\nc\r\n", "a\nb", "A\nB", "A\r\nB\r\nc\r\n"),
        (
            "a\r\nb\r\nc\r\n",
            "a\r\nb",
            "A\r\nB\r\nX",
            "A\r\nB\r\nX\r\nc\r\n",
        ),
        ("a\r\nb\r\n", "b\n", "", "a\r\n"),
        ("a\r\nb\r\n", "\nb", "", "a\r\n"),
        ("a\nb\n", "a\r\nb", "x", "x\n"),
        // Where both kinds are mixed, only what is replaced takes the commoner kind.
        ("a\r\nb\nc\r\n", "b", "x\ny", "a\r\nx\r\ny\nc\r\n"),
    ];
    for (text, old, new, expected) in cases {
        assert_eq!(
            replaced(text, old, new).as_deref(),
            Some(expected),
            "{text:?} {old:?}"
        );
    }
}

#[test]
fn a_miss_is_tried_again_without_the_space_around() {
    let cases = [
        // The file has no line break at its end, or another indentation: both are left as they are.
        ("one\ntwo", "two\n", "2\n", "one\n2"),
        ("\tfoo()\n", "    foo()", "    bar()", "\tbar()\n"),
        ("foo\n", "\n  foo\n", "\n  bar\n", "bar\n"),
        // What the new text says differently is meant.
        ("one\nx\n", "x ", "x  ", "one\nx  \n"),
        ("foo\n", "  foo", "bar", "bar\n"),
        ("foo\n", "  foo ", "", "\n"),
    ];
    for (text, old, new, expected) in cases {
        assert_eq!(
            replaced(text, old, new).as_deref(),
            Some(expected),
            "{text:?} {old:?}"
        );
    }
}

#[test]
fn white_space_alone_is_never_looked_for_without_itself() {
    assert_eq!(search("abc", "  ", "x"), Search::Nowhere);
    assert_eq!(search("abc", "", "x"), Search::Nowhere);
}

#[test]
fn several_occurrences_are_named_by_line() {
    assert_eq!(search("a\nb\na a\n", "a", "x"), Search::Often(vec![1, 3]));
    // Also when they appear only without the white space around.
    assert_eq!(search("a\nb\na\n", " a ", "x"), Search::Often(vec![1, 3]));
    let many = "a\n".repeat(1_000);
    let Search::Often(lines) = search(&many, "a", "x") else {
        panic!("found too often");
    };
    assert_eq!(
        listed(&lines),
        "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, ...]"
    );
    assert_eq!(listed(&[2, 3]), "[2, 3]");
}

proptest! {
    #[test]
    fn all_around_the_place_stays_as_it_was(
        before in "([a-f]|\r\n|\n){0,30}",
        after in "([a-f]|\r\n|\n){0,30}",
        new in "([a-f]|\n){0,10}",
    ) {
        // Line breaks at the seam would belong to the match.
        let text = format!("{before}<<old\r\ntext>>{after}");
        let changed = replaced(&text, "<<old\ntext>>", &new).unwrap();
        prop_assert!(changed.starts_with(&before));
        prop_assert!(changed.ends_with(&after));
        let middle = &changed[before.len()..changed.len() - after.len()];
        prop_assert_eq!(middle.replace("\r\n", "\n"), new);
    }

    #[test]
    fn anything_can_be_looked_for_in_anything(text in "\\PC{0,40}", old in "\\PC{0,6}", new in "\\PC{0,6}") {
        let _ = replaced(&text, &old, &new);
    }
}
