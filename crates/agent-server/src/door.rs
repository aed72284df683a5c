//! Who may come in: the session key of REST requests.

use axum::http::request::Parts;
use http_kit::Error;

use crate::app::App;

/// The header that carries the session key.
pub(crate) const KEY: &str = "x-session-api-key";

/// Lets a request in that carries a session key, or any if the server needs none.
pub(crate) fn keyed(app: &App, request: &Parts) -> Result<(), Error> {
    let given = request.headers.get(KEY);
    let opens = given
        .and_then(|key| key.to_str().ok())
        .is_some_and(|key| app.keys().opens(key));
    if opens || app.keys().open() {
        app.touch();
        Ok(())
    } else {
        Err(Error::unauthorized())
    }
}
