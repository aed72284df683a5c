//! A small HTTP server that answers by a script and remembers what it was asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: Value,
}

/// How one request is answered.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    pieces: Vec<Vec<u8>>,
    end: End,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    /// The connection is closed.
    Close,
    /// Less came than was announced.
    Missing,
    /// Nothing more comes.
    Hold,
    /// Not even headers come.
    Nothing,
}

impl Answer {
    pub fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json", &body.to_string())
    }

    pub fn text(status: u16, kind: &str, body: &str) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), kind.to_owned())],
            pieces: vec![body.as_bytes().to_vec()],
            end: End::Close,
        }
    }

    /// Events, each in a piece of its own.
    pub fn events(events: &[Value]) -> Self {
        let mut answer = Self::text(200, "text/event-stream; charset=utf-8", "");
        answer.pieces = events
            .iter()
            .map(|event| {
                let data = event
                    .as_str()
                    .map_or_else(|| event.to_string(), str::to_owned);
                let kind = event.get("type").and_then(Value::as_str);
                let kind = kind.map(|k| format!("event: {k}\n")).unwrap_or_default();
                format!("{kind}data: {data}\n\n").into_bytes()
            })
            .collect();
        answer
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// All bytes, cut into pieces of this size.
    pub fn cut_into(mut self, size: usize) -> Self {
        let all = self.pieces.concat();
        self.pieces = all.chunks(size).map(<[u8]>::to_vec).collect();
        self
    }

    pub fn missing(self) -> Self {
        Self {
            end: End::Missing,
            ..self
        }
    }

    /// Goes silent instead of ending.
    pub fn hold(self) -> Self {
        Self {
            end: End::Hold,
            ..self
        }
    }

    /// Never answers, and lets the clock run.
    pub fn nothing() -> Self {
        Self {
            end: End::Nothing,
            ..Self::text(200, "", "")
        }
    }
}

/// A server on this machine.
pub struct Server {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    left: Arc<Notify>,
    _tasks: JoinSet<()>,
}

impl Server {
    /// Answers request by request; the last answer is given again and again.
    pub async fn start(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let left = Arc::new(Notify::new());
        let mut tasks = JoinSet::new();
        let (log, gone) = (Arc::clone(&seen), Arc::clone(&left));
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (log, gone, answers) = (Arc::clone(&log), Arc::clone(&gone), answers.clone());
                connections.spawn(async move { serve(stream, &answers, &log, &gone).await });
            }
        });
        Self {
            url,
            seen,
            left,
            _tasks: tasks,
        }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Waits until a client hangs up while it was answered.
    pub async fn hung_up(&self) {
        self.left.notified().await;
    }
}

async fn serve(mut stream: TcpStream, answers: &[Answer], log: &Mutex<Vec<Seen>>, left: &Notify) {
    let Some(request) = read(&mut stream).await else {
        return;
    };
    let number = {
        let mut log = log.lock().unwrap();
        log.push(request);
        log.len() - 1
    };
    let answer = &answers[number.min(answers.len() - 1)];
    if answer.end == End::Nothing {
        tokio::time::pause();
        wait_for_end(&mut stream, left).await;
        return;
    }
    let mut head = format!("HTTP/1.1 {} X\r\nconnection: close\r\n", answer.status);
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if answer.end == End::Missing {
        head.push_str("content-length: 1000000\r\n");
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    for piece in &answer.pieces {
        if stream.write_all(piece).await.is_err() {
            break;
        }
        stream.flush().await.unwrap();
        tokio::task::yield_now().await;
    }
    match answer.end {
        End::Hold => wait_for_end(&mut stream, left).await,
        End::Close | End::Missing | End::Nothing => {}
    }
}

async fn wait_for_end(stream: &mut TcpStream, left: &Notify) {
    let mut rest = [0; 16];
    while stream.read(&mut rest).await.is_ok_and(|n| n > 0) {}
    left.notify_one();
}

async fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let path = lines.next().unwrap().split(' ').nth(1).unwrap().to_owned();
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers["content-length"].parse().unwrap();
    let mut body = bytes.split_off(head_end + 4);
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some(Seen {
        path,
        headers,
        body: serde_json::from_slice(&body).unwrap(),
    })
}
