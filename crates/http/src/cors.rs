//! Which pages of other origins may call a face: the headers that Starlette's middleware sends. Knows no route.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use regex::Regex;

/// Every method that a page may be told of.
const METHODS: [&str; 8] = [
    "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY",
];
const VARY: &str = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers, \
                    Access-Control-Request-Private-Network";
const PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-request-private-network");

/// The origins whose pages may call, with credentials. Those on this machine always may.
#[derive(Clone, Debug)]
pub struct Cors {
    origins: Vec<String>,
    pattern: Option<Regex>,
    hosts: Vec<String>,
    /// Paths whose credential comes by itself, in a cookie: pages of all web origins may call them.
    ambient: fn(&str) -> bool,
}

impl Default for Cors {
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            pattern: None,
            hosts: vec!["localhost".to_owned(), "127.0.0.1".to_owned()],
            ambient: |_| false,
        }
    }
}

impl Cors {
    /// Pages of these origins may call too; `*` is all of them.
    #[must_use]
    pub fn origins(mut self, origins: impl IntoIterator<Item = String>) -> Self {
        self.origins.extend(origins);
        self
    }

    /// So may pages whose whole origin matches this.
    pub fn pattern(mut self, pattern: &str) -> Result<Self, regex::Error> {
        self.pattern = Some(Regex::new(&format!("^(?:{pattern})$"))?);
        Ok(self)
    }

    /// So may pages from this host, at any port.
    #[must_use]
    pub fn host(mut self, host: &str) -> Self {
        self.hosts.push(host.to_ascii_lowercase());
        self
    }

    /// Pages of all web origins may call the paths of which this is true.
    #[must_use]
    pub fn ambient(mut self, paths: fn(&str) -> bool) -> Self {
        self.ambient = paths;
        self
    }

    /// Whether pages of that origin may call that path.
    pub fn allows(&self, origin: &str, path: &str) -> bool {
        if (self.ambient)(path) {
            let rest = origin
                .strip_prefix("http://")
                .or_else(|| origin.strip_prefix("https://"));
            return rest.is_some_and(|rest| !rest.is_empty());
        }
        host_of(origin).is_some_and(|host| self.hosts.contains(&host))
            || self
                .origins
                .iter()
                .any(|known| known == "*" || known == origin)
            || self
                .pattern
                .as_ref()
                .is_some_and(|pattern| pattern.is_match(origin))
    }

    /// The answer to a page that asks whether it may call; nothing if it does not ask that.
    pub(crate) fn preflight(
        &self,
        method: &Method,
        path: &str,
        asked: &HeaderMap,
    ) -> Option<Response> {
        let origin = asked.get(header::ORIGIN)?;
        let wanted = asked.get(header::ACCESS_CONTROL_REQUEST_METHOD)?;
        if method != Method::OPTIONS {
            return None;
        }
        let mut headers = HeaderMap::new();
        headers.insert(header::VARY, HeaderValue::from_static(VARY));
        let methods = HeaderValue::from_str(&METHODS.join(", ")).ok()?;
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        headers.insert(
            header::ACCESS_CONTROL_MAX_AGE,
            HeaderValue::from_static("600"),
        );
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
            HeaderValue::from_static("true"),
        );
        let mut against = Vec::new();
        if origin
            .to_str()
            .is_ok_and(|origin| self.allows(origin, path))
        {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        } else {
            against.push("origin");
        }
        if !wanted
            .to_str()
            .is_ok_and(|wanted| METHODS.contains(&wanted))
        {
            against.push("method");
        }
        if let Some(wanted) = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
        }
        if asked.contains_key(PRIVATE_NETWORK) {
            against.push("private-network");
        }
        Some(match against.is_empty() {
            true => (StatusCode::OK, headers, "OK").into_response(),
            false => {
                let text = format!("Disallowed CORS {}", against.join(", "));
                (StatusCode::BAD_REQUEST, headers, text).into_response()
            }
        })
    }

    /// Says on an answer to whom it may be shown; the answer to a page that asked says it already.
    pub(crate) fn mark(&self, origin: Option<&HeaderValue>, path: &str, headers: &mut HeaderMap) {
        if headers.contains_key(header::ACCESS_CONTROL_MAX_AGE) {
            return;
        }
        if let Some(origin) = origin {
            headers.insert(
                header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
                HeaderValue::from_static("true"),
            );
            if origin
                .to_str()
                .is_ok_and(|origin| self.allows(origin, path))
            {
                headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            }
        }
        let before = headers
            .get(header::VARY)
            .and_then(|vary| vary.to_str().ok());
        let vary = before.map(|before| HeaderValue::from_str(&format!("{before}, Origin")));
        let vary = vary.and_then(Result::ok);
        let vary = vary.unwrap_or(HeaderValue::from_static("Origin"));
        headers.insert(header::VARY, vary);
    }
}

/// The host in an origin or another address, in lower case and without its port.
pub(crate) fn host_of(origin: &str) -> Option<String> {
    let (_, rest) = origin.split_once("://")?;
    let place = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
    Some(bare(place))
}

/// The host without its port, in lower case.
pub(crate) fn bare(place: &str) -> String {
    let host = match place.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => place.split(':').next().unwrap_or(place),
    };
    host.to_ascii_lowercase()
}
