//! What the server sends to others: the messages of webhooks. Knows no message.

use std::collections::BTreeMap;
use std::time::Duration;

use agent_server::Courier;
use bytes::Bytes;
use domain::Fut;
use reqwest::Url;

/// Sends HTTP requests to others.
pub(super) struct Outgoing(pub(super) llm::Http);

impl Courier for Outgoing {
    fn post<'a>(
        &'a self,
        url: &'a str,
        headers: &'a BTreeMap<String, String>,
        json: Bytes,
        patience: Duration,
    ) -> Fut<'a, Result<u16, String>> {
        Box::pin(async move {
            let url = Url::parse(url).map_err(|error| format!("{url}: {error}"))?;
            let mut request = self
                .0
                .client(&url)?
                .post(url)
                .header("content-type", "application/json")
                .timeout(patience);
            for (name, value) in headers {
                request = request.header(name, value);
            }
            let answer = request.body(json).send().await;
            answer
                .map(|answer| answer.status().as_u16())
                .map_err(|error| error.without_url().to_string())
        })
    }
}
