//! New conversations.

use std::collections::BTreeMap;
use std::path::PathBuf;

use axum::http::StatusCode;
use domain::{
    ClientTool, Command, CommandError, ConfirmationPolicy, ConversationId, LogError, Map, Message,
    SecretSource, Start, WorkspaceSpec, WorktreePoint, WorktreeRequest,
};
use http_kit::{Body, Error, Json, Query};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use settings::{AgentLaunchAdditions, Launch};
use uuid::Uuid;

use super::{Shown, check_tags, info, steer};
use crate::app::{App, refused};
use crate::declined::declined;
use crate::info::{ConversationInfo, object};
use crate::routes::events::SendMessageRequest;
use crate::runs::Place;
use crate::schemas::{self, As};

/// What a conversation is started with.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "StartConversationRequest")]
pub(super) struct Asked {
    #[schemars(with = "As<schemas::LocalWorkspace>")]
    workspace: Workspace,
    #[serde(default)]
    worktree: bool,
    #[serde(default)]
    worktree_options: Option<Worktree>,
    #[serde(default)]
    conversation_id: Option<Uuid>,
    #[serde(default)]
    parent_conversation_id: Option<Uuid>,
    #[serde(default)]
    #[schemars(with = "As<schemas::ConfirmationPolicy>")]
    confirmation_policy: Option<Value>,
    #[serde(default)]
    #[schemars(with = "Option<As<schemas::SecurityAnalyzer>>")]
    security_analyzer: Option<Value>,
    #[serde(default)]
    initial_message: Option<SendMessageRequest>,
    #[serde(default = "steps")]
    #[schemars(range(min = 1))]
    max_iterations: u32,
    #[serde(default = "yes")]
    stuck_detection: bool,
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, As<schemas::SecretSource>>")]
    secrets: BTreeMap<String, Value>,
    #[serde(default)]
    secrets_encrypted: bool,
    #[serde(default)]
    #[schemars(with = "Vec<As<schemas::ClientTool>>")]
    client_tools: Vec<Value>,
    #[serde(default)]
    agent_launch_additions: Option<AgentLaunchAdditions>,
    #[serde(default)]
    #[schemars(with = "Option<As<schemas::HookConfig>>")]
    hook_config: Option<Value>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    #[serde(default = "yes")]
    autotitle: bool,
    #[serde(default)]
    title_llm_profile: Option<String>,
    #[serde(default)]
    agent_settings: Option<Map>,
    #[serde(default)]
    agent_profile_id: Option<Uuid>,
    #[serde(default)]
    #[schemars(with = "Option<As<schemas::Agent>>")]
    agent: Option<Map>,
    #[serde(default)]
    conversation_runtime: Option<Runtime>,
    /// Kept as they are, and shown again where the original shows them.
    #[serde(flatten)]
    kept: Kept,
}

#[derive(Deserialize)]
struct Workspace {
    working_dir: String,
}

/// Where a working copy begins.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ConversationWorktreeOptions")]
struct Worktree {
    #[serde(default)]
    #[schemars(extend("default" = "default_branch"))]
    base: Base,
    #[serde(default, rename = "ref")]
    #[schemars(regex(pattern = r"^[A-Za-z0-9][A-Za-z0-9._/-]*$"))]
    commit: Option<String>,
    #[serde(default)]
    #[schemars(
        with = "String",
        regex(pattern = r"^([A-Za-z0-9][A-Za-z0-9._/-]*)?$"),
        extend("default" = "openhands/")
    )]
    branch_prefix: Option<String>,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Base {
    #[default]
    DefaultBranch,
    Head,
    Ref,
}

#[derive(Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Runtime {
    Local,
    Docker,
}

