//! A form takes what it has converted, and never breaks.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::Form;

fn form() -> Form {
    Form::new(&json!({
        "type": "object",
        "required": ["a"],
        "additionalProperties": false,
        "properties": {
            "a": {"type": "integer", "minimum": 0, "maximum": 10},
            "b": {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "null"}]},
            "c": {"type": "array", "items": {"$ref": "#/$defs/Tree"}, "maxItems": 3},
            "d": {"type": "string", "format": "date-time"},
            "e": {"type": "string", "format": "uuid"},
            "f": {"type": "boolean"},
            "g": {"$ref": "#/$defs/Kind"},
        },
        "$defs": {
            "Tree": {"type": "object", "properties": {"a": {"type": "number"}, "c": {"$ref": "#/$defs/Tree"}}},
            "Kind": {"x-class": "here.Kind", "oneOf": [
                {"type": "object", "properties": {"b": {"const": "One", "type": "string"}}, "required": ["b"], "$ref": "#/$defs/Tree"},
                {"type": "object", "properties": {"b": {"const": "Two", "type": "string"}}, "required": ["b"]},
            ]},
        },
    }))
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i8>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(vec![
            "5",
            "on",
            "2026-01-01",
            "2026-01-01T00:00",
            "1e5",
            "One",
            "Two",
            "é",
            "",
            "0",
            "-5.0",
            "urn:uuid:"
        ])
        .prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let key = prop::sample::select(vec!["a", "b", "c", "d", "e", "f", "g", "h"]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..5).prop_map(|fields| {
                let fields = fields
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value));
                Value::Object(fields.collect::<Map<_, _>>())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn what_was_taken_is_taken_again_as_it_is(mut value in values()) {
        let form = form();
        if form.conform(&mut value, "body").is_empty() {
            prop_assert!(form.fits(form.root, &value), "{}", value);
        }
    }

    #[test]
    fn any_text_is_a_moment_or_is_not(text in "\\PC{0,40}") {
        let fault = super::moment::fault(&text);
        if let Some(plain) = super::moment::plain(&text) {
            prop_assert!(fault.is_none());
            prop_assert!(super::moment::is_plain(&plain), "{} became {}", text, plain);
        }
    }
}
