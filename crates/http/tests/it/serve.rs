//! The loop: it stops without losing an answer, and says so when there is no room.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use http_kit::{Serving, Stopped, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

struct Loop {
    address: std::net::SocketAddr,
    stop: CancellationToken,
    entered: Arc<Notify>,
    leave: Arc<Notify>,
    done: JoinHandle<Stopped>,
}

async fn started(connections: usize, grace: Duration) -> Loop {
    patient(connections, grace, Serving::default().patience).await
}

async fn patient(connections: usize, grace: Duration, patience: Duration) -> Loop {
    let (entered, leave) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let gate = (Arc::clone(&entered), Arc::clone(&leave));
    let slow = move || {
        let (entered, leave) = gate.clone();
        async move {
            entered.notify_one();
            leave.notified().await;
            "slow"
        }
    };
    let router = Router::new()
        .route("/", get(async || "quick"))
        .route("/slow", get(slow));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let serving = Serving {
        stop: stop.clone(),
        grace,
        connections,
        patience,
    };
    let done = tokio_util::task::TaskTracker::new().spawn(serve(listener, router, serving));
    Loop {
        address,
        stop,
        entered,
        leave,
        done,
    }
}

async fn asked(address: std::net::SocketAddr, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

async fn to_end(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn requests_in_flight_are_answered_before_the_end() {
    let served = started(10, Duration::from_secs(60)).await;
    let mut slow = asked(served.address, "/slow").await;
    let mut idle = TcpStream::connect(served.address).await.unwrap();
    served.entered.notified().await;
    served.stop.cancel();
    // A connection without a request is closed at once, and new ones are not taken.
    assert_eq!(to_end(&mut idle).await, "");
    served.leave.notify_one();
    let answer = to_end(&mut slow).await;
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("slow"),
        "{answer}"
    );
    assert_eq!(served.done.await.unwrap(), Stopped { cut: 0 });
    assert!(TcpStream::connect(served.address).await.is_err());
}

#[tokio::test]
async fn what_does_not_end_is_cut() {
    let served = started(10, Duration::from_millis(20)).await;
    let mut slow = asked(served.address, "/slow").await;
    served.entered.notified().await;
    served.stop.cancel();
    assert_eq!(served.done.await.unwrap(), Stopped { cut: 1 });
    assert_eq!(to_end(&mut slow).await, "");
}

#[tokio::test]
async fn one_connection_too_many_is_told_so() {
    let served = started(1, Duration::from_secs(60)).await;
    let mut slow = asked(served.address, "/slow").await;
    served.entered.notified().await;
    let mut refused = asked(served.address, "/").await;
    let answer = to_end(&mut refused).await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(
        head.contains(&format!("content-length: {}", body.len())),
        "{answer}"
    );
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["detail"], "Internal Server Error");
    served.stop.cancel();
    served.leave.notify_one();
    assert!(to_end(&mut slow).await.ends_with("slow"));
    served.done.await.unwrap();
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let served = started(1, Duration::from_secs(60)).await;
    let mut stream = asked(served.address, "/").await;
    let mut answer = [0; 4096];
    for _ in 0..3 {
        let read = stream.read(&mut answer).await.unwrap();
        assert!(String::from_utf8_lossy(&answer[..read]).ends_with("quick"));
        stream
            .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .unwrap();
    }
    served.stop.cancel();
    served.done.await.unwrap();
}

#[tokio::test]
async fn a_head_that_trickles_is_given_up() {
    let served = patient(10, Duration::from_secs(60), Duration::from_millis(20)).await;
    let mut slow = TcpStream::connect(served.address).await.unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nho").await.unwrap();
    let answer = to_end(&mut slow).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 408"),
        "{answer}"
    );
    // The loop goes on.
    let mut next = asked(served.address, "/").await;
    let mut answer = [0; 4096];
    let read = next.read(&mut answer).await.unwrap();
    assert!(String::from_utf8_lossy(&answer[..read]).ends_with("quick"));
    served.stop.cancel();
    served.done.await.unwrap();
}
