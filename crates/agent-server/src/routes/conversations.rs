//! Conversations: made, listed, changed, asked and removed.

mod children;
mod create;
mod fork;
mod goals;
mod list;
mod runtime;
mod steer;

pub(super) use create::begin;
pub(crate) use steer::go;

use domain::{Command, ConversationId, Setting};
use http_kit::{Api, Body, Done, Error, Json, NoContent, Path, Query};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

use crate::app::{App, refused};
use crate::info::ConversationInfo;

/// The operations of this resource.
pub(super) fn routes() -> Api<App> {
    let one = "/api/conversations/{conversation_id}";
    Api::tagged("Conversations")
        .get(
            "/api/conversations/search",
            "search_conversations",
            list::search,
        )
        .get(
            "/api/conversations/count",
            "count_conversations",
            list::count,
        )
        .post(
            "/api/conversations/prepare-for-sandbox-pause",
            "prepare_for_sandbox_pause",
            drain,
        )
        .hidden()
        .put(
            &format!("{one}/credential-bindings/{{secret_name}}"),
            "activate_credential_binding",
            bind,
        )
        .hidden()
        .get(one, "get_conversation", get)
        .or(404, "Item not found")
        .delete(one, "delete_conversation", delete)
        .or(404, "Item not found")
        .patch(one, "update_conversation", update)
        .or(404, "Item not found")
        .get(
            &format!("{one}/agent_final_response"),
            "get_conversation_agent_final_response",
            steer::final_response,
        )
        .or(404, "Item not found")
        .get("/api/conversations", "batch_get_conversations", list::batch)
        .post("/api/conversations", "start_conversation", create::start)
        .or(429, "Server conversation run capacity is full")
        .post(&format!("{one}/pause"), "pause_conversation", steer::pause)
        .or(404, "Item not found")
        .post(
            &format!("{one}/interrupt"),
            "interrupt_conversation",
            steer::interrupt,
        )
        .or(404, "Item not found")
        .post(&format!("{one}/run"), "run_conversation", steer::run)
        .or(404, "Item not found")
        .or(409, "Conversation is already running")
        .or(429, "Server conversation run capacity is full")
        .post(
            &format!("{one}/secrets"),
            "update_conversation_secrets",
            steer::secrets,
        )
        .or(404, "Item not found")
        .post(
            &format!("{one}/confirmation_policy"),
            "set_conversation_confirmation_policy",
            steer::policy,
        )
        .or(404, "Item not found")
        .post(
            &format!("{one}/security_analyzer"),
            "set_conversation_security_analyzer",
            steer::analyzer,
        )
        .or(404, "Item not found")
        .post(
            &format!("{one}/switch_llm"),
            "switch_conversation_llm",
            steer::switch_llm,
        )
        .or(404, "Item not found")
        .post(&format!("{one}/ask_agent"), "ask_agent", steer::ask)
        .or(404, "Item not found")
        .post(
            &format!("{one}/condense"),
            "condense_conversation",
            steer::condense,
        )
        .or(404, "Item not found")
        .or(409, "Conversation is running")
        .post(&format!("{one}/fork"), "fork_conversation", fork::fork)
        .with(201)
        .or(404, "Item not found")
        .or(409, "Conversation with that id exists")
        .post(
            &format!("{one}/children"),
            "start_child_conversation",
            children::start,
        )
        .with(201)
        .or(404, "Parent conversation not found")
        .or(429, "Server conversation run capacity is full")
        .post(
            &format!("{one}/navigate"),
            "navigate_conversation",
            steer::navigate,
        )
        .or(404, "Conversation or event not found")
        .get(
            &format!("{one}/runtime"),
            "get_local_conversation_runtime",
            runtime::get,
        )
        .post(
            &format!("{one}/runtime/reprovision"),
            "reprovision_local_conversation_runtime",
            runtime::get,
        )
        .post(
            &format!("{one}/goal"),
            "start_goal_in_conversation",
            goals::start,
        )
        .or(404, "Item not found")
        .or(409, "Conversation run or goal loop is already running")
        .or(429, "Server conversation run capacity is full")
        .post(
            &format!("{one}/goal/stop"),
            "stop_goal_in_conversation",
            goals::stop,
        )
        .or(404, "Item not found")
        .post(
            &format!("{one}/goal/resume"),
            "resume_goal_in_conversation",
            goals::resume,
        )
        .or(404, "Item not found")
        .or(409, "Conversation run or goal loop is already running")
        .or(429, "Server conversation run capacity is full")
        .post(
            &format!("{one}/switch_profile"),
            "switch_conversation_profile",
            steer::switch_profile,
        )
        .or(400, "Invalid or corrupted profile")
        .or(404, "Conversation or profile not found")
        .post(
            &format!("{one}/switch_acp_model"),
            "switch_conversation_acp_model",
            steer::switch_acp_model,
        )
        .or(400, "Agent is not ACP, or provider can't switch models")
        .or(404, "Conversation not found")
        .or(504, "ACP server did not answer the model switch in time")
        .post(
            &format!("{one}/load_plugin"),
            "load_conversation_plugin",
            steer::load_plugin,
        )
        .or(400, "Invalid plugin reference or inactive conversation")
        .or(404, "Conversation or plugin not found")
}

