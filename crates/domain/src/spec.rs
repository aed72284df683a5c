//! What a conversation is started with. Configuration only: immutable once given.

mod hidden;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{ConversationId, EventId};
use crate::json::Map;
use crate::secret::Secret;
use crate::tool::{Annotations, Risk};

/// Which model, and how to talk to it. Key names are those of the original.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct LlmSpec {
    pub model: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key: Option<Secret>,
    pub auth_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    pub openrouter_site_url: String,
    pub openrouter_app_name: String,
    /// Total attempts, not retries after the first; 0 counts as 1.
    pub num_retries: u32,
    pub retry_multiplier: f64,
    pub retry_min_wait: u64,
    pub retry_max_wait: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream_idle_timeout: Option<f64>,
    pub max_message_chars: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_k: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_input_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_output_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_canonical_name: Option<String>,
    pub api_mode: ApiMode,
    pub capability_overrides: Map,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra_headers: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_cost_per_token: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_cost_per_token: Option<f64>,
    pub stream: bool,
    pub drop_params: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable_vision: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable_stop_word: Option<bool>,
    pub caching_prompt: bool,
    pub log_completions: bool,
    pub log_completions_folder: String,
    pub native_tool_calling: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub force_string_serializer: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_summary: Option<String>,
    pub enable_encrypted_reasoning: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_cache_retention: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extended_thinking_budget: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<i64>,
    pub usage_id: String,
    pub litellm_extra_body: Map,
    /// Keys this build does not read; kept and written back.
    #[serde(flatten)]
    pub rest: Map,
}

impl Default for LlmSpec {
    fn default() -> Self {
        Self {
            model: "gpt-5.6".to_owned(),
            api_key: None,
            auth_type: "api_key".to_owned(),
            base_url: None,
            api_version: None,
            openrouter_site_url: "https://docs.all-hands.dev/".to_owned(),
            openrouter_app_name: "OpenHands".to_owned(),
            num_retries: 5,
            retry_multiplier: 8.0,
            retry_min_wait: 8,
            retry_max_wait: 64,
            timeout: Some(300),
            stream_idle_timeout: Some(300.0),
            max_message_chars: 30_000,
            temperature: None,
            top_p: None,
            top_k: None,
            max_input_tokens: None,
            max_output_tokens: None,
            model_canonical_name: None,
            api_mode: ApiMode::Auto,
            capability_overrides: Map::new(),
            extra_headers: None,
            input_cost_per_token: None,
            output_cost_per_token: None,
            stream: false,
            drop_params: true,
            disable_vision: None,
            disable_stop_word: Some(false),
            caching_prompt: true,
            log_completions: false,
            log_completions_folder: "logs/completions".to_owned(),
            native_tool_calling: true,
            force_string_serializer: None,
            reasoning_effort: Some("high".to_owned()),
            reasoning_summary: None,
            enable_encrypted_reasoning: true,
            prompt_cache_retention: Some("24h".to_owned()),
            extended_thinking_budget: Some(200_000),
            seed: None,
            usage_id: "default".to_owned(),
            litellm_extra_body: Map::new(),
            rest: Map::new(),
        }
    }
}

impl LlmSpec {
    /// Whether it is the same model, talked to in the same way, whoever it is used for.
    fn same_but_for_use(&self, other: &Self) -> bool {
        let mut like = self.clone();
        like.usage_id.clone_from(&other.usage_id);
        like.stream = other.stream;
        like == *other
    }
}

/// Which of a provider's interfaces to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApiMode {
    /// What suits the model.
    #[default]
    Auto,
    /// Chat completions.
    Chat,
    /// Responses.
    Responses,
}

/// A tool by name, with its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolRef {
    /// The tool.
    pub name: String,
    /// Its settings.
    #[serde(default)]
    pub params: Map,
}

impl ToolRef {
    /// A tool with its default settings.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            params: Map::new(),
        }
    }
}

