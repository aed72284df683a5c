//! Python's decoder and ours agree on what JSON is.

use proptest::prelude::*;

use super::fault;

/// Texts that are often almost JSON.
fn almost_json() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "{", "}", "[", "]", ",", ":", "\"a\"", "\"", "\\", "\\u00e9", "\\n", "é", " ", "\n", "0",
        "1", "-", ".", "5e", "+2", "null", "true", "fals", "NaN", "\u{1}", "x",
    ]);
    prop::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn what_is_json_has_no_fault(text in almost_json()) {
        let read = serde_json::from_str::<serde_json::Value>(&text);
        let found = fault(&text);
        if read.is_ok() {
            prop_assert_eq!(found, None, "{}", text);
        } else if !text.contains("NaN") {
            prop_assert!(found.is_some(), "{}: {}", text, read.unwrap_err());
        }
        if let Some((_, at)) = found {
            prop_assert!(at <= text.chars().count(), "{} has no {}", text, at);
        }
    }
}
