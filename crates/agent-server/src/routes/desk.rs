//! How a request reaches the person's settings, and how what they refuse is answered. Knows no resource.

use axum::http::StatusCode;
use domain::Map;
use http_kit::{Asked, Detail, Error, Input, Place, Refusal, Sketch};
use serde_json::{Value, json};
use settings::{Desk, Exposure, Fault, Faults, Unresolved};

use crate::app::App;

/// Works at the desk.
pub(super) async fn at<T: Send + 'static>(
    app: &App,
    work: impl FnOnce(&Desk) -> Result<T, settings::Error> + Send + 'static,
) -> Result<T, Error> {
    app.desk(work).await.map_err(told)
}

/// Works at the desk with what was given, which a fault is told beside.
pub(super) async fn with<T: Send + 'static>(
    app: &App,
    body: &Map,
    work: impl FnOnce(&Desk) -> Result<T, settings::Error> + Send + 'static,
) -> Result<T, Error> {
    app.desk(work).await.map_err(|error| {
        // Faults of a draft inside the body are told without it, as the original does.
        if let settings::Error::Faulty(faults) = &error
            && is_of_body(faults)
        {
            let faults = faults.0.iter().cloned();
            return Error::invalid(faults.map(|fault| detail(fault, body)).collect());
        }
        told(error)
    })
}

fn is_of_body(faults: &Faults) -> bool {
    let places = faults.0.iter().map(|fault| fault.loc.first());
    places.flatten().all(|place| place.as_str() == Some("body"))
}

/// A fault of a body, with what is wrong of it.
fn detail(fault: Fault, body: &Map) -> Detail {
    let whole = Value::Object(body.clone());
    let mut inside = fault.loc.iter().skip(1);
    let input = inside.try_fold(&whole, |value, step| match place(step) {
        Place::Key(key) => value.get(key),
        Place::Index(index) => value.get(index),
    });
    let rule = fault.message.strip_prefix("Value error, ");
    Detail {
        ctx: rule.map(|said| json!({ "error": said })),
        input: input.cloned().unwrap_or_default(),
        loc: fault.loc.iter().map(place).collect(),
        kind: fault.kind,
        msg: fault.message,
    }
}

/// A step on the way to a fault.
pub(crate) fn place(step: &Value) -> Place {
    match step.as_str() {
        Some(key) => Place::Key(key.to_owned()),
        None => Place::Index(step.as_u64().unwrap_or_default() as usize),
    }
}

/// How a refusal is answered.
pub(crate) fn told(error: settings::Error) -> Error {
    let said = error.to_string();
    match error {
        settings::Error::NotFound(_) => Error::not_found(said),
        settings::Error::Conflict(_) => Error::conflict(said),
        settings::Error::Refused(_) => Error::bad(said),
        settings::Error::Invalid(_) => Error::new(StatusCode::UNPROCESSABLE_ENTITY, said),
        settings::Error::Faulty(faults) => {
            let faults = faults.0.into_iter();
            let listed = faults
                .map(|fault| json!({ "type": fault.kind, "loc": fault.loc, "msg": fault.message }));
            Error::with_detail(StatusCode::UNPROCESSABLE_ENTITY, listed.collect())
        }
        settings::Error::Launch(_) => {
            let detail = json!({ "code": "invalid_agent_launch", "message": said });
            Error::with_detail(StatusCode::UNPROCESSABLE_ENTITY, detail)
        }
        settings::Error::Unresolved(missing) => unresolved(&said, &missing),
        settings::Error::Busy(_) | settings::Error::NoKey => Error::unavailable(said),
        settings::Error::Missing(_) => Error::not_implemented(said),
        settings::Error::Damaged(_) => Error::new(StatusCode::INTERNAL_SERVER_ERROR, said),
        settings::Error::Disk(error) => Error::internal(&error),
    }
}

fn unresolved(said: &str, missing: &Unresolved) -> Error {
    let detail: Value = json!({
        "code": "unresolved_profile_references",
        "message": said,
        "dangling_llm_profile_ref": missing.llm_profile_ref,
        "dangling_mcp_server_refs": missing.mcp_server_refs,
        "dangling_meta_profile_ref": missing.meta_profile_ref,
        "dangling_meta_profile_llm_refs": missing.meta_profile_llm_refs,
    });
    Error::with_detail(StatusCode::UNPROCESSABLE_ENTITY, detail)
}

/// How the caller wants secrets to be shown; checked by who shows them, after everything else was read.
#[derive(Debug)]
pub(super) struct Exposed(String);

impl Input for Exposed {
    fn describe(_: &mut Sketch<'_>) {}

    async fn read(asked: &mut Asked<'_>) -> Result<Self, Refusal> {
        let given = asked.parts.headers.get("x-expose-secrets");
        let text = given.and_then(|value| value.to_str().ok());
        Ok(Self(text.unwrap_or_default().trim().to_lowercase()))
    }
}

impl Exposed {
    /// What was asked for. `true` comes from clients of old and never shows anything in the open.
    pub(super) fn exposure(self) -> Result<Exposure, Error> {
        match self.0.as_str() {
            "" => Ok(Exposure::Masked),
            "encrypted" | "true" => Ok(Exposure::Sealed),
            "plaintext" => Ok(Exposure::Plain),
            other => Err(Error::bad(format!(
                "Invalid X-Expose-Secrets header value: '{other}'. Valid values are: 'encrypted', \
                 'plaintext'."
            ))),
        }
    }
}
