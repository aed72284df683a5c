//! What clients ask about sub-agents, and what they are told; knows no folder.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{AgentDefinition, Level};
use crate::hooks::HookConfig;
use crate::mcp::{McpServer, McpServers};

fn yes() -> bool {
    true
}

fn inherit() -> String {
    "inherit".to_owned()
}

/// Which sub-agents are listed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SubAgentsRequest {
    /// Whether the person's own are.
    #[serde(default = "yes")]
    pub load_user: bool,
    /// Whether those of the workspace are.
    #[serde(default = "yes")]
    pub load_project: bool,
    /// Whether those that come with the program are.
    #[serde(default = "yes")]
    pub load_builtin: bool,
    /// The folder of the workspace.
    #[serde(default)]
    pub project_dir: Option<String>,
}

/// The sub-agents there are.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SubAgentsResponse {
    /// The sub-agents.
    pub agents: Vec<SubAgentInfo>,
}

/// What a client sees of a sub-agent: all of it, secrets masked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SubAgentInfo {
    /// What it is called.
    pub name: String,
    /// What it is good for.
    #[serde(default)]
    pub description: String,
    /// The profile of its model, or `inherit`.
    #[serde(default = "inherit")]
    pub model: String,
    /// How it is shown.
    #[serde(default)]
    pub color: Option<String>,
    /// The tools it has.
    #[serde(default)]
    #[schemars(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
    /// The skills it has.
    #[serde(default)]
    #[schemars(skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<String>,
    /// What it is told.
    #[serde(default)]
    pub system_prompt: String,
    /// When it is to be used, in examples.
    #[serde(default)]
    #[schemars(skip_serializing_if = "Vec::is_empty")]
    pub when_to_use_examples: Vec<String>,
    /// When it has to ask first.
    #[serde(default)]
    pub permission_mode: Option<String>,
    /// How many steps it may take.
    #[serde(default)]
    pub max_iteration_per_run: Option<i64>,
    /// How much it may cost, in dollars.
    #[serde(default)]
    pub max_budget_per_run: Option<f64>,
    /// The servers it declares; one that is handed work has its parent's instead.
    #[serde(default)]
    #[schemars(with = "Option<Map<String, Value>>")]
    pub mcp_config: Option<BTreeMap<String, McpServer>>,
    /// The same under its former name.
    #[serde(default)]
    #[schemars(with = "Option<Map<String, Value>>")]
    #[deprecated = "use `mcp_config`"]
    pub mcp_servers: Option<BTreeMap<String, McpServer>>,
    /// Where its profiles are.
    #[serde(default)]
    pub profile_store_dir: Option<String>,
    /// What it wants run.
    #[serde(default)]
    pub hooks: Option<HookConfig>,
    /// How its history is kept short.
    #[serde(default)]
    #[schemars(with = "Option<Map<String, Value>>")]
    pub condenser: Option<Value>,
    /// Whatever else its file says.
    #[serde(default)]
    #[schemars(skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
    /// Where it was found.
    #[serde(default)]
    pub level: Option<Level>,
    /// Its file.
    #[serde(default)]
    pub source: Option<String>,
    /// Whether it comes with the program.
    #[serde(default)]
    pub is_builtin: bool,
}

impl From<AgentDefinition> for SubAgentInfo {
    fn from(agent: AgentDefinition) -> Self {
        let servers = agent.mcp_config.as_ref().map(McpServers::shown);
        #[expect(deprecated, reason = "clients still read the former name")]
        Self {
            name: agent.name,
            description: agent.description,
            model: agent.model,
            color: agent.color,
            tools: agent.tools,
            skills: agent.skills,
            system_prompt: agent.system_prompt,
            when_to_use_examples: agent.when_to_use_examples,
            permission_mode: agent.permission_mode,
            max_iteration_per_run: agent.max_iteration_per_run,
            max_budget_per_run: agent.max_budget_per_run,
            mcp_config: servers.clone(),
            mcp_servers: servers,
            profile_store_dir: agent.profile_store_dir,
            hooks: agent.hooks,
            condenser: agent.condenser,
            metadata: agent.metadata,
            is_builtin: agent.level == Some(Level::Builtin),
            level: agent.level,
            source: agent.source,
        }
    }
}
