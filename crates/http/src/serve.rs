//! The loop that takes connections and lets a router answer them, until it is told to stop. Knows no route.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_service::Service as _;

use crate::remains::lend;

/// How a router is served.
#[derive(Clone, Debug)]
pub struct Serving {
    /// Set when it is to stop.
    pub stop: CancellationToken,
    /// How long requests may go on after that.
    pub grace: Duration,
    /// How many connections there may be at once.
    pub connections: usize,
    /// How long the head of a request may take, and how long a connection may rest between requests.
    pub patience: Duration,
}

impl Default for Serving {
    fn default() -> Self {
        Self {
            stop: CancellationToken::new(),
            grace: Duration::from_secs(5),
            connections: 4096,
            patience: Duration::from_secs(75),
        }
    }
}

/// How a router stopped to be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// How many connections had to be cut.
    pub cut: usize,
}

/// Serves a router until it is told to stop, and then until its requests are answered or its time is over.
/// Sockets see the same token and close themselves.
pub async fn serve(listener: TcpListener, router: Router, serving: Serving) -> Stopped {
    let open = TaskTracker::new();
    let refused = TaskTracker::new();
    let cut = CancellationToken::new();
    loop {
        let accepted = tokio::select! {
            () = serving.stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                wait_for_room(&error).await;
                continue;
            }
        };
        // Answers are small and awaited: none waits for a full packet.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!("a connection was lost before it began: {error}");
            continue;
        }
        if open.len() >= serving.connections {
            if refused.len() < serving.connections {
                refused.spawn(refuse(stream));
            }
            continue;
        }
        let (router, serving, cut) = (router.clone(), serving.clone(), cut.clone());
        open.spawn(async move {
            tokio::select! {
                () = connection(stream, peer, router, &serving) => {}
                () = cut.cancelled() => {}
            }
        });
    }
    drop(listener);
    open.close();
    let rest = tokio::time::timeout(serving.grace, open.wait()).await;
    let left = if rest.is_ok() { 0 } else { open.len() };
    cut.cancel();
    open.wait().await;
    Stopped { cut: left }
}

async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, serving: &Serving) {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut router = router.clone();
        async move {
            let (head, body) = request.into_parts();
            let (body, remains) = lend(body);
            let mut request = hyper::Request::from_parts(head, Body::new(body));
            request.extensions_mut().insert(ConnectInfo(peer));
            let answer = router.call(request).await;
            // One that still writes would not read an answer: it would find the connection closed.
            remains.drop_all().await;
            answer.map_err(|never: Infallible| never)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(serving.patience)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = serving.stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!("a connection ended early: {error}");
    }
}

/// Tells one caller too many that there is no room, so that it knows and comes back.
async fn refuse(mut stream: TcpStream) {
    const ANSWER: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\n\
        content-length: 100\r\nretry-after: 1\r\nconnection: close\r\n\r\n\
        {\"detail\":\"Internal Server Error\",\"exception\":\"503: Too many connections; close some, or try later\"}";
    let telling = async {
        // Unread bytes would make the system cut the connection before the answer is read.
        let mut head = [0; 4096];
        let read = stream.read(&mut head).await?;
        tracing::debug!("no room for a connection that sent {read} bytes");
        stream.write_all(ANSWER.as_bytes()).await?;
        stream.shutdown().await
    };
    let told: Result<io::Result<()>, _> =
        tokio::time::timeout(Duration::from_secs(1), telling).await;
    if !matches!(told, Ok(Ok(()))) {
        tracing::debug!("a connection that there was no room for did not wait to hear it");
    }
}

/// A connection that is gone already costs nothing; no more files for connections costs a moment.
async fn wait_for_room(error: &io::Error) {
    let gone = matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
    );
    if !gone {
        tracing::warn!("no connection can be taken: {error}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
