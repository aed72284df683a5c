//! Secrets that are kept elsewhere, fetched over HTTP when they are used. Knows no conversation.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use domain::{Fut, Lookup, LookupError, Secret};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};

#[cfg(test)]
mod tests;

/// How long a fetch may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a secret may be.
const LONGEST: usize = 64 * 1024;
/// Where this server is if nobody says otherwise.
const HERE: &str = "http://127.0.0.1:8000";

/// Fetches secrets from the addresses that people give.
pub struct Web {
    /// Where addresses without a server of their own start from.
    own: String,
}

impl Web {
    /// `own` is the address of the server in this process.
    pub fn new(own: Option<&str>) -> Self {
        Self {
            own: own.unwrap_or(HERE).to_owned(),
        }
    }

    fn address(&self, url: &str) -> Result<Url, LookupError> {
        let parsed =
            Url::parse(url).or_else(|_| Url::parse(&self.own).and_then(|own| own.join(url)));
        let parsed =
            parsed.map_err(|fault| LookupError(format!("its address is none: {fault}")))?;
        match parsed.scheme() {
            "http" | "https" => Ok(parsed),
            other => Err(LookupError(format!(
                "its address begins with {other}:, but only http: and https: are fetched"
            ))),
        }
    }

    async fn get(
        &self,
        url: &str,
        headers: &BTreeMap<String, Secret>,
    ) -> Result<Secret, LookupError> {
        let url = self.address(url)?;
        let place = shown(&url);
        let client = client(&url).await?;
        let mut request = client.get(url);
        for (name, value) in headers {
            let Some(value) = value.expose() else {
                let why =
                    format!("{place} wants the header {name}, whose value cannot be opened here");
                return Err(LookupError(why));
            };
            request = request.header(name, value);
        }
        let reached = request.send().await;
        let answer = reached.map_err(|error| failed(&place, &error))?;
        let status = answer.status();
        if !status.is_success() {
            return Err(LookupError(format!("{place} answered {status}")));
        }
        body(&place, answer).await
    }
}

impl Lookup for Web {
    fn fetch<'a>(
        &'a self,
        url: &'a str,
        headers: &'a BTreeMap<String, Secret>,
    ) -> Fut<'a, Result<Secret, LookupError>> {
        Box::pin(async move {
            let fetched = tokio::time::timeout(PATIENCE, self.get(url, headers)).await;
            fetched.unwrap_or_else(|_| {
                let seconds = PATIENCE.as_secs();
                Err(LookupError(format!(
                    "no answer came within {seconds} seconds"
                )))
            })
        })
    }
}

/// A client for one address, which goes where the name led when it was looked at and nowhere else.
async fn client(url: &Url) -> Result<Client, LookupError> {
    let place = shown(url);
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Err(LookupError(format!("{place} names no server")));
    };
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let found = tokio::net::lookup_host((name, port)).await;
    let addresses: Vec<SocketAddr> = found
        .map_err(|error| LookupError(format!("{place} is not found: {error}")))?
        .collect();
    if let Some(odd) = addresses.iter().find(|address| is_forbidden(address.ip())) {
        let why = format!(
            "{place} leads to {}, where no secrets are fetched",
            odd.ip()
        );
        return Err(LookupError(why));
    }
    let mut settings = Client::builder()
        .redirect(Policy::none())
        .resolve_to_addrs(name, &addresses);
    if addresses.iter().all(|address| address.ip().is_loopback()) {
        settings = settings.no_proxy();
    }
    settings.build().map_err(|error| failed(&place, &error))
}

/// Networks of machines that hand out keys to whoever asks, and addresses that are no machine.
fn is_forbidden(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            v4.is_link_local() || v4.is_unspecified() || v4.is_broadcast() || v4.is_multicast()
        }
        IpAddr::V6(v6) => {
            // The last is where a cloud keeps its metadata.
            v6.is_unicast_link_local()
                || v6.is_unspecified()
                || v6.is_multicast()
                || v6.segments()[..2] == [0xfd00, 0x0ec2]
        }
    }
}

async fn body(place: &str, mut answer: Response) -> Result<Secret, LookupError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer
        .chunk()
        .await
        .map_err(|error| failed(place, &error))?
    {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > LONGEST {
            let why =
                format!("{place} answered with more than {LONGEST} bytes, too much for a secret");
            return Err(LookupError(why));
        }
    }
    match String::from_utf8(bytes) {
        Ok(text) if !text.is_empty() => Ok(Secret::Plain(text)),
        Ok(_) => Err(LookupError(format!("{place} answered with nothing"))),
        Err(_) => Err(LookupError(format!(
            "{place} answered with what is no text"
        ))),
    }
}

/// An address without what may be secret in it.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // Neither can fail for an address with a host, and without one there is nothing to hide.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}

fn failed(place: &str, error: &reqwest::Error) -> LookupError {
    let mut why = String::new();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(inner) = cause {
        why = format!(": {inner}");
        cause = inner.source();
    }
    LookupError(format!("{place} cannot be reached{why}"))
}
