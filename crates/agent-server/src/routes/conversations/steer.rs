//! What is asked of one conversation: go, stop, change, answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::StatusCode;
use domain::{
    Command, CommandError, ConfirmationPolicy, Conversation, EventId, Map, Reply, SecretSource,
    Setting, Status,
};
use http_kit::{Body, Done, Error, Json, Path, Query};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{One, Shown, info};
use crate::app::{App, refused};
use crate::declined::declined;
use crate::info::ConversationInfo;
use crate::schemas::{self, As};

/// What is answered when it works already.
const RUNNING: &str = "Conversation already running. Wait for completion or pause first.";

pub(super) async fn run(app: App, Path(one): Path<One>) -> Result<Json<Done>, Error> {
    let conversation = app.open(one.id()).await?;
    let pulse = app.pulses().felt(one.id());
    if let Some(pulse) = &pulse {
        pulse.begin().await;
    }
    let went = go(&app, conversation, Command::Run).await;
    let waits = match &went {
        Ok(_) => true,
        // One that is told it runs already waits for its end as well.
        Err(error) => error.status() == StatusCode::CONFLICT,
    };
    if let (Some(pulse), true) = (pulse, waits) {
        pulse.began();
    }
    went?;
    Ok(Done::ok())
}

/// Sends a conversation to work with a command, if there is a place among those that work.
///
/// Whether it works already is decided by the conversation itself: what others know of it may be a moment old.
pub(crate) async fn go(
    app: &App,
    conversation: Arc<dyn Conversation>,
    command: Command,
) -> Result<Reply, Error> {
    let works = conversation.glance().status == Status::Running;
    let place = app.runs().enter();
    if let (Err(full), false) = (&place, works) {
        return Err(full.clone());
    }
    let run = matches!(command, Command::Run);
    let reply = conversation.command(command).await;
    let reply = reply.map_err(|error| {
        if run && matches!(error, CommandError::Conflict(_)) {
            return Error::conflict(RUNNING);
        }
        refused(error)
    })?;
    if let (Ok(place), false) = (place, works) {
        app.keep(async move { place.until_rest(conversation).await });
    }
    Ok(reply)
}

pub(super) async fn pause(app: App, Path(one): Path<One>) -> Result<Json<Done>, Error> {
    app.ask(one.id(), Command::Pause).await?;
    app.announce(one.id()).await;
    Ok(Done::ok())
}

pub(super) async fn interrupt(app: App, Path(one): Path<One>) -> Result<Json<Done>, Error> {
    app.ask(one.id(), Command::Interrupt).await?;
    app.announce(one.id()).await;
    Ok(Done::ok())
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "UpdateSecretsRequest")]
pub(super) struct Secrets {
    #[schemars(with = "BTreeMap<String, schemas::Shown<schemas::SecretSource>>")]
    secrets: BTreeMap<String, Value>,
}

/// A secret as clients write it: a text, an object with a `value`, or a source with its `kind`.
pub(super) fn secret(name: &str, given: Value) -> Result<SecretSource, Error> {
    let given = match given {
        Value::String(value) => json!({"kind": "StaticSecret", "value": value}),
        Value::Object(mut source) => {
            if !source.contains_key("kind") {
                source.insert("kind".to_owned(), "StaticSecret".into());
            }
            Value::Object(source)
        }
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_)) => other,
    };
    serde_json::from_value(given).map_err(|error| {
        let loc = ["body", "secrets", name];
        Error::rule(&loc, &error.to_string(), "<redacted>".into())
    })
}

pub(super) async fn secrets(
    app: App,
    (Path(one), Body(asked)): (Path<One>, Body<Secrets>),
) -> Result<Json<Done>, Error> {
    let mut secrets = BTreeMap::new();
    for (name, given) in asked.secrets {
        let source = secret(&name, given)?;
        secrets.insert(name, super::create::opened(&app, source));
    }
    app.ask(one.id(), Command::Update(Setting::Secrets(secrets)))
        .await?;
    Ok(Done::ok())
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "SetConfirmationPolicyRequest")]
pub(super) struct Policy {
    #[schemars(with = "As<schemas::ConfirmationPolicy>")]
    policy: Value,
}

pub(super) async fn policy(
    app: App,
    (Path(one), Body(asked)): (Path<One>, Body<Policy>),
) -> Result<Json<Done>, Error> {
    let policy: ConfirmationPolicy = read("policy", asked.policy)?;
    app.ask(
        one.id(),
        Command::Update(Setting::ConfirmationPolicy(policy)),
    )
    .await?;
    Ok(Done::ok())
}

#[derive(Deserialize, JsonSchema)]
#[schemars(
    rename = "SetSecurityAnalyzerRequest",
    extend("required" = ["security_analyzer"])
)]
pub(super) struct Analyzer {
    #[schemars(with = "Option<As<schemas::SecurityAnalyzer>>")]
    security_analyzer: Option<Value>,
}

pub(super) async fn analyzer(
    app: App,
    (Path(one), Body(asked)): (Path<One>, Body<Analyzer>),
) -> Result<Json<Done>, Error> {
    let setting = Setting::SecurityAnalyzer(asked.security_analyzer);
    app.ask(one.id(), Command::Update(setting)).await?;
    Ok(Done::ok())
}

#[derive(Deserialize, JsonSchema)]
#[schemars(
    rename = "Body_switch_conversation_llm_api_conversations__conversation_id__switch_llm_post"
)]
pub(super) struct SwitchLlm {
    #[schemars(with = "As<schemas::Llm>")]
    llm: Map,
}

