//! Connections that fail, fall silent or are given up.

use std::time::Duration;

use domain::{Llm, LlmErrorKind, LlmSpec};
use tokio::net::TcpListener;

use crate::scene::{ask, ask_the_silent, chat_events, client, prompt, spec};
use crate::server::{Answer, Server};

fn once(url: &str) -> LlmSpec {
    LlmSpec {
        num_retries: 1,
        ..spec("openai/mock", url)
    }
}

#[tokio::test]
async fn nobody_at_home() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url = format!("http://user:hunter2@{address}/v1?token=hush");
    let error = ask(&client(&once(&url)), true).await.0.unwrap_err();
    assert_eq!(
        (error.kind, error.status),
        (LlmErrorKind::Unavailable, None)
    );
    let text = error.to_string();
    assert!(
        text.contains(&format!(
            "http://{address}/v1/chat/completions cannot be reached"
        )),
        "{text}"
    );
    assert!(
        text.contains("refused") && text.ends_with("Is the server running?"),
        "{text}"
    );
    assert!(
        !text.contains("hunter2") && !text.contains("hush"),
        "{text}"
    );
}

#[tokio::test]
async fn a_stream_that_falls_silent_is_given_up() {
    let mut half = chat_events(&["wait"]);
    half.truncate(1);
    let server = Server::start(vec![Answer::events(&half).hold()]).await;
    let error = ask_the_silent(&client(&once(&server.url)))
        .await
        .unwrap_err();
    assert_eq!(error.kind, LlmErrorKind::Timeout);
    assert!(error.message.contains("300 seconds"), "{error}");
    server.hung_up().await;
}

#[tokio::test]
async fn silence_from_the_start_is_given_up_too() {
    for stream in [true, false] {
        let server = Server::start(vec![Answer::nothing()]).await;
        let mut spec = once(&server.url);
        (spec.timeout, spec.stream_idle_timeout) = (Some(20), Some(30.5));
        let error = ask(&client(&spec), stream).await.0.unwrap_err();
        assert_eq!(error.kind, LlmErrorKind::Timeout);
        let limit = if stream { "30.5 seconds" } else { "20 seconds" };
        assert!(error.message.contains(limit), "{error}");
        tokio::time::resume();
    }
}

#[tokio::test]
async fn whoever_drops_the_question_hangs_up() {
    let mut half = chat_events(&["wait"]);
    half.truncate(1);
    let server = Server::start(vec![Answer::events(&half).hold()]).await;
    let client = client(&spec("openai/mock", &server.url));
    let (begun, begins) = tokio::sync::oneshot::channel();
    let begun = std::sync::Mutex::new(Some(begun));
    let listen = |delta: domain::Delta| {
        if matches!(delta, domain::Delta::Text(_))
            && let Some(begun) = begun.lock().unwrap().take()
        {
            begun.send(()).unwrap();
        }
    };
    tokio::select! {
        answer = client.complete(prompt(true), &listen) => panic!("{answer:?}"),
        heard = begins => heard.unwrap(),
    }
    let hung_up = tokio::time::timeout(Duration::from_secs(60), server.hung_up()).await;
    assert!(hung_up.is_ok());
}

#[tokio::test]
async fn two_conversations_share_connections_but_no_history() {
    let server = Server::start(vec![Answer::events(&chat_events(&["hi"]))]).await;
    let http = llm::Http::new();
    let spec = spec("openai/mock", &server.url);
    let clients = [(); 2].map(|()| llm::Client::new(&spec, &http).unwrap());
    let (a, b) = tokio::join!(ask(&clients[0], true), ask(&clients[1], true));
    assert!(a.0.is_ok() && b.0.is_ok());
    assert_eq!(server.seen()[0].body, server.seen()[1].body);
}
