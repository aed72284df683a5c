//! Bodies: how they may come, how large, how slowly, and what is said of those that cannot be read.

use std::time::Duration;

use http_kit::{Api, Body, Error, Json, Upload};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::world::{World, told};

fn api() -> Api<()> {
    let echo = |(), Body(value): Body<Value>| async move { Ok(Json::ok(value)) };
    Api::tagged("")
        .post("/echo", "echo", echo)
        .get("/asked", "asked", echo)
        .post("/small", "small", echo)
        .limited(1000)
        .post("/hasty", "hasty", echo)
        .patient(Duration::from_millis(20))
        .post("/upload", "upload", |(), mut upload: Upload| async move {
            let name = upload.file_name().map(str::to_owned);
            let mut length = 0;
            while let Some(chunk) = upload.chunk().await? {
                length += chunk.len();
            }
            Ok::<_, Error>(Json::ok(json!([name, length])))
        })
        .limited(100_000)
}

async fn world() -> World {
    World::of(api().finish().whole()).await
}

/// Texts that are no JSON, with what Python's decoder says and after how many characters.
const BROKEN: &[(&str, &str, u64)] = &[
    ("{", "Expecting property name enclosed in double quotes", 1),
    (
        r#"{"a":1,}"#,
        "Illegal trailing comma before end of object",
        6,
    ),
    ("[1,]", "Illegal trailing comma before end of array", 2),
    ("[1 2]", "Expecting ',' delimiter", 3),
    ("nul", "Expecting value", 0),
    (r#"{"a" 1}"#, "Expecting ':' delimiter", 5),
    (
        "{a:1}",
        "Expecting property name enclosed in double quotes",
        1,
    ),
    ("\"abc", "Unterminated string starting at", 0),
    ("\"a\nb\"", "Invalid control character at", 2),
    (r#""\q""#, "Invalid \\escape", 1),
    (r#""\u12""#, "Invalid \\uXXXX escape", 2),
    ("{} x", "Extra data", 3),
    ("  ", "Expecting value", 2),
    (r#"{"a":1"#, "Expecting ',' delimiter", 6),
    (r#"{"a":"#, "Expecting value", 5),
    ("[", "Expecting value", 1),
    ("-", "Expecting value", 0),
    ("01", "Extra data", 1),
    ("{\"é\":é}", "Expecting value", 5),
    ("{\n \"é\": [1,\n x]}", "Expecting value", 13),
    (
        r#"[{"a": [1, {"b": "c"}], "d": tru}]"#,
        "Expecting value",
        29,
    ),
];

#[tokio::test]
async fn what_is_no_json_is_told_as_python_tells_it() {
    let world = world().await;
    let deep = "[".repeat(2000);
    let broken = BROKEN
        .iter()
        .copied()
        .chain([(deep.as_str(), "Expecting value", 2000)]);
    for (text, reason, at) in broken {
        let request = world
            .ask("POST", "/echo")
            .header("content-type", "application/json");
        let (status, answer) = told(request.body(text.to_owned())).await;
        assert_eq!(status, 422, "{text}");
        let fault = json!({
            "type": "json_invalid",
            "loc": ["body", at],
            "msg": "JSON decode error",
            "input": {},
            "ctx": {"error": reason},
        });
        assert_eq!(answer, json!({"detail": [fault]}), "{text}");
    }
}

#[tokio::test]
async fn what_python_would_read_and_json_does_not_allow_is_refused() {
    let world = world().await;
    for text in ["NaN", "[Infinity]", "1e999", r#""\ud800""#] {
        let request = world
            .ask("POST", "/echo")
            .header("content-type", "application/json");
        let (status, answer) = told(request.body(text)).await;
        assert_eq!(
            (status, &answer["detail"][0]["type"]),
            (422, &json!("json_invalid")),
            "{text}"
        );
    }
    for bytes in [
        b"\xff\xfe\xfd".to_vec(),
        b"{\"a\": \"\xe9\"}".to_vec(),
        deep(),
    ] {
        let request = world
            .ask("POST", "/echo")
            .header("content-type", "application/json");
        let answer = told(request.body(bytes)).await;
        assert_eq!(
            answer,
            (
                400,
                json!({"detail": "There was an error parsing the body"})
            )
        );
    }
}

/// Sound JSON that is nested deeper than anybody needs.
fn deep() -> Vec<u8> {
    let (open, close) = ("[".repeat(100_000), "]".repeat(100_000));
    format!("{open}{close}").into_bytes()
}

#[tokio::test]
async fn only_what_says_that_it_is_json_is_read_as_json() {
    let world = world().await;
    for (kind, read) in [
        ("application/json", json!({"a": 1})),
        ("application/json; charset=utf-8", json!({"a": 1})),
        ("Application/JSON", json!({"a": 1})),
        ("application/vnd.api+json", json!({"a": 1})),
        ("text/plain", json!("{\"a\": 1}")),
        ("application/x-www-form-urlencoded", json!("{\"a\": 1}")),
    ] {
        let request = world.ask("POST", "/echo").header("content-type", kind);
        assert_eq!(
            told(request.body("{\"a\": 1}")).await,
            (200, read),
            "{kind}"
        );
    }
    let marked = world
        .ask("GET", "/asked")
        .header("content-type", "application/json");
    let marked = marked.body("\u{feff}[1, 1e2, {\"a\": 1, \"a\": 2}]");
    assert_eq!(told(marked).await, (200, json!([1, 100.0, {"a": 2}])));
}

#[tokio::test]
async fn nothing_is_told_to_be_missing() {
    let world = world().await;
    let request = world
        .ask("POST", "/echo")
        .header("content-type", "application/json");
    let missing =
        json!({"type": "missing", "loc": ["body"], "msg": "Field required", "input": null});
    assert_eq!(told(request).await, (422, json!({"detail": [missing]})));
}

#[tokio::test]
async fn endless_bodies_end_at_the_limit() {
    let world = world().await;
    let too_large = json!({"detail": "The body is larger than 1000 bytes; send less at once"});
    // Announced, and not even sent.
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let head = "POST /small HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99999999\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    assert!(answer_of(&mut stream).await.starts_with("HTTP/1.1 413"));
    // Not announced, and never ending.
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let head = "POST /small HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..20 {
        if stream.write_all(b"64\r\n").await.is_err() {
            break;
        }
        let written = stream.write_all(&[b' '; 100]).await;
        if written.is_err() || stream.write_all(b"\r\n").await.is_err() {
            break;
        }
    }
    let answer = answer_of(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.ends_with(&too_large.to_string()), "{answer}");
    // At the limit it is read.
    let request = world
        .ask("POST", "/small")
        .header("content-type", "application/json");
    let body = format!("\"{}\"", "x".repeat(998));
    assert_eq!(told(request.body(body)).await.0, 200);
}

async fn answer_of(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_body_that_trickles_is_given_up() {
    let world = world().await;
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let head = "POST /hasty HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n[1";
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = answer_of(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

fn form(parts: &[(&str, &str)]) -> String {
    let mut form = String::new();
    for (head, content) in parts {
        form.push_str("--xyz\r\ncontent-disposition: form-data; ");
        form.push_str(head);
        form.push_str("\r\n\r\n");
        form.push_str(content);
        form.push_str("\r\n");
    }
    form + "--xyz--\r\n"
}

#[tokio::test]
async fn files_are_read_as_they_come() {
    let world = world().await;
    let send = |body: String| {
        let request = world.ask("POST", "/upload");
        let kind = "multipart/form-data; boundary=xyz";
        told(request.header("content-type", kind).body(body))
    };
    let file = "name=\"file\"; filename=\"a.txt\"";
    assert_eq!(
        send(form(&[(file, "hello")])).await,
        (200, json!(["a.txt", 5]))
    );
    assert_eq!(
        send(form(&[("name=\"other\"", "x"), (file, "")])).await,
        (200, json!(["a.txt", 0]))
    );
    let missing = json!([{"type": "missing", "loc": ["body", "file"], "msg": "Field required", "input": null}]);
    assert_eq!(
        send(form(&[("name=\"other\"", "x")])).await,
        (422, json!({"detail": missing}))
    );
    let (status, no_file) = send(form(&[("name=\"file\"", "x")])).await;
    assert_eq!(
        (status, &no_file["detail"][0]["loc"]),
        (422, &json!(["body", "file"]))
    );
    let large = "x".repeat(100_001);
    assert_eq!(send(form(&[(file, &large)])).await.0, 413);
    let (status, cut) = send(form(&[(file, "hello")])[..70].to_owned()).await;
    assert_eq!(
        (status, cut),
        (
            400,
            json!({"detail": "There was an error parsing the body"})
        )
    );
    let plain = world.ask("POST", "/upload").body("hello");
    assert_eq!(told(plain).await, (422, json!({"detail": missing})));
}
