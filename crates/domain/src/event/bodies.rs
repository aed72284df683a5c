//! The own fields of every event kind. Data only.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::action::Action;
use crate::id::EventId;
use crate::json::Map;
use crate::message::{Message, ReasoningItem, TextContent, ThinkingBlock, ToolCall};
use crate::observation::Observation;
use crate::tool::{Risk, ToolCard};

/// A kind without fields of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Empty {}

/// The standing instructions and tools a conversation started with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SystemPrompt {
    /// The part every conversation of this setup shares.
    pub system_prompt: TextContent,
    /// The tools, as clients see them.
    pub tools: Vec<ToolCard>,
    /// The part that is only this conversation's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dynamic_context: Option<TextContent>,
}

/// Words of a user or of the agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessageEvent {
    /// The message.
    pub llm_message: Message,
    /// The reply it came in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub llm_response_id: Option<String>,
    /// Skills it set off.
    #[serde(default)]
    pub activated_skills: Vec<String>,
    /// What those skills added.
    #[serde(default)]
    pub extended_content: Vec<TextContent>,
    /// Another agent, if one wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// What a critic thought of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub critic_result: Option<CriticResult>,
}

/// A tool call of the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActionEvent {
    /// What the model said before it called; only on the first of a batch.
    pub thought: Vec<TextContent>,
    /// Its visible reasoning; only on the first of a batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_content: Option<String>,
    /// Its signed thoughts; only on the first of a batch.
    #[serde(default)]
    pub thinking_blocks: Vec<ThinkingBlock>,
    /// Its reasoning item; only on the first of a batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responses_reasoning_item: Option<ReasoningItem>,
    /// The validated action; nothing if the call was not valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// The tool.
    pub tool_name: String,
    /// Pairs the call with its result.
    pub tool_call_id: String,
    /// The call as the model made it.
    pub tool_call: ToolCall,
    /// The reply it came in; calls that share it are one batch.
    pub llm_response_id: String,
    /// How risky the model said it is.
    #[serde(default)]
    pub security_risk: Risk,
    /// What a critic thought of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub critic_result: Option<CriticResult>,
    /// A line for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// The result of a tool call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObservationEvent {
    /// The tool.
    pub tool_name: String,
    /// Pairs it with its call.
    pub tool_call_id: String,
    /// What the tool said.
    pub observation: Observation,
    /// The event of its call.
    pub action_id: EventId,
    /// What rules added to it.
    #[serde(default)]
    pub extended_content: Vec<TextContent>,
}

/// Who refused an action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RejectionSource {
    /// The person.
    #[default]
    User,
    /// A hook.
    Hook,
}

/// An action that was refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rejected {
    /// The tool.
    pub tool_name: String,
    /// Pairs it with its call.
    pub tool_call_id: String,
    /// Why.
    #[serde(default = "default_reason")]
    pub rejection_reason: String,
    /// Who.
    #[serde(default)]
    pub rejection_source: RejectionSource,
    /// The event of its call.
    pub action_id: EventId,
}

/// What is recorded when the person gives no reason.
pub const DEFAULT_REJECTION: &str = "User rejected the action";

fn default_reason() -> String {
    DEFAULT_REJECTION.to_owned()
}

/// A tool call that could not be carried out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentError {
    /// The tool.
    pub tool_name: String,
    /// Pairs it with its call.
    pub tool_call_id: String,
    /// Why, for the model.
    pub error: String,
    /// What kind of failure, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classification: Option<Classification>,
}

/// Part of the history gave way to a summary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Condensation {
    /// What is no longer shown to the model.
    #[serde(default)]
    pub forgotten_event_ids: Vec<EventId>,
    /// What is shown in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Where the summary stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary_offset: Option<i64>,
    /// The reply that held the summary.
    pub llm_response_id: String,
}

/// A summary as it stands in a view; never stored by this build.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CondensationSummary {
    /// The summary.
    pub summary: String,
}

/// What kind of failure, and what a person can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Classification {
    /// The kind of failure.
    pub kind: FailureKind,
    /// Whether trying again may help.
    pub retryable: bool,
    /// What the person can do.
    #[serde(default)]
    pub user_action: UserAction,
    /// A name to find it in the logs by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_id: Option<String>,
}

