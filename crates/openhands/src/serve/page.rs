//! Shows the web interface: its files, and its one page for every address of its own.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};

use super::ui::{self, File};

/// What is shown while there is no interface in the binary.
const ABSENT: &str = "<!doctype html><meta charset=utf-8><title>OpenHands</title>\
<p>The server runs, but this build has no web interface. <code>cargo xtask serve</code> builds one that has it; \
it needs npm.</p>";

/// Names that end so are files; others are addresses within the page.
const FILES: &[&str] = &[
    "js",
    "css",
    "json",
    "map",
    "png",
    "svg",
    "ico",
    "txt",
    "xml",
    "mp3",
    "wav",
    "woff",
    "woff2",
    "ttf",
    "webmanifest",
    "webp",
    "gif",
    "jpg",
    "jpeg",
    "html",
    "htm",
    "mjs",
    "gz",
    "br",
];

/// Answers for the interface. The page is handed the key, if there is one to hand out.
pub(super) fn router(key: Option<&str>) -> Router {
    let page = page(key);
    Router::new().fallback(move |method: Method, uri: Uri, headers: HeaderMap| {
        let page = page.clone();
        async move { answer(&page, &method, uri.path(), &headers) }
    })
}

/// The page, with what it must know before it starts.
fn page(key: Option<&str>) -> String {
    let Some(file) = ui::find("index.html") else {
        return ABSENT.to_owned();
    };
    let html = String::from_utf8_lossy(&file.unpacked()).into_owned();
    let told = match key {
        Some(key) => format!("window.__AGENT_CANVAS_SESSION_API_KEY__={};", literal(key)),
        None => "window.__AGENT_CANVAS_AUTH_REQUIRED__=true;".to_owned(),
    };
    let script =
        format!("<script>{told}window.__AGENT_CANVAS_DO_NOT_TRACK__=true;</script></head>");
    html.replacen("</head>", &script, 1)
}

/// A text as a script writes it, safe inside a page.
fn literal(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    let mut safe = String::with_capacity(quoted.len());
    for c in quoted.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                safe.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            other => safe.push(other),
        }
    }
    safe
}

fn answer(page: &str, method: &Method, path: &str, headers: &HeaderMap) -> Response {
    let name = path.trim_start_matches('/');
    if let Some(asked) = name.strip_prefix("api/automation/") {
        return automation(method, asked);
    }
    if !matches!(*method, Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    if name.is_empty() || name == "index.html" {
        return whole(page);
    }
    match ui::find(name) {
        Some(file) => show(name, file, headers),
        None if is_file(name) => (StatusCode::NOT_FOUND, "Not Found").into_response(),
        None => whole(page),
    }
}

/// What the service of automations would say: there are none. It is not part of this place, and the page asks for it.
fn automation(method: &Method, asked: &str) -> Response {
    if *method == Method::GET && asked == "v1" {
        return axum::Json(serde_json::json!({"automations": [], "total": 0})).into_response();
    }
    let absent = serde_json::json!({"detail": "Not Found"});
    (StatusCode::NOT_FOUND, axum::Json(absent)).into_response()
}

fn is_file(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    last.rsplit_once('.')
        .is_some_and(|(_, end)| FILES.contains(&end))
}

fn whole(page: &str) -> Response {
    let mut response = Response::new(Body::from(page.to_owned()));
    let head = response.headers_mut();
    let set =
        |head: &mut HeaderMap, name, value| head.insert(name, HeaderValue::from_static(value));
    set(head, header::CONTENT_TYPE, "text/html; charset=utf-8");
    // It may carry the key.
    set(head, header::CACHE_CONTROL, "no-store");
    set(head, header::REFERRER_POLICY, "no-referrer");
    set(head, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(head, header::X_FRAME_OPTIONS, "SAMEORIGIN");
    response
}

fn show(name: &str, file: File, headers: &HeaderMap) -> Response {
    let accepted = headers.get(header::ACCEPT_ENCODING);
    let takes_gzip =
        accepted.is_some_and(|value| value.to_str().is_ok_and(|all| all.contains("gzip")));
    let packed = file.packed && takes_gzip;
    let body = if packed || !file.packed {
        Body::from(file.bytes)
    } else {
        Body::from(file.unpacked())
    };
    let mut response = Response::new(body);
    let head = response.headers_mut();
    head.insert(header::CONTENT_TYPE, HeaderValue::from_static(media(name)));
    head.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    // Names under assets/ change with what is in them.
    let lasting = if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    head.insert(header::CACHE_CONTROL, HeaderValue::from_static(lasting));
    if file.packed {
        head.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    if packed {
        head.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

fn media(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "js" | "mjs" => "text/javascript",
        "css" => "text/css",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "gif" => "image/gif",
        "jpg" | "jpeg" => "image/jpeg",
        "webmanifest" => "application/manifest+json",
        "mp3" => "audio/mpeg",
        "wav" => "audio/wav",
        "woff" => "font/woff",
        "woff2" => "font/woff2",
        "ttf" => "font/ttf",
        "html" | "htm" => "text/html; charset=utf-8",
        "xml" => "application/xml",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_cannot_break_out_of_the_page() {
        assert_eq!(
            literal("a\"</script>\u{2028}"),
            r#""a\"\u003c/script\u003e\u2028""#
        );
    }

    #[test]
    fn addresses_of_the_page_show_it_and_missing_files_do_not() {
        let none = HeaderMap::new();
        let get = |path: &str| answer("page", &Method::GET, path, &none).status();
        assert_eq!(get("/conversations/1"), StatusCode::OK);
        assert_eq!(get("/assets/missing.js"), StatusCode::NOT_FOUND);
        let post = answer("page", &Method::POST, "/", &none).status();
        assert_eq!(post, StatusCode::METHOD_NOT_ALLOWED);
    }
}