/// The agent: a model, tools and instructions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentSpec {
    /// The model.
    pub llm: LlmSpec,
    /// The tools.
    #[serde(default)]
    pub tools: Vec<ToolRef>,
    /// MCP servers, by name.
    #[serde(default)]
    pub mcp_config: Map,
    /// Tools that are there unless taken away, by class name.
    #[serde(default = "default_tools")]
    pub include_default_tools: Vec<String>,
    /// Skills, suffixes and the like. Shared: it may be large, and nobody changes it in place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_context: Option<Arc<Value>>,
    /// Instructions in place of the built-in ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_prompt: Option<String>,
    /// The template of the instructions.
    #[serde(default = "default_prompt_file")]
    pub system_prompt_filename: String,
    /// The template of the security policy.
    #[serde(default = "default_policy_file")]
    pub security_policy_filename: String,
    /// What the template is filled with.
    #[serde(default)]
    pub system_prompt_kwargs: Map,
    /// How long histories are shortened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condenser: Option<Condenser>,
    /// How many tools may run at once.
    #[serde(default = "one")]
    pub tool_concurrency_limit: u32,
    /// Keys this build does not read; kept and written back.
    #[serde(flatten)]
    pub rest: Map,
    /// `Agent` or `ACPAgent`.
    #[serde(default = "native")]
    pub kind: String,
}

impl AgentSpec {
    /// Another model; a condenser that used the same one follows. Says whether one did.
    pub fn switch_llm(&mut self, llm: LlmSpec) -> bool {
        let old = std::mem::replace(&mut self.llm, llm);
        let mut followed = false;
        for other in self.condenser.iter_mut().flat_map(Condenser::llms_mut) {
            if other.same_but_for_use(&old) {
                *other = LlmSpec {
                    usage_id: other.usage_id.clone(),
                    ..self.llm.clone()
                };
                followed = true;
            }
        }
        followed
    }

    /// The default agent with a model and tools.
    pub fn new(llm: LlmSpec, tools: Vec<ToolRef>) -> Self {
        Self {
            llm,
            tools,
            mcp_config: Map::new(),
            include_default_tools: default_tools(),
            agent_context: None,
            system_prompt: None,
            system_prompt_filename: default_prompt_file(),
            security_policy_filename: default_policy_file(),
            system_prompt_kwargs: Map::new(),
            condenser: None,
            tool_concurrency_limit: 1,
            rest: Map::new(),
            kind: native(),
        }
    }
}

fn default_tools() -> Vec<String> {
    vec!["FinishTool".to_owned(), "ThinkTool".to_owned()]
}

fn default_prompt_file() -> String {
    "system_prompt.j2".to_owned()
}

fn default_policy_file() -> String {
    "security_policy.j2".to_owned()
}

fn one() -> u32 {
    1
}

fn native() -> String {
    "Agent".to_owned()
}

/// How a history that has grown long is shortened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Condenser {
    /// A model sums up the middle of it.
    #[serde(rename = "LLMSummarizingCondenser")]
    Summarizing(Box<Summarizing>),
    /// It is not.
    #[serde(rename = "NoOpCondenser")]
    NoOp {},
    /// The first of these that has something to shorten.
    #[serde(rename = "PipelineCondenser")]
    Pipeline {
        /// In this order.
        condensers: Vec<Condenser>,
    },
    /// One this build does not know, kept whole; it shortens nothing.
    #[serde(untagged)]
    Other(Value),
}

impl Condenser {
    /// Its name on the wire.
    pub fn kind(&self) -> &str {
        match self {
            Self::Summarizing(_) => "LLMSummarizingCondenser",
            Self::NoOp {} => "NoOpCondenser",
            Self::Pipeline { .. } => "PipelineCondenser",
            Self::Other(value) => value
                .get("kind")
                .and_then(Value::as_str)
                .unwrap_or_default(),
        }
    }

    /// Those that sum up, in order.
    pub fn summarizing(&self) -> Vec<&Summarizing> {
        match self {
            Self::Summarizing(one) => vec![one],
            Self::Pipeline { condensers } => {
                condensers.iter().flat_map(Self::summarizing).collect()
            }
            Self::NoOp {} | Self::Other(_) => Vec::new(),
        }
    }

