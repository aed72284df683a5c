//! Who may come in: the session key of REST requests.

use axum::http::HeaderMap;
use axum::http::request::Parts;
use http_kit::Error;

use crate::app::App;

/// The header that carries the session key.
pub(crate) const KEY: &str = "x-session-api-key";

/// Lets a request in that carries a session key, or any if the server needs none.
pub(crate) fn keyed(app: &App, parts: &Parts) -> Result<(), Error> {
    if !admitted(app, &parts.headers) {
        return Err(Error::unauthorized());
    }
    app.touch();
    Ok(())
}

fn admitted(app: &App, headers: &HeaderMap) -> bool {
    app.keys().open()
        || headers
            .get(KEY)
            .and_then(|key| key.to_str().ok())
            .is_some_and(|key| app.keys().opens(key))
}
