//! Secrets fetched from real servers, and what is refused.

use std::collections::BTreeMap;
use std::net::IpAddr;

use domain::{Lookup, Secret};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::{LONGEST, Web, is_forbidden};

/// A server that answers once, and gives back what it was asked.
async fn server(answer: String) -> (String, JoinSet<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let mut asked = JoinSet::new();
    asked.spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = vec![0; 4_096];
        let length = stream.read(&mut asked).await.unwrap();
        // Who heard enough may hang up.
        let _ = stream.write_all(answer.as_bytes()).await;
        String::from_utf8_lossy(&asked[..length]).into_owned()
    });
    (address, asked)
}

fn http(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

fn key() -> BTreeMap<String, Secret> {
    BTreeMap::from([("X-Session-API-Key".to_owned(), "sk-header".into())])
}

async fn refused(web: &Web, url: &str) -> String {
    web.fetch(url, &key()).await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_secret_is_fetched_with_its_headers_from_here_or_elsewhere() {
    let (address, mut asked) = server(http("200 OK", "the value")).await;
    let web = Web::new(Some(&address));
    let fetched = web.fetch("/api/settings/secrets/A", &key()).await.unwrap();
    assert_eq!(fetched.expose(), Some("the value"));
    let asked = asked.join_next().await.unwrap().unwrap().to_lowercase();
    assert!(
        asked.starts_with("get /api/settings/secrets/a http/1.1"),
        "{asked}"
    );
    assert!(asked.contains("x-session-api-key: sk-header"), "{asked}");
}

#[tokio::test]
async fn answers_that_are_no_secret_are_refused_without_telling_any() {
    let long = "x".repeat(LONGEST + 1);
    let cases = [
        (http("404 Not Found", "no"), "404"),
        (
            http("302 Found\r\nlocation: http://127.0.0.1:1/", ""),
            "302",
        ),
        (http("200 OK", ""), "nothing"),
        (http("200 OK", &long), "too much"),
    ];
    for (answer, why) in cases {
        let (address, mut asked) = server(answer).await;
        let url = format!("{address}/path?token=sk-query");
        let refused = refused(&Web::new(None), &url).await;
        assert!(
            refused.contains(why) && refused.contains("/path"),
            "{refused}"
        );
        assert!(!refused.contains("sk-"), "{refused}");
        asked.join_next().await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn addresses_where_no_secrets_are_kept_are_not_asked() {
    let web = Web::new(None);
    for url in [
        "http://169.254.169.254/latest/meta-data/",
        "http://[fe80::1]/",
        "http://[::ffff:169.254.169.254]/",
        "http://0.0.0.0/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
    ] {
        let refused = refused(&web, url).await;
        assert!(
            refused.contains("no secrets are fetched") || refused.contains("only http:"),
            "{url}: {refused}"
        );
    }
    for ordinary in [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "172.17.0.1",
        "::1",
        "fd12::1",
    ] {
        assert!(
            !is_forbidden(ordinary.parse::<IpAddr>().unwrap()),
            "{ordinary}"
        );
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/a", listener.local_addr().unwrap());
    drop(listener);
    let refused = refused(&Web::new(None), &url).await;
    assert!(
        refused.contains("cannot be reached") && refused.contains("/a"),
        "{refused}"
    );
    let sealed = BTreeMap::from([("X-Key".to_owned(), Secret::from("gAAAAAsealed"))]);
    let refused = Web::new(None).fetch(&url, &sealed).await.unwrap_err();
    assert!(
        refused.to_string().contains("cannot be opened"),
        "{refused}"
    );
}