    /// The models it asks, to seal their keys or to switch them.
    pub fn llms_mut(&mut self) -> Vec<&mut LlmSpec> {
        match self {
            Self::Summarizing(one) => vec![&mut one.llm],
            Self::Pipeline { condensers } => {
                condensers.iter_mut().flat_map(Self::llms_mut).collect()
            }
            Self::NoOp {} | Self::Other(_) => Vec::new(),
        }
    }
}

/// When a model sums up a history, and how much of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summarizing {
    /// The model that sums up.
    pub llm: LlmSpec,
    /// How many events a history may have.
    #[serde(default = "max_size")]
    pub max_size: usize,
    /// How many tokens it may have, if fewer than the agent's model takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u64>,
    /// How many events at its beginning always stay.
    #[serde(default = "keep_first")]
    pub keep_first: usize,
    /// What part of it must go for a summary to be worth its price.
    #[serde(default = "minimum_progress")]
    pub minimum_progress: f64,
    /// How often summing up everything is tried.
    #[serde(default = "reset_retries")]
    pub hard_context_reset_max_retries: u32,
    /// By what factor each event is cut shorter with every such try.
    #[serde(default = "reset_scaling")]
    pub hard_context_reset_context_scaling: f64,
}

impl Summarizing {
    /// The defaults, with a model.
    pub fn new(llm: LlmSpec) -> Self {
        Self {
            llm,
            max_size: max_size(),
            max_tokens: None,
            keep_first: keep_first(),
            minimum_progress: minimum_progress(),
            hard_context_reset_max_retries: reset_retries(),
            hard_context_reset_context_scaling: reset_scaling(),
        }
    }

    /// What makes its numbers useless, if they are.
    pub fn fault(&self) -> Option<String> {
        if (self.max_size / 2).saturating_sub(self.keep_first + 1) == 0 {
            return Some(
                "keep_first must be less than max_size // 2 to leave room for condensation"
                    .to_owned(),
            );
        }
        let part = |value: f64| value > 0.0 && value < 1.0;
        let parts = part(self.minimum_progress) && part(self.hard_context_reset_context_scaling);
        (!parts || self.hard_context_reset_max_retries == 0).then(|| {
            "a condenser needs a minimum_progress and a hard_context_reset_context_scaling between 0 and 1, \
             and at least one try"
                .to_owned()
        })
    }
}

fn max_size() -> usize {
    240
}

fn keep_first() -> usize {
    2
}

fn minimum_progress() -> f64 {
    0.1
}

fn reset_retries() -> u32 {
    5
}

fn reset_scaling() -> f64 {
    0.8
}

/// Where the agent works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceSpec {
    /// An absolute path.
    pub working_dir: String,
    /// `LocalWorkspace`.
    #[serde(default = "local")]
    pub kind: String,
}

impl WorkspaceSpec {
    /// A directory of this machine.
    pub fn local(working_dir: impl Into<String>) -> Self {
        Self {
            working_dir: working_dir.into(),
            kind: local(),
        }
    }
}

fn local() -> String {
    "LocalWorkspace".to_owned()
}

/// When the person is asked before something is done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum ConfirmationPolicy {
    /// Always.
    AlwaysConfirm,
    /// Never.
    #[default]
    NeverConfirm,
    /// From some risk on.
    ConfirmRisky {
        /// That risk.
        #[serde(default = "high")]
        threshold: Risk,
        /// Whether to ask when nobody said.
        #[serde(default = "crate::parts::yes")]
        confirm_unknown: bool,
    },
}

impl ConfirmationPolicy {
    /// Whether an action of that risk must be confirmed.
    pub fn asks(&self, risk: Risk) -> bool {
        match self {
            Self::AlwaysConfirm => true,
            Self::NeverConfirm => false,
            Self::ConfirmRisky {
                threshold,
                confirm_unknown,
            } => match risk {
                Risk::Unknown => *confirm_unknown,
                Risk::Low | Risk::Medium | Risk::High => risk >= *threshold,
            },
        }
    }

    /// Its name on the wire.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::AlwaysConfirm => "AlwaysConfirm",
            Self::NeverConfirm => "NeverConfirm",
            Self::ConfirmRisky { .. } => "ConfirmRisky",
        }
    }
}

