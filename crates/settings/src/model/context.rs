//! What an agent is told beside its task: skills, words of the person's own, secrets. Loads nothing.

use domain::Map;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::mcp::McpServer;
use super::named::Named;
use crate::fault::Faults;

/// What an agent is told beside its task. Keys it does not know are dropped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct AgentContext {
    pub skills: Vec<Skill>,
    pub system_message_suffix: Option<String>,
    pub user_message_suffix: Option<String>,
    pub load_user_skills: bool,
    pub load_public_skills: bool,
    pub marketplace_path: Option<String>,
    pub registered_marketplaces: Vec<MarketplaceRegistration>,
    pub load_project_skills: bool,
    pub load_memory: bool,
    pub disabled_skills: Vec<String>,
    /// A text, or where to get one, by name.
    pub secrets: Option<Map>,
    /// When the agent is told it is; null tells it nothing.
    pub current_datetime: Option<String>,
}

impl Default for AgentContext {
    fn default() -> Self {
        Self {
            skills: Vec::new(),
            system_message_suffix: None,
            user_message_suffix: None,
            load_user_skills: false,
            load_public_skills: false,
            marketplace_path: Some("marketplaces/default.json".to_owned()),
            registered_marketplaces: Vec::new(),
            load_project_skills: false,
            load_memory: false,
            disabled_skills: Vec::new(),
            secrets: None,
            current_datetime: None,
        }
    }
}

impl AgentContext {
    /// No skill twice; none that is switched off.
    pub(crate) fn settle(&mut self) -> Result<(), Faults> {
        for (index, skill) in self.skills.iter().enumerate() {
            if self
                .skills
                .iter()
                .take(index)
                .any(|it| it.name == skill.name)
            {
                let said = format!("Duplicate skill name found: {}", skill.name);
                return Err(Faults::at("skills", said));
            }
        }
        let Self {
            skills,
            disabled_skills,
            ..
        } = self;
        skills.retain(|skill| !disabled_skills.contains(&skill.name));
        Ok(())
    }
}

/// Something an agent can be taught.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct Skill {
    pub name: String,
    pub content: String,
    /// When it is told of its own accord.
    #[serde(default)]
    pub trigger: Option<Map>,
    #[serde(default)]
    pub source: Option<String>,
    #[serde(default)]
    pub mcp_tools: Option<Named<McpServer>>,
    #[serde(default)]
    pub inputs: Vec<InputMetadata>,
    #[serde(default)]
    pub is_agentskills_format: bool,
    #[serde(default = "first")]
    pub version: String,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub license: Option<String>,
    #[serde(default)]
    pub compatibility: Option<String>,
    #[serde(default)]
    pub metadata: Option<Named<String>>,
    #[serde(default)]
    pub allowed_tools: Option<Vec<String>>,
    #[serde(default)]
    pub disable_model_invocation: bool,
    #[serde(default)]
    pub resources: Option<Map>,
}

/// What a skill asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct InputMetadata {
    pub name: String,
    pub description: String,
}

/// Where plugins and skills come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct MarketplaceRegistration {
    pub name: String,
    pub source: String,
    #[serde(default)]
    pub r#ref: Option<String>,
    #[serde(default)]
    pub repo_path: Option<String>,
    /// All, none, or those named.
    #[serde(default = "none")]
    pub auto_load: Value,
}

fn first() -> String {
    "1.0.0".to_owned()
}

fn none() -> Value {
    Value::Bool(false)
}
