//! The files of a conversation's workspace as a plain web server shows them, to whoever has the key or its cookie.

mod media;

use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::request::Parts;
use domain::ConversationId;
use http_kit::{Api, Error, Path};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::place::{answer, directory};
use super::sending::{Sent, Window};
use crate::app::App;
use crate::door;

/// The cookie that opens these pages, and nothing else.
pub(crate) const COOKIE: &str = "oh_workspace_session_key";

/// The operations of this resource.
pub(super) fn routes() -> Api<App> {
    let root = "/api/conversations/{conversation_id}/workspace";
    Api::tagged("Workspace")
        .get(root, "serve_workspace_root", serve_root)
        .or(404, "File or conversation not found")
        .get(
            &format!("{root}/{{*file_path}}"),
            "serve_workspace_file",
            serve_file,
        )
        .or(404, "File or conversation not found")
        .keyed("APIKeyHeader")
        .keyed("APIKeyCookie")
        .guarded(admit)
}

/// Lets a request in by its header, as all others, or by the cookie.
fn admit(app: &App, parts: &Parts) -> Result<(), Error> {
    let cookie = cookie(&parts.headers);
    if cookie.is_some_and(|key| app.keys().opens(key)) {
        app.touch();
        return Ok(());
    }
    door::keyed(app, parts)
}

/// The value of the cookie.
fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).iter();
    let pairs = all
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value.trim_matches('"'))
}

#[derive(Deserialize, JsonSchema)]
struct Root {
    conversation_id: Uuid,
}

#[derive(Deserialize, JsonSchema)]
struct File {
    conversation_id: Uuid,
    file_path: String,
}

async fn serve_root(app: App, (Path(root), window): (Path<Root>, Window)) -> Result<Sent, Error> {
    serve(&app, root.conversation_id, String::new(), window).await
}

async fn serve_file(app: App, (Path(file), window): (Path<File>, Window)) -> Result<Sent, Error> {
    serve(&app, file.conversation_id, file.file_path, window).await
}

async fn serve(app: &App, id: Uuid, path: String, window: Window) -> Result<Sent, Error> {
    let root = directory(app, ConversationId(id)).await?;
    let page = app.workspaces().shared().page(root, path).await;
    let page = page.map_err(answer)?;
    let media_type = media::media_type(&page.name);
    // What is said to be text must not be taken for a page.
    let plain = (
        HeaderName::from_static("x-content-type-options"),
        HeaderValue::from_static("nosniff"),
    );
    window.send(page, media_type, vec![plain]).await
}

#[cfg(test)]
mod tests;
