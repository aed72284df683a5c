//! New conversations.

use std::collections::BTreeMap;

use domain::{
    AgentSpec, ClientTool, Command, CommandError, ConfirmationPolicy, ConversationId, LogError,
    Map, Message, Start, WorkspaceSpec,
};
use http_kit::{Body, Error, Json, Query};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::{Shown, check_tags, info, steer};
use crate::app::{App, refused};
use crate::info::ConversationInfo;
use crate::routes::events::SendMessageRequest;

/// What a conversation is started with.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "StartConversationRequest")]
pub(super) struct Asked {
    workspace: Workspace,
    #[serde(default)]
    agent: Option<Value>,
    #[serde(default)]
    agent_settings: Option<Map>,
    #[serde(default)]
    agent_profile_id: Option<Uuid>,
    #[serde(default)]
    conversation_id: Option<Uuid>,
    #[serde(default)]
    parent_conversation_id: Option<Uuid>,
    #[serde(default)]
    confirmation_policy: Option<Value>,
    #[serde(default)]
    security_analyzer: Option<Value>,
    #[serde(default)]
    initial_message: Option<SendMessageRequest>,
    #[serde(default = "steps")]
    #[schemars(range(min = 1))]
    max_iterations: u32,
    #[serde(default = "yes")]
    stuck_detection: bool,
    #[serde(default)]
    secrets: BTreeMap<String, Value>,
    #[serde(default)]
    secrets_encrypted: bool,
    #[serde(default)]
    tool_module_qualnames: BTreeMap<String, String>,
    #[serde(default)]
    client_tools: Vec<Value>,
    #[serde(default)]
    hook_config: Option<Value>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    user_id: Option<String>,
    #[serde(default = "yes")]
    autotitle: bool,
    #[serde(default)]
    title_llm_profile: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "LocalWorkspace")]
struct Workspace {
    working_dir: String,
    #[serde(default)]
    kind: Option<String>,
}

fn yes() -> bool {
    true
}

fn steps() -> u32 {
    domain::MAX_ITERATIONS
}

pub(super) async fn start(
    app: App,
    (Query(shown), Body(asked)): (Query<Shown>, Body<Asked>),
) -> Result<Json<ConversationInfo>, Error> {
    let id = ConversationId(asked.conversation_id.unwrap_or_else(|| app.clock().uuid()));
    if asked.conversation_id.is_some() && exists(&app, id).await? {
        return info(&app, id, shown.include_skills).await.map(Json::ok);
    }
    let (start, first) = asked.plan(id)?;
    std::fs::create_dir_all(&start.workspace.working_dir).map_err(|error| {
        let place = &start.workspace.working_dir;
        Error::bad(format!("cannot use {place} as a workspace: {error}"))
    })?;
    let conversation = match app.conversations().create(start).await {
        Ok(conversation) => conversation,
        Err(CommandError::Log(LogError::Exists(_))) => {
            return info(&app, id, shown.include_skills).await.map(Json::ok);
        }
        Err(error) => return Err(refused(error)),
    };
    if let Some(message) = first {
        let say = Command::Say {
            run: message.run,
            sender: None,
            message: Message::try_from(message)?,
        };
        steer::go(&app, conversation, say).await?;
    }
    info(&app, id, shown.include_skills)
        .await
        .map(Json::created)
}

async fn exists(app: &App, id: ConversationId) -> Result<bool, Error> {
    match app.conversations().glance(id).await {
        Ok(_) => Ok(true),
        Err(CommandError::NotFound(_) | CommandError::Log(LogError::NotFound(_))) => Ok(false),
        Err(error) => Err(refused(error)),
    }
}

impl Asked {
    /// The conversation to make, and the first words to it.
    fn plan(self, id: ConversationId) -> Result<(Start, Option<SendMessageRequest>), Error> {
        check_tags(&self.tags)?;
        let agent = self.agent()?;
        let workspace = WorkspaceSpec::local(self.workspace.working_dir);
        let mut start = Start::new(id, agent, workspace);
        if let Some(policy) = self.confirmation_policy {
            start.confirmation_policy = read::<ConfirmationPolicy>("confirmation_policy", policy)?;
        }
        for (name, given) in self.secrets {
            let source = steer::secret(&name, given)?;
            start.secrets.insert(name, source);
        }
        for tool in self.client_tools {
            start
                .client_tools
                .push(read::<ClientTool>("client_tools", tool)?);
        }
        start.security_analyzer = self.security_analyzer;
        start.max_iterations = self.max_iterations;
        start.stuck_detection = self.stuck_detection;
        start.hook_config = self.hook_config;
        start.tags = self.tags;
        start.autotitle = self.autotitle;
        start.parent = self.parent_conversation_id.map(ConversationId);
        if !self.tool_module_qualnames.is_empty() {
            let names = serde_json::to_value(self.tool_module_qualnames).unwrap_or_default();
            start.rest.insert("tool_module_qualnames".to_owned(), names);
        }
        if let Some(user) = self.user_id {
            start.rest.insert("user_id".to_owned(), user.into());
        }
        Ok((start, self.initial_message))
    }

    /// The agent itself, or what its settings make of it.
    fn agent(&self) -> Result<AgentSpec, Error> {
        let given = match (&self.agent, &self.agent_settings) {
            (Some(agent), _) => agent.clone(),
            (None, Some(settings)) => Value::Object(settings.clone()),
            (None, None) => {
                let fault = "Provide exactly one of agent, agent_settings or agent_profile_id";
                return Err(Error::rule(&["body"], fault, Value::Null));
            }
        };
        read::<AgentSpec>("agent", given)
    }
}

fn read<T: serde::de::DeserializeOwned>(name: &str, given: Value) -> Result<T, Error> {
    serde_path_to_error::deserialize(&given)
        .map_err(|error| Error::rule(&["body", name], &error.to_string(), given.clone()))
}
