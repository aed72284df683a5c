//! The settings an agent is built from: the built-in one or one behind the agent client protocol. Builds none.

use domain::Map;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::acp::{AcpServer, FileSecret, file_secrets};
use super::context::AgentContext;
use super::llm::Llm;
use super::mcp::McpServer;
use super::meta::MetaProfile;
use super::named::Named;
use super::parts::{Condenser, Tool, Verification, name_condenser};
use crate::fault::Faults;
use crate::measure;

/// The version of the settings of an agent.
pub const VERSION: u64 = 9;

/// The settings an agent is built from.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum AgentSettings {
    /// The built-in agent.
    OpenHands(Box<OpenHandsAgentSettings>),
    /// A program that speaks the agent client protocol.
    Acp(Box<AcpAgentSettings>),
}

/// The settings of the built-in agent. Keys it does not know are dropped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct OpenHandsAgentSettings {
    #[schemars(range(min = 1))]
    pub schema_version: u64,
    pub agent_kind: OpenHandsKind,
    pub agent: String,
    pub llm: Llm,
    /// Null is the usual set, an empty list is none.
    pub tools: Option<Vec<Tool>>,
    pub enable_classify_and_switch_llm_tool: bool,
    pub active_meta_profile: Option<String>,
    pub meta_profile: Option<MetaProfile>,
    pub meta_profile_llms: Named<Llm>,
    #[schemars(range(min = 1))]
    pub tool_concurrency_limit: u64,
    pub mcp_config: Named<McpServer>,
    #[schemars(length(min = 1, max = 65536))]
    pub persona: Option<String>,
    pub agent_context: AgentContext,
    pub condenser: Condenser,
    pub verification: Verification,
}

/// The built-in agent's kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum OpenHandsKind {
    /// The built-in agent.
    #[default]
    #[serde(rename = "openhands")]
    OpenHands,
}

impl Default for OpenHandsAgentSettings {
    fn default() -> Self {
        Self {
            schema_version: VERSION,
            agent_kind: OpenHandsKind::OpenHands,
            agent: "CodeActAgent".to_owned(),
            llm: Llm::default(),
            tools: None,
            enable_classify_and_switch_llm_tool: false,
            active_meta_profile: None,
            meta_profile: None,
            meta_profile_llms: Named::default(),
            tool_concurrency_limit: 1,
            mcp_config: Named::default(),
            persona: None,
            agent_context: AgentContext::default(),
            condenser: Condenser::default(),
            verification: Verification::default(),
        }
    }
}

/// The settings of an agent behind the agent client protocol. Keys it does not know are dropped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "ACPAgentSettings")]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct AcpAgentSettings {
    #[schemars(range(min = 1))]
    pub schema_version: u64,
    pub agent_kind: AcpKind,
    pub acp_server: AcpServer,
    pub acp_command: Vec<String>,
    pub acp_args: Vec<String>,
    pub acp_model: Option<String>,
    pub acp_session_mode: Option<String>,
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub acp_prompt_timeout: f64,
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub acp_startup_timeout: f64,
    pub mcp_config: Named<McpServer>,
    pub acp_isolate_data_dir: bool,
    pub acp_file_secrets: Vec<FileSecret>,
    pub agent_context: Option<AgentContext>,
}

/// The kind of an agent behind the agent client protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum AcpKind {
    /// A program that speaks the agent client protocol.
    #[default]
    Acp,
}

impl Default for AcpAgentSettings {
    fn default() -> Self {
        Self {
            schema_version: VERSION,
            agent_kind: AcpKind::Acp,
            acp_server: AcpServer::default(),
            acp_command: Vec::new(),
            acp_args: Vec::new(),
            acp_model: None,
            acp_session_mode: None,
            acp_prompt_timeout: 1800.0,
            acp_startup_timeout: 90.0,
            mcp_config: Named::default(),
            acp_isolate_data_dir: false,
            acp_file_secrets: file_secrets(),
            agent_context: None,
        }
    }
}

impl Default for AgentSettings {
    fn default() -> Self {
        Self::OpenHands(Box::default())
    }
}

impl AgentSettings {
    /// Reads settings of the present version.
    pub(crate) fn read(given: Map) -> Result<Self, Faults> {
        match given
            .get("agent_kind")
            .map_or(Some("openhands"), Value::as_str)
        {
            Some("openhands" | "llm") => Self::read_openhands(given)
                .map(|settings| Self::OpenHands(Box::new(settings)))
                .map_err(|faults| faults.under("openhands")),
            Some("acp") => Self::read_acp(given)
                .map(|settings| Self::Acp(Box::new(settings)))
                .map_err(|faults| faults.under("acp")),
            other => Err(Faults::at(
                "",
                format!(
                    "Input tag '{}' found using _agent_settings_discriminator() does not match any of \
                     the expected tags: 'openhands', 'llm', 'acp'",
                    other.unwrap_or("null")
                ),
            )),
        }
    }

    fn read_openhands(mut given: Map) -> Result<OpenHandsAgentSettings, Faults> {
        given.insert("agent_kind".to_owned(), "openhands".into());
        if let Some(llm) = given.get_mut("llm") {
            settle_llm(llm).map_err(|faults| faults.under("llm"))?;
        }
        if let Some(Value::Object(llms)) = given.get_mut("meta_profile_llms") {
            for (name, llm) in llms.iter_mut() {
                settle_llm(llm).map_err(|faults| faults.under(name).under("meta_profile_llms"))?;
            }
        }
        let mut settings: OpenHandsAgentSettings = measure::read(given).map_err(name_condenser)?;
        check_servers(&settings.mcp_config)?;
        if let Some(profile) = &settings.meta_profile {
            profile
                .check()
                .map_err(|faults| faults.under("meta_profile"))?;
        }
        let context = &mut settings.agent_context;
        context
            .settle()
            .map_err(|faults| faults.under("agent_context"))?;
        Ok(settings)
    }

    fn read_acp(given: Map) -> Result<AcpAgentSettings, Faults> {
        let mut settings: AcpAgentSettings = measure::read(given)?;
        check_servers(&settings.mcp_config)?;
        if let Some(context) = &mut settings.agent_context {
            context
                .settle()
                .map_err(|faults| faults.under("agent_context"))?;
        }
        Ok(settings)
    }

    /// As JSON, with its secrets in the open.
    pub fn open_json(&self) -> Map {
        measure::object(self)
    }

    /// `openhands` or `acp`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::OpenHands(_) => "openhands",
            Self::Acp(_) => "acp",
        }
    }

    /// The model, where the agent asks one itself.
    pub fn llm(&self) -> Option<&Llm> {
        match self {
            Self::OpenHands(settings) => Some(&settings.llm),
            Self::Acp(_) => None,
        }
    }

    /// The servers of the model context protocol.
    pub fn servers(&self) -> &Named<McpServer> {
        match self {
            Self::OpenHands(settings) => &settings.mcp_config,
            Self::Acp(settings) => &settings.mcp_config,
        }
    }
}

/// Models inside settings are read as models on their own are.
fn settle_llm(llm: &mut Value) -> Result<(), Faults> {
    let Value::Object(given) = llm else {
        return Ok(());
    };
    let read = Llm::read(std::mem::take(given))?;
    *given = read.open_json();
    Ok(())
}

fn check_servers(servers: &Named<McpServer>) -> Result<(), Faults> {
    for (name, server) in servers.iter() {
        server
            .check()
            .map_err(|faults| faults.under(name).under("mcp_config"))?;
    }
    Ok(())
}
