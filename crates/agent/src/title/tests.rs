//! Names made from words and from answers.

use super::{from_words, in_answer, prompt};

#[test]
fn thoughts_quotes_and_further_lines_are_no_name() {
    let name = |answer| in_answer(answer, 50);
    assert_eq!(name("Fix the build").as_deref(), Some("Fix the build"));
    assert_eq!(
        name("<think>hm</think>\n\n\"Fix it\"\nBecause...").as_deref(),
        Some("Fix it")
    );
    assert_eq!(name("a <THINK>b</think> c").as_deref(), Some("a  c"));
    assert_eq!(name("<think>never done"), None);
    assert_eq!(name(" \n \"\" "), None);
}

#[test]
fn a_long_name_is_cut_between_characters() {
    let long = "\u{e4}".repeat(60);
    let name = in_answer(&long, 50).unwrap();
    assert_eq!(name.chars().count(), 50);
    assert!(name.ends_with("..."));
    assert_eq!(from_words("  hello ", 50), "hello");
    assert_eq!(from_words(&long, 10), "\u{e4}".repeat(7) + "...");
}

#[test]
fn a_template_is_filled_and_the_words_are_cut() {
    let asked = |template, words: &str| prompt(words, template, 30).messages[1].text();
    assert_eq!(
        asked(Some("At most {max_length}: {conversation_content}!"), "hi"),
        "At most 30: hi!"
    );
    assert!(asked(Some("Name it."), "hi").ends_with("begins with:\nhi"));
    let long = asked(None, &"\u{e4}".repeat(2_000));
    assert_eq!(long.matches('\u{e4}').count(), 1_000);
    assert!(long.contains("...(truncated)"));
}