/// Which conversation.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct One {
    conversation_id: Uuid,
}

impl One {
    pub(crate) fn id(&self) -> ConversationId {
        ConversationId(self.conversation_id)
    }
}

/// Puts everything on the disk before the whole machine is paused.
async fn drain(app: App, (): ()) -> Result<NoContent, Error> {
    app.conversations().flush().await.map_err(refused)?;
    Ok(NoContent)
}

/// Which secret of which conversation.
#[derive(Deserialize, JsonSchema)]
struct Secret {
    conversation_id: Uuid,
    secret_name: String,
}

/// Where a secret would be fetched from, again and again.
#[derive(Deserialize, JsonSchema)]
struct Binding {
    #[schemars(length(min = 1, max = 4096))]
    #[expect(dead_code, reason = "checked, and then nothing is fetched")]
    url: String,
    #[serde(default)]
    #[expect(dead_code, reason = "checked, and then nothing is fetched")]
    headers: BTreeMap<String, String>,
}

async fn bind(
    app: App,
    (Path(secret), Body(_)): (Path<Secret>, Body<Binding>),
) -> Result<NoContent, Error> {
    let id = ConversationId(secret.conversation_id);
    app.conversations().glance(id).await.map_err(refused)?;
    let name = secret.secret_name;
    Err(Error::not_implemented(format!(
        "This server binds no credentials to a source; set the value of `{name}` with POST /api/conversations/{id}/secrets"
    )))
}

/// What to show of one.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Shown {
    #[serde(default)]
    pub(crate) include_skills: bool,
}

/// What is known of a conversation.
pub(super) async fn info(
    app: &App,
    id: ConversationId,
    skills: bool,
) -> Result<ConversationInfo, Error> {
    let glance = app.conversations().glance(id).await.map_err(refused)?;
    let children = app
        .kin()
        .of(app.conversations(), id)
        .await
        .map_err(refused)?;
    let root = &app.config().conversations_path;
    Ok(ConversationInfo::of(&glance, root, skills, &children))
}

async fn get(
    app: App,
    (Path(one), Query(shown)): (Path<One>, Query<Shown>),
) -> Result<Json<ConversationInfo>, Error> {
    let shown = info(&app, one.id(), shown.include_skills).await?;
    if let Some(pulse) = app.pulses().felt(one.id()) {
        pulse.polled();
    }
    Ok(Json::ok(shown))
}

async fn delete(app: App, Path(one): Path<One>) -> Result<Json<Done>, Error> {
    let mut last = info(&app, one.id(), false).await?;
    app.webhooks().forget(one.id());
    super::place::leave(&app, one.id()).await;
    app.conversations()
        .delete(one.id())
        .await
        .map_err(refused)?;
    app.kin().gone(one.id());
    last.0
        .insert("execution_status".to_owned(), "deleting".into());
    app.webhooks().changed(&last);
    Ok(Done::ok())
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "UpdateConversationRequest")]
struct Update {
    #[schemars(length(min = 1, max = 200))]
    title: Option<String>,
    tags: Option<BTreeMap<String, String>>,
}

async fn update(
    app: App,
    (Path(one), Body(update)): (Path<One>, Body<Update>),
) -> Result<Json<Done>, Error> {
    let conversation = app.open(one.id()).await?;
    if let Some(title) = update.title {
        let trimmed = title.trim();
        if trimmed.is_empty() {
            return Err(Error::rule(
                &["body", "title"],
                "title must not be blank",
                title.into(),
            ));
        }
        let setting = Setting::Title(trimmed.to_owned());
        conversation
            .command(Command::Update(setting))
            .await
            .map_err(refused)?;
    }
    if let Some(tags) = update.tags {
        check_tags(&tags)?;
        conversation
            .command(Command::Update(Setting::Tags(tags)))
            .await
            .map_err(refused)?;
    }
    app.announce(one.id()).await;
    Ok(Done::ok())
}

/// Labels have plain keys and short values.
fn check_tags(tags: &BTreeMap<String, String>) -> Result<(), Error> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let fault = tags.iter().find_map(|(key, value)| {
        if key.is_empty() || !key.chars().all(plain) {
            Some(format!(
                "Tag key '{key}' is invalid: keys must be lowercase alphanumeric only"
            ))
        } else if value.chars().count() > 256 {
            Some(format!(
                "Tag value for '{key}' exceeds maximum length of 256 characters"
            ))
        } else {
            None
        }
    });
    match fault {
        None => Ok(()),
        Some(fault) => {
            let redacted: BTreeMap<_, _> = tags.keys().map(|key| (key, "<redacted>")).collect();
            Err(Error::rule(&["body", "tags"], &fault, json!(redacted)))
        }
    }
}
