//! Settings: read, changed, shown, kept.

use domain::MASK;
use serde_json::{Value, json};
use settings::{Error, Exposure, SettingsUpdateRequest};

use crate::place::{Place, map};

fn update(value: Value) -> SettingsUpdateRequest {
    serde_json::from_value(value).unwrap()
}

fn agent(diff: Value) -> SettingsUpdateRequest {
    update(json!({ "agent_settings_diff": diff }))
}

#[test]
fn the_usual_settings_are_those_of_the_original() {
    let place = Place::new();
    let mut theirs: Value = serde_json::from_str(include_str!("../data/settings.json")).unwrap();
    let mut ours = place.plain();
    for settings in [&mut theirs, &mut ours] {
        let told = &mut settings["agent_settings"]["agent_context"]["current_datetime"];
        assert!(told.as_str().unwrap().ends_with('Z'), "{told}");
        *told = Value::Null;
    }
    assert_eq!(ours, theirs);
    let text = |value: &Value| serde_json::to_string(value).unwrap();
    assert_eq!(text(&ours), text(&theirs), "the order of keys");
}

#[test]
fn forms_are_those_of_the_original_in_other_words() {
    let place = Place::new();
    let forms = [
        (
            place.desk.agent_form().unwrap(),
            include_str!("../data/agent-form.json"),
        ),
        (
            place.desk.conversation_form().unwrap(),
            include_str!("../data/conversation-form.json"),
        ),
    ];
    for (ours, theirs) in forms {
        let mut ours = serde_json::to_value(ours).unwrap();
        for section in ours["sections"].as_array_mut().unwrap() {
            for field in section["fields"].as_array_mut().unwrap() {
                let described = field["description"].is_string();
                field["description"] = described.into();
            }
        }
        let theirs: Value = serde_json::from_str(theirs).unwrap();
        let fields = |form: &Value| -> Vec<Value> {
            let sections = form["sections"].as_array().unwrap();
            let fields = sections.iter().map(|it| it["fields"].as_array().unwrap());
            fields.flatten().cloned().collect()
        };
        for (ours, theirs) in fields(&ours).iter().zip(fields(&theirs)) {
            assert_eq!(*ours, theirs);
        }
        assert!(ours == theirs, "sections, or how many fields");
    }
}

#[test]
fn changes_go_inward_and_nulls_take_away() {
    let place = Place::new();
    let desk = &place.desk;
    desk.update_settings(agent(json!({
        "llm": {"model": "openai/x", "api_key": "sk-1", "temperature": 0.5},
        "mcp_config": {"a": {"command": "b", "env": {"K": "v", "L": "w"}}},
    })))
    .unwrap();
    desk.update_settings(agent(json!({
        "llm": {"temperature": null, "top_p": 0.9},
        "mcp_config": {"a": {"env": {"K": null}}},
        "persona": "X",
    })))
    .unwrap();
    let settings = place.plain();
    let agent_settings = &settings["agent_settings"];
    assert_eq!(agent_settings["llm"]["model"], "openai/x");
    assert_eq!(agent_settings["llm"]["api_key"], "sk-1");
    assert_eq!(agent_settings["llm"]["temperature"], Value::Null);
    assert_eq!(agent_settings["llm"]["top_p"], 0.9);
    assert_eq!(agent_settings["persona"], "X");
    assert_eq!(
        agent_settings["mcp_config"],
        json!({"a": {"command": "b", "env": {"L": "w"}, "enabled": true}})
    );
    assert_eq!(settings["llm_api_key_is_set"], true);

    desk.update_settings(update(json!({
        "conversation_settings_diff": {"confirmation_mode": true, "max_iterations": 7},
        "misc_settings_diff": {"a": {"b": 1, "c": [1, 2]}},
    })))
    .unwrap();
    desk.update_settings(update(json!({
        "misc_settings_diff": {"a": {"b": null, "c": [3]}, "d": null},
    })))
    .unwrap();
    let settings = place.plain();
    assert_eq!(settings["conversation_settings"]["max_iterations"], 7);
    assert_eq!(
        settings["misc_settings"],
        json!({"a": {"c": [3]}, "d": null})
    );
}

