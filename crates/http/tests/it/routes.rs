//! Which operation a request means, and what is said where there is none.

use http_kit::{Api, Done, Error, Json, Path};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::world::{World, told};

#[derive(Deserialize, JsonSchema)]
struct Named {
    id: Uuid,
}

#[derive(Deserialize, JsonSchema)]
struct Rest {
    id: Uuid,
    file: String,
}

#[derive(Deserialize, JsonSchema)]
struct Free {
    name: String,
}

fn api() -> Api<()> {
    Api::tagged("Things")
        .get("/things/search", "search", |(), ()| async { Ok(Json::ok("search")) })
        .get("/things/{id}", "get", |(), Path(Named { id }): Path<Named>| async move { Ok(Json::ok(id)) })
        .delete("/things/{id}", "delete", |(), Path(Named { id }): Path<Named>| async move {
            tracing::trace!("{id}");
            Ok(Done::ok())
        })
        .get("/things/{id}/files/{*file}", "file", |(), Path(Rest { id, file }): Path<Rest>| async move {
            Ok(Json::ok(json!([id, file])))
        })
        .get("/bare", "bare", |(), ()| async { Ok(Json::ok("bare")) })
        .post("/slashed/", "slashed", |(), ()| async { Ok(Json::ok("slashed")) })
        .get("/free/{name}", "free", |(), Path(Free { name }): Path<Free>| async move { Ok(Json::ok(name)) })
        .get("/panics", "panics", |(), ()| async {
            let things: [u8; 0] = [];
            let first = things.iter().copied().reduce(|_, _| 0);
            assert!(first.is_some(), "there is nothing");
            Ok::<_, Error>(Json::ok(first))
        })
}

const ID: &str = "00000000-0000-0000-0000-000000000000";

#[tokio::test]
async fn the_first_that_takes_path_and_method() {
    let world = World::of(api().finish().whole()).await;
    assert_eq!(
        told(world.ask("GET", "/things/search")).await,
        (200, json!("search"))
    );
    assert_eq!(
        told(world.ask("GET", "/things/%73earch")).await,
        (200, json!("search"))
    );
    let (status, told) = told(world.ask("DELETE", "/things/search")).await;
    assert_eq!(status, 422);
    assert_eq!(
        told["detail"][0]["msg"],
        "Input should be a valid UUID, invalid character: found `s` at 0"
    );
    assert_eq!(told["detail"][0]["loc"], json!(["path", "id"]));
}

#[tokio::test]
async fn other_methods_are_refused_and_the_known_ones_named() {
    let world = World::of(api().finish().whole()).await;
    for (method, path, allow) in [
        ("PUT", format!("/things/{ID}"), "GET, DELETE"),
        ("HEAD", "/bare".to_owned(), "GET"),
        ("OPTIONS", "/bare".to_owned(), "GET"),
        ("GET", "/slashed/".to_owned(), "POST"),
    ] {
        let answer = world.ask(method, &path).send().await.unwrap();
        assert_eq!(answer.status(), 405, "{method} {path}");
        assert_eq!(answer.headers()["allow"], allow, "{method} {path}");
        if method != "HEAD" {
            let told: serde_json::Value = answer.json().await.unwrap();
            assert_eq!(told, json!({"detail": "Method Not Allowed"}));
        }
    }
}

#[tokio::test]
async fn unknown_paths_are_not_found() {
    let world = World::of(api().finish().whole()).await;
    for path in [
        "/",
        "/nope",
        "/things",
        "/free/a%2Fb",
        "/things//files/x",
        "/things/x/y/z",
        "//bare",
    ] {
        assert_eq!(
            told(world.ask("GET", path)).await,
            (404, json!({"detail": "Not Found"})),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_slash_too_many_or_too_few_is_shown_the_way() {
    let world = World::of(api().finish().whole()).await;
    for (path, to) in [
        ("/bare/", "/bare"),
        ("/bare///", "/bare"),
        ("/bare/?a=b&c", "/bare?a=b&c"),
        ("/slashed", "/slashed/"),
        ("/free/%C3%A9/", "/free/%C3%A9"),
    ] {
        let answer = world.ask("POST", path).send().await.unwrap();
        assert_eq!(answer.status(), 307, "{path}");
        assert_eq!(answer.headers()["location"], to, "{path}");
    }
}

#[tokio::test]
async fn the_rest_of_a_path_may_be_nothing() {
    let world = World::of(api().finish().whole()).await;
    for (path, file) in [("", ""), ("a", "a"), ("a/b%20c", "a/b c"), ("a/", "a/")] {
        let path = format!("/things/{ID}/files/{path}");
        assert_eq!(
            told(world.ask("GET", &path)).await,
            (200, json!([ID, file])),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_panic_is_an_answer_and_the_connection_lives_on() {
    let world = World::of(api().finish().whole()).await;
    let (status, told_of) = told(world.ask("GET", "/panics")).await;
    assert_eq!(status, 500);
    assert_eq!(told_of["detail"], "Internal Server Error");
    assert_eq!(told_of["exception"], "there is nothing");
    assert_eq!(told_of["error_id"].as_str().map(str::len), Some(32));
    assert_eq!(told(world.ask("GET", "/bare")).await, (200, json!("bare")));
}
