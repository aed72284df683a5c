//! Files of a workspace: in, out, listed and packed.

mod trajectory;

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{HeaderName, HeaderValue};
use bytes::Bytes;
use domain::{
    ArchiveFormat, ArchiveRequest, Chunks, FileUploadResult, Fut, HomeResponse, SubdirectoryPage,
    SubdirectorySearch, WorkspaceError, WorkspaceResult,
};
use http_kit::{Api, Done, Error, Json, Path, Query, Upload};
use schemars::JsonSchema;
use serde::Deserialize;

use super::place::{Scope, answer, twins};
use super::sending::{Sent, Window, attached};
use crate::app::App;

/// The operations of this resource.
pub(super) fn routes() -> Api<App> {
    let discovery = Api::tagged("Files")
        .get("/api/file/home", "get_home_directory", home)
        .get("/api/file/search_subdirs", "search_subdirs", subdirectories);
    discovery.and(twins(operations))
}

fn operations() -> Api<App> {
    Api::tagged("Files")
        .post("/api/file/upload", "upload_file_query", upload)
        .get("/api/file/download", "download_file_query", download)
        .file("application/octet-stream")
        .post(
            "/api/file/create_directory",
            "create_directory",
            create_directory,
        )
        .get(
            "/api/file/download-trajectory/{conversation_id}",
            "download_trajectory",
            trajectory::download,
        )
        .file("application/octet-stream")
        .get("/api/file/archive", "archive_directory", archive)
        .file("application/octet-stream")
}

#[derive(Deserialize, JsonSchema)]
struct Home {
    /// Include hidden top-level directories in `favorites`
    #[serde(default)]
    include_hidden: bool,
}

async fn home(app: App, Query(asked): Query<Home>) -> Result<Json<HomeResponse>, Error> {
    let home = app.workspaces().shared().home(asked.include_hidden).await;
    home.map(Json::ok).map_err(answer)
}

#[derive(Deserialize, JsonSchema)]
struct Subdirectories {
    /// Absolute directory path to list subdirectories of
    path: String,
    #[schemars(title = "Optional next_page_id from the previously returned page")]
    page_id: Option<String>,
    #[serde(default = "hundred")]
    #[schemars(
        range(max = 100),
        extend("exclusiveMinimum" = 0),
        title = "The max number of results in the page"
    )]
    limit: usize,
    #[serde(default)]
    #[schemars(title = "Include hidden subdirectories (names starting with '.')")]
    include_hidden: bool,
}

fn hundred() -> usize {
    100
}

async fn subdirectories(
    app: App,
    Query(asked): Query<Subdirectories>,
) -> Result<Json<SubdirectoryPage>, Error> {
    let search = SubdirectorySearch {
        path: asked.path,
        page: asked.page_id,
        limit: asked.limit,
        include_hidden: asked.include_hidden,
    };
    let page = app.workspaces().shared().subdirectories(search).await;
    page.map(Json::ok).map_err(answer)
}

#[derive(Deserialize, JsonSchema)]
struct File {
    /// Absolute file path
    path: String,
}

async fn upload(
    app: App,
    (Path(scope), Query(file), body): (Path<Scope>, Query<File>, Upload),
) -> Result<Json<FileUploadResult>, Error> {
    let workspace = scope.workspace(&app).await?;
    let broken = Arc::default();
    let incoming = Incoming {
        body,
        broken: Arc::clone(&broken),
    };
    let done = workspace.upload(file.path, Box::new(incoming)).await;
    done.map(Json::ok).map_err(|error| {
        let broken = broken.lock().unwrap_or_else(PoisonError::into_inner).take();
        broken.unwrap_or_else(|| answer(error))
    })
}

/// A file on its way in, and why it stopped, if the request was at fault.
struct Incoming {
    body: Upload,
    broken: Arc<Mutex<Option<Error>>>,
}

impl Chunks for Incoming {
    fn next(&mut self) -> Fut<'_, WorkspaceResult<Option<Bytes>>> {
        Box::pin(async {
            self.body.chunk().await.map_err(|error| {
                let said = WorkspaceError::Refused(error.detail());
                *self.broken.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                said
            })
        })
    }
}

async fn download(
    app: App,
    (Path(scope), Query(file), window): (Path<Scope>, Query<File>, Window),
) -> Result<Sent, Error> {
    let workspace = scope.workspace(&app).await?;
    let download = workspace.download(file.path).await.map_err(answer)?;
    let name = attached(&download.name);
    window
        .send(download, "application/octet-stream", vec![name])
        .await
}

#[derive(Deserialize, JsonSchema)]
struct Directory {
    /// Absolute directory path to create
    path: String,
}

async fn create_directory(
    app: App,
    (Path(scope), Query(asked)): (Path<Scope>, Query<Directory>),
) -> Result<Json<Done>, Error> {
    let workspace = scope.workspace(&app).await?;
    let made = workspace.create_directory(asked.path).await;
    made.map(|()| Done::ok()).map_err(answer)
}

#[derive(Deserialize, JsonSchema)]
struct Packed {
    /// Absolute path of the directory to archive. If it is not a git repository but holds exactly one git repository (up to three levels down), that repository is archived instead, for both formats.
    path: String,
    /// Archive format: 'git-delta' for a git patch of the working-tree changes against a base ref (requires a git repository); 'tar.gz' for a gzip tarball of the files.
    #[serde(default = "delta")]
    format: ArchiveFormat,
    /// Only for format='git-delta': base ref to diff against.
    base_ref: Option<String>,
    /// Whether to apply the built-in default exclude patterns.
    #[serde(default = "yes")]
    use_default_excludes: bool,
    /// Additional glob patterns to exclude (repeatable).
    exclude: Option<Vec<String>>,
}

fn delta() -> ArchiveFormat {
    ArchiveFormat::GitDelta
}

fn yes() -> bool {
    true
}

async fn archive(
    app: App,
    (Path(scope), Query(asked), window): (Path<Scope>, Query<Packed>, Window),
) -> Result<Sent, Error> {
    let workspace = scope.workspace(&app).await?;
    let request = ArchiveRequest {
        path: asked.path,
        format: asked.format,
        base: asked.base_ref,
        use_default_excludes: asked.use_default_excludes,
        exclude: asked.exclude.unwrap_or_default(),
    };
    let archive = workspace.archive(request).await.map_err(answer)?;
    let origin = archive.origin;
    let mut headers = vec![attached(&archive.file.name)];
    for (name, value) in [
        ("x-archive-repo-remote", origin.remote.as_deref().map(plain)),
        ("x-archive-branch", origin.branch.as_deref().map(plain)),
        ("x-archive-head-commit", origin.head.as_deref().map(plain)),
        ("x-archive-repo-root", origin.root.as_deref().map(plain)),
        ("x-archive-base-commit", origin.base_commit),
        ("x-archive-base-ref", origin.base_ref),
    ] {
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            headers.push((HeaderName::from_static(name), value));
        }
    }
    window
        .send(archive.file, archive.format.media_type(), headers)
        .await
}

/// A text as a header can carry it.
fn plain(text: &str) -> String {
    super::sending::escaped(text)
}
