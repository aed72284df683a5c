//! What clients ask about plugins, and what they are told; knows no folder.

use std::borrow::Cow;
use std::collections::BTreeMap;

use domain::SecretSource;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::installed::{Installation, Order};

fn yes() -> bool {
    true
}

/// Which plugins are listed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PluginsRequest {
    /// Whether the person's own are.
    #[serde(default = "yes")]
    pub load_user: bool,
    /// Whether those of the workspace are.
    #[serde(default = "yes")]
    pub load_project: bool,
    /// The folder of the workspace.
    #[serde(default)]
    pub project_dir: Option<String>,
}

/// The plugins that lie ready.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PluginsResponse {
    /// The plugins.
    pub plugins: Vec<PluginInfo>,
}

/// What a client sees of a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PluginInfo {
    /// What it is called.
    pub name: String,
    /// Its version.
    #[serde(default)]
    pub version: String,
    /// What it is good for.
    #[serde(default)]
    pub description: String,
    /// Its folder.
    #[serde(default)]
    pub path: String,
    /// Its skills, commands included.
    #[serde(default)]
    #[schemars(skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<PluginSkillSummary>,
    /// Its files, relative to its folder.
    #[serde(default)]
    #[schemars(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
}

/// A skill of a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PluginSkillSummary {
    /// What it is called.
    pub name: String,
    /// What it is good for.
    #[serde(default)]
    pub description: Option<String>,
}

/// A plugin to install.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct InstallPluginRequest {
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

impl From<InstallPluginRequest> for Order {
    fn from(request: InstallPluginRequest) -> Self {
        Self {
            source: request.source,
            reference: request.reference,
            repo_path: request.repo_path,
            force: request.force,
        }
    }
}

/// A plugin to fetch and look at, without installing it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FetchPluginRequest {
    /// Where it is from; `${NAME}` is filled in from the secrets.
    pub source: String,
    /// The branch, tag or commit; `${NAME}` is filled in from the secrets.
    #[serde(default, rename = "ref")]
    pub reference: Option<String>,
    /// The folder in the repository.
    #[serde(default)]
    pub repo_path: Option<String>,
    /// The secrets.
    #[serde(default)]
    pub secrets: BTreeMap<String, SecretSource>,
    /// How long git may take, in seconds.
    #[serde(default = "minute")]
    pub timeout: u64,
}

fn minute() -> u64 {
    60
}

/// Any JSON at all, written down under the name it has in the document.
struct AnyJson;

impl JsonSchema for AnyJson {
    fn schema_name() -> Cow<'static, str> {
        "JSONValue".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let again = generator.subschema_for::<Self>();
        json_schema!({
            "anyOf": [
                { "type": "string" },
                { "type": "integer" },
                { "type": "number" },
                { "type": "boolean" },
                { "type": "array", "items": again },
                { "type": "object", "additionalProperties": again },
                { "type": "null" },
            ],
        })
    }
}

/// A plugin that was fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FetchPluginResponse {
    /// Its folder.
    pub path: String,
    /// Its commit; null for a folder.
    #[schemars(extend("x-always" = true))]
    pub resolved_ref: Option<String>,
    /// Where it is from, as it was asked for.
    pub source: String,
    /// The folder in the repository.
    #[schemars(extend("x-always" = true))]
    pub repo_path: Option<String>,
    /// Its manifest, as it is written.
    #[schemars(with = "BTreeMap<String, AnyJson>")]
    pub manifest: Map<String, Value>,
    /// Its skills.
    pub skills: Vec<String>,
    /// Its commands.
    pub commands: Vec<String>,
}

/// A plugin that is installed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InstalledPluginResponse {
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
    /// Its skills; null if it cannot be read.
    #[serde(default)]
    pub skills: Option<Vec<PluginSkillSummary>>,
    /// Its files; null if it cannot be read.
    #[serde(default)]
    pub files: Option<Vec<String>>,
}

impl InstalledPluginResponse {
    pub(crate) fn of(
        info: Installation,
        contents: Option<(Vec<PluginSkillSummary>, Vec<String>)>,
    ) -> Self {
        let (skills, files) = contents.unzip();
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
            skills,
            files,
        }
    }
}

/// The plugins that are installed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct InstalledPluginsListResponse {
    /// The plugins.
    pub plugins: Vec<InstalledPluginResponse>,
}

/// Whether a plugin is to be used.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct UpdatePluginStateRequest {
    /// Whether.
    pub enabled: bool,
}

/// Whether a plugin is used now.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct UpdatePluginStateResponse {
    /// Which.
    pub name: String,
    /// Whether.
    pub enabled: bool,
}

/// What became of a plugin.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct UninstallPluginResponse {
    /// What happened.
    pub message: String,
}

/// A plugin that was fetched again.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct UpdatePluginResponse {
    /// What happened.
    pub message: String,
    /// The plugin now.
    pub plugin: InstalledPluginResponse,
}
