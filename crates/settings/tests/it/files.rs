//! Files of the original open here, files that are damaged are left alone, and nobody's change is lost.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use settings::{Desk, Error, Exposure};

use crate::place::{Place, desk};

/// The key that `data/original` was sealed with by the original.
const KEY: &str = "test-secret";
const ROOT: &str = "SETTINGS_TEST_ROOT";

/// A copy of what the original wrote.
fn original() -> Place {
    let place = Place::with_key(Some(KEY));
    copy(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/original"),
        place.dir.path(),
    );
    place
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn what_the_original_wrote_is_read() {
    let place = original();
    let desk = &place.desk;
    let settings = place.plain();
    let agent = &settings["agent_settings"];
    assert_eq!(agent["llm"]["api_key"], "sk-main");
    assert_eq!(agent["mcp_config"]["fetch"]["env"]["TOKEN"], "t-1");
    assert_eq!(agent["agent_context"]["secrets"]["NAME"], "v-1");
    assert_eq!(settings["misc_settings"]["telemetry"]["consent"], "denied");
    assert_eq!(desk.secret("GH_TOKEN").unwrap().expose(), "ghp-1");
    let fast = desk.profile("fast", Exposure::Plain).unwrap();
    assert_eq!(fast.config["api_key"], "sk-fast");
    let linked = desk.profile("linked", Exposure::Plain).unwrap();
    assert_eq!(linked.config["api_key"], "sk-shared");
    assert_eq!(
        desk.meta_profile("router").unwrap().classifier_model,
        "fast"
    );
    assert_eq!(desk.workspaces().unwrap().workspaces[0].path, "/srv/a");
    let listed = desk.agent_profiles().unwrap();
    assert_eq!(listed.profiles.len(), 2);
    assert_eq!(listed.active_agent_profile_id, listed.profiles[0].id);
    let told = desk.materialize("mine", None).unwrap();
    assert!(told.valid, "{told:?}");
    let scoped = desk.secrets(listed.profiles[1].id.as_deref()).unwrap();
    assert_eq!(scoped.secrets.len(), 1);
}

/// Everything but ciphertext, which never looks the same.
fn without_tokens(mut value: Value) -> Value {
    fn walk(value: &mut Value) {
        match value {
            Value::String(text) if text.starts_with("gAAAAA") => *value = "<token>".into(),
            Value::Array(items) => items.iter_mut().for_each(walk),
            Value::Object(fields) => fields.values_mut().for_each(walk),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    walk(&mut value);
    value
}

#[test]
fn what_is_written_is_what_the_original_writes() {
    let place = original();
    let files = [
        "settings.json",
        "secrets.json",
        "profiles/fast.json",
        "profiles/linked.json",
        "agent-profiles/mine.json",
        "meta-profiles/router.json",
        "provider-connections/provider_connections.json",
        "workspaces.json",
    ];
    let before: Vec<Value> = files.iter().map(|file| place.json(file)).collect();
    let desk = &place.desk;
    desk.reseal().unwrap();
    for name in ["fast", "linked"] {
        let shown = desk.profile(name, Exposure::Sealed).unwrap();
        let request = json!({ "llm": shown.config });
        desk.save_profile(name, serde_json::from_value(request).unwrap())
            .unwrap();
        desk.rename_profile(name, "elsewhere").unwrap();
        desk.rename_profile("elsewhere", name).unwrap();
    }
    let meta = desk.meta_profile("router").unwrap();
    desk.save_meta_profile("router", &meta).unwrap();
    let connection = desk.connections().unwrap().remove(0);
    let change = json!({"display_name": connection.display_name});
    desk.update_connection(&connection.id, serde_json::from_value(change).unwrap())
        .unwrap();
    for (file, before) in files.iter().zip(before) {
        let mut after = place.json(file);
        if let Some(connection) = after.get_mut("connections") {
            connection[0]["updated_at"] = before["connections"][0]["updated_at"].clone();
        }
        let text = |value: &Value| serde_json::to_string_pretty(value).unwrap();
        assert_eq!(
            text(&without_tokens(after)),
            text(&without_tokens(before)),
            "{file}"
        );
    }
}

#[test]
fn an_older_key_still_opens_and_the_current_one_seals() {
    let place = Place::with_key(Some("an older key"));
    let put = json!({"name": "A", "value": "v-1"});
    place
        .desk
        .put_secret(serde_json::from_value(put).unwrap())
        .unwrap();
    let newer = place.reopened(Some("a newer key"));
    assert_eq!(newer.secret("A").unwrap().expose(), "v-1");
    newer.reseal().unwrap();
    assert_eq!(newer.secret("A").unwrap().expose(), "v-1");
    let only_older = place.reopened(Some("an older key"));
    assert!(matches!(only_older.secret("A"), Err(Error::NotFound(_))));
}

#[test]
fn what_another_key_sealed_is_not_written_over() {
    let place = original();
    let files = ["settings.json", "secrets.json"];
    let before = files.map(|file| place.text(file));
    let stranger = place.reopened(Some("a strange key"));
    let shown = stranger.settings(Exposure::Plain).unwrap();
    assert_eq!(shown.agent_settings["llm"]["api_key"], Value::Null);
    assert!(!shown.llm_api_key_is_set);
    let update = json!({"agent_settings_diff": {"persona": "X"}});
    let refused = stranger.update_settings(serde_json::from_value(update).unwrap());
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    let put = json!({"name": "A", "value": "v"});
    let refused = stranger.put_secret(serde_json::from_value(put).unwrap());
    assert!(matches!(refused, Err(Error::Damaged(_))), "{refused:?}");
    let refused = stranger.connections();
    assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    assert_eq!(files.map(|file| place.text(file)), before);
}

#[test]
fn damage_is_told_and_left_alone() {
    for damage in ["", "{", "[]", "null", r#"{"schema_version": 99}"#, "\u{1}"] {
        let place = Place::new();
        let all = [
            "settings.json",
            "secrets.json",
            "workspaces.json",
            "profiles/bad.json",
            "agent-profiles/bad.json",
            "meta-profiles/bad.json",
            "provider-connections/provider_connections.json",
        ];
        for file in all {
            place.write(file, damage);
        }
        let desk = &place.desk;
        // Reading goes on with what can be read.
        assert!(desk.settings(Exposure::Masked).is_ok(), "{damage:?}");
        assert!(desk.secrets(None).unwrap().secrets.is_empty());
        assert!(desk.profiles().is_ok() && desk.meta_profiles().is_ok());
        // Writing does not write over it.
        let update = json!({"misc_settings_diff": {"a": 1}});
        let refused = desk.update_settings(serde_json::from_value(update).unwrap());
        assert!(
            matches!(refused, Err(Error::Conflict(_))),
            "{damage:?}: {refused:?}"
        );
        let loads = [
            desk.profile("bad", Exposure::Masked).err(),
            desk.agent_profile_detail("bad").err(),
            desk.meta_profile("bad").err(),
        ];
        for error in loads {
            assert!(
                matches!(error, Some(Error::Refused(_))),
                "{damage:?}: {error:?}"
            );
        }
        for file in all {
            assert_eq!(place.text(file), damage, "{file}");
        }
    }
}

fn note(desk: &Desk, key: &str) {
    let update = json!({"misc_settings_diff": {"notes": {key: true}}});
    desk.update_settings(serde_json::from_value(update).unwrap())
        .unwrap();
    let put = json!({"name": format!("S_{key}"), "value": "v"});
    desk.put_secret(serde_json::from_value(put).unwrap())
        .unwrap();
}

/// The other process's side.
#[test]
fn other_process() {
    let Some(root) = std::env::var_os(ROOT).map(PathBuf::from) else {
        return;
    };
    let desk = desk(&root, Some("a key"));
    for n in 0..20 {
        note(&desk, &format!("other{n}"));
    }
    writeln!(std::io::stdout(), "done").unwrap();
}

fn start(root: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "files::other_process", "--test-threads=1"])
        .env(ROOT, root)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn changes_from_everywhere_are_all_there() {
    let place = Place::new();
    let mut other = start(place.dir.path());
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let desk = &place.desk;
            scope.spawn(move || {
                for n in 0..10 {
                    note(desk, &format!("t{thread}n{n}"));
                }
            });
        }
    });
    assert!(other.wait().unwrap().success());
    let notes = &place.plain()["misc_settings"]["notes"];
    assert_eq!(notes.as_object().unwrap().len(), 60);
    assert_eq!(place.desk.secrets(None).unwrap().secrets.len(), 60);
}