#[derive(Default, Deserialize, JsonSchema)]
struct Kept {
    #[serde(default)]
    tool_module_qualnames: BTreeMap<String, String>,
    #[serde(default)]
    #[schemars(with = "Vec<As<schemas::AgentDefinition>>")]
    agent_definitions: Vec<Map>,
    #[serde(default)]
    #[schemars(with = "Option<Vec<As<schemas::PluginSource>>>")]
    plugins: Option<Vec<Map>>,
    #[serde(default)]
    user_id: Option<String>,
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, As<schemas::TraceMetadataValue>>")]
    observability_metadata: Map,
    #[serde(default)]
    observability_tags: Vec<String>,
    #[serde(default)]
    #[schemars(with = "String", extend("default" = "conversation"))]
    observability_span_name: Option<String>,
    #[serde(default)]
    observability_parent_span_context: Option<String>,
    #[serde(default)]
    #[schemars(length(max = 2000))]
    prompt: Option<String>,
}

fn yes() -> bool {
    true
}

fn steps() -> u32 {
    domain::MAX_ITERATIONS
}

pub(super) async fn start(
    app: App,
    (Query(shown), Body(mut asked)): (Query<Shown>, Body<Asked>),
) -> Result<Json<ConversationInfo>, Error> {
    if asked.conversation_runtime == Some(Runtime::Docker) {
        return Err(Error::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "This server only runs local conversations",
        ));
    }
    let id = ConversationId(asked.conversation_id.unwrap_or_else(|| app.clock().uuid()));
    if asked.conversation_id.is_some() && exists(&app, id).await? {
        return info(&app, id, shown.include_skills).await.map(Json::ok);
    }
    let message = asked.initial_message.take();
    let first = match message {
        // The first words set it to work, whatever they say of that.
        Some(message) => Some((true, Message::try_from(message)?)),
        None => None,
    };
    let launch = asked.launch(&app).await?;
    let start = asked.plan(&app, id, launch).await?;
    let place = match &first {
        Some((true, _)) => Some(app.runs().enter()?),
        _ => None,
    };
    let Some(()) = begin(&app, start, first, place).await? else {
        return info(&app, id, shown.include_skills).await.map(Json::ok);
    };
    let mut made = info(&app, id, shown.include_skills).await?;
    made.is_new();
    app.webhooks().changed(&made);
    Ok(Json::created(made))
}

/// Makes a conversation and says the first words to it; nothing if somebody else made it meanwhile.
pub(in crate::routes) async fn begin(
    app: &App,
    start: Start,
    first: Option<(bool, Message)>,
    place: Option<Place>,
) -> Result<Option<()>, Error> {
    let directory = PathBuf::from(&start.workspace.working_dir);
    if !versioned(&directory)
        && let Err(error) = app.workspaces().prepare(directory.clone()).await
    {
        // History is a help, not a need; only a directory that is not there stops a conversation.
        if !directory.is_dir() {
            return Err(Error::bad(error.to_string()));
        }
        tracing::warn!(directory = %directory.display(), %error, "a workspace has no history");
    }
    let (id, parent) = (start.id, start.parent);
    let conversation = match app.conversations().create(start).await {
        Ok(conversation) => conversation,
        Err(CommandError::Log(LogError::Exists(_))) => return Ok(None),
        Err(error) => return Err(refused(error)),
    };
    app.webhooks().follow(app, &conversation, Some(0));
    if let Some(parent) = parent {
        let kin = app.kin().born(app.conversations(), parent, id).await;
        kin.map_err(refused)?;
    }
    if let Some((run, message)) = first {
        let say = Command::Say {
            message,
            sender: None,
            run,
        };
        conversation.command(say).await.map_err(refused)?;
        if let Some(place) = place {
            app.keep(async move { place.until_rest(conversation).await });
        }
    }
    Ok(Some(()))
}

/// Whether a directory is there and its history is kept, as far as that can be seen without asking git.
fn versioned(directory: &std::path::Path) -> bool {
    directory.is_dir()
        && directory
            .ancestors()
            .any(|place| place.join(".git").exists())
}

async fn exists(app: &App, id: ConversationId) -> Result<bool, Error> {
    match app.conversations().glance(id).await {
        Ok(_) => Ok(true),
        Err(CommandError::NotFound(_) | CommandError::Log(LogError::NotFound(_))) => Ok(false),
        Err(error) => Err(refused(error)),
    }
}

