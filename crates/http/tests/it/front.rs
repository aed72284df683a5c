//! Who may call a face, and what is said of each request.

use axum::Router;
use axum::routing::get;
use http_kit::{Api, Cors, Front, Hosts, Json, Metrics, Path};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::world::{World, told};

fn in_workspace(path: &str) -> bool {
    path == "/api/auth/workspace-session"
        || path
            .strip_prefix("/api/conversations/")
            .is_some_and(|rest| {
                rest.split_once('/')
                    .is_some_and(|(_, rest)| rest == "workspace" || rest.starts_with("workspace/"))
            })
}

#[derive(Deserialize, JsonSchema)]
struct Workspace {
    id: String,
    file: String,
}

#[derive(Deserialize, JsonSchema)]
struct Item {
    id: String,
}

fn face() -> Router {
    Api::<()>::tagged("")
        .get("/alive", "alive", |(), ()| async { Ok(Json::ok("alive")) })
        .post("/act", "act", |(), ()| async { Ok(Json::ok("done")) })
        .get(
            "/items/{id}",
            "item",
            |(), Path(Item { id }): Path<Item>| async move { Ok(Json::ok(id)) },
        )
        .get(
            "/api/conversations/{id}/workspace/{*file}",
            "file",
            |(), Path(at): Path<Workspace>| async move {
                Err::<Json<()>, _>(http_kit::Error::not_found(format!("{} {}", at.id, at.file)))
            },
        )
        .finish()
        .whole()
}

/// `golden/cors.jsonl` was recorded from the original server.
#[tokio::test]
async fn pages_are_told_what_starlette_tells_them() {
    let front = Front::default().cors(Cors::default().ambient(in_workspace));
    let world = World::of(front.around(face())).await;
    let recorded = include_str!("../golden/cors.jsonl");
    for line in recorded.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut request = world.ask(&text(&case["method"]), &text(&case["path"]));
        for (name, value) in case["headers"].as_object().unwrap() {
            request = request.header(name, text(value));
        }
        let answer = request.send().await.unwrap();
        assert_eq!(
            answer.status(),
            case["status"].as_u64().unwrap() as u16,
            "{case}"
        );
        let headers: serde_json::Map<String, Value> = answer
            .headers()
            .iter()
            .filter(|(name, _)| name.as_str().starts_with("access-control") || *name == "vary")
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().into()))
            .collect();
        assert_eq!(Value::Object(headers), case["answer"], "{case}");
        if case["status"] != 404 && case["body"].is_string() {
            assert_eq!(answer.text().await.unwrap(), text(&case["body"]), "{line}");
        }
    }
}

#[tokio::test]
async fn configured_origins_may_call_too() {
    let cors = Cors::default()
        .origins(["https://a.example".to_owned()])
        .pattern(r"https://.*\.b\.example")
        .unwrap()
        .host("172.17.0.1");
    for (origin, allowed) in [
        ("https://a.example", true),
        ("https://a.example.evil", false),
        ("https://x.b.example", true),
        ("https://x.b.example.evil", false),
        ("http://172.17.0.1:8000", true),
        ("http://172.17.0.2:8000", false),
    ] {
        assert_eq!(cors.allows(origin, "/"), allowed, "{origin}");
    }
    assert!(
        Cors::default()
            .origins(["*".to_owned()])
            .allows("https://any.example", "/")
    );
    assert!(Cors::default().pattern("(").is_err());
}

