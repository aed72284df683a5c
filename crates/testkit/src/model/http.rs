//! Just enough HTTP/1.1 to answer a client well, and to answer it badly byte by byte. Knows no model.

use std::io;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// More than any client sends; what is longer is no HTTP.
const HEAD: usize = 64 * 1024;

/// A client's connection.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    read: BytesMut,
}

/// A request as it came.
#[derive(Debug)]
pub(super) struct Incoming {
    pub method: String,
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

/// What is sent back.
#[derive(Debug)]
pub(super) enum Answer {
    Http {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: Body,
    },
    /// Bytes that are no HTTP, and then the end.
    Noise(&'static [u8]),
    /// Nothing, for as long as the client waits.
    Silence,
    /// The end.
    HangUp,
}

/// What an answer holds.
#[derive(Debug)]
pub(super) struct Body {
    pub parts: Vec<Bytes>,
    /// Whether the parts are sent one by one, without a length in front.
    pub streamed: bool,
    pub end: End,
}

/// How a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Well,
    /// The connection ends too early: after the parts of a stream, in the middle of any other body.
    Cut,
    /// Nothing more comes, but the connection stays.
    Open,
}

/// How fast an answer is sent.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Speed {
    pub delay: Duration,
    pub packet: Option<usize>,
}

impl Answer {
    /// A body with its length in front.
    pub fn whole(status: u16, kind: &str, body: impl Into<Bytes>) -> Self {
        Self::Http {
            status,
            headers: vec![("content-type", kind.to_owned())],
            body: Body {
                parts: vec![body.into()],
                streamed: false,
                end: End::Well,
            },
        }
    }
}

