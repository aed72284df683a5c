//! How a skill is shown to a client; knows no file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Skill;

/// What a client sees of a skill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SkillInfo {
    /// What it is called.
    pub name: String,
    /// When it is told.
    #[serde(rename = "type")]
    pub kind: SkillKind,
    /// What the agent is told.
    pub content: String,
    /// The words that bring it in.
    #[serde(default)]
    #[schemars(skip_serializing_if = "Vec::is_empty")]
    pub triggers: Vec<String>,
    /// The file it comes from.
    #[serde(default)]
    pub source: Option<String>,
    /// What it is good for.
    #[serde(default)]
    pub description: Option<String>,
    /// Whether it is a folder with a `SKILL.md`.
    #[serde(default)]
    pub is_agentskills_format: bool,
    /// Whether only a trigger brings it in.
    #[serde(default)]
    pub disable_model_invocation: bool,
}

/// When a skill is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum SkillKind {
    /// Always.
    Repo,
    /// When a trigger asks for it.
    Knowledge,
    /// When the model asks for it.
    Agentskills,
}

impl Skill {
    /// When it is told.
    #[must_use]
    pub fn kind(&self) -> SkillKind {
        match &self.trigger {
            _ if self.is_agentskills_format => SkillKind::Agentskills,
            None => SkillKind::Repo,
            Some(_) => SkillKind::Knowledge,
        }
    }

    /// What a client sees of it.
    #[must_use]
    pub fn info(&self) -> SkillInfo {
        SkillInfo {
            name: self.name.clone(),
            kind: self.kind(),
            content: self.content.clone(),
            triggers: self.triggers().to_vec(),
            source: self.source.clone(),
            description: self.description.clone(),
            is_agentskills_format: self.is_agentskills_format,
            disable_model_invocation: self.disable_model_invocation,
        }
    }
}