#[test]
fn another_kind_of_agent_begins_anew() {
    let place = Place::new();
    let desk = &place.desk;
    desk.update_settings(agent(
        json!({"persona": "X", "llm": {"model": "m", "api_key": "k"}}),
    ))
    .unwrap();
    let acp = desk
        .update_settings(agent(json!({"agent_kind": "acp", "acp_server": "codex"})))
        .unwrap();
    assert_eq!(acp.agent_settings["acp_server"], "codex");
    assert_eq!(acp.agent_settings.get("llm"), None);
    assert!(!acp.llm_api_key_is_set);
    let back = desk
        .update_settings(agent(json!({"agent_kind": "openhands"})))
        .unwrap();
    assert_eq!(back.agent_settings["persona"], Value::Null);
    assert_eq!(back.agent_settings["llm"]["model"], "gpt-5.6");
}

#[test]
fn what_is_wrong_changes_nothing_and_tells_no_secret() {
    let place = Place::new();
    let desk = &place.desk;
    let before = place.plain();
    for bad in [
        json!({"llm": {"num_retries": -1, "api_key": "sk-secret"}}),
        json!({"llm": {"model": null}}),
        json!({"agent_kind": "zzz"}),
        json!({"persona": ""}),
        json!({"schema_version": 99}),
        json!({"enable_sub_agents": true}),
        json!({"mcp_config": {"a": {"command": "b", "wat": 1}}}),
        json!({"condenser": {"minimum_progress": 1.0}}),
    ] {
        let error = desk.update_settings(agent(bad.clone())).unwrap_err();
        assert!(matches!(error, Error::Invalid(_)), "{bad}: {error:?}");
        assert_eq!(error.to_string(), "Settings validation failed");
    }
    for bad in [
        json!({"confirmation_mode": null}),
        json!({"max_iterations": 0}),
        json!({"worktree_base": "ref"}),
        json!({"container_memory": "lots"}),
    ] {
        let bad = update(
            json!({"conversation_settings_diff": bad, "agent_settings_diff": {"persona": "Y"}}),
        );
        assert!(matches!(desk.update_settings(bad), Err(Error::Invalid(_))));
    }
    let nothing = desk.update_settings(update(json!({})));
    assert!(matches!(nothing, Err(Error::Refused(_))), "{nothing:?}");
    assert_eq!(place.plain(), before);
    assert!(!place.path("settings.json").exists());
}

#[test]
fn secrets_are_shown_as_asked() {
    let place = Place::new();
    let secrets = json!({
        "llm": {"model": "m", "api_key": "sk-1", "aws_session_token": "aws-1"},
        "mcp_config": {"a": {"url": "http://127.0.0.1:1", "headers": {"X": "h-1"},
            "auth": {"strategy": "oauth2", "state": {"tokens": {"access_token": "o-1", "scope": "all"}}}}},
        "verification": {"critic_api_key": "c-1"},
        "agent_context": {"secrets": {"A": "s-1", "B": {"kind": "LookupSecret", "url": "/u",
            "headers": {"X-Session-API-Key": "l-1", "Accept": "text"}}}},
    });
    place.desk.update_settings(agent(secrets)).unwrap();
    let all = ["sk-1", "aws-1", "h-1", "o-1", "c-1", "s-1", "l-1"];
    let text = |exposure| {
        let shown = place.desk.settings(exposure).unwrap();
        serde_json::to_string(&shown).unwrap()
    };
    let (masked, sealed, plain) = (
        text(Exposure::Masked),
        text(Exposure::Sealed),
        text(Exposure::Plain),
    );
    let kept = place.text("settings.json");
    for secret in all {
        assert!(plain.contains(secret), "{secret}");
        for hidden in [&masked, &sealed, &kept] {
            assert!(!hidden.contains(secret), "{secret}: {hidden}");
        }
    }
    assert_eq!(masked.matches(MASK).count(), all.len());
    assert_eq!(sealed.matches("gAAAAA").count(), all.len());
    assert_eq!(kept.matches("gAAAAA").count(), all.len());
    assert!(masked.contains("\"Accept\":\"text\"") && masked.contains("\"scope\":\"all\""));
}

