//! The services of canvas extensions: their state is told; preparing and running them is not built.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::manifest::BackendPlatform;
use crate::error::ExtensionError;
use crate::installed::{Installed, Kind};
use crate::places::Places;
use crate::{names, shelf, source};

/// Which revision of an extension is meant.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct BackendRevisionRequest {
    /// The revision.
    #[schemars(length(min = 1))]
    pub revision: String,
}

/// How a service is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BackendStatus {
    /// Whose service.
    pub name: String,
    /// How it is.
    pub state: BackendState,
    /// The revision that is installed.
    #[serde(default)]
    pub revision: Option<String>,
    /// The revision that was prepared.
    #[serde(default)]
    pub prepared_revision: Option<String>,
    /// Its process.
    #[serde(default)]
    pub pid: Option<i64>,
    /// Its port.
    #[serde(default)]
    pub port: Option<i64>,
    /// Why it is so.
    #[serde(default)]
    pub detail: Option<String>,
}

/// How a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum BackendState {
    /// There is no such extension.
    Missing,
    /// It does not run.
    Stopped,
    /// It comes up.
    Starting,
    /// It is up.
    Ready,
    /// It does not answer.
    Unhealthy,
    /// The extension has none, or none for this platform.
    Unsupported,
}

/// What a service printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BackendLogs {
    /// Whose service.
    pub name: String,
    /// What it printed.
    pub logs: String,
    /// Whether it printed more.
    pub truncated: bool,
}

impl BackendStatus {
    /// Whether there is nothing that could run.
    fn is_idle(&self) -> bool {
        matches!(
            self.state,
            BackendState::Missing | BackendState::Unsupported
        )
    }
}

/// How a service is.
pub(crate) fn status(name: &str, places: &Places) -> BackendStatus {
    let manifest = super::installed(name, places);
    let (state, detail) = match &manifest {
        None => (
            BackendState::Missing,
            Some("Canvas App is not installed or its manifest is invalid"),
        ),
        Some(manifest) => match (&manifest.backend, platform()) {
            (None, _) => (
                BackendState::Unsupported,
                Some("Canvas App does not declare a backend"),
            ),
            (Some(backend), Some(here)) if backend.artifacts.contains_key(&here) => {
                (BackendState::Stopped, None)
            }
            (Some(_), _) => (
                BackendState::Unsupported,
                Some("Canvas App backend does not support this platform"),
            ),
        },
    };
    BackendStatus {
        name: name.to_owned(),
        state,
        revision: manifest.is_some().then(|| revision(name, places)).flatten(),
        prepared_revision: approved(name, places),
        pid: None,
        port: None,
        detail: detail.map(str::to_owned),
    }
}

/// Prepares a service: says what stands in the way, as that is not built.
pub(crate) fn prepared(
    name: &str,
    wanted: &str,
    places: &Places,
) -> Result<BackendStatus, ExtensionError> {
    let status = current(name, wanted, places)?;
    let ready = status.prepared_revision.as_deref() == Some(wanted);
    if ready || status.is_idle() {
        return Ok(status);
    }
    genuine(name, places)?;
    Err(not_built(name))
}

/// Starts a service: says what stands in the way, as that is not built.
pub(crate) fn started(
    name: &str,
    wanted: &str,
    places: &Places,
) -> Result<BackendStatus, ExtensionError> {
    let status = current(name, wanted, places)?;
    if status.is_idle() {
        return Ok(status);
    }
    if status.prepared_revision.as_deref() != Some(wanted) {
        return Err(ExtensionError::invalid(
            "backend revision must be prepared before start",
        ));
    }
    Err(not_built(name))
}

/// Deletes what a service keeps.
pub(crate) fn deleted(name: &str, places: &Places) -> Result<BackendStatus, ExtensionError> {
    if names::is_kebab(name) {
        shelf::remove(
            &places
                .own
                .join("canvas-extensions/backends/data")
                .join(name),
        )?;
    }
    Ok(status(name, places))
}

/// Forgets that a service was prepared, as its extension is another now.
pub(crate) fn forgotten(name: &str, places: &Places) -> Result<(), ExtensionError> {
    shelf::remove(&approval(name, places))
}

fn current(name: &str, wanted: &str, places: &Places) -> Result<BackendStatus, ExtensionError> {
    let status = status(name, places);
    if status.is_idle() || status.revision.as_deref() == Some(wanted) {
        return Ok(status);
    }
    Err(ExtensionError::invalid(
        "approval revision does not match installed revision",
    ))
}

/// Whether what would be unpacked is there, and is what the manifest says.
fn genuine(name: &str, places: &Places) -> Result<(), ExtensionError> {
    let artifact = super::installed(name, places)
        .and_then(|manifest| manifest.backend)
        .zip(platform())
        .and_then(|(mut backend, here)| backend.artifacts.remove(&here));
    let Some(artifact) = artifact.filter(|artifact| !artifact.path.is_empty()) else {
        return Ok(());
    };
    let folder = Installed::of(Kind::Canvas, places).path(name)?;
    let path = super::contained(&folder, &artifact.path)
        .map_err(|_| ExtensionError::invalid("backend artifact is not a contained regular file"))?;
    if source::checksum(&path).as_ref() == Some(&artifact.sha256) {
        return Ok(());
    }
    Err(ExtensionError::invalid(
        "backend artifact checksum does not match manifest",
    ))
}

fn not_built(name: &str) -> ExtensionError {
    ExtensionError::Missing(format!(
        "Running the backend of `{name}` is not supported by this server; its pages work without it"
    ))
}

/// The commit that is installed, or a checksum of the manifest.
fn revision(name: &str, places: &Places) -> Option<String> {
    let info = Installed::of(Kind::Canvas, places).get(name).ok()?;
    if let Some(commit) = info.resolved_ref.filter(|commit| !commit.is_empty()) {
        return Some(commit);
    }
    let manifest = super::installed(name, places)?;
    let text = serde_json::to_value(manifest).map(bare).ok()?.to_string();
    let sum: String = Sha256::digest(text)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    Some(format!("sha256:{sum}"))
}

/// A value without the keys that say nothing.
fn bare(value: Value) -> Value {
    let Value::Object(map) = value else {
        return value;
    };
    let said = map.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(said.map(|(key, value)| (key, bare(value))).collect())
}

/// The revision that was prepared, as the original notes it.
fn approved(name: &str, places: &Places) -> Option<String> {
    let text = source::text(&approval(name, places)).ok()?;
    let note: Value = serde_json::from_str(&text).ok()?;
    note.get("revision")?.as_str().map(str::to_owned)
}

fn approval(name: &str, places: &Places) -> std::path::PathBuf {
    let approvals = places.own.join("canvas-extensions/backends/approvals");
    approvals.join(format!("{name}.json"))
}

fn platform() -> Option<BackendPlatform> {
    match (cfg!(target_os = "linux"), cfg!(target_arch = "x86_64")) {
        (true, true) => Some(BackendPlatform::LinuxAmd64),
        (true, false) if cfg!(target_arch = "aarch64") => Some(BackendPlatform::LinuxArm64),
        _ => None,
    }
}
