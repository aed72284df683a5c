//! An agent profile: a named way to start an agent that refers to models, servers and secrets and holds none.

use domain::Map;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::acp::AcpServer;
use super::agent::{AcpKind, OpenHandsKind};
use super::parts::{Condenser, ProfileVerification, Tool, name_condenser};
use crate::fault::{Fault, Faults};
use crate::measure;

/// The version of agent profiles.
pub const VERSION: u64 = 4;

/// A named way to start an agent.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum AgentProfile {
    /// The built-in agent.
    OpenHands(Box<OpenHandsAgentProfile>),
    /// A program that speaks the agent client protocol.
    Acp(Box<AcpAgentProfile>),
}

/// A named way to start the built-in agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct OpenHandsAgentProfile {
    #[serde(default = "version")]
    #[schemars(range(min = 1))]
    pub schema_version: u64,
    #[serde(default)]
    pub agent_kind: OpenHandsKind,
    #[serde(default)]
    #[schemars(extend("default" = null))]
    pub id: Uuid,
    #[schemars(length(min = 1))]
    pub name: String,
    #[serde(default)]
    pub revision: u64,
    #[serde(default)]
    pub mcp_server_refs: Option<Vec<String>>,
    #[serde(default)]
    pub secret_refs: Option<Vec<String>>,
    #[schemars(length(min = 1))]
    pub llm_profile_ref: String,
    #[serde(default = "agent")]
    pub agent: String,
    #[serde(default)]
    pub tools: Option<Vec<Tool>>,
    #[serde(default)]
    #[schemars(length(min = 1, max = 65536))]
    pub persona: Option<String>,
    #[serde(default)]
    pub system_message_suffix: Option<String>,
    #[serde(default)]
    pub disabled_skills: Vec<String>,
    #[serde(default)]
    pub public_skills: Option<Vec<String>>,
    #[serde(default)]
    #[schemars(extend("default" = null))]
    pub condenser: Condenser,
    #[serde(default)]
    #[schemars(extend("default" = null))]
    pub verification: ProfileVerification,
    #[serde(default)]
    pub enable_classify_and_switch_llm_tool: bool,
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub meta_profile_ref: Option<String>,
    #[serde(default = "one")]
    #[schemars(range(min = 1))]
    pub tool_concurrency_limit: u64,
}

/// A named way to start an agent behind the agent client protocol.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ACPAgentProfile")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct AcpAgentProfile {
    #[serde(default = "version")]
    #[schemars(range(min = 1))]
    pub schema_version: u64,
    #[serde(default)]
    pub agent_kind: AcpKind,
    #[serde(default)]
    #[schemars(extend("default" = null))]
    pub id: Uuid,
    #[schemars(length(min = 1))]
    pub name: String,
    #[serde(default)]
    pub revision: u64,
    #[serde(default)]
    pub mcp_server_refs: Option<Vec<String>>,
    #[serde(default)]
    pub secret_refs: Option<Vec<String>>,
    #[serde(default)]
    pub acp_server: AcpServer,
    #[serde(default)]
    pub acp_model: Option<String>,
    #[serde(default)]
    pub acp_session_mode: Option<String>,
    #[serde(default = "half_an_hour")]
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub acp_prompt_timeout: f64,
    #[serde(default = "ninety_seconds")]
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub acp_startup_timeout: f64,
    #[serde(default)]
    pub acp_command: Option<String>,
    #[serde(default)]
    pub acp_args: Option<Vec<String>>,
}

fn version() -> u64 {
    VERSION
}

fn agent() -> String {
    "CodeActAgent".to_owned()
}

fn one() -> u64 {
    1
}

fn half_an_hour() -> f64 {
    1800.0
}

fn ninety_seconds() -> f64 {
    90.0
}

impl AgentProfile {
    /// Reads a profile of the present version; one without an id gets this one.
    pub(crate) fn read(mut given: Map, id: Uuid) -> Result<Self, Faults> {
        if !given.contains_key("id") {
            given.insert("id".to_owned(), id.to_string().into());
        }
        match given
            .get("agent_kind")
            .map_or(Some("openhands"), Value::as_str)
        {
            Some("openhands") => read_openhands(given)
                .map(|profile| Self::OpenHands(Box::new(profile)))
                .map_err(|faults| faults.under("openhands")),
            Some("acp") => measure::read(given)
                .map(|profile| Self::Acp(Box::new(profile)))
                .map_err(|faults| faults.under("acp")),
            other => Err(Faults(vec![Fault {
                loc: Vec::new(),
                kind: "union_tag_invalid".to_owned(),
                message: format!(
                    "Input tag '{}' found using _agent_profile_discriminator() does not match any of \
                     the expected tags: 'openhands', 'acp'",
                    other.unwrap_or("null")
                ),
            }])),
        }
    }

    /// As JSON.
    pub fn json(&self) -> Map {
        measure::object(self)
    }

    /// `openhands` or `acp`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::OpenHands(_) => "openhands",
            Self::Acp(_) => "acp",
        }
    }

    /// What conversations remember it by.
    pub fn id(&self) -> Uuid {
        match self {
            Self::OpenHands(profile) => profile.id,
            Self::Acp(profile) => profile.id,
        }
    }

    /// How often it was changed.
    pub fn revision(&self) -> u64 {
        match self {
            Self::OpenHands(profile) => profile.revision,
            Self::Acp(profile) => profile.revision,
        }
    }

    /// The servers it is given; nothing means all.
    pub fn server_refs(&self) -> Option<&[String]> {
        match self {
            Self::OpenHands(profile) => profile.mcp_server_refs.as_deref(),
            Self::Acp(profile) => profile.mcp_server_refs.as_deref(),
        }
    }

    /// The secrets it is given; nothing means all.
    pub fn secret_refs(&self) -> Option<&[String]> {
        match self {
            Self::OpenHands(profile) => profile.secret_refs.as_deref(),
            Self::Acp(profile) => profile.secret_refs.as_deref(),
        }
    }

    /// The same profile with the name, id and revision that it is kept under.
    #[must_use]
    pub(crate) fn kept_as(mut self, name: &str, id: Uuid, revision: u64) -> Self {
        let (kept_name, kept_id, kept_revision) = match &mut self {
            Self::OpenHands(profile) => (&mut profile.name, &mut profile.id, &mut profile.revision),
            Self::Acp(profile) => (&mut profile.name, &mut profile.id, &mut profile.revision),
        };
        name.clone_into(kept_name);
        *kept_id = id;
        *kept_revision = revision;
        self
    }
}

fn read_openhands(given: Map) -> Result<OpenHandsAgentProfile, Faults> {
    if given.contains_key("enable_sub_agents") || given.contains_key("enable_switch_llm_tool") {
        let said = "Retired tool switches were removed; select tools instead.";
        return Err(Faults::at("", said));
    }
    measure::read(given).map_err(name_condenser)
}
