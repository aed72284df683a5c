//! The port to servers that are told of what happens here.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use domain::Fut;

/// Carries messages to other servers.
pub trait Courier: Send + Sync {
    /// Posts JSON to an address; the status of the answer, or why there was none.
    fn post<'a>(
        &'a self,
        url: &'a str,
        headers: &'a BTreeMap<String, String>,
        json: Bytes,
        patience: Duration,
    ) -> Fut<'a, Result<u16, String>>;
}
