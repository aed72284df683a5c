//! Cookies and kinds of files.

use axum::http::HeaderMap;

use super::cookie;
use super::media::media_type;

#[test]
fn the_cookie_is_found_among_others() {
    let mut headers = HeaderMap::new();
    headers.append(
        "cookie",
        "a=b; xoh_workspace_session_key=no".parse().unwrap(),
    );
    assert_eq!(cookie(&headers), None);
    headers.append(
        "cookie",
        "c=d;oh_workspace_session_key=k=1".parse().unwrap(),
    );
    assert_eq!(cookie(&headers), Some("k=1"));
}

#[test]
fn what_browsers_run_is_named() {
    assert_eq!(media_type("index.HTML"), "text/html");
    assert_eq!(media_type("a.tar.gz"), "application/x-tar");
    assert_eq!(media_type("Makefile"), "application/octet-stream");
    assert_eq!(media_type(".js"), "text/javascript");
}
