//! A page for people that lists every operation. Knows none of them: it reads the document.

use axum::response::{Html, IntoResponse as _};
use http_kit::{Api, Error, Raw};

/// The page. It loads nothing from anywhere else.
const PAGE: &str = include_str!("docs/page.html");

/// The operations of this resource.
pub(super) fn routes<S: Clone + Send + Sync + 'static>() -> Api<S> {
    Api::tagged("")
        .get("/docs", "docs", page::<S>)
        .hidden()
        .get("/redoc", "redoc", page::<S>)
        .hidden()
}

async fn page<S>(_: S, (): ()) -> Result<Raw, Error> {
    Ok(Raw(Html(PAGE).into_response()))
}
