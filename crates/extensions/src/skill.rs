//! A skill: knowledge an agent can be given, and what makes it be given; knows no folder order and no network.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::mcp::McpServers;

mod file;
mod glob;
mod install;
mod shape;

pub(crate) use file::{Naming, load, nested, skill_md, third_party};
pub use install::{
    InstallSkillRequest, InstalledSkillResponse, InstalledSkillsListResponse,
    UninstallSkillResponse, UpdateSkillResponse, UpdateSkillStateRequest, UpdateSkillStateResponse,
};
pub use shape::{SkillInfo, SkillKind};

/// Knowledge or guidance for an agent.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Skill {
    /// What it is called; unique where skills are merged.
    pub name: String,
    /// What the agent is told.
    pub content: String,
    /// What makes it be told unasked; nothing for what is always or never told unasked.
    pub trigger: Option<Trigger>,
    /// The file it comes from; nothing if it was made by the program.
    pub source: Option<String>,
    /// The MCP servers it brings along; data only, nobody here starts them.
    pub mcp_tools: Option<McpServers>,
    /// What a task skill asks the person for.
    pub inputs: Vec<SkillInput>,
    /// Whether it is a folder with a `SKILL.md`.
    pub is_agentskills_format: bool,
    /// Its version; files do not set it.
    pub version: String,
    /// What it is good for, at most 1,024 characters.
    pub description: Option<String>,
    /// Under which licence it is given.
    pub license: Option<String>,
    /// What it needs to work.
    pub compatibility: Option<String>,
    /// Whatever else its author says about it.
    pub metadata: Option<BTreeMap<String, String>>,
    /// The tools it may use unasked.
    pub allowed_tools: Option<Vec<String>>,
    /// Whether only a trigger brings it in, never the model itself.
    pub disable_model_invocation: bool,
    /// The files that come with it.
    pub resources: Option<SkillResources>,
}

/// What brings a skill into a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Trigger {
    /// A word of the person's message.
    Keyword {
        /// The words.
        keywords: Vec<String>,
    },
    /// A command such as `/name`.
    Task {
        /// The commands.
        triggers: Vec<String>,
    },
    /// A file that the agent touches.
    Path {
        /// Patterns of the files.
        paths: Vec<String>,
    },
}

/// One thing that a task skill asks the person for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkillInput {
    /// What it is called in the text.
    pub name: String,
    /// What is meant.
    pub description: String,
}

/// The files beside a `SKILL.md`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SkillResources {
    /// The folder of the skill.
    pub skill_root: String,
    /// What can be run, relative to `scripts/`.
    pub scripts: Vec<String>,
    /// What can be read, relative to `references/`.
    pub references: Vec<String>,
    /// What can be used, relative to `assets/`.
    pub assets: Vec<String>,
}

impl SkillResources {
    fn is_empty(&self) -> bool {
        self.scripts.is_empty() && self.references.is_empty() && self.assets.is_empty()
    }
}

impl Skill {
    /// A skill that is always told, made by the program.
    pub(crate) fn always(name: &str, content: String) -> Self {
        Self {
            name: name.to_owned(),
            content,
            version: "1.0.0".to_owned(),
            ..Self::default()
        }
    }

    /// The words that bring it in.
    #[must_use]
    pub fn triggers(&self) -> &[String] {
        match &self.trigger {
            Some(Trigger::Keyword { keywords: words } | Trigger::Task { triggers: words }) => words,
            Some(Trigger::Path { .. }) | None => &[],
        }
    }

    /// The word of a message that brings it in: a whole word, in any case.
    #[must_use]
    pub fn called_by(&self, message: &str) -> Option<&str> {
        let message = message.to_lowercase();
        self.triggers()
            .iter()
            .find(|word| stands_alone(&word.to_lowercase(), &message))
            .map(String::as_str)
    }

    /// The pattern that a touched file fits; the path is relative to the workspace.
    #[must_use]
    pub fn called_by_path(&self, path: &str) -> Option<&str> {
        let Some(Trigger::Path { paths }) = &self.trigger else {
            return None;
        };
        paths
            .iter()
            .find(|pattern| glob::fits(pattern, path))
            .map(String::as_str)
    }
}

/// Whether a word stands in a text with no letter or digit beside it: `git` is not in `github`.
fn stands_alone(word: &str, text: &str) -> bool {
    if word.is_empty() {
        return false;
    }
    let bounded =
        |c: Option<char>| !c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    text.match_indices(word).any(|(at, _)| {
        bounded(text[..at].chars().next_back()) && bounded(text[at + word.len()..].chars().next())
    })
}

#[cfg(test)]
mod tests;
