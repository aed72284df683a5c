//! A file that is uploaded as a form, read while it arrives. Knows no disk.

use std::time::Duration;

use axum::http::header;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::body::{too_large, too_slow};
use crate::document::Sketch;
use crate::error::{Detail, Error};
use crate::input::{Asked, Input, Refusal};

/// How many bytes a file may have, if its operation does not say otherwise.
const LIMIT: usize = 4 << 30;

/// The field `file` of a form, piece by piece.
pub struct Upload {
    field: multer::Field<'static>,
    /// The form goes on as long as its field is read.
    _form: multer::Multipart<'static>,
    read: usize,
    limit: usize,
    patience: Duration,
}

impl Upload {
    /// The name that the sender gave the file.
    pub fn file_name(&self) -> Option<&str> {
        self.field.file_name()
    }

    /// The next bytes; nothing at the end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let chunk = tokio::time::timeout(self.patience, self.field.chunk())
            .await
            .map_err(|_| too_slow(self.patience))?
            .map_err(|error| malformed(&error))?;
        self.read += chunk.as_ref().map_or(0, Bytes::len);
        if self.read > self.limit {
            return Err(too_large(self.limit));
        }
        Ok(chunk)
    }
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Upload({:?}, {} bytes read)",
            self.file_name(),
            self.read
        )
    }
}

impl Input for Upload {
    fn describe(sketch: &mut Sketch<'_>) {
        sketch.asks_form(json!({
            "properties": {
                "file": {"type": "string", "contentMediaType": "application/octet-stream", "title": "File"},
            },
            "type": "object",
            "required": ["file"],
        }));
    }

    async fn read(asked: &mut Asked<'_>) -> Result<Self, Refusal> {
        let body = asked.body.take().unwrap_or_default();
        let kind = asked.parts.headers.get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let Ok(boundary) = multer::parse_boundary(kind) else {
            return Err(Refusal::Faults(vec![absent()]));
        };
        let mut form = multer::Multipart::new(body.into_data_stream(), boundary);
        let patience = asked.patience;
        loop {
            let next = tokio::time::timeout(patience, form.next_field()).await;
            let next = next.map_err(|_| too_slow(patience))?;
            let Some(field) = next.map_err(|error| malformed(&error))? else {
                return Err(Refusal::Faults(vec![absent()]));
            };
            if field.name() != Some("file") {
                continue;
            }
            if field.file_name().is_none() {
                return Err(Refusal::Faults(vec![no_file()]));
            }
            return Ok(Self {
                field,
                _form: form,
                read: 0,
                limit: asked.limit.unwrap_or(LIMIT),
                patience,
            });
        }
    }
}

fn absent() -> Detail {
    Detail {
        kind: "missing".to_owned(),
        loc: vec!["body".into(), "file".into()],
        msg: "Field required".to_owned(),
        input: Value::Null,
        ctx: None,
    }
}

fn no_file() -> Detail {
    let mut fault = Detail::rule(
        &["body", "file"],
        "Expected UploadFile, received: <class 'str'>",
        Value::Null,
    );
    fault.ctx = Some(json!({"error": {}}));
    fault
}

fn malformed(error: &multer::Error) -> Error {
    tracing::debug!("a form could not be read: {error}");
    Error::bad("There was an error parsing the body")
}