#[test]
fn without_a_key_secrets_are_kept_open_and_not_shown_sealed() {
    let place = Place::with_key(None);
    let desk = &place.desk;
    assert!(
        desk.settings(Exposure::Sealed).is_ok(),
        "there is no secret"
    );
    desk.update_settings(agent(json!({"llm": {"model": "m", "api_key": "sk-1"}})))
        .unwrap();
    assert!(matches!(desk.settings(Exposure::Sealed), Err(Error::NoKey)));
    assert!(place.text("settings.json").contains("sk-1"));
    // A key later on reads what was kept before, and seals it with the next change.
    let later = place.reopened(Some("a key"));
    later
        .update_settings(agent(json!({"persona": "X"})))
        .unwrap();
    assert!(!place.text("settings.json").contains("sk-1"));
    let shown = later.settings(Exposure::Plain).unwrap();
    assert_eq!(shown.agent_settings["llm"]["api_key"], "sk-1");
}

#[test]
fn servers_are_added_changed_and_removed_one_by_one() {
    let place = Place::new();
    let desk = &place.desk;
    let server = |value: Value| serde_json::from_value(value).unwrap();
    desk.add_server("a", server(json!({"command": "b", "env": {"K": "v"}})))
        .unwrap();
    let again = desk.add_server("a", server(json!({"command": "c"})));
    assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    desk.change_server("a", map(json!({"enabled": false, "env": null})))
        .unwrap();
    assert_eq!(
        place.plain()["agent_settings"]["mcp_config"],
        json!({"a": {"command": "b", "enabled": false}})
    );
    let unusable = desk.change_server("a", map(json!({"transport": "http"})));
    assert!(matches!(unusable, Err(Error::Invalid(_))), "{unusable:?}");
    desk.remove_server("a").unwrap();
    let gone = desk.remove_server("a");
    assert!(matches!(gone, Err(Error::NotFound(_))), "{gone:?}");
}

#[test]
fn secrets_have_names_and_nobody_lists_their_values() {
    let place = Place::new();
    let desk = &place.desk;
    let put = |name: &str, value: &str| {
        let request = json!({"name": name, "value": value, "description": "d"});
        desk.put_secret(serde_json::from_value(request).unwrap())
    };
    put("GH_TOKEN", "abc").unwrap();
    put("OTHER", "def").unwrap();
    put("GH_TOKEN", "ghi").unwrap();
    assert_eq!(desk.secret("GH_TOKEN").unwrap().expose(), "ghi");
    let listed = serde_json::to_value(desk.secrets(None).unwrap()).unwrap();
    assert_eq!(
        listed,
        json!({"secrets": [
            {"name": "GH_TOKEN", "description": "d"},
            {"name": "OTHER", "description": "d"},
        ]})
    );
    assert!(!place.text("secrets.json").contains("ghi"));
    for name in ["bad name!", "1A", "", "../x", "A\n", &"A".repeat(65)] {
        assert!(matches!(put(name, "x"), Err(Error::Invalid(_))), "{name:?}");
        assert!(matches!(desk.secret(name), Err(Error::Invalid(_))));
    }
    for value in ["", "  ", MASK] {
        assert!(matches!(put("A", value), Err(Error::Invalid(_))));
    }
    assert!(matches!(desk.secret("NOPE"), Err(Error::NotFound(_))));
    desk.remove_secret("OTHER").unwrap();
    assert!(matches!(
        desk.remove_secret("OTHER"),
        Err(Error::NotFound(_))
    ));
}

#[test]
fn workspaces_are_listed_once() {
    let place = Place::new();
    let desk = &place.desk;
    let item = |path: &str| json!({"id": path, "name": "n", "path": path});
    let add = json!({"workspaces": [item("/a"), item("/b"), item("/a")]});
    desk.add_workspaces(serde_json::from_value(add).unwrap())
        .unwrap();
    let add = json!({"parents": [item("/p")]});
    let listed = desk
        .add_workspace_parents(serde_json::from_value(add).unwrap())
        .unwrap();
    assert_eq!(
        serde_json::to_value(&listed).unwrap(),
        json!({"workspaces": [item("/a"), item("/b")], "workspaceParents": [item("/p")]})
    );
    assert!(desk.remove_workspace("/a").unwrap().deleted);
    assert!(matches!(
        desk.remove_workspace("/a"),
        Err(Error::NotFound(_))
    ));
    assert!(desk.remove_workspace_parent("/p").unwrap().deleted);
    assert_eq!(
        place.json("workspaces.json"),
        json!({"schema_version": 1, "workspaces": [item("/b")], "workspaceParents": []})
    );
}
