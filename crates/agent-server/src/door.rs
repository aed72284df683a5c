//! Who may come in: the session key of REST requests.

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_kit::Error;

use crate::app::App;

/// The header that carries the session key.
pub(crate) const KEY: &str = "x-session-api-key";

/// Lets a request in that carries a session key, or any if the server needs none.
pub(crate) async fn keyed(State(app): State<App>, request: Request, next: Next) -> Response {
    if !admitted(&app, request.headers()) {
        return Error::unauthorized().into_response();
    }
    app.touch();
    next.run(request).await
}

fn admitted(app: &App, headers: &HeaderMap) -> bool {
    app.keys().open()
        || headers
            .get(KEY)
            .and_then(|key| key.to_str().ok())
            .is_some_and(|key| app.keys().opens(key))
}
