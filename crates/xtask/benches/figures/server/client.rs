//! A client such as people write: JSON over HTTP, connections kept, and sockets. Knows no figure.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// Talks to one server.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    port: u16,
}

impl Client {
    /// What clients share; made before a figure begins.
    pub fn http() -> anyhow::Result<reqwest::Client> {
        let plain = reqwest::Client::builder().no_proxy();
        // Nothing is sealed on the loopback, so nobody's certificates are needed.
        Ok(plain.tls_certs_only([]).build()?)
    }

    /// A client of the server on this port.
    pub fn new(http: reqwest::Client, port: u16) -> Self {
        Self { http, port }
    }

    /// Whether the server says so.
    pub async fn ready(&self) -> bool {
        let answer = self.http.get(self.url("/ready")).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    /// What a path gives.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let bytes = self.bytes(path).await?;
        Ok(serde_json::from_slice(&bytes)?)
    }

    /// The same, not looked into.
    pub async fn bytes(&self, path: &str) -> anyhow::Result<Bytes> {
        self.answer(self.http.get(self.url(path)), path).await
    }

    /// How many bytes a path gives; each piece is held against what is expected as it comes, and not kept.
    pub async fn compare(&self, path: &str, expected: &[u8]) -> anyhow::Result<usize> {
        let mut answer = self
            .http
            .get(self.url(path))
            .send()
            .await?
            .error_for_status()?;
        let mut seen = 0;
        while let Some(piece) = answer.chunk().await? {
            let same = expected.get(seen..seen + piece.len()) == Some(&piece[..]);
            ensure!(same, "{path} gave something else after {seen} bytes");
            seen += piece.len();
        }
        Ok(seen)
    }

    /// What a path answers to a JSON document.
    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = self.send(path, body.to_string().into()).await?;
        Ok(serde_json::from_slice(&answer)?)
    }

    /// The same for a document that is written already, its answer not looked into.
    pub async fn send(&self, path: &str, body: Bytes) -> anyhow::Result<Bytes> {
        self.send_as(path, "application/json", body).await
    }

    /// What a path answers to these bytes.
    pub async fn send_as(&self, path: &str, kind: &str, body: Bytes) -> anyhow::Result<Bytes> {
        let request = self.http.post(self.url(path));
        let request = request.header("content-type", kind).body(body);
        self.answer(request, path).await
    }

    async fn answer(&self, request: reqwest::RequestBuilder, path: &str) -> anyhow::Result<Bytes> {
        let answer = request.send().await?;
        let status = answer.status();
        let body = answer.bytes().await?;
        let text = || String::from_utf8_lossy(&body[..body.len().min(500)]).into_owned();
        ensure!(status.is_success(), "{path} answered {status}: {}", text());
        Ok(body)
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// A socket that tells the events of a conversation.
    pub async fn watch(&self, conversation: &str, query: &str) -> anyhow::Result<Watch> {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
        stream.set_nodelay(true)?;
        let port = self.port;
        let url = format!("ws://127.0.0.1:{port}/sockets/events/{conversation}{query}");
        let (socket, _) = tokio_tungstenite::client_async(url, stream).await?;
        Ok(Watch(socket))
    }

    /// Lets clients do the same side by side, each so often; how many seconds it took.
    pub async fn at_once<F>(
        &self,
        clients: usize,
        each: usize,
        act: impl Fn(Self) -> F + Clone + Send + 'static,
    ) -> anyhow::Result<f64>
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let begin = Instant::now();
        let mut busy = JoinSet::new();
        for _ in 0..clients {
            let (client, act) = (self.clone(), act.clone());
            busy.spawn(async move {
                for _ in 0..each {
                    act(client.clone()).await?;
                }
                anyhow::Ok(())
            });
        }
        while let Some(ended) = busy.join_next().await {
            ended??;
        }
        Ok(begin.elapsed().as_secs_f64())
    }
}

/// The words of a person.
pub fn words(text: &str, run: bool) -> Value {
    json!({"role": "user", "content": [{"type": "text", "text": text}], "run": run})
}

/// What a socket tells.
pub struct Watch(WebSocketStream<TcpStream>);

impl Watch {
    /// The next frame that is text.
    pub async fn next(&mut self) -> anyhow::Result<Bytes> {
        loop {
            let frame = self.0.next().await.context("the socket was closed")??;
            if let Message::Text(text) = frame {
                return Ok(text.into());
            }
        }
    }

    /// Waits until the conversation rests; how it ended.
    pub async fn ended(&mut self) -> anyhow::Result<String> {
        loop {
            let frame = self.next().await?;
            if !contains(&frame, b"execution_status") {
                continue;
            }
            let frame: Value = serde_json::from_slice(&frame)?;
            if let Some(status) = status(&frame)
                && !matches!(status, "idle" | "running")
            {
                return Ok(status.to_owned());
            }
        }
    }
}

/// What a frame says of the status; nothing if it speaks of something else.
fn status(frame: &Value) -> Option<&str> {
    match frame["key"].as_str()? {
        "execution_status" => frame["value"].as_str(),
        "full_state" => frame["value"]["execution_status"].as_str(),
        _ => None,
    }
}

/// Whether a text holds a word.
pub fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|piece| piece == word)
}
