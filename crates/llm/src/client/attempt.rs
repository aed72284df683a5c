//! One request and its reply. Knows no second attempt.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use domain::{Delta, LlmErrorKind, Prompt};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Body, Response, Url};

use crate::failure::Failure;
use crate::http::{Http, chain, is_loopback};
use crate::plan::Plan;
use crate::reply::{Listener, Reply, listener};
use crate::sse::Parser;
use crate::tweaks::Tweaks;
use crate::wire::{Ask, Memory};

/// What one attempt needs.
pub(super) struct Attempt<'a> {
    pub plan: &'a Plan,
    pub http: &'a Http,
    pub memory: &'a Memory,
    pub prompt: &'a Prompt,
    pub tweaks: &'a Tweaks,
}

/// A reply, and its cost if a gateway says so.
pub(super) struct Answer {
    pub reply: Reply,
    pub cost: Option<f64>,
}

/// No whole reply is longer.
const LONGEST_REPLY: usize = 64 * 1024 * 1024;
/// Nothing of use comes later in the explanation of a refusal.
const LONGEST_REFUSAL: usize = 256 * 1024;
/// How long a finished reply is kept open for what may follow.
const LAST_WORD: Duration = Duration::from_secs(5);
const COST: &str = "x-litellm-response-cost";

type Hear<'a> = &'a (dyn Fn(Delta) + Send + Sync);

impl Attempt<'_> {
    /// Asks once; `parameters` are the names of what was sent.
    pub async fn run(
        &self,
        parameters: &mut Vec<String>,
        deltas: Hear<'_>,
    ) -> Result<Answer, Failure> {
        let spec = &self.plan.spec;
        if self.prompt.stream {
            let pause = spec.stream_idle_timeout.filter(|s| *s > 0.0);
            let pause = pause.and_then(|s| Duration::try_from_secs_f64(s).ok());
            return self.exchange(pause, parameters, deltas).await;
        }
        let whole = self.exchange(None, parameters, deltas);
        let limit = spec.timeout.filter(|s| *s > 0).map(Duration::from_secs);
        within(limit, whole, "no reply came").await?
    }

    async fn exchange(
        &self,
        pause: Option<Duration>,
        parameters: &mut Vec<String>,
        deltas: Hear<'_>,
    ) -> Result<Answer, Failure> {
        let mut response = within(pause, self.send(parameters), "no reply came").await??;
        let status = response.status();
        if !status.is_success() {
            let said = body(&mut response, pause, LONGEST_REFUSAL).await;
            let said = said.unwrap_or_default();
            return Err(Failure::refused(status.as_u16(), response.headers(), &said));
        }
        let cost = header(response.headers(), COST).and_then(|text| text.parse().ok());
        let mut listener = listener(self.plan.dialect);
        if self.is_stream(&response) {
            stream(&mut response, listener.as_mut(), pause, deltas).await?;
        } else {
            let whole = body(&mut response, pause, LONGEST_REPLY).await?;
            listener.whole(&whole)?;
        }
        let reply = listener.finish()?;
        Ok(Answer { reply, cost })
    }

    async fn send(&self, parameters: &mut Vec<String>) -> Result<Response, Failure> {
        let plan = self.plan;
        let ask = Ask {
            plan,
            prompt: self.prompt,
            tweaks: self.tweaks,
        };
        let request = ask.request(self.memory);
        *parameters = request.parameters;
        let client = self
            .http
            .client(&plan.url)
            .map_err(|e| Failure::new(LlmErrorKind::Config, e))?;
        let mut headers = plan.headers.clone();
        let accept = if self.prompt.stream {
            "text/event-stream"
        } else {
            "application/json"
        };
        headers.insert("accept", HeaderValue::from_static(accept));
        let session = self.prompt.cache_key.as_deref();
        if let Some(session) = session.and_then(|s| HeaderValue::from_str(s).ok()) {
            let name = HeaderName::from_static("x-litellm-session-id");
            headers.entry(name).or_insert(session);
        }
        let sent = client
            .post(plan.url.clone())
            .headers(headers)
            .body(Body::wrap(request.body));
        sent.send().await.map_err(|e| lost(&plan.url, &e))
    }

    /// Some servers answer whole though asked to stream, some stream unasked.
    fn is_stream(&self, response: &Response) -> bool {
        match header(response.headers(), CONTENT_TYPE.as_str()) {
            Some(kind) if kind.starts_with("text/event-stream") => true,
            Some(kind) if kind.starts_with("application/json") => false,
            _ => self.prompt.stream,
        }
    }
}

async fn stream(
    response: &mut Response,
    listener: &mut dyn Listener,
    pause: Option<Duration>,
    deltas: Hear<'_>,
) -> Result<(), Failure> {
    let mut parser = Parser::new();
    let mut events = Vec::new();
    loop {
        let more = if listener.has_all() {
            // Only the token counts are missing, and some servers never send them.
            next(response, Some(LAST_WORD)).await.ok().flatten()
        } else {
            next(response, pause).await?
        };
        let Some(bytes) = more else { break };
        let fed = parser.feed(&bytes, &mut events);
        for event in events.drain(..) {
            listener.event(&event, &mut |delta| deltas(delta))?;
        }
        fed.map_err(|_| Failure::unreadable("a piece of the reply has no end."))?;
        if listener.is_over() {
            return Ok(());
        }
    }
    if let Some(event) = parser.finish() {
        // What was cut in the middle says nothing; that it was cut shows when the reply is put together.
        let _ = listener.event(&event, &mut |delta| deltas(delta));
    }
    Ok(())
}

/// A body as one, but not without end.
async fn body(
    response: &mut Response,
    pause: Option<Duration>,
    longest: usize,
) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(bytes) = next(response, pause).await? {
        if body.len() + bytes.len() > longest {
            return Err(Failure::unreadable("the reply has no end."));
        }
        body.extend_from_slice(&bytes);
    }
    Ok(body)
}

async fn next(response: &mut Response, pause: Option<Duration>) -> Result<Option<Bytes>, Failure> {
    let url = response.url().clone();
    let chunk = within(pause, response.chunk(), "the reply stopped coming").await?;
    chunk.map_err(|e| lost(&url, &e))
}

async fn within<T>(
    limit: Option<Duration>,
    work: impl Future<Output = T>,
    what: &str,
) -> Result<T, Failure> {
    let Some(limit) = limit else {
        return Ok(work.await);
    };
    tokio::time::timeout(limit, work).await.map_err(|_| {
        let seconds = limit.as_secs_f64();
        Failure::new(
            LlmErrorKind::Timeout,
            format!("{what} within {seconds} seconds."),
        )
    })
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// A connection that failed.
fn lost(url: &Url, error: &reqwest::Error) -> Failure {
    let shown = shown(url);
    let causes = causes_of(error);
    let kind = if error.is_timeout() {
        LlmErrorKind::Timeout
    } else {
        LlmErrorKind::Unavailable
    };
    let what = if error.is_connect() {
        "cannot be reached"
    } else {
        "closed the connection"
    };
    let failure = Failure::new(kind, format!("{shown} {what}: {causes}"));
    if error.is_connect() && is_loopback(url) {
        return failure.hinting("Is the server running?");
    }
    failure
}

/// What is behind an error of the HTTP client: its own words only repeat the address.
fn causes_of(error: &reqwest::Error) -> String {
    let cause = std::error::Error::source(error);
    cause.map_or_else(|| error.to_string(), chain)
}

/// An address without what may be secret in it.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.to_string()
}
