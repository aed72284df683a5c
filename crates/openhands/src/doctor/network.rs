//! Whether the model's server answers at all. Sends no key and no request: a connection is enough.

use std::time::Duration;

use tokio::net::TcpStream;

use super::Finding;
use crate::demo;
use crate::wiring::{House, server_of};

/// How long a server may take to accept a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// Connects to the server of the configured model.
pub async fn reachable(house: &House) -> Finding {
    let what = "network";
    let config = &house.config;
    let Some(model) = config.model().filter(|model| model != demo::NAME) else {
        return Finding::fine(what, "nothing to reach");
    };
    let given = config
        .get("llm.base_url")
        .and_then(|found| found.value.as_str());
    let Some(url) = given.map(str::to_owned).or_else(|| server_of(&model)) else {
        return Finding::doubtful(
            what,
            format!("nobody knows where {model} is"),
            "say it with --base-url or LLM_BASE_URL",
        );
    };
    let Some((host, port)) = address(&url) else {
        return Finding::broken(
            what,
            format!("{url} is no address"),
            "give one such as http://127.0.0.1:11434/v1",
        );
    };
    let place = format!("{host}:{port}");
    let proxied = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
        .iter()
        .any(|name| house.env.get(name).is_some());
    match tokio::time::timeout(PATIENCE, TcpStream::connect((host, port))).await {
        Ok(Ok(_)) => Finding::fine(what, format!("{place} can be reached")),
        Ok(Err(_)) | Err(_) if proxied => Finding::doubtful(
            what,
            format!("{place} cannot be reached directly"),
            "a proxy is set, so it may be reached through that",
        ),
        Ok(Err(error)) => Finding::broken(
            what,
            format!("{place} cannot be reached: {error}"),
            "check the network, --base-url, and whether a proxy is needed (HTTPS_PROXY)",
        ),
        Err(_) => Finding::broken(
            what,
            format!("{place} does not answer"),
            "check the network, --base-url, and whether a proxy is needed (HTTPS_PROXY)",
        ),
    }
}

/// Host and port of a URL.
fn address(url: &str) -> Option<(&str, u16)> {
    let (scheme, rest) = url.split_once("://")?;
    let default = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    let authority = authority.rsplit('@').next()?;
    if let Some(inside) = authority.strip_prefix('[') {
        let (host, port) = inside.split_once(']')?;
        return Some((host, port_of(port.strip_prefix(':'), default)?));
    }
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let port = port_of(port, default)?;
    (!host.is_empty()).then_some((host, port))
}

fn port_of(text: Option<&str>, default: u16) -> Option<u16> {
    match text {
        None => Some(default),
        Some(text) => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_from_urls() {
        for (url, expected) in [
            ("http://127.0.0.1:11434/v1", Some(("127.0.0.1", 11434))),
            ("https://api.example.com", Some(("api.example.com", 443))),
            ("http://user:pw@host/x?y", Some(("host", 80))),
            ("http://[::1]:8080/v1", Some(("::1", 8080))),
            ("https://[::1]", Some(("::1", 443))),
            ("ftp://x", None),
            ("nonsense", None),
            ("http://", None),
            ("http://host:port", None),
        ] {
            assert_eq!(address(url), expected, "{url}");
        }
    }
}