impl Asked {
    /// The agent: as it is given, or what settings or a profile make of it.
    async fn launch(&mut self, app: &App) -> Result<Launch, Error> {
        let encrypted = self.secrets_encrypted;
        let additions = self.agent_launch_additions.take();
        let agent = self.agent.take().map(known_kind).transpose()?;
        let settings = self.agent_settings.take();
        if self.agent_profile_id.is_some() && (agent.is_some() || settings.is_some()) {
            let named = [
                ("agent", agent.is_some()),
                ("agent_settings", settings.is_some()),
            ];
            let others = named.iter().filter(|(_, given)| *given);
            let others: Vec<String> = others.map(|(name, _)| format!("`{name}`")).collect();
            let fault = format!(
                "`agent_profile_id` is mutually exclusive with {}",
                others.join(", ")
            );
            return Err(Error::rule(&["body"], &fault, json!({})));
        }
        let (launch, loc) = match (agent, settings, self.agent_profile_id) {
            (Some(agent), _, _) => (
                app.desk(move |desk| desk.launch_agent(agent, encrypted))
                    .await,
                "agent",
            ),
            (None, Some(settings), _) => (
                app.desk(move |desk| desk.launch_settings(settings, encrypted, additions.as_ref()))
                    .await,
                "agent_settings",
            ),
            (None, None, Some(profile)) => (
                app.desk(move |desk| desk.launch_profile(profile, additions.as_ref()))
                    .await,
                "agent_profile_id",
            ),
            (None, None, None) => {
                let given = json!({"workspace": {"working_dir": self.workspace.working_dir}});
                return Err(Error::rule(&["body"], NO_AGENT, given));
            }
        };
        launch.map_err(|error| declined(error, &["body", loc]))
    }

    /// The conversation to make.
    async fn plan(self, app: &App, id: ConversationId, launch: Launch) -> Result<Start, Error> {
        check_tags(&self.tags)?;
        let directory = self.directory(app, id).await?;
        let mut start = Start::new(id, launch.agent, WorkspaceSpec::local(directory));
        if let Some(policy) = self.confirmation_policy {
            start.confirmation_policy = read::<ConfirmationPolicy>("confirmation_policy", policy)?;
        }
        start.secrets = launch.secrets;
        for (name, given) in self.secrets {
            let source = steer::secret(&name, given)?;
            start.secrets.insert(name, opened(app, source));
        }
        for tool in self.client_tools {
            let tool = read::<ClientTool>("client_tools", tool)?;
            start.client_tools.push(tool);
        }
        if let Some(name) = self.title_llm_profile {
            // One that is not there is no reason to refuse: the agent's own model names the conversation.
            let llm = app.desk(move |desk| desk.llm_spec(&name)).await;
            start.title_llm = llm.ok().map(Box::new);
        }
        start.security_analyzer = self.security_analyzer;
        start.max_iterations = self.max_iterations;
        start.stuck_detection = self.stuck_detection;
        start.hook_config = self.hook_config;
        start.tags = self.tags;
        start.autotitle = self.autotitle;
        if let Some(parent) = self.parent_conversation_id.map(ConversationId) {
            if !exists(app, parent).await? {
                return Err(Error::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    format!("Parent conversation {parent} does not exist"),
                ));
            }
            start.parent = Some(parent);
        }
        start.rest = self.kept.to_map();
        if let Some(profile) = launch.profile {
            let profile = serde_json::to_value(profile).unwrap_or_default();
            start
                .rest
                .insert("launched_agent_profile".to_owned(), profile);
        }
        Ok(start)
    }

    /// Where it works: in the directory itself, or in a working copy of its own.
    async fn directory(&self, app: &App, id: ConversationId) -> Result<String, Error> {
        let given = std::path::absolute(&self.workspace.working_dir)
            .map_err(|error| Error::bad(error.to_string()))?;
        if self.worktree {
            let options = self.worktree_options.as_ref();
            let point = match options.map(|options| &options.base) {
                Some(Base::Head) => WorktreePoint::Head,
                Some(Base::Ref) => {
                    let commit = options.and_then(|options| options.commit.clone());
                    WorktreePoint::Ref(commit.unwrap_or_default())
                }
                Some(Base::DefaultBranch) | None => WorktreePoint::DefaultBranch,
            };
            let prefix = options.and_then(|options| options.branch_prefix.clone());
            if let Some(made) = worktree(app, id, &given, point, prefix).await? {
                return Ok(made);
            }
        }
        Ok(given.display().to_string())
    }
}

