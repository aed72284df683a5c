//! The one place where HTTP clients are made. Knows no provider.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::{Certificate, Client, ClientBuilder, Url};

/// The HTTP clients of a process: made when first needed, cheap to clone, one pool of connections for all.
#[derive(Clone, Debug, Default)]
pub struct Http {
    pools: Arc<Pools>,
}

#[derive(Debug, Default)]
struct Pools {
    plain: OnceLock<Result<Client, String>>,
    open: OnceLock<Result<Client, String>>,
}

const CONNECT: Duration = Duration::from_secs(30);
const IDLE: Duration = Duration::from_secs(90);

impl Http {
    /// No client yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The client for an address: servers on this machine are reached without proxy and certificates.
    pub fn client(&self, url: &Url) -> Result<&Client, String> {
        let client = if url.scheme() == "http" && is_loopback(url) {
            let none = std::iter::empty::<Certificate>();
            self.pools
                .plain
                .get_or_init(|| build(|| settings().no_proxy().tls_certs_only(none.clone())))
        } else {
            self.pools
                .open
                .get_or_init(|| build(settings).or_else(|_| build(with_own_roots)))
        };
        client.as_ref().map_err(Clone::clone)
    }
}

fn settings() -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("openhands/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
        .pool_idle_timeout(IDLE)
}

/// Slim containers have no certificates of their own.
fn with_own_roots() -> ClientBuilder {
    let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter();
    settings().tls_certs_only(roots.filter_map(|der| Certificate::from_der(der).ok()))
}

fn build(settings: impl Fn() -> ClientBuilder) -> Result<Client, String> {
    settings().build().map_err(|e| chain(&e))
}

/// An error and its causes, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let more = inner.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = inner.source();
    }
    text
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let ip = host.parse::<std::net::IpAddr>();
    ip.map_or_else(
        |_| host == "localhost" || host.ends_with(".localhost"),
        |ip| ip.is_loopback(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known_by_its_names() {
        for (url, local) in [
            ("http://127.0.0.1:9/v1", true),
            ("http://[::1]:9", true),
            ("http://localhost", true),
            ("http://x.localhost", true),
            ("http://127.0.0.1.example.com", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(url).unwrap()), local, "{url}");
        }
    }

    #[test]
    fn both_clients_can_be_made_and_are_made_once() {
        let http = Http::new();
        let near = Url::parse("http://127.0.0.1").unwrap();
        let far = Url::parse("https://example.com").unwrap();
        assert!(http.client(&near).is_ok());
        assert!(http.clone().client(&far).is_ok());
        assert!(http.pools.plain.get().is_some() && http.pools.open.get().is_some());
    }

    #[test]
    fn without_certificates_on_the_machine_there_are_own_ones() {
        assert!(build(with_own_roots).is_ok());
        assert!(webpki_root_certs::TLS_SERVER_ROOT_CERTS.len() > 50);
    }
}
