//! A picture on its way out, written down as one. Knows no extension.

use axum::http::StatusCode;
use axum::response::Response;
use http_kit::{Output, Sketch};
use serde_json::json;

use crate::routes::sending::Sent;

/// An SVG.
pub(super) struct Picture(pub(super) Sent);

impl Output for Picture {
    fn describe(sketch: &mut Sketch<'_>) {
        let bytes = json!({ "type": "string", "format": "binary" });
        sketch.answers_with(StatusCode::OK, "image/svg+xml", bytes);
    }

    fn respond(self) -> Response {
        self.0.respond()
    }
}
