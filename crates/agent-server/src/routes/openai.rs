//! Agents as models: clients of OpenAI's interface ask one as they ask any model. Knows no provider.

mod chat;
mod part;
mod responses;
mod run;
mod sse;
mod traced;

use axum::http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use axum::http::request::Parts;
use axum::response::Response;
use domain::ConversationId;
use http_kit::{Api, Error, Json};
use schemars::JsonSchema;
use serde::Serialize;

use super::desk::at;
use crate::app::App;
use crate::door;

/// What the name of a model begins with; the rest is the name of a profile.
const PREFIX: &str = "openhands_";

/// The header that names the conversation an answer comes from.
const CONVERSATION: HeaderName = HeaderName::from_static("x-openhands-serverconversation-id");

/// The operations of this resource.
pub(super) fn routes() -> Api<App> {
    Api::tagged("OpenAI Compatibility")
        .get("/v1/models", "get_openai_models", models)
        .described("The profiles of models, each as a model whose answers an agent gives.")
        .post(
            "/v1/chat/completions",
            "create_chat_completion",
            chat::create,
        )
        .described("What the agent says in the end to the last message of the person.")
        .post("/v1/responses", "create_response", responses::create)
        .described("What the agent says in the end to the input.")
        .keyed("APIKeyHeader")
        .keyed("HTTPBearer")
        .guarded(keyed)
}

/// Lets a request in that carries the session key, as its own header or as clients of OpenAI send theirs.
fn keyed(app: &App, request: &Parts) -> Result<(), Error> {
    door::keyed(app, request).or_else(|refused| {
        let given = request.headers.get(AUTHORIZATION);
        let given = given.and_then(|value| value.to_str().ok());
        let bearer = given.and_then(|value| value.split_once(' '));
        match bearer {
            Some((scheme, key))
                if scheme.eq_ignore_ascii_case("bearer") && app.keys().opens(key.trim()) =>
            {
                app.touch();
                Ok(())
            }
            _ => Err(refused),
        }
    })
}

/// A profile as a model.
#[derive(Serialize, JsonSchema)]
struct Model {
    id: String,
    created: u64,
    #[schemars(extend("const" = "model"))]
    object: &'static str,
    owned_by: &'static str,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OpenAIModelListResponse")]
struct Models {
    #[schemars(extend("const" = "list", "default" = "list"))]
    object: &'static str,
    data: Vec<Model>,
}

async fn models(app: App, (): ()) -> Result<Json<Models>, Error> {
    let known = at(&app, |desk| desk.profiles()).await?;
    let mut data: Vec<Model> = known
        .profiles
        .into_iter()
        .map(|profile| Model {
            id: format!("{PREFIX}{}", profile.name),
            created: 0,
            object: "model",
            owned_by: "openhands",
        })
        .collect();
    data.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(Json::ok(Models {
        object: "list",
        data,
    }))
}

/// The same answer, with the conversation it comes from.
fn naming(mut answer: Response, conversation: ConversationId) -> Response {
    if let Ok(id) = HeaderValue::try_from(conversation.to_string()) {
        answer.headers_mut().insert(CONVERSATION, id);
    }
    answer
}

/// Seconds since the Unix epoch.
fn seconds(app: &App) -> f64 {
    app.clock().micros() as f64 / 1e6
}
