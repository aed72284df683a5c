//! Commands over REST: answers as recorded of the original.

use serde_json::{Value, json};

use super::place::Place;

/// An answer without what is different each time.
fn plain(mut answer: Value) -> Value {
    for name in ["id", "command_id"] {
        if let Some(id) = answer.get_mut(name) {
            let text = id.as_str().unwrap();
            assert!(
                text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit()),
                "{text}"
            );
            *id = "<id>".into();
        }
    }
    if let Some(time) = answer.get_mut("timestamp") {
        assert!(time.as_str().unwrap().ends_with('Z'), "{time}");
        *time = "<time>".into();
    }
    answer
}

fn output(exit_code: i32, stdout: Value, stderr: Value) -> Value {
    json!({
        "id": "<id>", "timestamp": "<time>", "command_id": "<id>", "order": 0,
        "exit_code": exit_code, "stdout": stdout, "stderr": stderr, "kind": "BashOutput",
    })
}

async fn execute(place: &Place, at: &str, asked: Value) -> Value {
    let path = format!("{at}/bash/execute_bash_command");
    let answer = place.ask("POST", &path, asked).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    plain(answer.json())
}

#[tokio::test]
async fn commands_are_answered_as_recorded() {
    let place = Place::new().await;
    let conversation = place.conversation().await;
    for at in ["/api", &conversation] {
        let said = execute(
            &place,
            at,
            json!({"command": "echo hi; echo e >&2; exit 4"}),
        )
        .await;
        assert_eq!(said, output(4, "hi\n".into(), "e\n".into()));
        let silent = execute(
            &place,
            at,
            json!({"command": "true", "timeout": "5", "more": 1}),
        )
        .await;
        assert_eq!(silent, output(0, Value::Null, Value::Null));
        let late = json!({"command": "echo a; sleep 600", "timeout": 1});
        assert_eq!(
            execute(&place, at, late).await,
            output(-1, "a\n".into(), Value::Null)
        );
        let killed = json!({"command": "kill -9 $$"});
        assert_eq!(
            execute(&place, at, killed).await,
            output(-9, Value::Null, Value::Null)
        );
        let nowhere = place.at("w/none");
        let lost = execute(&place, at, json!({"command": "pwd", "cwd": nowhere})).await;
        let stderr =
            format!("Error executing command: [Errno 2] No such file or directory: '{nowhere}'");
        assert_eq!(lost, output(-1, Value::Null, stderr.into()));
    }
}

#[tokio::test]
async fn a_conversations_commands_are_its_own() {
    let place = Place::new().await;
    let at = place.conversation().await;
    let said = execute(&place, &at, json!({"command": "pwd"})).await;
    let here = std::fs::canonicalize(place.at("w")).unwrap();
    assert_eq!(
        said["stdout"].as_str().unwrap().trim_end(),
        here.to_str().unwrap()
    );
    let own = place
        .get(&format!("{at}/bash/bash_events/search"))
        .await
        .json();
    assert_eq!(own["items"].as_array().unwrap().len(), 2);
    assert_eq!(own["items"][0]["cwd"], place.at("w"));
    let all = place.get("/api/bash/bash_events/search").await.json();
    assert_eq!(all, json!({"items": [], "next_page_id": null}));
    let kept = place.directory.path().join("conversations");
    let kept = std::fs::read_dir(kept)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    assert_eq!(
        std::fs::read_dir(kept.join("bash_events")).unwrap().count(),
        2
    );
    for cwd in ["/", "..", &place.at("")] {
        let asked = json!({"command": "pwd", "cwd": cwd});
        let answer = place
            .ask("POST", &format!("{at}/bash/start_bash_command"), asked)
            .await;
        assert_eq!(answer.status, 422, "{cwd}");
        let said = json!({"detail": "cwd must be inside the conversation workspace"});
        assert_eq!(answer.json(), said);
    }
}

