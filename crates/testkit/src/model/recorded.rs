//! What a client sent, kept to be asserted. Knows no socket.

mod compare;

use bytes::Bytes;
use serde_json::Value;

use super::ask::Ask;
use super::dialect::Dialect;
use super::http::Incoming;

pub use compare::{assert_json, difference};

/// A request as the client sent it.
#[derive(Clone, Debug)]
pub struct Request {
    /// `POST`, as a rule.
    pub method: String,
    /// With the query, if there was one.
    pub path: String,
    /// In the client's order; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Bytes,
}

impl Request {
    pub(super) fn new(incoming: &Incoming) -> Self {
        Self {
            method: incoming.method.clone(),
            path: incoming.path.clone(),
            headers: incoming.headers.clone(),
            body: incoming.body.clone(),
        }
    }

    /// The interface it was sent to.
    pub fn dialect(&self) -> Option<Dialect> {
        Dialect::of_path(&self.path)
    }

    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body; null if it is no JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body in no provider's words.
    pub fn ask(&self) -> Ask {
        self.dialect()
            .map(|dialect| Ask::from_body(dialect, &self.json()))
            .unwrap_or_default()
    }

    /// Panics with a readable difference unless the whole body is as expected; `<any>` in a string of `expected`
    /// stands for any text, and alone for any value.
    #[track_caller]
    pub fn assert_body(&self, expected: &Value) {
        assert_json(&self.json(), expected);
    }

    /// Panics unless the header has that value.
    #[track_caller]
    pub fn assert_header(&self, name: &str, expected: &str) {
        assert_eq!(self.header(name), Some(expected), "the header {name}");
    }
}
