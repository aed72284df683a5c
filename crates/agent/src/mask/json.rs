//! Hides secrets inside JSON, which stays JSON and keeps its meaning: names and words of the format are never touched.

use bytes::Bytes;
use domain::{Body, Event, Map};
use serde_json::Value;

use super::{HIDDEN, Mask};

/// Fields of an event that name things, at its top: what holds them together is no place for a secret.
const NAMES: [&str; 10] = [
    "id",
    "timestamp",
    "source",
    "parent_id",
    "kind",
    "tool_name",
    "tool_call_id",
    "llm_response_id",
    "action_id",
    "key",
];

/// How careful to be with words that may be the format's own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Care {
    /// Every text is hidden in, but the discriminators.
    Thorough,
    /// A text that is a single plain word stays.
    SparesWords,
}

impl Mask {
    /// An event as it may be recorded, and its JSON; `None` if there is no secret in it.
    ///
    /// A secret that happens to be a word of the format, such as `create`, is hidden in sentences but not where the
    /// event would mean something else without it.
    pub(crate) fn hide(&self, event: &Event, json: &[u8]) -> Option<(Event, Bytes)> {
        if self.is_empty() {
            return None;
        }
        let cares: &[Care] = if matches!(event.body, Body::StateUpdate(_)) {
            &[Care::SparesWords]
        } else {
            &[Care::Thorough, Care::SparesWords]
        };
        cares.iter().find_map(|care| {
            let masked = Bytes::from(self.event(json, *care)?.to_string());
            let event = Event::parse(&masked).ok()?;
            Some((event, masked))
        })
    }

    /// An event with every secret hidden; `None` if there was none in it.
    pub(super) fn event(&self, json: &[u8], care: Care) -> Option<Value> {
        let text = std::str::from_utf8(json).ok()?;
        if !self.stands_in(text) {
            return None;
        }
        let Ok(Value::Object(mut fields)) = serde_json::from_str(text) else {
            return None;
        };
        for (name, value) in &mut fields {
            match name.as_str() {
                "tool_call" => self.call(value),
                // What a tool is told to clients as is no secret of this conversation.
                "tools" => {}
                name if NAMES.contains(&name) => {}
                _ => self.value(value, care),
            }
        }
        Some(Value::Object(fields))
    }

    /// Only the arguments of a call are the model's own words.
    fn call(&self, call: &mut Value) {
        if let Some(Value::String(arguments)) = call.get_mut("arguments") {
            *arguments = self.arguments(arguments);
        }
    }

    /// Arguments are JSON in a text, and must stay so: providers read them again.
    fn arguments(&self, text: &str) -> String {
        let masked = self.text(text);
        let readable = |text: &str| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
        if readable(&masked) {
            return masked;
        }
        match serde_json::from_str::<Value>(text) {
            Ok(mut value) => {
                self.value(&mut value, Care::Thorough);
                value.to_string()
            }
            Err(_) => masked,
        }
    }

    fn value(&self, value: &mut Value, care: Care) {
        match value {
            Value::String(text) => {
                let spared = care == Care::SparesWords && is_word(text);
                // Pictures are looked at, not read; digits of one may look like a secret by chance.
                if !spared && !text.starts_with("data:image/") && self.stands_in(text) {
                    *text = self.text(text);
                }
            }
            Value::Number(number) if care == Care::Thorough => {
                if self.stands_in(&number.to_string()) {
                    *value = Value::String(HIDDEN.to_owned());
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item, care)),
            Value::Object(fields) => self.fields(fields, care),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn fields(&self, fields: &mut Map, care: Care) {
        let named = |name: &str| !is_word(name) && self.stands_in(name);
        if fields.keys().any(|name| named(name)) {
            *fields = std::mem::take(fields)
                .into_iter()
                .map(|(name, value)| match named(&name) {
                    true => (self.text(&name), value),
                    false => (name, value),
                })
                .collect();
        }
        for (name, value) in fields.iter_mut() {
            let tells_apart = matches!(name.as_str(), "kind" | "type" | "role");
            if !(tells_apart && value.as_str().is_some_and(is_word)) {
                self.value(value, care);
            }
        }
    }
}

/// A word as formats are made of.
fn is_word(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_')
}