#[tokio::test]
async fn a_face_without_a_key_is_not_called_by_foreign_pages() {
    let hosts = Hosts::named([
        "https://work.example/app".to_owned(),
        "box.internal:8000".to_owned(),
    ]);
    let world = World::of(Front::default().hosts(hosts).around(face())).await;
    let own = world.address.to_string();
    for (method, host, origin, status) in [
        // Programs.
        ("POST", own.as_str(), None, 200),
        ("POST", "localhost:9", None, 200),
        ("POST", "app.localhost", None, 200),
        ("POST", "[::1]:9", None, 200),
        ("POST", "192.168.7.7", None, 200),
        ("POST", "work.example", None, 200),
        ("POST", "box.internal:8000", None, 200),
        // A name that points here without our knowing.
        ("POST", "evil.example", None, 403),
        ("GET", "evil.example:80", None, 403),
        ("GET", "localhost.evil.example", None, 403),
        // Pages.
        ("POST", own.as_str(), Some("http://localhost:3000"), 200),
        ("POST", "work.example", Some("https://work.example"), 200),
        ("POST", own.as_str(), Some("https://evil.example"), 403),
        ("POST", own.as_str(), Some("null"), 403),
        ("GET", own.as_str(), Some("https://evil.example"), 200),
    ] {
        let path = if method == "GET" { "/alive" } else { "/act" };
        let mut request = world.ask(method, path).header("host", host);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let (answered, said) = told(request).await;
        assert_eq!(answered, status, "{method} {host} {origin:?}: {said}");
    }
    let socket = world
        .ask("GET", "/alive")
        .header("origin", "https://evil.example");
    let socket = socket
        .header("connection", "upgrade")
        .header("upgrade", "websocket");
    assert_eq!(told(socket).await.0, 403);
}

#[tokio::test]
async fn requests_are_counted_by_route_and_carry_a_name() {
    let metrics = Metrics::default();
    let shown = metrics.clone();
    let face = face().route("/metrics", get(move || async move { shown.render() }));
    let world = World::of(Front::default().metrics(metrics).around(face)).await;
    for id in ["a", "b", "c"] {
        assert_eq!(told(world.ask("GET", &format!("/items/{id}"))).await.0, 200);
    }
    assert_eq!(told(world.ask("POST", "/alive")).await.0, 405);
    let text = world
        .ask("GET", "/metrics")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    for line in [
        "# TYPE http_requests_total counter",
        r#"http_requests_total{method="GET",route="/items/{id}",status="200"} 3"#,
        r#"http_requests_total{method="POST",route="unmatched",status="405"} 1"#,
        r#"http_request_duration_seconds_count{method="GET",route="/items/{id}"} 3"#,
        r#"http_request_duration_seconds_bucket{method="GET",route="/items/{id}",le="+Inf"} 3"#,
    ] {
        assert!(
            text.lines().any(|one| one == line),
            "{line} is not in\n{text}"
        );
    }
    let named = world
        .ask("GET", "/alive")
        .header("x-request-id", "mine-1")
        .send()
        .await
        .unwrap();
    assert_eq!(named.headers()["x-request-id"], "mine-1");
    let odd = world
        .ask("GET", "/alive")
        .header("x-request-id", "a b{}")
        .send()
        .await
        .unwrap();
    assert_eq!(odd.headers()["x-request-id"].len(), 32);
}

#[test]
fn figures_are_written_as_prometheus_reads_them() {
    let metrics = Metrics::default();
    metrics
        .counter("a_total", "Things", &[("name", "x\"y\\z\n")])
        .add(2);
    metrics.gauge("b", "Now", &[]).set(-3);
    metrics.gauge("b", "Now", &[]).add(1);
    metrics.watch("c", "Looked at", &[], || 1.5);
    let sizes = metrics.histogram("d", "Sizes", &[], &[1.0, 10.0]);
    for size in [0.5, 5.0, 50.0] {
        sizes.observe(size);
    }
    let expected = "# HELP a_total Things\n# TYPE a_total counter\na_total{name=\"x\\\"y\\\\z\\n\"} 2\n\
        # HELP b Now\n# TYPE b gauge\nb -2\n# HELP c Looked at\n# TYPE c gauge\nc 1.5\n\
        # HELP d Sizes\n# TYPE d histogram\nd_bucket{le=\"1\"} 1\nd_bucket{le=\"10\"} 2\nd_bucket{le=\"+Inf\"} 3\nd_sum 55.5\nd_count 3\n";
    assert_eq!(metrics.render(), expected);
}
