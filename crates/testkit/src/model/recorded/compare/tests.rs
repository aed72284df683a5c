//! Whole bodies are compared, and what differs is shown.

use serde_json::json;

use super::*;

#[test]
fn key_order_does_not_matter_and_wildcards_fit() {
    let actual = json!({"a": 1, "b": ["x", "a long text with middle and end", {"deep": [1]}]});
    let expected = json!({"b": ["x", "a long <any> middle<any>end", {"deep": "<any>"}], "a": 1});
    assert_eq!(difference(&actual, &expected), None);
    assert_json(&actual, &expected);
}

#[test]
fn what_differs_is_shown_and_nothing_else() {
    let actual = json!({"b": [1, 2], "same": "<any> text", "text": "one\ntwo"});
    let expected = json!({"b": [1], "same": "<any>", "text": "one\nthree", "gone": null});
    let shown = difference(&actual, &expected).unwrap();
    let changed: Vec<&str> = shown
        .lines()
        .filter(|line| line.starts_with(['+', '-']))
        .collect();
    assert_eq!(
        changed,
        [
            "-    1",
            "+    1,",
            "+    2",
            "-  \"gone\": null,",
            "-three\"",
            "+two\""
        ]
    );
}

#[test]
fn a_wildcard_must_fit_in_order() {
    for (pattern, text) in [("a<any>b<any>c", "acb"), ("<any>x", "xy"), ("x<any>", "yx")] {
        assert!(
            difference(&json!(text), &json!(pattern)).is_some(),
            "{pattern}"
        );
    }
}

#[test]
#[should_panic(expected = "-  \"a\": 2")]
fn an_assertion_shows_the_difference() {
    assert_json(&json!({"a": 1}), &json!({"a": 2}));
}
