//! What clients ask about canvas extensions, and what they are told; knows no folder.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::manifest::CanvasExtensionManifest;
use crate::installed::{Installation, Order};

/// A canvas extension to install.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct InstallCanvasExtensionRequest {
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

impl From<InstallCanvasExtensionRequest> for Order {
    fn from(request: InstallCanvasExtensionRequest) -> Self {
        Self {
            source: request.source,
            reference: request.reference,
            repo_path: request.repo_path,
            force: request.force,
        }
    }
}

/// A canvas extension that is installed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InstalledCanvasExtensionResponse {
    /// What it is called.
    pub name: String,
    /// Its version.
    #[serde(default)]
    pub version: String,
    /// What it is good for.
    #[serde(default)]
    pub description: String,
    /// Whether it is used.
    #[serde(default)]
    pub enabled: bool,
    /// Where it is from.
    pub source: String,
    /// The branch, tag or commit that was asked for.
    #[serde(default)]
    pub requested_ref: Option<String>,
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
    /// What it says of itself; null if that no longer holds.
    #[serde(default)]
    pub manifest: Option<CanvasExtensionManifest>,
}

impl InstalledCanvasExtensionResponse {
    pub(super) fn of(info: Installation, manifest: Option<CanvasExtensionManifest>) -> Self {
        Self {
            name: info.name,
            version: info.version,
            description: info.description,
            enabled: info.enabled,
            source: info.source,
            requested_ref: info.requested_ref,
            resolved_ref: info.resolved_ref,
            repo_path: info.repo_path,
            installed_at: info.installed_at,
            install_path: info.install_path,
            manifest,
        }
    }
}

/// The canvas extensions that are installed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct InstalledCanvasExtensionsListResponse {
    /// The extensions.
    pub canvas_extensions: Vec<InstalledCanvasExtensionResponse>,
}

/// Whether a canvas extension is to be used.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct UpdateCanvasExtensionStateRequest {
    /// Whether.
    pub enabled: bool,
}

/// Whether a canvas extension is used now.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct UpdateCanvasExtensionStateResponse {
    /// Which.
    pub name: String,
    /// Whether.
    pub enabled: bool,
}

/// What became of a canvas extension.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct UninstallCanvasExtensionResponse {
    /// What happened.
    pub message: String,
}

/// A way for a browser to a service.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct AppBackendSessionResponse {
    /// Where the service is.
    pub ingress_url: String,
    /// Until when.
    #[schemars(extend("format" = "date-time"))]
    pub expires_at: String,
    /// What the page may do.
    #[serde(default = "sandbox")]
    pub iframe_sandbox: String,
}

fn sandbox() -> String {
    "allow-forms allow-modals allow-popups allow-same-origin allow-scripts".to_owned()
}
