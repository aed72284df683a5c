//! Settings, secrets, profiles and the like, asked for as the original was asked: `data/desk.jsonl` is what it answered,
//! in this order, to a person who had nothing yet.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::place::{KEY, Place};

const ASKED: &str = include_str!("../data/desk.jsonl");

/// What differs from one place, or one moment, to the next.
fn scrubbed(value: &Value, key: &str) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, field)| (key.clone(), scrubbed(field, key)))
            .collect(),
        Value::Array(items) => items.iter().map(|item| scrubbed(item, "")).collect(),
        Value::String(text) if text.starts_with("gAAAAA") => "<tok>".into(),
        Value::String(_) if key == "current_datetime" => "<t>".into(),
        Value::String(text) => without_ids(text).into(),
        Value::Number(_) if matches!(key, "created_at" | "updated_at") => 0.into(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// Ids in a text, with or without dashes, become `<id>`.
fn without_ids(text: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for letter in text.chars().chain(['\0']) {
        if letter.is_ascii_hexdigit() || letter == '-' {
            word.push(letter);
            continue;
        }
        let id = word.chars().filter(char::is_ascii_hexdigit).count() == 32
            && uuid::Uuid::try_parse(&word).is_ok();
        out.push_str(if id { "<id>" } else { &word });
        word.clear();
        if letter != '\0' {
            out.push(letter);
        }
    }
    out
}

/// What settings say that the first ones did not.
fn changes(value: &Value, first: Option<&Value>) -> Value {
    let (Value::Object(fields), Some(Value::Object(before))) = (value, first) else {
        return value.clone();
    };
    let mut changed: Map<String, Value> = fields
        .iter()
        .filter(|(key, field)| before.get(*key) != Some(field))
        .map(|(key, field)| (key.clone(), changes(field, before.get(key))))
        .collect();
    let gone = before.keys().filter(|key| !fields.contains_key(*key));
    changed.extend(gone.map(|key| (key.clone(), json!("<gone>"))));
    changed.into()
}

/// Names for what is only known once it was answered.
#[derive(Default)]
struct Known(BTreeMap<String, String>);

impl Known {
    fn filled(&self, text: &str) -> String {
        let known = self.0.iter();
        known.fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("${name}"), value)
        })
    }
}

async fn ask(place: &Place, row: &Value, known: &Known) -> crate::wire::Answer {
    let given = row.get("headers").and_then(Value::as_object);
    let mut headers = vec![
        ("content-type", "application/json"),
        ("x-session-api-key", KEY),
    ];
    for (name, value) in given.into_iter().flatten() {
        headers.push((name.as_str(), value.as_str().unwrap()));
    }
    let body = match row.get("body") {
        None => String::new(),
        Some(body) => match body.get("<raw>") {
            Some(raw) => raw.as_str().unwrap().to_owned(),
            None => known.filled(&body.to_string()),
        },
    };
    let path = known.filled(row["path"].as_str().unwrap());
    let method = row["method"].as_str().unwrap();
    place.raw(method, &path, &headers, body.as_bytes()).await
}

#[tokio::test]
async fn a_person_is_answered_as_the_original_answers() {
    let place = Place::new().await;
    let mut known = Known::default();
    let mut first = None;
    for (index, line) in ASKED.lines().enumerate() {
        let row: Value = serde_json::from_str(line).unwrap();
        let said = format!(
            "line {}: {} {} {}",
            index + 1,
            row["method"],
            row["path"],
            row["body"]
        );
        let answer = ask(&place, &row, &known).await;
        assert_eq!(
            answer.status,
            row["status"].as_u64().unwrap() as u16,
            "{said}: {}",
            answer.text()
        );
        let kind = row
            .get("type")
            .map_or("application/json", |kind| kind.as_str().unwrap());
        assert_eq!(answer.header("content-type"), Some(kind), "{said}");
        if kind != "application/json" {
            assert_eq!(answer.text(), row["answer"].as_str().unwrap(), "{said}");
            continue;
        }
        let answer = answer.json();
        for (name, pointer) in row
            .get("keep")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let value = answer.pointer(pointer.as_str().unwrap()).unwrap();
            known
                .0
                .insert(name.clone(), value.as_str().unwrap().to_owned());
        }
        let ours = scrubbed(&answer, "");
        match (row.get("answer"), &first) {
            (Some(theirs), _) => assert_eq!(&ours, theirs, "{said}"),
            (None, first) => assert_eq!(changes(&ours, first.as_ref()), row["changes"], "{said}"),
        }
        if index == 0 {
            first = Some(ours);
        }
    }
}

#[tokio::test]
async fn nobody_without_the_key_reads_or_changes_anything() {
    let place = Place::new().await;
    let rows = ASKED.lines().map(serde_json::from_str::<Value>);
    let mut asked = std::collections::BTreeSet::new();
    for row in rows.map(Result::unwrap) {
        let (method, path) = (
            row["method"].as_str().unwrap(),
            row["path"].as_str().unwrap(),
        );
        // What is no path of ours is nobody's secret.
        let nowhere = ["Not Found", "Method Not Allowed"].map(|it| json!({ "detail": it }));
        if nowhere.contains(&row["answer"]) {
            continue;
        }
        if !asked.insert((method.to_owned(), path.to_owned())) {
            continue;
        }
        for headers in [&[][..], &[("x-session-api-key", "wrong")]] {
            let answer = place.raw(method, path, headers, b"{}").await;
            assert_eq!(answer.status, 401, "{method} {path}: {}", answer.text());
        }
    }
    let kept = place.directory.path().join("home/.openhands");
    assert!(!kept.exists(), "something was written");
}

#[tokio::test]
async fn what_cannot_be_done_yet_is_said() {
    let place = Place::new().await;
    let begun = place
        .ask(
            "POST",
            "/api/llm/subscription/openai/device/start",
            Value::Null,
        )
        .await;
    assert_eq!(begun.status, 501);
    assert!(
        begun.text().contains("not built in yet"),
        "{}",
        begun.text()
    );
    let server = json!({"server": {"url": "http://127.0.0.1:1/x"}});
    let tried = place.ask("POST", "/api/mcp/test", server).await;
    assert_eq!(tried.status, 200);
    let told = tried.json();
    assert_eq!(
        (&told["ok"], &told["error_kind"]),
        (&json!(false), &json!("unknown"))
    );
    assert!(told["error"].as_str().unwrap().contains("cannot connect"));
    let program = json!({"agent_settings": {"acp_server": "codex"}});
    let told = place.ask("POST", "/api/acp/models", program).await.json();
    assert_eq!(told["available_models"], json!([]));
    let error = told["error"]["detail"].as_str().unwrap();
    assert!(error.contains("cannot start ACP agents"), "{error}");
    let program = json!({"agent_settings": {"acp_server": "custom"}});
    let told = place.ask("POST", "/api/acp/models", program).await;
    assert_eq!(told.status, 422, "{}", told.text());
}

#[tokio::test]
async fn many_at_once_lose_no_change() {
    let place = Place::new().await;
    let patches = (0..16).map(|n| {
        let change = json!({"misc_settings_diff": {"notes": {format!("n{n}"): n}}});
        place.ask("PATCH", "/api/settings", change)
    });
    for answer in futures_util::future::join_all(patches).await {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let settings = place.get("/api/settings").await.json();
    let notes = settings["misc_settings"]["notes"].as_object().unwrap();
    assert_eq!(notes.len(), 16);
}
