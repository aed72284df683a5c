//! History over REST: answers as recorded of the original.

use serde_json::{Value, json};

use super::place::Place;

const BEGIN: &str = "git init -q -b main r && cd r && git config user.name A && git config user.email a@b && printf 'hello\\n' > hello.txt \
    && git add . && git commit -qm init && echo more >> hello.txt && echo new > new.txt";

#[tokio::test]
async fn a_repository_is_shown_as_recorded() {
    let place = Place::new().await;
    place.run(BEGIN).await;
    let (repository, file) = (place.at("r"), place.at("r/hello.txt"));
    let changes = place
        .about("GET", "/api/git/changes", &repository)
        .await
        .json();
    let expected = json!([
        {"status": "UPDATED", "path": "hello.txt"},
        {"status": "ADDED", "path": "new.txt"},
    ]);
    assert_eq!(changes, expected);
    let diff = place.about("GET", "/api/git/diff", &file).await.json();
    assert_eq!(
        diff,
        json!({"modified": "hello\nmore", "original": "hello"})
    );
    let page = place
        .about("GET", "/api/git/commits", &repository)
        .await
        .json();
    assert_eq!(page["has_more"], false);
    let commit = &page["commits"][0];
    assert_eq!(
        (&commit["subject"], &commit["author"]),
        (&json!("init"), &json!("A"))
    );
    let sha = commit["sha"].as_str().unwrap();
    let changed = format!("/api/git/commits/{sha}/changes");
    let changed = place.about("GET", &changed, &repository).await.json();
    assert_eq!(changed, json!([{"status": "ADDED", "path": "hello.txt"}]));
    let then = format!("/api/git/diff?commit={sha}");
    let then = place.about("GET", &then, &file).await.json();
    assert_eq!(then, json!({"modified": "hello", "original": ""}));
    let none = place
        .about("GET", "/api/git/changes", "/nonexist")
        .await
        .json();
    assert_eq!(none, json!([]));
}

#[tokio::test]
async fn what_is_wrong_is_told_as_recorded() {
    let place = Place::new().await;
    place.run(BEGIN).await;
    let failed = |name: &str| {
        format!("Git command failed: git --no-pager rev-parse --verify '{name}^{{commit}}'")
    };
    let missing = format!(
        "File does not exist: {}",
        std::fs::canonicalize(place.at("r"))
            .unwrap()
            .join("none")
            .display()
    );
    for (operation, path, said) in [
        ("changes?ref=nope", "r", failed("nope")),
        ("changes?ref=--output%3Dx", "r", failed("--output=x")),
        ("changes?ref=", "r", failed("")),
        ("diff?ref=nope", "r/hello.txt", failed("nope")),
        ("diff?commit=abcdef12", "r/hello.txt", failed("abcdef12")),
        (
            "diff?ref=HEAD&commit=abcd",
            "r/hello.txt",
            "'ref' and 'commit' are mutually exclusive".to_owned(),
        ),
        ("diff", "r/none", missing),
        ("commits/abcdef12/changes", "r", failed("abcdef12")),
    ] {
        let answer = place
            .about("GET", &format!("/api/git/{operation}"), &place.at(path))
            .await;
        assert_eq!(
            (answer.status, answer.json()),
            (400, json!({ "detail": said })),
            "{operation}"
        );
    }
    let pattern = json!({"pattern": "^[0-9a-fA-F]{4,64}$"});
    for (operation, loc) in [
        ("commits/zz/changes", json!(["path", "sha"])),
        ("diff?commit=zz", json!(["query", "commit"])),
    ] {
        let answer = place
            .about("GET", &format!("/api/git/{operation}"), &place.at("r"))
            .await;
        let fault = json!({
            "type": "string_pattern_mismatch", "loc": loc, "input": "zz", "ctx": pattern,
            "msg": "String should match pattern '^[0-9a-fA-F]{4,64}$'",
        });
        assert_eq!(
            (answer.status, answer.json()),
            (422, json!({ "detail": [fault] }))
        );
    }
    for limit in ["0", "201", "x"] {
        let answer = place
            .about(
                "GET",
                &format!("/api/git/commits?limit={limit}"),
                &place.at("r"),
            )
            .await;
        assert_eq!(answer.status, 422, "{limit}");
    }
    let answer = place.get("/api/git/changes").await;
    assert_eq!(answer.json()["detail"][0]["loc"], json!(["query", "path"]));
}

#[tokio::test]
async fn nobody_hosts_repositories_without_a_key() {
    let place = Place::new().await;
    let search = "/api/git/repositories/search?provider=";
    let none = place.get(&format!("{search}github")).await.json();
    assert_eq!(
        none,
        json!({"items": [], "next_page_id": null, "missing_token": true})
    );
    let other = place.get(&format!("{search}gitlab")).await;
    let said = "Repository discovery is not supported for provider 'gitlab'";
    assert_eq!(
        (other.status, other.json()),
        (400, json!({ "detail": said }))
    );
    let unknown = place.get(&format!("{search}x")).await;
    assert_eq!(unknown.status, 422);
    assert_eq!(
        unknown.json()["detail"][0]["msg"],
        "Input should be 'github', 'gitlab', 'bitbucket' or 'azure_devops'"
    );
}

#[tokio::test]
async fn a_new_workspace_is_a_repository() {
    let place = Place::new().await;
    let at = place.conversation().await;
    place.write("w/new.txt", "x");
    let changes = place
        .about("GET", &format!("{at}/git/changes"), &place.at("w"))
        .await;
    assert_eq!(
        changes.json(),
        json!([{"status": "ADDED", "path": "new.txt"}])
    );
    let commits = place
        .about("GET", &format!("{at}/git/commits"), &place.at("w"))
        .await;
    assert_eq!(commits.json(), json!({"commits": [], "has_more": false}));
}

#[tokio::test]
async fn there_is_no_editor_in_the_browser() {
    let place = Place::new().await;
    let at = place.conversation().await;
    for at in ["/api", &at] {
        let url = place
            .get(&format!("{at}/vscode/url?base_url=http://x"))
            .await;
        assert_eq!((url.status, url.json()), (200, json!({ "url": null })));
        let status = place.get(&format!("{at}/vscode/status")).await.json();
        assert_eq!(
            (&status["running"], &status["enabled"]),
            (&Value::Bool(false), &Value::Bool(false))
        );
    }
}
