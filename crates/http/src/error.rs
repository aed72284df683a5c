//! What a refused request is answered with: the bodies FastAPI gives. Knows no face.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

/// One fault of a request, as pydantic words it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Detail {
    /// What kind of fault: `missing`, `string_type`, ..
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it is: `["body", "workspace"]`.
    pub loc: Vec<Place>,
    /// What is wrong, for people.
    pub msg: String,
    /// What was given.
    pub input: Value,
    /// Numbers and names that the message mentions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ctx: Option<Value>,
}

/// A step on the way to a fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Place {
    /// A key.
    Key(String),
    /// A position in a list.
    Index(usize),
}

impl From<&str> for Place {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl Detail {
    /// A rule of ours that a value broke.
    pub fn rule(loc: &[&str], message: &str, input: Value) -> Self {
        Self {
            kind: "value_error".to_owned(),
            loc: loc.iter().map(|step| Place::from(*step)).collect(),
            msg: format!("Value error, {message}"),
            input,
            ctx: Some(json!({"error": message})),
        }
    }
}

/// Why a request was refused.
#[derive(Clone, Debug)]
pub struct Error(Box<Answer>);

/// What it is answered with.
#[derive(Clone, Debug)]
struct Answer {
    status: StatusCode,
    body: Value,
    headers: HeaderMap,
}

impl Error {
    /// Any status with a text for people. From 500 on the text moves to `exception`, as the original does.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let body = if status.is_server_error() {
            json!({
                "detail": "Internal Server Error",
                "exception": format!("{}: {detail}", status.as_u16()),
            })
        } else {
            json!({ "detail": detail })
        };
        Self::with_body(status, body)
    }

    /// Any status with any body.
    pub fn with_body(status: StatusCode, body: Value) -> Self {
        Self(Box::new(Answer {
            status,
            body,
            headers: HeaderMap::new(),
        }))
    }

    /// Any status whose `detail` is more than a text.
    pub fn with_detail(status: StatusCode, detail: Value) -> Self {
        Self::with_body(status, json!({ "detail": detail }))
    }

    /// 400: something in it is wrong.
    pub fn bad(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// 401: no key, or a wrong one.
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Unauthorized")
    }

    /// 404: what it names does not exist.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// 409: it makes no sense now.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }

    /// 422: faults, each with its place, without the secrets that were given.
    pub fn invalid(mut faults: Vec<Detail>) -> Self {
        faults.iter_mut().for_each(crate::redact::redact);
        let faults = serde_json::to_value(faults).unwrap_or_default();
        Self::with_detail(StatusCode::UNPROCESSABLE_ENTITY, faults)
    }

    /// 422: one rule that a value broke.
    pub fn rule(loc: &[&str], message: &str, input: Value) -> Self {
        Self::invalid(vec![Detail::rule(loc, message, input)])
    }

    /// 429: over a limit.
    pub fn too_many(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, detail)
    }

    /// 501: this build cannot do it; the text says what is missing.
    pub fn not_implemented(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, detail)
    }

    /// 503: not now.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    }

    /// 500: a fault of this server; logged here, once, under the id the caller is given.
    pub fn internal(fault: &dyn std::fmt::Display) -> Self {
        let id = uuid::Uuid::new_v4().simple().to_string();
        tracing::error!(error_id = %id, "a request failed: {fault}");
        Self::with_body(
            StatusCode::INTERNAL_SERVER_ERROR,
            json!({
                "detail": "Internal Server Error",
                "exception": fault.to_string(),
                "error_id": id,
            }),
        )
    }

    /// The same answer with one more header.
    #[must_use]
    pub fn header(mut self, name: header::HeaderName, value: HeaderValue) -> Self {
        self.0.headers.insert(name, value);
        self
    }

    /// What is wrong, for people.
    pub fn detail(&self) -> String {
        let told = self.0.body.get("exception").or(self.0.body.get("detail"));
        match told {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => self.0.status.to_string(),
        }
    }

    /// The status it is answered with.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        (self.0.status, self.0.headers, axum::Json(self.0.body)).into_response()
    }
}
