//! Canvas extensions: pages that others add to the user interface; served as files, nothing of them is run here.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::error::ExtensionError;
use crate::installed::{Installation, Installed, Kind};
use crate::places::Places;
use crate::source;

mod backend;
mod manifest;
mod request;

pub use backend::{BackendLogs, BackendRevisionRequest, BackendState, BackendStatus};
pub(crate) use backend::{deleted, forgotten, prepared, started, status};
pub use manifest::{
    BackendPlatform, CanvasExtensionBackend, CanvasExtensionBackendArtifact,
    CanvasExtensionBackendHealth, CanvasExtensionContributes, CanvasExtensionManifest,
    CanvasExtensionPage,
};
pub use request::{
    AppBackendSessionResponse, InstallCanvasExtensionRequest, InstalledCanvasExtensionResponse,
    InstalledCanvasExtensionsListResponse, UninstallCanvasExtensionResponse,
    UpdateCanvasExtensionStateRequest, UpdateCanvasExtensionStateResponse,
};

/// The file that says what an extension is.
const MANIFEST: &str = "canvas-extension.json";

/// A file of an extension, ready to be served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its name, for its type.
    pub name: String,
    /// When it was last changed, in microseconds since the epoch.
    pub modified: Option<i64>,
    /// Changes when it does.
    pub tag: String,
}

/// The manifest of a folder, checked; its entry lies within the folder, links followed.
pub(crate) fn manifest(folder: &Path) -> Result<CanvasExtensionManifest, ExtensionError> {
    let path = folder.join(MANIFEST);
    let trouble = |why: String| ExtensionError::invalid(format!("{}: {why}", path.display()));
    if !source::exists(&path) {
        return Err(ExtensionError::Absent(format!(
            "{} is not there",
            path.display()
        )));
    }
    let text = source::text(&path).map_err(|e| trouble(e.to_string()))?;
    let manifest = CanvasExtensionManifest::parse(&text).map_err(trouble)?;
    contained(folder, &manifest.entrypoint)?;
    Ok(manifest)
}

/// A file of a folder that really lies in it.
fn contained(folder: &Path, file: &str) -> Result<PathBuf, ExtensionError> {
    let path = source::resolved(&folder.join(file));
    if !path.starts_with(source::resolved(folder)) || !source::is_file(&path) {
        return Err(ExtensionError::invalid(format!(
            "`{file}` is no file within the extension"
        )));
    }
    Ok(path)
}

/// What a client sees of an installed extension; its manifest only while that holds.
pub(crate) fn shown(info: Installation, places: &Places) -> InstalledCanvasExtensionResponse {
    let manifest = Installed::of(Kind::Canvas, places)
        .path(&info.name)
        .and_then(|folder| manifest(&folder))
        .ok();
    InstalledCanvasExtensionResponse::of(info, manifest)
}

/// The manifest of an installed extension, read anew.
pub(crate) fn installed(name: &str, places: &Places) -> Option<CanvasExtensionManifest> {
    let installed = Installed::of(Kind::Canvas, places);
    installed.get(name).ok()?;
    manifest(&installed.path(name).ok()?).ok()
}

/// The bundle of an installed extension.
pub(crate) fn bundle(name: &str, places: &Places) -> Option<Served> {
    serve(name, places, &installed(name, places)?.entrypoint)
}

/// The picture of an installed extension, if it has one.
pub(crate) fn icon(name: &str, places: &Places) -> Option<Served> {
    serve(name, places, &installed(name, places)?.icon?)
}

fn serve(name: &str, places: &Places, file: &str) -> Option<Served> {
    let folder = Installed::of(Kind::Canvas, places).path(name).ok()?;
    let path = contained(&folder, file).ok()?;
    let bytes = source::bytes(&path, source::BUNDLE)
        .inspect_err(|error| tracing::warn!(%error, "a canvas extension's file is not served"))
        .ok()?;
    let sum = Sha256::digest(&bytes);
    Some(Served {
        tag: sum.iter().take(16).map(|b| format!("{b:02x}")).collect(),
        name: source::name(&path),
        modified: source::modified(&path),
        bytes,
    })
}
