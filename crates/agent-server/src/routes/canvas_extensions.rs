//! Canvas extensions: those that are installed, their files, and how their services are.

use axum::http::header::{self, HeaderName, HeaderValue};
use domain::{Download, Moment};
use extensions::{
    BackendLogs, BackendRevisionRequest, BackendStatus, ExtensionError,
    InstallCanvasExtensionRequest, Installation, InstalledCanvasExtensionResponse,
    InstalledCanvasExtensionsListResponse, Kind, Served, UninstallCanvasExtensionResponse,
    UpdateCanvasExtensionStateRequest, UpdateCanvasExtensionStateResponse,
};
use http_kit::{Api, Body, Error, Json, Path, Query};
use schemars::JsonSchema;
use serde::Deserialize;

use self::held::Held;
use super::extension::{Voice, failed};
use super::sending::{Sent, Window};
use crate::app::App;

mod held;
mod picture;

use picture::Picture;

const VOICE: Voice = Voice {
    what: "Canvas extension",
    taken: "Canvas extension already installed. Use force=true to overwrite.",
    unreachable: "Could not read canvas extension source",
    invalid: "Invalid canvas extension. Ensure the manifest is well-formed.",
};

/// Said when a source holds no extension at its top.
const ABSENT: &str = "No canvas-extension.json found at the resolved location. Source plus Path must point at the \
                      extension's own directory, not the repository root.";

/// The operations of this resource.
pub(super) fn routes() -> Api<App> {
    let all = "/api/canvas-extensions/installed";
    let one = &format!("{all}/{{extension_name}}");
    Api::tagged("Canvas Extensions")
        .post(
            "/api/canvas-extensions/install",
            "install_canvas_extension_endpoint",
            install,
        )
        .or(400, "Could not read canvas extension source")
        .or(409, "Canvas extension already installed (use force=true)")
        .or(422, "Invalid canvas extension (bad manifest, etc.)")
        .get(all, "list_installed_canvas_extensions_endpoint", list)
        .get(one, "get_installed_canvas_extension_endpoint", get)
        .or(404, "Canvas extension not installed")
        .patch(one, "set_canvas_extension_enabled_endpoint", switch)
        .or(404, "Canvas extension not installed")
        .delete(one, "uninstall_canvas_extension_endpoint", uninstall)
        .or(404, "Canvas extension not installed")
        .and(services(one))
        .and(files(one))
}

fn services(one: &str) -> Api<App> {
    let backend = &format!("{one}/backend");
    Api::tagged("Canvas Extensions")
        .get(
            backend,
            "get_canvas_extension_backend_status_endpoint",
            status,
        )
        .post(
            &format!("{backend}/prepare"),
            "prepare_canvas_extension_backend_endpoint",
            prepare,
        )
        .or(409, "Revision or checksum approval conflict")
        .post(
            &format!("{backend}/start"),
            "start_canvas_extension_backend_endpoint",
            start,
        )
        .or(409, "Revision is not prepared or cannot start")
        .post(
            &format!("{backend}/stop"),
            "stop_canvas_extension_backend_endpoint",
            status,
        )
        .get(
            &format!("{backend}/logs"),
            "get_canvas_extension_backend_logs_endpoint",
            logs,
        )
        .delete(
            &format!("{backend}/data"),
            "delete_canvas_extension_backend_data_endpoint",
            delete_data,
        )
        .or(409, "Backend must be stopped first")
}

fn files(one: &str) -> Api<App> {
    Api::tagged("Canvas Extensions")
        .get(
            &format!("{one}/bundle"),
            "get_canvas_extension_bundle_endpoint",
            bundle,
        )
        .or(404, "Canvas extension or bundle not found")
        .get(
            &format!("{one}/icon"),
            "get_canvas_extension_icon_endpoint",
            icon,
        )
        .or(404, "Canvas extension or icon not found")
}

#[derive(Deserialize, JsonSchema)]
struct One {
    /// Canvas extension name (lowercase alphanumeric, hyphens)
    #[schemars(
        length(min = 1, max = 255),
        regex(pattern = "^[a-z0-9]+(?:-[a-z0-9]+)*$")
    )]
    extension_name: String,
}

#[derive(Deserialize, JsonSchema)]
struct Lines {
    #[serde(default = "most")]
    #[schemars(range(min = 1, max = 262_144))]
    #[expect(
        dead_code,
        reason = "no service runs, so there is nothing to cut short"
    )]
    limit_bytes: usize,
}

fn most() -> usize {
    65_536
}

async fn install(
    app: App,
    Body(asked): Body<InstallCanvasExtensionRequest>,
) -> Result<Json<InstalledCanvasExtensionResponse>, Error> {
    let installed = app.extensions().install(Kind::Canvas, asked.into()).await;
    let installed = installed.map_err(|error| match error {
        ExtensionError::Unreachable(why) => {
            Error::bad(format!("Could not read canvas extension source: {why}"))
        }
        ExtensionError::Absent(_) => super::extension::unfit(ABSENT),
        ExtensionError::Taken(_)
        | ExtensionError::NotInstalled(_)
        | ExtensionError::Invalid(_)
        | ExtensionError::Late
        | ExtensionError::Missing(_)
        | ExtensionError::Storage { .. } => VOICE.uninstalled(&error),
    })?;
    shown(&app, installed).await
}

async fn list(app: App, (): ()) -> Result<Json<InstalledCanvasExtensionsListResponse>, Error> {
    let extensions = app.extensions();
    let installed = extensions.installed(Kind::Canvas).await.map_err(failed)?;
    let canvas_extensions = extensions
        .canvas_manifests(installed)
        .await
        .map_err(failed)?;
    Ok(Json::ok(InstalledCanvasExtensionsListResponse {
        canvas_extensions,
    }))
}