pub(super) async fn switch_llm(
    app: App,
    (Path(one), Body(asked)): (Path<One>, Body<SwitchLlm>),
) -> Result<Json<Done>, Error> {
    let llm = app
        .desk(move |desk| desk.given_llm(asked.llm))
        .await
        .map_err(|error| declined(error, &["body", "llm"]))?;
    app.ask(one.id(), Command::Update(Setting::Llm(Box::new(llm))))
        .await?;
    Ok(Done::ok())
}

#[derive(Deserialize, JsonSchema)]
#[schemars(
    rename = "Body_switch_conversation_profile_api_conversations__conversation_id__switch_profile_post"
)]
pub(super) struct SwitchProfile {
    profile_name: String,
}

pub(super) async fn switch_profile(
    app: App,
    (Path(one), Body(asked)): (Path<One>, Body<SwitchProfile>),
) -> Result<Json<Done>, Error> {
    let conversation = app.open(one.id()).await?;
    let name = asked.profile_name;
    let missing = format!("Profile '{name}' not found");
    let llm = app.desk(move |desk| desk.llm_spec(&name)).await;
    let llm = llm.map_err(|error| {
        if matches!(error, settings::Error::NotFound(_)) {
            return Error::not_found(missing);
        }
        if let settings::Error::Faulty(faults) = error {
            return Error::bad(faults.to_string());
        }
        declined(error, &["body", "profile_name"])
    })?;

    conversation
        .command(Command::Update(Setting::Llm(Box::new(llm))))
        .await
        .map_err(refused)?;
    Ok(Done::ok())
}

#[derive(Deserialize, JsonSchema)]
#[schemars(
    rename = "Body_switch_conversation_acp_model_api_conversations__conversation_id__switch_acp_model_post"
)]
pub(super) struct SwitchAcpModel {
    #[expect(dead_code, reason = "only ACP agents have models to choose from")]
    model: String,
}

pub(super) async fn switch_acp_model(
    app: App,
    (Path(one), Body(_)): (Path<One>, Body<SwitchAcpModel>),
) -> Result<Json<Done>, Error> {
    app.open(one.id()).await?;
    Err(Error::bad(
        "Model switching is only supported for ACP agents",
    ))
}

#[derive(Deserialize, JsonSchema)]
#[schemars(
    rename = "Body_load_conversation_plugin_api_conversations__conversation_id__load_plugin_post"
)]
pub(super) struct LoadPlugin {
    plugin_ref: String,
}

pub(super) async fn load_plugin(
    app: App,
    (Path(one), Body(asked)): (Path<One>, Body<LoadPlugin>),
) -> Result<Json<Done>, Error> {
    let conversation = app.open(one.id()).await?;
    let glance = conversation.glance();
    if glance.start.agent.agent_context.is_none() {
        return Err(Error::bad(
            "No agent context available. Configure agent_context with registered_marketplaces to use load_plugin().",
        ));
    }
    Err(Error::not_implemented(format!(
        "plugin {:?} cannot be loaded into a conversation that has begun: this build adds plugins only when a conversation is started",
        asked.plugin_ref
    )))
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "AskAgentRequest")]
pub(super) struct Question {
    question: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AskAgentResponse")]
pub(super) struct Answer {
    response: String,
}

pub(super) async fn ask(
    app: App,
    (Path(one), Body(asked)): (Path<One>, Body<Question>),
) -> Result<Json<Answer>, Error> {
    match app.ask(one.id(), Command::Ask(asked.question)).await? {
        Reply::Answer(response) => Ok(Json::ok(Answer { response })),
        Reply::Done | Reply::Said(_) => Err(Error::internal(&"the question was not answered")),
    }
}

pub(super) async fn condense(app: App, Path(one): Path<One>) -> Result<Json<Done>, Error> {
    app.ask(one.id(), Command::Condense).await?;
    Ok(Done::ok())
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "NavigateConversationRequest")]
pub(super) struct Navigate {
    event_id: Option<String>,
}

pub(super) async fn navigate(
    app: App,
    (Path(one), Query(shown), Body(asked)): (Path<One>, Query<Shown>, Body<Navigate>),
) -> Result<Json<ConversationInfo>, Error> {
    let conversation = app.open(one.id()).await?;
    let to = asked.event_id.as_deref().map(EventId::new);
    let went = conversation.command(Command::Navigate(to)).await;
    went.map_err(|error| match (error, &asked.event_id) {
        (CommandError::NotFound(_), Some(event)) => {
            Error::not_found(format!("Unknown event_id: {event}"))
        }
        (other, _) => refused(other),
    })?;
    info(&app, one.id(), shown.include_skills)
        .await
        .map(Json::ok)
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AgentResponseResult")]
pub(super) struct FinalResponse {
    response: String,
}

pub(super) async fn final_response(
    app: App,
    Path(one): Path<One>,
) -> Result<Json<FinalResponse>, Error> {
    let conversation = app.open(one.id()).await?;
    let response = crate::routes::events::last_words(conversation.log()).await?;
    Ok(Json::ok(FinalResponse { response }))
}

/// A part of a body whose type the core knows.
fn read<T: serde::de::DeserializeOwned>(name: &str, given: Value) -> Result<T, Error> {
    serde_path_to_error::deserialize(&given)
        .map_err(|error| Error::rule(&["body", name], &error.to_string(), given.clone()))
}