impl Classification {
    /// The class of a mistake the agent made and can mend itself.
    pub fn agent_mistake() -> Self {
        Self {
            kind: FailureKind::AgentAction,
            retryable: true,
            user_action: UserAction::Retry,
            error_id: None,
        }
    }
}

/// Kinds of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The key was refused.
    Auth,
    /// The account is used up.
    Quota,
    /// Too many requests.
    RateLimit,
    /// A setting is wrong.
    Config,
    /// It may go away by itself.
    Transient,
    /// Something the agent did.
    AgentAction,
    /// A fault of ours.
    Internal,
    /// None of these.
    Unknown,
}

/// What a person can do about a failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserAction {
    /// Nothing.
    #[default]
    None,
    /// Try again.
    Retry,
    /// Look at the settings.
    Settings,
}

/// The conversation stopped because of an error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConversationError {
    /// A short name programs can match.
    pub code: String,
    /// A sentence for people.
    pub detail: String,
    /// What kind of failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classification: Option<Classification>,
}

/// A fault of the server that is not the conversation's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServerError {
    /// A short name programs can match.
    pub code: String,
    /// A sentence for people.
    pub detail: String,
}

/// A field of the conversation's state has a new value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StateUpdate {
    /// The field, or `full_state`.
    pub key: String,
    /// Its value.
    #[serde(default = "empty_object")]
    pub value: Value,
}

fn empty_object() -> Value {
    Value::Object(Map::new())
}

/// A hook ran.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HookExecution {
    /// What set it off.
    pub hook_event_type: String,
    /// What ran.
    pub hook_command: String,
    /// The tool it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_name: Option<String>,
    /// Whether it succeeded.
    pub success: bool,
    /// Whether it stopped what set it off.
    #[serde(default)]
    pub blocked: bool,
    /// Its exit code.
    pub exit_code: i64,
    /// What it printed.
    #[serde(default)]
    pub stdout: String,
    /// What it complained of.
    #[serde(default)]
    pub stderr: String,
    /// Why it blocked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it tells the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additional_context: Option<String>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The action it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action_id: Option<EventId>,
    /// The message it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<EventId>,
    /// What it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hook_input: Option<Map>,
}

/// How risky the actions of a batch are, and who says so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SecurityAnalysis {
    /// Who judged.
    pub analyzer: String,
    /// The policy it was judged for.
    pub policy: String,
    /// The risk, by action.
    pub risks: BTreeMap<EventId, Risk>,
    /// More, by action.
    #[serde(default)]
    pub details: BTreeMap<EventId, Map>,
}

/// The tokens of a call, from servers that return them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenEvent {
    /// What went in.
    pub prompt_token_ids: Vec<i64>,
    /// What came out.
    pub response_token_ids: Vec<i64>,
}

/// A piece of a reply while it is made; never stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamingDelta {
    /// Text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Reasoning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_content: Option<String>,
}

/// A completion's log file, sent to a client that keeps it; never stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompletionLog {
    /// The file's name.
    pub filename: String,
    /// Its content.
    pub log_data: String,
    /// The model.
    #[serde(default = "unknown")]
    pub model_name: String,
    /// Whose call it was.
    #[serde(default = "default_usage")]
    pub usage_id: String,
}

fn unknown() -> String {
    "unknown".to_owned()
}

fn default_usage() -> String {
    "default".to_owned()
}

/// A tool call that an agent of another make carried out itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AcpToolCall {
    /// Its name.
    pub tool_call_id: String,
    /// A line for people.
    pub title: String,
    /// How far it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// What sort of tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_kind: Option<String>,
    /// What went in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw_input: Option<Value>,
    /// What came out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw_output: Option<Value>,
    /// What to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Vec<Value>>,
    /// Whether it failed.
    #[serde(default)]
    pub is_error: bool,
}

/// What a critic thought of the agent's work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CriticResult {
    /// From 0 to 1.
    pub score: f64,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// More about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map>,
}
