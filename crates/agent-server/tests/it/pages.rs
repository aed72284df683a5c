//! The pages of a workspace: for whoever has the key or its cookie, and never from outside.

use serde_json::json;

use super::place::{KEY, Place};

#[tokio::test]
async fn pages_are_served_with_their_kinds() {
    let place = Place::new().await;
    let at = format!("{}/workspace", place.conversation().await);
    for (name, text) in [
        ("hello.txt", "hello\nmore\n"),
        ("site/index.html", "<p>"),
        ("site/a b.css", "p{}"),
        ("noext", "x"),
    ] {
        place.write(&format!("w/{name}"), text);
    }
    for (path, kind, text) in [
        ("/hello.txt", "text/plain; charset=utf-8", "hello\nmore\n"),
        ("/site", "text/html; charset=utf-8", "<p>"),
        ("/site/", "text/html; charset=utf-8", "<p>"),
        ("/site/a%20b.css", "text/css; charset=utf-8", "p{}"),
        ("/noext", "application/octet-stream", "x"),
    ] {
        let page = place.get(&format!("{at}{path}")).await;
        assert_eq!((page.status, &*page.text()), (200, text), "{path}");
        assert_eq!(page.header("content-type"), Some(kind), "{path}");
        assert_eq!(page.header("accept-ranges"), Some("bytes"));
        assert!(page.header("etag").is_some() && page.header("last-modified").is_some());
        assert_eq!(page.header("content-disposition"), None);
    }
    for (path, said) in [
        ("", "No index.html in directory"),
        ("/", "No index.html in directory"),
        ("/none", "File not found"),
        ("/hello.txt/x", "File not found"),
        ("/%00", "File not found"),
    ] {
        let page = place.get(&format!("{at}{path}")).await;
        assert_eq!(
            (page.status, page.json()),
            (404, json!({ "detail": said })),
            "{path}"
        );
    }
    let nobody = place
        .get("/api/conversations/00000000-0000-0000-0000-000000000000/workspace/x")
        .await;
    let said = "Conversation not found: 00000000-0000-0000-0000-000000000000";
    assert_eq!(
        (nobody.status, nobody.json()),
        (404, json!({ "detail": said }))
    );
}

#[tokio::test]
async fn no_page_comes_from_outside() {
    let place = Place::new().await;
    let at = format!("{}/workspace", place.conversation().await);
    place.write("secret", "s3cret");
    std::os::unix::fs::symlink(place.at("secret"), place.at("w/link")).unwrap();
    std::os::unix::fs::symlink(place.at(""), place.at("w/up")).unwrap();
    for path in [
        "/../secret",
        "/%2e%2e/secret",
        "/..%2fsecret",
        "/%2e%2e%2fsecret",
        "/x/../../secret",
        "/x/%2e%2e/%2e%2e/secret",
        "/link",
        "/up/secret",
        "//etc/hostname",
        "/%2fetc/hostname",
        "/..%5csecret",
        "/%252e%252e/secret",
    ] {
        let page = place.get(&format!("{at}{path}")).await;
        assert!(matches!(page.status, 400 | 404), "{path}: {page:?}");
        assert!(!page.text().contains("s3cret"), "{path}");
    }
    let outside = place.get(&format!("{at}/..%2fsecret")).await;
    let said = json!({"detail": "Path is outside the workspace"});
    assert_eq!((outside.status, outside.json()), (400, said));
}

#[tokio::test]
async fn the_cookie_opens_pages_and_nothing_else() {
    let place = Place::new().await;
    let conversation = place.conversation().await;
    place.write("w/a.txt", "a");
    let page = format!("{conversation}/workspace/a.txt");
    let good = format!("oh_workspace_session_key={KEY}");
    for (headers, status) in [
        (vec![("cookie", &*good)], 200),
        (vec![("x-session-api-key", KEY)], 200),
        (vec![("cookie", "oh_workspace_session_key=wrong")], 401),
        (vec![("cookie", "session=1")], 401),
        (vec![], 401),
    ] {
        let answer = place.raw("GET", &page, &headers, b"").await;
        assert_eq!(answer.status, status, "{headers:?}");
    }
    for path in [
        &*conversation,
        "/api/bash/bash_events/search",
        "/api/file/home",
    ] {
        let answer = place.raw("GET", path, &[("cookie", &*good)], b"").await;
        assert_eq!(answer.status, 401, "{path}");
    }
}

#[tokio::test]
async fn what_runs_ends_with_the_server() {
    let place = Place::new().await;
    let at = place.conversation().await;
    let asked = json!({"command": "sleep 600"});
    place
        .ask(
            "POST",
            &format!("{at}/bash/start_bash_command"),
            asked.clone(),
        )
        .await;
    place
        .ask("POST", "/api/bash/start_bash_command", asked.clone())
        .await;
    place.workspaces.close().await;
    let late = place
        .ask("POST", "/api/bash/execute_bash_command", asked)
        .await;
    assert_eq!(late.status, 503);
    assert_eq!(late.json()["exception"], "503: The workspace is closed");
}