fn high() -> Risk {
    Risk::High
}

/// Where the value of a secret comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum SecretSource {
    /// It is given.
    StaticSecret {
        /// What it is for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        /// The value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<Secret>,
    },
    /// It is fetched when needed.
    LookupSecret {
        /// What it is for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        /// Where.
        url: String,
        /// With which headers.
        #[serde(default)]
        headers: BTreeMap<String, Secret>,
    },
}

/// When a run counts as going in circles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StuckThresholds {
    /// Same action, same observation.
    pub action_observation: usize,
    /// Same action, some error: at that many a word of advice, at one more an end.
    pub action_error: usize,
    /// The agent talking to itself.
    pub monologue: usize,
    /// Two steps taking turns.
    pub alternating_pattern: usize,
}

impl Default for StuckThresholds {
    fn default() -> Self {
        Self {
            action_observation: 4,
            action_error: 3,
            monologue: 3,
            alternating_pattern: 6,
        }
    }
}

/// A tool that the client carries out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClientTool {
    /// Its name.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// The JSON schema of its arguments.
    #[serde(default)]
    pub parameters: Value,
    /// Hints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Annotations>,
}

/// Everything a conversation is started with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// Its name.
    pub id: ConversationId,
    /// Who works.
    pub agent: AgentSpec,
    /// Where.
    pub workspace: WorkspaceSpec,
    /// When the person is asked.
    #[serde(default)]
    pub confirmation_policy: ConfirmationPolicy,
    /// Who judges risks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security_analyzer: Option<Value>,
    /// How many steps one run may take.
    #[serde(default = "max_iterations")]
    pub max_iterations: u32,
    /// What one run may cost, in US dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_budget_per_run: Option<f64>,
    /// Whether circles are noticed.
    #[serde(default = "crate::parts::yes")]
    pub stuck_detection: bool,
    /// What counts as a circle.
    #[serde(default)]
    pub stuck_thresholds: StuckThresholds,
    /// Secrets, by name.
    #[serde(default)]
    pub secrets: BTreeMap<String, SecretSource>,
    /// Tools the client carries out.
    #[serde(default)]
    pub client_tools: Vec<ClientTool>,
    /// Labels.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// A name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// When it was made: microseconds since the Unix epoch.
    #[serde(default)]
    pub created_at: i64,
    /// The conversation it was forked from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forked_from: Option<Origination>,
    /// The conversation whose agent started it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<ConversationId>,
    /// Whether the first words of the person give it a name, if it has none.
    #[serde(default)]
    pub autotitle: bool,
    /// Who is asked for that name, if not the agent's model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title_llm: Option<Box<LlmSpec>>,
    /// What that model is asked, if not the usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title_prompt: Option<String>,
    /// Programs to run around what the agent does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hook_config: Option<Value>,
    /// Keys this build does not read; kept and written back.
    #[serde(default)]
    pub rest: Map,
}

/// Where a fork came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origination {
    /// The conversation.
    pub conversation: ConversationId,
    /// The last event they share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
    /// What lets their model calls share a cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_key: Option<String>,
}

/// The iteration limit when none is given.
pub const MAX_ITERATIONS: u32 = 500;

fn max_iterations() -> u32 {
    MAX_ITERATIONS
}

impl Start {
    /// A conversation with defaults.
    pub fn new(id: ConversationId, agent: AgentSpec, workspace: WorkspaceSpec) -> Self {
        Self {
            id,
            agent,
            workspace,
            confirmation_policy: ConfirmationPolicy::default(),
            security_analyzer: None,
            max_iterations: MAX_ITERATIONS,
            max_budget_per_run: None,
            stuck_detection: true,
            stuck_thresholds: StuckThresholds::default(),
            secrets: BTreeMap::new(),
            client_tools: Vec::new(),
            tags: BTreeMap::new(),
            title: None,
            created_at: 0,
            forked_from: None,
            parent: None,
            autotitle: false,
            title_llm: None,
            title_prompt: None,
            hook_config: None,
            rest: Map::new(),
        }
    }
}
