//! The way of browsers to the services of canvas extensions: closed, as no place is configured for it.

use extensions::AppBackendSessionResponse;
use http_kit::{Api, Error, Json, NoContent, Path};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::app::App;
use crate::door;

/// The operations of this resource.
pub(super) fn routes() -> Api<App> {
    let session = "/app-backends/{extension_name}/session";
    let keyed = Api::tagged("Canvas App Backends")
        .post(session, "create_app_backend_session_endpoint", open)
        .or(401, "Missing or invalid X-Session-API-Key header")
        .or(403, "Origin is not allowed")
        .or(409, "Ingress does not use a separate browser origin")
        .or(503, "Backend is unavailable or ingress is not configured")
        .delete(session, "delete_app_backend_session_endpoint", close)
        .or(401, "Missing or invalid X-Session-API-Key header")
        .or(403, "Origin is not allowed")
        .keyed("APIKeyHeader")
        .guarded(door::keyed);
    let whole = "/app-backends/{extension_name}";
    let below = "/app-backends/{extension_name}/{*path}";
    let proxy = Api::tagged("Canvas App Backends");
    let proxy = proxy.get(whole, "proxy", root).hidden();
    let proxy = proxy.post(whole, "proxy", root).hidden();
    let proxy = proxy.put(whole, "proxy", root).hidden();
    let proxy = proxy.patch(whole, "proxy", root).hidden();
    let proxy = proxy.delete(whole, "proxy", root).hidden();
    let proxy = proxy.get(below, "proxy", inner).hidden();
    let proxy = proxy.post(below, "proxy", inner).hidden();
    let proxy = proxy.put(below, "proxy", inner).hidden();
    let proxy = proxy.patch(below, "proxy", inner).hidden();
    let proxy = proxy.delete(below, "proxy", inner).hidden();
    keyed.and(proxy)
}

#[derive(Deserialize, JsonSchema)]
struct One {
    /// Installed Canvas App name
    #[schemars(
        length(min = 1, max = 255),
        regex(pattern = "^[a-z0-9]+(?:-[a-z0-9]+)*$")
    )]
    #[expect(dead_code, reason = "checked, and then there is no way to any of them")]
    extension_name: String,
}

#[derive(Deserialize, JsonSchema)]
struct Inner {
    #[schemars(
        length(min = 1, max = 255),
        regex(pattern = "^[a-z0-9]+(?:-[a-z0-9]+)*$")
    )]
    #[expect(dead_code, reason = "checked, and then there is no way to any of them")]
    extension_name: String,
    path: String,
}

fn closed() -> Error {
    Error::unavailable("Canvas App backend ingress is not configured")
}

async fn open(_: App, Path(_): Path<One>) -> Result<Json<AppBackendSessionResponse>, Error> {
    Err(closed())
}

async fn close(_: App, Path(_): Path<One>) -> Result<NoContent, Error> {
    Err(closed())
}

async fn root(_: App, Path(_): Path<One>) -> Result<NoContent, Error> {
    Err(closed())
}

async fn inner(_: App, Path(asked): Path<Inner>) -> Result<NoContent, Error> {
    let climbs = |part: &str| part == "." || part == "..";
    if asked.path.contains('\\') || asked.path.split('/').any(climbs) {
        return Err(Error::bad("Invalid backend path"));
    }
    Err(closed())
}