async fn get(
    app: App,
    Path(one): Path<One>,
) -> Result<Json<InstalledCanvasExtensionResponse>, Error> {
    let installed = app.extensions().one(Kind::Canvas, one.extension_name).await;
    let installed = installed.map_err(|error| VOICE.uninstalled(&error))?;
    shown(&app, installed).await
}

async fn shown(
    app: &App,
    info: Installation,
) -> Result<Json<InstalledCanvasExtensionResponse>, Error> {
    let name = info.name.clone();
    let shown = app.extensions().canvas_manifests(vec![info]).await;
    let missing = || Error::not_found(format!("Canvas extension '{name}' is not installed"));
    let shown = shown.map_err(failed)?.pop();
    shown.map(Json::ok).ok_or_else(missing)
}

async fn switch(
    app: App,
    (Path(one), Body(asked)): (Path<One>, Body<UpdateCanvasExtensionStateRequest>),
) -> Result<Json<UpdateCanvasExtensionStateResponse>, Error> {
    let (name, enabled) = (one.extension_name, asked.enabled);
    let switched = app.extensions().switch(Kind::Canvas, name.clone(), enabled);
    switched.await.map_err(|error| VOICE.uninstalled(&error))?;
    Ok(Json::ok(UpdateCanvasExtensionStateResponse {
        name,
        enabled,
    }))
}

async fn uninstall(
    app: App,
    Path(One {
        extension_name: name,
    }): Path<One>,
) -> Result<Json<UninstallCanvasExtensionResponse>, Error> {
    let removed = app.extensions().uninstall(Kind::Canvas, name.clone()).await;
    removed.map_err(|error| VOICE.uninstalled(&error))?;
    let message = format!("Canvas extension '{name}' uninstalled");
    Ok(Json::ok(UninstallCanvasExtensionResponse { message }))
}

/// How a service is; one that does not run is also stopped.
async fn status(app: App, Path(one): Path<One>) -> Result<Json<BackendStatus>, Error> {
    let status = app.extensions().backend(one.extension_name).await;
    status.map(Json::ok).map_err(failed)
}

async fn prepare(
    app: App,
    (Path(one), Body(asked)): (Path<One>, Body<BackendRevisionRequest>),
) -> Result<Json<BackendStatus>, Error> {
    let extensions = app.extensions();
    let done = extensions.prepare_backend(one.extension_name, asked.revision);
    done.await.map(Json::ok).map_err(unready)
}

async fn start(
    app: App,
    (Path(one), Body(asked)): (Path<One>, Body<BackendRevisionRequest>),
) -> Result<Json<BackendStatus>, Error> {
    let extensions = app.extensions();
    let done = extensions.start_backend(one.extension_name, asked.revision);
    done.await.map(Json::ok).map_err(unready)
}

/// How a service that does not come up is told.
fn unready(error: ExtensionError) -> Error {
    match error {
        ExtensionError::Invalid(why) => Error::conflict(why),
        ExtensionError::Missing(why) => Error::not_implemented(why),
        ExtensionError::Taken(_)
        | ExtensionError::NotInstalled(_)
        | ExtensionError::Unreachable(_)
        | ExtensionError::Absent(_)
        | ExtensionError::Late
        | ExtensionError::Storage { .. } => failed(error),
    }
}

async fn logs(
    app: App,
    (Path(one), Query(_)): (Path<One>, Query<Lines>),
) -> Result<Json<BackendLogs>, Error> {
    Ok(Json::ok(app.extensions().backend_logs(one.extension_name)))
}

async fn delete_data(app: App, Path(one): Path<One>) -> Result<Json<BackendStatus>, Error> {
    let deleted = app.extensions().delete_backend_data(one.extension_name);
    deleted.await.map(Json::ok).map_err(failed)
}

async fn bundle(app: App, (Path(one), window): (Path<One>, Window)) -> Result<Sent, Error> {
    let name = one.extension_name;
    let served = app.extensions().canvas_bundle(name.clone()).await;
    let missing = || Error::not_found(format!("Canvas extension '{name}' bundle not found"));
    let served = served.map_err(failed)?.ok_or_else(missing)?;
    let kind = media_type(&served.name);
    window.send(download(served), kind, vec![anew()]).await
}

async fn icon(app: App, (Path(one), window): (Path<One>, Window)) -> Result<Picture, Error> {
    let name = one.extension_name;
    let served = app.extensions().canvas_icon(name.clone()).await;
    let missing = || Error::not_found(format!("Canvas extension '{name}' icon not found"));
    let served = served.map_err(failed)?.ok_or_else(missing)?;
    let harmless = [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    let harmless = harmless.map(|(name, value)| (name, HeaderValue::from_static(value)));
    let headers = [anew()].into_iter().chain(harmless).collect();
    let sent = window
        .send(download(served), "image/svg+xml", headers)
        .await;
    sent.map(Picture)
}

/// A browser asks anew each time: what is served may have been refreshed.
fn anew() -> (HeaderName, HeaderValue) {
    (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))
}

/// What a bundle is: JavaScript, a page, or text.
fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("js" | "mjs") => "text/javascript",
        Some("html" | "htm") => "text/html",
        _ => "text/plain",
    }
}

fn download(served: Served) -> Download {
    Download {
        name: served.name,
        length: served.bytes.len() as u64,
        modified: served.modified.map(Moment),
        tag: served.tag,
        body: Box::new(Held(served.bytes.into())),
    }
}
