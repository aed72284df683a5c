//! The line to a server: requests and sockets with the key, and what its refusals mean. Knows no conversation.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use domain::{CommandError, LogError};
use reqwest::header::{CONNECTION, HeaderValue, UPGRADE};
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url, Version};
use serde_json::Value;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use crate::door;

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long it may take where a model is asked first.
const LONG_PATIENCE: Duration = Duration::from_secs(900);

/// A socket of the server.
pub(super) type Socket = WebSocketStream<reqwest::Upgraded>;

/// The way to one server.
#[derive(Clone)]
pub(super) struct Line {
    http: reqwest::Client,
    root: Url,
    key: Option<HeaderValue>,
}

/// Why a request came to nothing.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    /// The server could not be reached, or did not answer to the end.
    Unreachable {
        /// What was asked for.
        place: String,
        /// What went wrong.
        why: String,
    },
    /// The server refused.
    Refused {
        /// What was asked for.
        place: String,
        /// How.
        status: StatusCode,
        /// In which words.
        detail: String,
    },
}

impl Line {
    /// To the server at an address.
    pub(super) fn new(
        http: reqwest::Client,
        root: Url,
        key: Option<&str>,
    ) -> Result<Self, CommandError> {
        if !matches!(root.scheme(), "http" | "https") || root.host_str().is_none() {
            return Err(CommandError::Invalid(format!(
                "{root} is no address of a server; give one such as http://127.0.0.1:8000"
            )));
        }
        let key = match key {
            None => None,
            Some(key) => {
                let mut key = HeaderValue::from_str(key).map_err(|_| {
                    CommandError::Invalid(
                        "the key of the server has characters that no key can have".to_owned(),
                    )
                })?;
                key.set_sensitive(true);
                Some(key)
            }
        };
        Ok(Self { http, root, key })
    }

    /// Where the server is, for people.
    pub(super) fn place(&self) -> &str {
        self.root.as_str().trim_end_matches('/')
    }

    fn request(&self, method: Method, path: &str) -> Result<(RequestBuilder, String), Fault> {
        let place = format!("{}{path}", self.place());
        let url = Url::parse(&place).map_err(|error| Fault::Unreachable {
            place: place.clone(),
            why: error.to_string(),
        })?;
        let mut request = self.http.request(method, url);
        if let Some(key) = &self.key {
            request = request.header(door::KEY, key);
        }
        Ok((request, place))
    }

    /// Asks for something.
    pub(super) async fn get(&self, path: &str) -> Result<Value, Fault> {
        let (request, place) = self.request(Method::GET, path)?;
        answer(request.timeout(PATIENCE), place)
            .await
            .map(|(_, json)| json)
    }

    /// Sends something; the status tells how it was taken.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<(StatusCode, Value), Fault> {
        let (request, place) = self.request(method, path)?;
        answer(request.timeout(PATIENCE).json(body), place).await
    }

    /// Sends something that a model is asked about first.
    pub(super) async fn consult(&self, path: &str, body: &Value) -> Result<Value, Fault> {
        let (request, place) = self.request(Method::POST, path)?;
        answer(request.timeout(LONG_PATIENCE).json(body), place)
            .await
            .map(|(_, json)| json)
    }

    /// Opens a socket.
    pub(super) async fn socket(&self, path: &str) -> Result<Socket, Fault> {
        let (request, place) = self.request(Method::GET, path)?;
        let key = generate_key();
        let asked = request
            .version(Version::HTTP_11)
            .header(CONNECTION, "Upgrade")
            .header(UPGRADE, "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", &key)
            .send();
        let late = |_| Fault::Unreachable {
            place: place.clone(),
            why: "it does not answer".to_owned(),
        };
        let opened = tokio::time::timeout(PATIENCE, asked).await.map_err(late)?;
        let response = opened.map_err(|error| Fault::network(&place, &error))?;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Err(refusal(response, place).await);
        }
        let accepted = response.headers().get("sec-websocket-accept");
        if accepted.is_none_or(|accepted| *accepted != derive_accept_key(key.as_bytes())) {
            let why = "what answers there is no server of sockets".to_owned();
            return Err(Fault::Unreachable { place, why });
        }
        let stream = response
            .upgrade()
            .await
            .map_err(|error| Fault::network(&place, &error))?;
        // An event may be as large as a tool's output makes it.
        let sizes = WebSocketConfig::default()
            .max_message_size(None)
            .max_frame_size(None);
        Ok(WebSocketStream::from_raw_socket(stream, Role::Client, Some(sizes)).await)
    }
}

