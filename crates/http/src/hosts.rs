//! Keeps pages that pretend to be on this machine away from a face that needs no key. Knows no route.
//!
//! A page can send its reader's browser to any address: by a name of its own that it lets point here (then `Host` is that
//! name), or by a form or a socket that asks no leave (then `Origin` is its own). A key stops both, so a face that needs
//! one needs none of this. Programs send no `Origin`, and name an address or `localhost`: they never notice.
//! A proxy in front that passes on a name of its own must be configured by that name.

use std::net::IpAddr;

use axum::http::{HeaderMap, Method, StatusCode, header};

use crate::cors::{Cors, bare, host_of};
use crate::error::Error;

/// The names under which a face without a key may be called.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    names: Vec<String>,
}

impl Hosts {
    /// Any address and `localhost`, and these names or the hosts of these URLs.
    pub fn named(names: impl IntoIterator<Item = String>) -> Self {
        let names = names
            .into_iter()
            .map(|name| host_of(&name).unwrap_or_else(|| bare(&name)));
        Self {
            names: names.collect(),
        }
    }

    /// Refuses a request that a page under a foreign name makes.
    pub(crate) fn check(
        &self,
        cors: &Cors,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
    ) -> Result<(), Error> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let given = text(header::HOST);
        if let Some(host) = given
            && !self.knows(&bare(host))
        {
            return Err(refused(format!(
                "This server is not called {host}; add the name to its settings, or set a session key"
            )));
        }
        let changes = !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
        let socket = headers.contains_key(header::UPGRADE);
        if let Some(origin) = text(header::ORIGIN)
            && (changes || socket)
            && !cors.allows(origin, path)
            && origin.split_once("://").map(|(_, place)| place) != given
        {
            return Err(refused(format!(
                "Pages of {origin} may not do this; allow the origin, or set a session key"
            )));
        }
        Ok(())
    }

    fn knows(&self, host: &str) -> bool {
        host == "localhost"
            || host.ends_with(".localhost")
            || host.parse::<IpAddr>().is_ok()
            || self.names.iter().any(|name| name == host)
    }
}

fn refused(detail: String) -> Error {
    Error::new(StatusCode::FORBIDDEN, detail)
}
