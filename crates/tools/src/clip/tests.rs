//! What is kept of long texts.

use proptest::prelude::*;

use super::{brief, ends};

#[test]
fn a_text_that_fits_is_left_alone() {
    assert_eq!(ends("abc", 3), None);
    assert_eq!(ends("äöü", 3), None);
    assert_eq!(brief("äöü", 3), "äöü");
}

#[test]
fn ends_are_cut_at_line_breaks() {
    let text = "one\ntwo\nthree\nfour\nfive\n";
    assert_eq!(ends(text, 18), Some(("one\ntwo\n", "five\n")));
}

#[test]
fn a_line_longer_than_the_limit_is_cut_inside() {
    let text = format!("a\n{}", "x".repeat(100));
    let (head, tail) = ends(&text, 20).unwrap();
    assert_eq!(head, "a\nxxxxxxxx");
    assert_eq!(tail, "xxxxxxxxxx");
}

#[test]
fn a_brief_text_shows_where_it_was_cut() {
    assert_eq!(brief("0123456789", 8), "012345[...]89");
}

proptest! {
    #[test]
    fn ends_are_the_ends_and_fit(text in "(\\PC|\n){0,200}", limit in 1_usize..60) {
        match ends(&text, limit) {
            None => prop_assert!(text.chars().count() <= limit),
            Some((head, tail)) => {
                prop_assert!(text.starts_with(head) && text.ends_with(tail));
                prop_assert!(head.chars().count() + tail.chars().count() <= limit);
                prop_assert!(head.len() + tail.len() < text.len());
            }
        }
    }
}