#[tokio::test]
async fn a_command_is_started_followed_and_stopped() {
    let place = Place::new().await;
    let asked = json!({"command": "sleep 600", "timeout": 900});
    let started = place
        .ask("POST", "/api/bash/start_bash_command", asked)
        .await
        .json();
    let id = started["id"].as_str().unwrap().to_owned();
    let expected = json!({
        "command": "sleep 600", "cwd": null, "timeout": 900, "id": "<id>", "timestamp": "<time>", "kind": "BashCommand",
    });
    assert_eq!(plain(started.clone()), expected);
    let same = place.get(&format!("/api/bash/bash_events/{id}")).await;
    assert_eq!(same.json(), started);
    let stop = format!("/api/bash/bash_commands/{id}/stop");
    for _ in 0..2 {
        let stopped = place.ask("POST", &stop, Value::Null).await;
        assert_eq!(
            (stopped.status, stopped.json()),
            (200, json!({"success": true}))
        );
    }
    let search = format!("/api/bash/bash_events/search?command_id__eq={id}");
    let page = place.get(&search).await.json();
    assert_eq!(
        plain(page["items"][0].clone()),
        output(-15, Value::Null, Value::Null)
    );
    let later = place.get(&format!("{search}&order__gt=0")).await.json();
    assert_eq!(later, json!({"items": [], "next_page_id": null}));
    let both = place
        .ask("GET", "/api/bash/bash_events/", json!([id, "none"]))
        .await;
    assert_eq!(both.json(), json!([started, null]));
    let first = place
        .get("/api/bash/bash_events/search?limit=1")
        .await
        .json();
    let next = first["next_page_id"].as_str().unwrap().to_owned();
    assert!(next.contains("_BashOutput_"), "{next}");
    let second = place
        .get(&format!("/api/bash/bash_events/search?page_id={next}"))
        .await
        .json();
    assert_eq!(second["items"], page["items"]);
    let cleared = place
        .ask("DELETE", "/api/bash/bash_events", Value::Null)
        .await;
    assert_eq!(cleared.json(), json!({"cleared_count": 2}));
}

#[tokio::test]
async fn what_is_wrong_is_told_as_recorded() {
    let place = Place::new().await;
    let nobody = "/api/bash/bash_commands/00000000-0000-0000-0000-000000000000/stop";
    let answer = place.ask("POST", nobody, Value::Null).await;
    assert_eq!(
        (answer.status, answer.json()),
        (404, json!({"detail": "Not Found"}))
    );
    let answer = place.get("/api/bash/bash_events/xyz").await;
    assert_eq!(
        (answer.status, answer.json()),
        (404, json!({"detail": "Not Found"}))
    );
    for (query, place_of_fault, kind) in [
        ("limit=0", "limit", "greater_than"),
        ("limit=101", "limit", "less_than_equal"),
        ("limit=x", "limit", "int_parsing"),
        ("kind__eq=BashError", "kind__eq", "literal_error"),
        ("command_id__eq=zz", "command_id__eq", "uuid_parsing"),
        (
            "timestamp__gte=zz",
            "timestamp__gte",
            "datetime_from_date_parsing",
        ),
        ("sort_order=x", "sort_order", "enum"),
    ] {
        let answer = place
            .get(&format!("/api/bash/bash_events/search?{query}"))
            .await;
        let told = answer.json();
        assert_eq!(answer.status, 422, "{query}: {told}");
        assert_eq!(
            told["detail"][0]["loc"],
            json!(["query", place_of_fault]),
            "{query}"
        );
        assert_eq!(told["detail"][0]["type"], kind, "{query}");
    }
    let answer = place
        .ask("POST", "/api/bash/execute_bash_command", json!({}))
        .await;
    assert_eq!(answer.status, 422);
    assert_eq!(
        answer.json()["detail"][0]["loc"],
        json!(["body", "command"])
    );
    let unknown = "/api/conversations/00000000-0000-0000-0000-000000000000/bash/bash_events/search";
    let answer = place.get(unknown).await;
    assert_eq!(answer.status, 404, "{}", answer.text());
    let bad = place
        .get("/api/conversations/zz/bash/bash_events/search")
        .await;
    assert_eq!(bad.status, 422);
    assert_eq!(
        bad.json()["detail"][0]["loc"],
        json!(["path", "runtime_conversation_id"])
    );
    let locked = place
        .raw("POST", "/api/bash/execute_bash_command", &[], b"{}")
        .await;
    assert_eq!(
        (locked.status, locked.json()),
        (401, json!({"detail": "Unauthorized"}))
    );
}

#[tokio::test]
async fn a_conversation_that_is_removed_takes_its_commands_along() {
    let place = Place::new().await;
    let at = place.conversation().await;
    let script = format!(
        "echo $$ > {0}; mkfifo {1}; echo > {1}; exec sleep 600",
        place.at("pid"),
        place.at("up")
    );
    let start = format!("{at}/bash/start_bash_command");
    place
        .ask("POST", &start, json!({ "command": script }))
        .await;
    let pid = place
        .run("until [ -p up ]; do :; done; read x < up; cat pid")
        .await;
    let removed = place.ask("DELETE", &at, Value::Null).await;
    assert_eq!(removed.status, 200, "{}", removed.text());
    place.run(&format!("! kill -0 {}", pid.trim())).await;
    let gone = place.get(&format!("{at}/bash/bash_events/search")).await;
    assert_eq!(gone.status, 404);
}