impl Connection {
    pub fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            read: BytesMut::new(),
        })
    }

    /// The next request; nothing once the client has gone.
    pub async fn next(&mut self) -> io::Result<Option<Incoming>> {
        let (mut incoming, length) = loop {
            if let Some((head, taken)) = parse(&self.read)? {
                self.read.advance(taken);
                break head;
            }
            if self.read.len() > HEAD {
                return Err(io::ErrorKind::InvalidData.into());
            }
            if self.fill().await? == 0 {
                return Ok(None);
            }
        };
        if incoming.header("expect") == Some("100-continue") {
            self.send(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        incoming.body = match length {
            Length::Known(length) => self.exactly(length).await?,
            Length::Chunked => self.chunks().await?,
        };
        Ok(Some(incoming))
    }

    /// Resolves once the client has gone.
    pub async fn gone(&mut self) {
        while matches!(self.fill().await, Ok(read) if read > 0) {}
    }

    /// Sends an answer; tells whether another request may follow.
    pub async fn answer(&mut self, answer: Answer, speed: Speed) -> io::Result<bool> {
        let (status, headers, body) = match answer {
            Answer::Http {
                status,
                headers,
                body,
            } => (status, headers, body),
            Answer::Noise(bytes) => {
                self.send(bytes).await?;
                return Ok(false);
            }
            Answer::Silence => {
                self.gone().await;
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            Answer::HangUp => return Ok(false),
        };
        let mut out = head(status, &headers, &body);
        if body.streamed {
            self.stream_parts(&mut out, &body, speed).await?;
        } else {
            wait(speed.delay).await;
            let whole = body.parts.concat();
            let cut = if body.end == End::Well {
                whole.len()
            } else {
                whole.len() / 2
            };
            out.extend_from_slice(&whole[..cut]);
        }
        self.packets(&out, speed.packet).await?;
        match body.end {
            End::Well => Ok(true),
            End::Cut => Ok(false),
            End::Open => {
                self.gone().await;
                Err(io::ErrorKind::BrokenPipe.into())
            }
        }
    }

    /// Puts the parts behind the head; with a delay, each is sent at its time.
    async fn stream_parts(
        &mut self,
        out: &mut Vec<u8>,
        body: &Body,
        speed: Speed,
    ) -> io::Result<()> {
        for part in &body.parts {
            if !speed.delay.is_zero() {
                self.packets(out, speed.packet).await?;
                out.clear();
                wait(speed.delay).await;
            }
            out.extend_from_slice(format!("{:x}\r\n", part.len()).as_bytes());
            out.extend_from_slice(part);
            out.extend_from_slice(b"\r\n");
        }
        if body.end == End::Well {
            out.extend_from_slice(b"0\r\n\r\n");
        }
        Ok(())
    }

    async fn packets(&mut self, bytes: &[u8], size: Option<usize>) -> io::Result<()> {
        let Some(size) = size else {
            return self.send(bytes).await;
        };
        for packet in bytes.chunks(size.max(1)) {
            self.send(packet).await?;
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    async fn fill(&mut self) -> io::Result<usize> {
        self.stream.read_buf(&mut self.read).await
    }

    async fn need(&mut self, length: usize) -> io::Result<()> {
        while self.read.len() < length {
            self.read.reserve(length - self.read.len());
            if self.fill().await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }

    async fn exactly(&mut self, length: usize) -> io::Result<Bytes> {
        self.need(length).await?;
        Ok(self.read.split_to(length).freeze())
    }

    async fn chunks(&mut self) -> io::Result<Bytes> {
        let mut body = BytesMut::new();
        loop {
            let size = self.line().await?;
            let size = size.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).map_err(|_| io::ErrorKind::InvalidData)?;
            body.extend_from_slice(&self.exactly(size).await?);
            self.line().await?;
            if size == 0 {
                return Ok(body.freeze());
            }
        }
    }

    async fn line(&mut self) -> io::Result<String> {
        let end = loop {
            match self.read.windows(2).position(|pair| pair == b"\r\n") {
                Some(end) => break end,
                None => self.need(self.read.len() + 1).await?,
            }
        };
        let line = self.read.split_to(end);
        self.read.advance(2);
        Ok(String::from_utf8_lossy(&line).into_owned())
    }
}

impl Incoming {
    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }

    /// The token it is signed with.
    pub fn bearer(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ")
    }

    /// The key it is signed with, in either provider's header.
    pub fn key(&self) -> Option<&str> {
        self.header("x-api-key").or_else(|| self.bearer())
    }
}

enum Length {
    Known(usize),
    Chunked,
}

/// The head of a request and its size, once it is all there.
fn parse(bytes: &[u8]) -> io::Result<Option<((Incoming, Length), usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut headers);
    let taken = match request.parse(bytes) {
        Ok(httparse::Status::Complete(taken)) => taken,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
    };
    let incoming = Incoming {
        method: request.method.unwrap_or_default().to_owned(),
        path: request.path.unwrap_or_default().to_owned(),
        headers: request
            .headers
            .iter()
            .map(|header| {
                let value = String::from_utf8_lossy(header.value).into_owned();
                (header.name.to_ascii_lowercase(), value)
            })
            .collect(),
        body: Bytes::new(),
    };
    let length = match (
        incoming.header("transfer-encoding"),
        incoming.header("content-length"),
    ) {
        (Some(_), _) => Length::Chunked,
        (None, Some(length)) => {
            Length::Known(length.parse().map_err(|_| io::ErrorKind::InvalidData)?)
        }
        (None, None) => Length::Known(0),
    };
    Ok(Some(((incoming, length), taken)))
}

fn head(status: u16, headers: &[(&'static str, String)], body: &Body) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} {}\r\n", reason(status));
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if body.streamed {
        head.push_str("transfer-encoding: chunked\r\n\r\n");
    } else {
        let length: usize = body.parts.iter().map(Bytes::len).sum();
        head.push_str(&format!("content-length: {length}\r\n\r\n"));
    }
    head.into_bytes()
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Content Too Large",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        529 => "Overloaded",
        _ => "Other",
    }
}

async fn wait(delay: Duration) {
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
}
