//! What clients ask about installed skills, and what they are told; knows no folder.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::installed::{Installation, Order};

fn yes() -> bool {
    true
}

/// A skill to install.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct InstallSkillRequest {
    /// A git address, github:owner/repo, or a folder.
    #[schemars(length(min = 1))]
    pub source: String,
    /// The branch, tag or commit.
    #[serde(default, rename = "ref")]
    pub reference: Option<String>,
    /// The folder in the repository.
    #[serde(default)]
    pub repo_path: Option<String>,
    /// Whether one of the same name is overwritten.
    #[serde(default)]
    pub force: bool,
}

impl From<InstallSkillRequest> for Order {
    fn from(request: InstallSkillRequest) -> Self {
        Self {
            source: request.source,
            reference: request.reference,
            repo_path: request.repo_path,
            force: request.force,
        }
    }
}

/// A skill that is installed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InstalledSkillResponse {
    /// What it is called.
    pub name: String,
    /// Its version.
    #[serde(default)]
    pub version: String,
    /// What it is good for.
    #[serde(default)]
    pub description: String,
    /// Whether it is used.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Where it is from.
    pub source: String,
    /// Its commit.
    #[serde(default)]
    pub resolved_ref: Option<String>,
    /// The folder in the repository.
    #[serde(default)]
    pub repo_path: Option<String>,
    /// When it was installed.
    pub installed_at: String,
    /// Where it is.
    pub install_path: String,
}

impl From<Installation> for InstalledSkillResponse {
    fn from(info: Installation) -> Self {
        Self {
            name: info.name,
            version: info.version,
            description: info.description,
            enabled: info.enabled,
            source: info.source,
            resolved_ref: info.resolved_ref,
            repo_path: info.repo_path,
            installed_at: info.installed_at,
            install_path: info.install_path,
        }
    }
}

/// The skills that are installed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct InstalledSkillsListResponse {
    /// The skills.
    pub skills: Vec<InstalledSkillResponse>,
}

/// Whether a skill is to be used.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct UpdateSkillStateRequest {
    /// Whether.
    pub enabled: bool,
}

/// Whether a skill is used now.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct UpdateSkillStateResponse {
    /// Which.
    pub name: String,
    /// Whether.
    pub enabled: bool,
}

/// What became of a skill.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct UninstallSkillResponse {
    /// What happened.
    pub message: String,
}

/// A skill that was fetched again.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct UpdateSkillResponse {
    /// What happened.
    pub message: String,
    /// The skill now.
    pub skill: InstalledSkillResponse,
}
