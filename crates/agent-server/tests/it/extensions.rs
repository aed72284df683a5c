//! Skills, plugins, hooks, sub-agents and canvas extensions: every answer compared with the original's.
//!
//! `golden/extensions.jsonl` is what openhands-agent-server 1.58.2 answered, in this order, to these requests over the
//! files of `golden/extensions-files.json`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::place::{KEY, Place};
use super::wire::Answer;

const FILES: &str = include_str!("../golden/extensions-files.json");
const EXCHANGES: &str = include_str!("../golden/extensions.jsonl");

#[derive(Deserialize)]
struct Exchange {
    method: String,
    path: String,
    #[serde(default)]
    body: Option<Value>,
    /// A body that is no JSON.
    #[serde(default)]
    raw: Option<String>,
    status: u16,
    answer: Value,
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

impl Exchange {
    async fn ask(&self, place: &Place, root: &str) -> Answer {
        let body = match (&self.raw, &self.body) {
            (Some(raw), _) => raw.clone(),
            (None, Some(body)) => body.to_string().replace("{root}", root),
            (None, None) => String::new(),
        };
        let json = ("content-type", "application/json");
        let headers = [("x-session-api-key", KEY), json];
        place
            .raw(&self.method, &self.path, &headers, body.as_bytes())
            .await
    }

    /// What differs, if anything does.
    fn differs(&self, answer: &Answer, root: &str) -> Option<String> {
        let text = answer.text().replace(root, "{root}");
        let mut body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        timeless(&mut body);
        let told = format!("{} {} {:?}", self.method, self.path, self.body);
        if answer.status != self.status {
            let theirs = self.status;
            return Some(format!(
                "{told}\n  {} {body}\n  theirs {theirs}",
                answer.status
            ));
        }
        if let Some((place, ours, theirs)) = first_difference("", &body, &self.answer) {
            return Some(format!(
                "{told}\n  at {place}\n  ours   {ours}\n  theirs {theirs}"
            ));
        }
        let header = |(name, value): (&String, &String)| {
            let ours = answer.header(name);
            (ours != Some(value)).then(|| format!("{told}\n  {name}: {ours:?}, theirs {value}"))
        };
        self.headers.iter().find_map(header)
    }
}

/// Where two values differ first, and how.
fn first_difference(at: &str, ours: &Value, theirs: &Value) -> Option<(String, Value, Value)> {
    let none = &Value::Null;
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) if a.keys().all(|key| b.contains_key(key)) => {
            b.iter().find_map(|(key, theirs)| match a.get(key) {
                Some(ours) => first_difference(&format!("{at}.{key}"), ours, theirs),
                None => Some((
                    format!("{at}.{key} is missing"),
                    none.clone(),
                    theirs.clone(),
                )),
            })
        }
        (Value::Array(a), Value::Array(b)) => (0..a.len().max(b.len())).find_map(|index| {
            let (ours, theirs) = (a.get(index).unwrap_or(none), b.get(index).unwrap_or(none));
            first_difference(&format!("{at}[{index}]"), ours, theirs)
        }),
        (ours, theirs) if ours == theirs => None,
        _ => Some((at.to_owned(), ours.clone(), theirs.clone())),
    }
}

/// Puts the same word in the place of every moment.
fn timeless(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if key == "installed_at" {
                    *value = "{time}".into();
                } else {
                    timeless(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(timeless),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

async fn furnished() -> (Place, String) {
    let place = Place::new().await;
    let files: BTreeMap<String, String> = serde_json::from_str(FILES).unwrap();
    for (name, text) in &files {
        place.write(name, text);
    }
    let root = place.directory.path().to_str().unwrap().to_owned();
    (place, root)
}

#[tokio::test]
async fn every_recorded_answer_is_ours_too() {
    let (place, root) = furnished().await;
    let mut differences = Vec::new();
    let mut count = 0;
    for line in EXCHANGES.lines() {
        let exchange: Exchange = serde_json::from_str(line).unwrap();
        let answer = exchange.ask(&place, &root).await;
        differences.extend(exchange.differs(&answer, &root));
        count += 1;
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(count > 200, "{count} exchanges");
}

#[tokio::test]
async fn nothing_is_told_without_the_key() {
    let place = Place::new().await;
    for (method, path) in [
        ("POST", "/api/skills"),
        ("GET", "/api/skills/installed"),
        ("POST", "/api/plugins/install"),
        ("POST", "/api/hooks"),
        ("POST", "/api/sub-agents"),
        ("GET", "/api/canvas-extensions/installed/x/bundle"),
        ("POST", "/app-backends/x/session"),
    ] {
        let answer = place.raw(method, path, &[], b"").await;
        let told = (answer.status, answer.json());
        assert_eq!(told, (401, json!({"detail": "Unauthorized"})), "{path}");
    }
}

#[tokio::test]
async fn sub_agents_of_the_program_are_listed_last_and_give_way() {
    let (place, root) = furnished().await;
    let asked = json!({"project_dir": format!("{root}/proj")});
    let answer = place.ask("POST", "/api/sub-agents", asked).await.json();
    let agents = answer["agents"].as_array().unwrap();
    let of_program: Vec<&str> = agents
        .iter()
        .filter(|agent| agent["is_builtin"] == true)
        .filter_map(|agent| agent["name"].as_str())
        .collect();
    // A file of the person is called `general-purpose`, and there is no browser here.
    assert_eq!(of_program, ["bash-runner", "code-explorer"]);
    assert_eq!(agents.last().unwrap()["name"], "code-explorer");
    assert_eq!(agents.last().unwrap()["level"], "builtin");
}

#[tokio::test]
async fn a_bundle_can_be_asked_for_in_parts_and_never_leaves_its_folder() {
    let (place, root) = furnished().await;
    let source = json!({"source": format!("{root}/src/board")});
    let installed = place
        .ask("POST", "/api/canvas-extensions/install", source)
        .await;
    assert_eq!(installed.status, 200, "{}", installed.text());
    let at = "/api/canvas-extensions/installed/board/bundle";
    let key = ("x-session-api-key", KEY);
    let part = place
        .raw("GET", at, &[key, ("range", "bytes=0-5")], b"")
        .await;
    assert_eq!((part.status, &*part.text()), (206, "export"));

    let file = format!("{root}/home/.openhands/canvas-extensions/installed/board/dist/index.js");
    std::fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", &file).unwrap();
    let gone = place.get(at).await;
    let detail = json!({"detail": "Canvas extension 'board' bundle not found"});
    assert_eq!((gone.status, gone.json()), (404, detail));
}
