//! The cookie that opens the pages of workspaces in a browser.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::IntoResponse as _;
use http_kit::{Api, Error, NoContent, Raw, Rest};

use super::static_files::COOKIE;
use crate::app::App;
use crate::door;

/// The operations of this resource.
pub(super) fn routes() -> Api<App> {
    let session = "/api/auth/workspace-session";
    Api::tagged("Auth")
        .post(session, "create_workspace_session", create)
        .described(
            "Sets a cookie by which a browser may show the files of workspaces, and nothing else.",
        )
        .with(204)
        .or(401, "Missing or invalid session API key")
        .delete(session, "delete_workspace_session", delete)
        .described("Takes that cookie away.")
        .with(204)
}

async fn create(app: App, Rest(parts, _): Rest) -> Result<Cookie, Error> {
    let key = parts.headers.get(door::KEY).cloned();
    let key = key.and_then(|key| key.to_str().ok().map(str::to_owned));
    let key = key.filter(|key| app.keys().opens(key)).unwrap_or_default();
    Ok(Cookie(set(
        &parts.headers,
        parts.uri.scheme_str(),
        &key,
        TEN_YEARS,
    )))
}

async fn delete(_: App, Rest(parts, _): Rest) -> Result<Cookie, Error> {
    Ok(Cookie(set(&parts.headers, parts.uri.scheme_str(), "", 0)))
}

/// In seconds.
const TEN_YEARS: u64 = 315_360_000;

/// An answer that is nothing but a cookie.
struct Cookie(Option<HeaderValue>);

impl http_kit::Output for Cookie {
    fn describe(sketch: &mut http_kit::Sketch<'_>) {
        NoContent::describe(sketch);
    }

    fn respond(self) -> axum::response::Response {
        let mut response = StatusCode::NO_CONTENT.into_response();
        if let Some(cookie) = self.0 {
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
        Raw(response).respond()
    }
}

/// The cookie; `Secure` where the browser will accept that, because it is shown in frames of other sites.
fn set(headers: &HeaderMap, scheme: Option<&str>, key: &str, age: u64) -> Option<HeaderValue> {
    let forwarded = headers.get("x-forwarded-proto");
    let https = scheme == Some("https") || forwarded.is_some_and(|proto| proto == "https");
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let host = host.map(|host| host.rsplit_once(':').map_or(host, |(name, _)| name));
    let loopback = matches!(host, Some("localhost" | "127.0.0.1" | "[::1]"));
    let site = if https || loopback {
        "SameSite=none; Secure; Partitioned"
    } else {
        "SameSite=lax"
    };
    let cookie =
        format!("{COOKIE}={key}; HttpOnly; Max-Age={age}; Path=/api/conversations; {site}");
    HeaderValue::from_str(&cookie).ok()
}