async fn answer(request: RequestBuilder, place: String) -> Result<(StatusCode, Value), Fault> {
    let response = request
        .send()
        .await
        .map_err(|error| Fault::network(&place, &error))?;
    let status = response.status();
    if !status.is_success() {
        return Err(refusal(response, place).await);
    }
    let body = response
        .bytes()
        .await
        .map_err(|error| Fault::network(&place, &error))?;
    let json = serde_json::from_slice(&body).map_err(|error| Fault::Unreachable {
        place,
        why: format!("what answers there is no agent server: {error}"),
    })?;
    Ok((status, json))
}

async fn refusal(response: Response, place: String) -> Fault {
    let status = response.status();
    let body = response.bytes().await.unwrap_or_default();
    let detail = serde_json::from_slice::<Value>(&body)
        .ok()
        .and_then(|said| said.get("detail").map(words))
        .unwrap_or_else(|| status.canonical_reason().unwrap_or("no reason").to_owned());
    Fault::Refused {
        place,
        status,
        detail,
    }
}

/// The words of a refusal: a text, or what is wrong with which field.
fn words(detail: &Value) -> String {
    if let Value::Array(faults) = detail {
        let faults: Vec<String> = faults.iter().map(field).collect();
        return faults.join("; ");
    }
    plain(detail)
}

/// A text as it is, anything else as JSON.
fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn field(fault: &Value) -> String {
    let said = fault.get("msg").and_then(Value::as_str).unwrap_or_default();
    let place: Vec<String> = fault
        .get("loc")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(plain)
        .collect();
    if place.is_empty() {
        return said.to_owned();
    }
    format!("{}: {said}", place.join("."))
}

impl Fault {
    fn network(place: &str, error: &reqwest::Error) -> Self {
        let mut why = String::new();
        let mut cause: Option<&dyn std::error::Error> = Some(error);
        while let Some(error) = cause {
            why = error.to_string();
            cause = error.source();
        }
        if error.is_timeout() {
            "it does not answer in time".clone_into(&mut why);
        }
        Self::Unreachable {
            place: place.to_owned(),
            why,
        }
    }

    /// Whether the server says that there is no such thing.
    pub(super) fn is_missing(&self) -> bool {
        matches!(self, Self::Refused { status, .. } if *status == StatusCode::NOT_FOUND)
    }

    /// Whether asking again could help.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused { status, .. } => {
                status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS
            }
        }
    }

    /// What the log of a conversation that cannot be followed any more says.
    pub(super) fn into_log(self) -> LogError {
        let (place, why) = match self {
            Self::Unreachable { place, why } => (place, why),
            Self::Refused {
                place,
                status,
                detail,
            } => (place, format!("it answers {}: {detail}", status.as_u16())),
        };
        LogError::Io {
            action: "reach",
            path: place,
            source: Arc::new(io::Error::other(why)),
        }
    }
}

impl From<Fault> for CommandError {
    fn from(fault: Fault) -> Self {
        let Fault::Refused {
            status,
            detail,
            place,
        } = &fault
        else {
            return Self::Log(fault.into_log());
        };
        match *status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Self::Invalid(format!(
                "the server does not accept the key ({detail}, {place}); give the session key it was started with"
            )),
            StatusCode::NOT_FOUND => Self::NotFound(detail.clone()),
            StatusCode::CONFLICT => Self::Conflict(detail.clone()),
            StatusCode::TOO_MANY_REQUESTS => Self::Busy,
            StatusCode::BAD_REQUEST
            | StatusCode::UNPROCESSABLE_ENTITY
            | StatusCode::PAYLOAD_TOO_LARGE => Self::Invalid(detail.clone()),
            _ => Self::Log(fault.into_log()),
        }
    }
}
