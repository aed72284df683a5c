//! What is shown of texts, long and short.

use proptest::prelude::*;

use super::{LIMIT, part, snippet, whole};

fn body(shown: &str) -> &str {
    shown.split_once(":\n").expect("a heading").1
}

fn numbered_lines(count: usize) -> String {
    (1..=count).map(|n| format!("line {n}\n")).collect()
}

#[test]
fn lines_look_as_cat_prints_them() {
    assert_eq!(
        whole("one\ntwo\n", "/f"),
        "Here's the result of running `cat -n` on /f:\n     1\tone\n     2\ttwo\n"
    );
    assert_eq!(body(&whole("", "/f")), "");
    assert_eq!(body(&whole("\n", "/f")), "     1\t\n");
    assert_eq!(body(&whole("a", "/f")), "     1\ta\n");
    assert_eq!(body(&whole("a\n\n", "/f")), "     1\ta\n     2\t\n");
    assert_eq!(
        body(&whole("a\x0cb\u{2028}c\n", "/f")),
        "     1\ta\x0cb\u{2028}c\n"
    );
}

#[test]
fn a_range_shows_its_lines() {
    let text = numbered_lines(20);
    let shown = part(&text, "/f", &[2, 3]).unwrap();
    assert_eq!(body(&shown), "     2\tline 2\n     3\tline 3\n");
    let shown = part(&text, "/f", &[20, -1]).unwrap();
    assert_eq!(body(&shown), "    20\tline 20\n");
    let shown = part(&text, "/f", &[19, 99]).unwrap();
    assert_eq!(
        shown,
        "NOTE: We only show up to 20 since there're only 20 lines in this file.\nHere's the result of running `cat -n` on /f:\n    19\tline 19\n    20\tline 20\n"
    );
}

#[test]
fn a_wrong_range_is_refused() {
    let text = numbered_lines(20);
    let refusal = |range: &[i64]| part(&text, "/f", range).unwrap_err().to_string();
    assert_eq!(
        refusal(&[5]),
        "Invalid `view_range` parameter: [5]. It should be a list of two integers."
    );
    assert_eq!(
        refusal(&[0, 3]),
        "Invalid `view_range` parameter: [0, 3]. Its first element `0` should be within the range of lines of the file: [1, 20]."
    );
    assert_eq!(
        refusal(&[21, -1]),
        "Invalid `view_range` parameter: [21, -1]. Its first element `21` should be within the range of lines of the file: [1, 20]."
    );
    assert_eq!(
        refusal(&[5, -2]),
        "Invalid `view_range` parameter: [5, -2]. Its second element `-2` should be greater than or equal to the first element `5`."
    );
    assert_eq!(
        part("", "/f", &[1, 1]).unwrap_err().to_string(),
        "Invalid `view_range` parameter: [1, 1]. Its first element `1` should be within the range of lines of the file: [1, 0]."
    );
}

#[test]
fn a_long_file_keeps_true_line_numbers_at_both_ends() {
    let text = numbered_lines(5_000);
    let shown = whole(&text, "/f");
    let shown = body(&shown);
    assert!(shown.chars().count() < LIMIT + 400);
    assert!(shown.starts_with("     1\tline 1\n"));
    assert!(shown.ends_with("  5000\tline 5000\n"));
    let notice = shown
        .lines()
        .find(|l| l.starts_with("<response clipped>"))
        .unwrap();
    assert!(notice.contains("`grep -n`") && notice.contains("`view_range`"));
    // The lines beside the gap are the ones that the notice names.
    let lines: Vec<&str> = shown.lines().collect();
    let at = lines.iter().position(|l| *l == notice).unwrap();
    let number = |line: &str| {
        line.trim_start()
            .split('\t')
            .next()
            .unwrap()
            .parse::<usize>()
            .unwrap()
    };
    let gap = format!(
        "lines {} to {}.",
        number(lines[at - 1]) + 1,
        number(lines[at + 1]) - 1
    );
    assert!(notice.contains(&gap), "{notice} / {gap}");
}

#[test]
fn one_endless_line_is_clipped_inside() {
    let shown = whole(&"y".repeat(40_000), "/f");
    let shown = body(&shown);
    assert!(shown.chars().count() < LIMIT + 400);
    assert!(shown.starts_with("     1\tyyy") && shown.ends_with("yyy\n"));
    assert!(shown.contains("lines 1 to 1."));
}

#[test]
fn a_snippet_has_four_lines_around_the_edit() {
    let text = numbered_lines(20);
    let shown = snippet(&text, "x", 10, 1);
    assert!(body(&shown).starts_with("     7\tline 7\n"));
    assert!(body(&shown).ends_with("    15\tline 15\n"));
    let shown = snippet(&text, "x", 0, 1);
    assert!(body(&shown).starts_with("     1\tline 1\n"));
    assert!(body(&shown).ends_with("     5\tline 5\n"));
}

proptest! {
    #[test]
    fn any_range_of_any_text_is_shown_or_refused(text in "(\\PC|\n){0,80}", first in any::<i64>(), last in any::<i64>()) {
        let _ = part(&text, "/f", &[first, last]);
    }

    #[test]
    fn a_good_range_shows_as_many_lines_as_it_says(
        lines in proptest::collection::vec("[a-z]{0,5}", 1..40),
        a in 0_usize..40,
        b in 0_usize..40,
    ) {
        let (first, last) = (a.min(b) % lines.len(), a.max(b) % lines.len());
        let (first, last) = (first.min(last), first.max(last));
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let range = [first as i64 + 1, last as i64 + 1];
        let shown = part(&text, "/f", &range).unwrap();
        let shown: Vec<&str> = body(&shown).lines().map(|l| l.split_once('\t').unwrap().1).collect();
        prop_assert_eq!(shown, lines[first..=last].iter().map(String::as_str).collect::<Vec<_>>());
    }

    #[test]
    fn snippets_never_fail(text in "(\\PC|\n){0,80}", line in 0_usize..100, grown in 0_usize..100) {
        let _ = snippet(&text, "x", line, grown);
    }
}
