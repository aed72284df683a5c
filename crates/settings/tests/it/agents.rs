//! The agents that settings describe are those of the original, recorded in `data/agents.jsonl` by asking it.

use domain::{LlmSpec, MASK, SecretSource};
use serde_json::{Value, json};
use settings::Error;
use uuid::Uuid;

use crate::place::{Place, map};

const AGENTS: &str = include_str!("../data/agents.jsonl");

/// What the original shows of an agent: no key of a model or a server, a mask of other secrets.
fn shown(mut agent: Value) -> Value {
    fn walk(value: &mut Value, inside: &str) {
        match value {
            Value::Object(fields) => {
                for (key, field) in fields.iter_mut() {
                    if key == "current_datetime" && field.is_string() {
                        *field = "<moment>".into();
                    }
                    let secret = inside == "secrets" || key == "X-Session-API-Key";
                    if secret && field.is_string() {
                        *field = MASK.into();
                    }
                    walk(field, key);
                }
                // The original leaves them out of what it shows.
                let hidden = |key: &str| match inside {
                    "env" => true,
                    "headers" => key != "Accept",
                    "auth" => key == "value",
                    _ => false,
                };
                fields.retain(|key, _| !hidden(key));
                fields.retain(|key, field| {
                    !matches!(key.as_str(), "env" | "headers") || *field != json!({})
                });
            }
            Value::Array(items) => items.iter_mut().for_each(|item| walk(item, "")),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    walk(&mut agent, "");
    agent
}

/// Nulls that the specs of this build leave out, and keys of models.
fn comparable(mut agent: Value) -> Value {
    fn walk(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.retain(|key, field| !field.is_null() && key != "api_key");
                fields.values_mut().for_each(walk);
            }
            Value::Array(items) => items.iter_mut().for_each(walk),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    walk(&mut agent);
    agent
}

#[test]
fn agents_are_those_of_the_original() {
    let place = Place::new();
    for line in AGENTS.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let label = row["label"].as_str().unwrap();
        let given = map(row["agent_settings"].clone());
        let launched = place.desk.launch_settings(given, false, None);
        let expected = &row["agent"];
        if expected.get("status").is_none() {
            let agent = serde_json::to_value(launched.unwrap().agent).unwrap();
            let (ours, theirs) = (
                comparable(shown(agent)),
                comparable(shown(expected.clone())),
            );
            assert_eq!(ours, theirs, "{label}");
            continue;
        }
        let said = launched.unwrap_err().to_string();
        let theirs = expected["detail"].to_string();
        // Where it is wrong and what is wrong with it are told as the original tells them.
        for part in said.split(": ") {
            let part = part.split("; ").next().unwrap();
            assert!(theirs.contains(part), "{label}: {said}\n{theirs}");
        }
    }
}

#[test]
fn what_is_sealed_is_opened_and_what_nobody_opens_stays_sealed() {
    let place = Place::new();
    let settings = json!({
        "agent_settings_diff": {
            "llm": {"model": "openai/x", "api_key": "sk-1"},
            "mcp_config": {"a": {"command": "b", "env": {"TOKEN": "t-1"}}},
            "agent_context": {"secrets": {"NAME": "v-1"}},
            "verification": {"critic_enabled": true, "critic_api_key": "c-1"},
        }
    });
    let update = serde_json::from_value(settings).unwrap();
    place.desk.update_settings(update).unwrap();
    let sealed = place.desk.settings(settings::Exposure::Sealed).unwrap();
    let text = serde_json::to_string(&sealed).unwrap();
    for secret in ["sk-1", "t-1", "v-1", "c-1"] {
        assert!(!text.contains(secret), "{text}");
    }
    let launch = place
        .desk
        .launch_settings(sealed.agent_settings, true, None)
        .unwrap();
    let key = launch.agent.llm.api_key.as_ref().unwrap();
    assert_eq!(key.expose(), Some("sk-1"));
    assert_eq!(
        launch.secrets.get("NAME"),
        Some(&SecretSource::StaticSecret {
            description: None,
            value: Some("v-1".into()),
        })
    );
    assert_eq!(launch.agent.mcp_config["a"]["env"]["TOKEN"], "t-1");
    let critic = &launch.agent.rest["critic"]["api_key"];
    assert!(critic.as_str().unwrap().starts_with("gAAAAA"), "{critic}");
}

#[test]
fn without_a_key_nothing_sealed_is_taken() {
    let place = Place::with_key(None);
    let given = map(json!({
        "llm": {"model": "openai/x", "api_key": "sk-1"},
        "verification": {"critic_enabled": true},
    }));
    let refused = place.desk.launch_settings(given.clone(), true, None);
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    let launch = place.desk.launch_settings(given, false, None).unwrap();
    assert_eq!(launch.agent.rest["critic"]["api_key"], MASK);
    assert_eq!(launch.agent.llm.api_key.unwrap().expose(), Some("sk-1"));
}

#[test]
fn a_profile_starts_the_agent_it_describes() {
    let place = Place::new();
    let id = place.desk.agent_profiles().unwrap().profiles[0]
        .id
        .clone()
        .unwrap();
    let id = Uuid::try_parse(&id).unwrap();
    let Err(Error::Unresolved(missing)) = place.desk.launch_profile(id, None) else {
        panic!("its model is not there")
    };
    assert_eq!(missing.llm_profile_ref.as_deref(), Some("default"));
    let llm = json!({"llm": {"model": "openai/x", "api_key": "sk-1"}});
    let request = serde_json::from_value(llm).unwrap();
    place.desk.save_profile("default", request).unwrap();
    let launch = place.desk.launch_profile(id, None).unwrap();
    let LlmSpec { model, stream, .. } = launch.agent.llm;
    assert_eq!((model.as_str(), stream), ("openai/x", true));
    let profile = launch.profile.unwrap();
    assert_eq!(profile.agent_profile_id, id);
    assert!(profile.allows_secret("ANY"));
    let unknown = place.desk.launch_profile(Uuid::nil(), None);
    assert!(matches!(unknown, Err(Error::NotFound(_))), "{unknown:?}");
}

#[test]
fn agents_remember_and_know_the_time_however_they_are_described() {
    let place = Place::new();
    let agent = || {
        map(json!({
            "kind": "Agent",
            "llm": {"model": "openai/x", "usage_id": "agent"},
            "tools": [],
            "agent_context": {"current_datetime": "2020-01-01T00:00:00Z"},
        }))
    };
    let context = |launch: settings::Launch| launch.agent.agent_context.unwrap();
    let first = context(place.desk.launch_agent(agent(), false).unwrap());
    assert_ne!(first["current_datetime"], "2020-01-01T00:00:00Z");
    assert_eq!(first.get("load_memory"), None);
    let update = json!({"agent_settings_diff": {"agent_context": {"load_memory": true}}});
    let update = serde_json::from_value(update).unwrap();
    place.desk.update_settings(update).unwrap();
    let second = context(place.desk.launch_agent(agent(), false).unwrap());
    assert_eq!(second["load_memory"], true);
    let words = map(json!({
        "llm": {"model": "openai/x"},
        "agent_context": {"current_datetime": "some time ago"},
    }));
    let third = context(place.desk.launch_settings(words, false, None).unwrap());
    assert_eq!(third["current_datetime"], "some time ago");
    assert_eq!(third["load_memory"], true);
}
