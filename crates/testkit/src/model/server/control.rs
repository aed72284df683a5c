//! Scripts given and requests read over HTTP, for tests in other languages. Knows no dialect.
//!
//! `POST /_script/{name}` takes a script as text, for those who ask for a model of that name; `GET /_requests/{name}`
//! tells what they sent. Neither is counted as a request to the model.

use bytes::Bytes;
use serde_json::{Value, json};

use super::answers;
use super::state::State;
use crate::model::http::{Answer, Incoming};
use crate::model::recorded::Request;
use crate::model::text::parse;

/// The answer to a request that is meant for no model.
pub(super) fn answer(state: &State, incoming: &Incoming) -> Option<Answer> {
    let path = incoming.path.split('?').next().unwrap_or_default();
    if !path.starts_with("/_") {
        return None;
    }
    let name = |prefix| path.strip_prefix(prefix).filter(|name| !name.is_empty());
    let (status, value) = match incoming.method.as_str() {
        "POST" => name("/_script/").map(|name| learn(state, name, &incoming.body)),
        "GET" => name("/_requests/").map(|name| (200, requests(state, name))),
        _ => None,
    }
    .unwrap_or_else(|| refused(404, "write POST /_script/{name} or GET /_requests/{name}"));
    Some(Answer::whole(status, "application/json", value.to_string()))
}

fn learn(state: &State, name: &str, text: &Bytes) -> (u16, Value) {
    let Ok(text) = std::str::from_utf8(text) else {
        return refused(400, "the script is not UTF-8");
    };
    match parse(text) {
        Ok(library) => {
            state.learn(name.to_owned(), library);
            (200, json!({"script": name}))
        }
        Err(error) => refused(400, &format!("the script {name:?}: {error}")),
    }
}

fn refused(status: u16, why: &str) -> (u16, Value) {
    (status, json!({"error": why}))
}

fn requests(state: &State, name: &str) -> Value {
    let requests = state.requests();
    let meant = requests.iter().filter(|request| is_for(request, name));
    meant
        .map(|request| {
            json!({
                "method": request.method,
                "path": request.path,
                "headers": headers(request),
                "body": request.json(),
            })
        })
        .collect()
}

fn is_for(request: &Request, name: &str) -> bool {
    let model = request.json()["model"].as_str().map(str::to_owned);
    model.is_some_and(|model| answers::name(&model) == name)
        || request.header("authorization") == Some(&format!("Bearer {name}"))
        || request.header("x-api-key") == Some(name)
}

fn headers(request: &Request) -> Value {
    let pairs = request.headers.iter();
    pairs
        .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
        .collect::<serde_json::Map<_, _>>()
        .into()
}