/// A working copy for a conversation; nothing if the directory is in no repository.
pub(super) async fn worktree(
    app: &App,
    id: ConversationId,
    directory: &std::path::Path,
    point: WorktreePoint,
    prefix: Option<String>,
) -> Result<Option<String>, Error> {
    let request = WorktreeRequest {
        directory: directory.to_owned(),
        place: app.config().conversation_worktree_root.clone(),
        name: id.hex(),
        branch_prefix: prefix.unwrap_or_else(|| "openhands/".to_owned()),
        point,
    };
    let made = app
        .workspaces()
        .worktree(request)
        .await
        .map_err(|error| Error::bad(error.to_string()))?;
    Ok(made.map(|made| made.directory.display().to_string()))
}

/// A secret with its values opened, if they were sealed by this server.
pub(super) fn opened(app: &App, mut source: SecretSource) -> SecretSource {
    let vault = &*app.ports().vault;
    match &mut source {
        SecretSource::StaticSecret { value, .. } => {
            if let Some(value) = value {
                *value = value.opened(vault);
            }
        }
        SecretSource::LookupSecret { headers, .. } => {
            for header in headers.values_mut() {
                *header = header.opened(vault);
            }
        }
    }
    source
}

/// What a start without any agent is told.
const NO_AGENT: &str = "One of `agent`, `agent_settings`, or `agent_profile_id` must be provided";

/// An agent of a kind there is, with a model.
fn known_kind(agent: Map) -> Result<Map, Error> {
    if let Some(Value::Object(llm)) = agent.get("llm")
        && !llm.contains_key("model")
    {
        let given = Value::Object(llm.clone());
        let fault = "model must be specified in LLM";
        return Err(Error::rule(&["body", "agent", "llm"], fault, given));
    }
    match agent.get("kind").and_then(Value::as_str) {
        None | Some("Agent" | "ACPAgent") => Ok(agent),
        Some(kind) => {
            let fault = format!(
                "Unknown kind '{kind}' for openhands.sdk.agent.base.AgentBase; Expected one of: ['ACPAgent', 'Agent']"
            );
            Err(Error::rule(
                &["body", "agent"],
                &fault,
                Value::Object(agent),
            ))
        }
    }
}

impl Kept {
    fn to_map(&self) -> Map {
        let kept = json!({
            "tool_module_qualnames": self.tool_module_qualnames,
            "agent_definitions": self.agent_definitions,
            "plugins": self.plugins,
            "user_id": self.user_id,
            "observability_metadata": self.observability_metadata,
            "observability_tags": self.observability_tags,
            "observability_span_name": self.observability_span_name,
            "observability_parent_span_context": self.observability_parent_span_context,
            "prompt": self.prompt,
        });
        let empty = |value: &Value| match value {
            Value::Null => true,
            Value::Array(items) => items.is_empty(),
            Value::Object(fields) => fields.is_empty(),
            Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        };
        let mut kept = object(kept);
        kept.retain(|_, value| !empty(value));
        kept
    }
}

fn read<T: serde::de::DeserializeOwned>(name: &str, given: Value) -> Result<T, Error> {
    serde_path_to_error::deserialize(&given)
        .map_err(|error| Error::rule(&["body", name], &error.to_string(), given.clone()))
}
