//! What clients ask about skills, and what they are told; knows no folder.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::marketplace::MarketplaceRegistration;
use crate::skill::SkillInfo;

/// The list of public skills that is loaded unless another is named.
pub(crate) const DEFAULT_MARKETPLACE: &str = "marketplaces/default.json";

fn yes() -> bool {
    true
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "serde asks for the type of the field"
)]
fn default_marketplace() -> Option<String> {
    Some(DEFAULT_MARKETPLACE.to_owned())
}

/// Which skills are loaded.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SkillsRequest {
    /// Whether the public ones are.
    #[serde(default = "yes")]
    pub load_public: bool,
    /// Whether the person's own are.
    #[serde(default = "yes")]
    pub load_user: bool,
    /// Whether those of the workspace are.
    #[serde(default = "yes")]
    pub load_project: bool,
    /// Whether those of organisations are.
    #[serde(default = "yes")]
    pub load_org: bool,
    /// Which list of public skills; null means all of them.
    #[serde(default = "default_marketplace")]
    pub marketplace_path: Option<String>,
    /// Marketplaces whose extensions are loaded unasked.
    #[serde(default)]
    pub registered_marketplaces: Vec<MarketplaceRegistration>,
    /// The folder of the workspace.
    #[serde(default)]
    pub project_dir: Option<String>,
    /// Repositories of organisations.
    #[serde(default)]
    pub org_configs: Option<Vec<OrgConfig>>,
    /// What the sandbox shows to the outside.
    #[serde(default)]
    pub sandbox_config: Option<SandboxConfig>,
}

impl Default for SkillsRequest {
    fn default() -> Self {
        Self {
            load_public: true,
            load_user: true,
            load_project: true,
            load_org: true,
            marketplace_path: default_marketplace(),
            registered_marketplaces: Vec::new(),
            project_dir: None,
            org_configs: None,
            sandbox_config: None,
        }
    }
}

/// A repository with skills of an organisation.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct OrgConfig {
    /// The repository that is worked on.
    pub repository: String,
    /// Who hosts it.
    pub provider: String,
    /// The address of the organisation's repository, with a token in it: it is never shown or logged.
    pub org_repo_url: String,
    /// The organisation.
    pub org_name: String,
}

/// What the sandbox shows to the outside.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct SandboxConfig {
    /// The addresses.
    #[serde(default)]
    pub exposed_urls: Vec<ExposedUrl>,
}

/// An address that leads into the sandbox.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ExposedUrl {
    /// What it is called.
    pub name: String,
    /// The address.
    pub url: String,
    /// The port in the sandbox.
    pub port: i64,
}

/// The skills, and how many came from where.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SkillsResponse {
    /// The skills.
    pub skills: Vec<SkillInfo>,
    /// How many each source gave.
    #[serde(default)]
    #[schemars(skip_serializing_if = "BTreeMap::is_empty")]
    pub sources: BTreeMap<String, u64>,
}

/// The skills that an agent profile can choose from.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SkillCatalogResponse {
    /// The skills.
    pub skills: Vec<SkillCatalogEntry>,
}

/// A skill that an agent profile can choose.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SkillCatalogEntry {
    /// The skill.
    #[serde(flatten)]
    pub skill: SkillInfo,
    /// Whose it is.
    pub origin: SkillOrigin,
}

/// Whose a skill is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum SkillOrigin {
    /// Everybody's.
    Public,
    /// The person's own, what is installed included.
    User,
}

/// What came of fetching the public skills anew.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SyncResponse {
    /// Whether it worked.
    pub status: SyncStatus,
    /// What happened.
    pub message: String,
}

/// Whether something worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum SyncStatus {
    /// It did.
    Success,
    /// It did not.
    Error,
}
