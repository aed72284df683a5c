//! Profiles of models and agents, meta-profiles and connections, and how they hang together.

use serde_json::{Value, json};
use settings::{Desk, Error, Exposure, Transport};

use crate::place::{Place, map};

fn save(desk: &Desk, name: &str, llm: Value) -> Result<(), Error> {
    let request = serde_json::from_value(json!({ "llm": llm })).unwrap();
    desk.save_profile(name, request).map(drop)
}

fn model(name: &str) -> Value {
    json!({"model": name, "api_key": "sk-1"})
}

#[test]
fn profiles_are_kept_listed_and_shown() {
    let place = Place::new();
    let desk = &place.desk;
    save(desk, "fast", model("openai/fast")).unwrap();
    let request = json!({"llm": model("openai/bare"), "include_secrets": false});
    desk.save_profile("bare", serde_json::from_value(request).unwrap())
        .unwrap();
    let listed = serde_json::to_value(desk.profiles().unwrap()).unwrap();
    assert_eq!(
        listed,
        json!({
            "profiles": [
                {"name": "bare", "model": "openai/bare", "base_url": null, "provider_connection_id": null,
                 "provider_connection_broken": false, "api_key_set": false},
                {"name": "fast", "model": "openai/fast", "base_url": null, "provider_connection_id": null,
                 "provider_connection_broken": false, "api_key_set": true},
            ],
            "active_profile": null,
        })
    );
    let shown = |exposure| desk.profile("fast", exposure).unwrap();
    assert_eq!(shown(Exposure::Masked).config["api_key"], Value::Null);
    assert!(shown(Exposure::Masked).api_key_set);
    assert_eq!(shown(Exposure::Plain).config["api_key"], "sk-1");
    let sealed = shown(Exposure::Sealed).config;
    assert!(sealed["api_key"].as_str().unwrap().starts_with("gAAAAA"));
    // What was shown sealed comes back sealed, and is the same key.
    save(desk, "copy", Value::Object(sealed)).unwrap();
    let copy = desk.profile("copy", Exposure::Plain).unwrap();
    assert_eq!(copy.config["api_key"], "sk-1");
    let kept = place.json("profiles/fast.json");
    assert_eq!(kept["schema_version"], 1);
    assert!(kept.as_object().unwrap().values().all(|it| !it.is_null()));
}

#[test]
fn names_lead_nowhere_else() {
    let place = Place::new();
    let desk = &place.desk;
    place.write("outside.json", r#"{"model": "secret"}"#);
    for name in [
        "../outside",
        "a/b",
        ".hidden",
        "",
        "a b",
        "ä",
        &"a".repeat(65),
    ] {
        assert!(
            matches!(save(desk, name, model("m")), Err(Error::Refused(_))),
            "{name:?}"
        );
        assert!(matches!(
            desk.profile(name, Exposure::Plain),
            Err(Error::Refused(_))
        ));
        assert!(matches!(
            desk.agent_profile_detail(name),
            Err(Error::Refused(_))
        ));
        assert!(matches!(desk.meta_profile(name), Err(Error::Refused(_))));
        assert!(matches!(desk.delete_profile(name), Err(Error::Refused(_))));
    }
    save(desk, "foo.json", model("m")).unwrap();
    assert!(place.path("profiles/foo.json").exists());
}

#[test]
fn there_is_room_for_fifty() {
    let place = Place::new();
    for n in 0..50 {
        place.write(&format!("profiles/p{n}.json"), r#"{"model": "m"}"#);
        place.write(
            &format!("meta-profiles/p{n}.json"),
            r#"{"classifier_model": "m"}"#,
        );
        place.write(
            &format!("agent-profiles/p{n}.json"),
            r#"{"llm_profile_ref": "m", "name": "m"}"#,
        );
    }
    let desk = &place.desk;
    let full = save(desk, "one-more", model("m"));
    assert!(matches!(full, Err(Error::Conflict(_))), "{full:?}");
    save(desk, "p7", model("other")).unwrap();
    let profile = map(json!({"llm_profile_ref": "m"}));
    let full = desk.save_agent_profile("one-more", profile.clone());
    assert!(matches!(full, Err(Error::Conflict(_))), "{full:?}");
    desk.save_agent_profile("p7", profile).unwrap();
    let meta = json!({"classifier_model": "m", "classes": [{"description": "d", "model": "m"}]});
    let meta = serde_json::from_value(meta).unwrap();
    let full = desk.save_meta_profile("one-more", &meta);
    assert!(matches!(full, Err(Error::Conflict(_))), "{full:?}");
}

#[test]
fn what_is_active_follows_its_name() {
    let place = Place::new();
    let desk = &place.desk;
    save(desk, "fast", model("openai/fast")).unwrap();
    save(desk, "slow", model("openai/slow")).unwrap();
    let activated = desk.activate_profile("fast").unwrap();
    assert!(activated.llm_applied);
    assert_eq!(
        place.plain()["agent_settings"]["llm"]["model"],
        "openai/fast"
    );
    let taken = desk.rename_profile("fast", "slow");
    assert!(matches!(taken, Err(Error::Conflict(_))), "{taken:?}");
    desk.rename_profile("fast", "quick").unwrap();
    assert_eq!(place.plain()["active_profile"], "quick");
    let gone = desk.rename_profile("fast", "x");
    assert!(matches!(gone, Err(Error::NotFound(_))), "{gone:?}");
    desk.delete_profile("quick").unwrap();
    desk.delete_profile("quick").unwrap();
    assert_eq!(place.plain()["active_profile"], Value::Null);
    let update = json!({"active_profile": "slow"});
    desk.update_settings(serde_json::from_value(update).unwrap())
        .unwrap();
    assert_eq!(
        place.plain()["agent_settings"]["llm"]["model"],
        "openai/slow"
    );
    let update = json!({"active_profile": "nope"});
    let unknown = desk.update_settings(serde_json::from_value(update).unwrap());
    assert!(matches!(unknown, Err(Error::NotFound(_))), "{unknown:?}");
}

#[test]
fn agent_profiles_hold_on_to_their_models() {
    let place = Place::new();
    let desk = &place.desk;
    save(desk, "fast", model("openai/fast")).unwrap();
    let profile = map(json!({"llm_profile_ref": "fast"}));
    desk.save_agent_profile("mine", profile).unwrap();
    let held = desk.delete_profile("fast").unwrap_err();
    assert_eq!(
        held.to_string(),
        "LLM profile is referenced by 1 agent profile(s): mine"
    );
    desk.rename_profile("fast", "quick").unwrap();
    let detail = desk.agent_profile_detail("mine").unwrap();
    assert_eq!(detail.profile["llm_profile_ref"], "quick");
    desk.delete_agent_profile("mine").unwrap();
    desk.delete_profile("quick").unwrap();
}

#[test]
fn some_agent_profile_is_always_active() {
    let place = Place::new();
    let desk = &place.desk;
    let listed = desk.agent_profiles().unwrap();
    assert_eq!(listed.profiles.len(), 1);
    assert_eq!(listed.profiles[0].name, "default");
    assert_eq!(listed.active_agent_profile_id, listed.profiles[0].id);
    assert!(!place.path("profiles/default.json").exists(), "a ghost");

    desk.save_agent_profile(
        "mine",
        map(json!({"llm_profile_ref": "m", "id": "ignored"})),
    )
    .unwrap_err();
    desk.save_agent_profile("mine", map(json!({"llm_profile_ref": "m"})))
        .unwrap();
    let first = desk.agent_profile_detail("mine").unwrap().profile;
    desk.save_agent_profile("mine", map(json!({"llm_profile_ref": "n"})))
        .unwrap();
    let second = desk.agent_profile_detail("mine").unwrap().profile;
    assert_eq!(
        (&first["id"], &second["revision"]),
        (&second["id"], &json!(1))
    );

    let id = first["id"].as_str().unwrap();
    desk.activate_agent_profile(id).unwrap();
    desk.rename_agent_profile("mine", "ours").unwrap();
    let listed = desk.agent_profiles().unwrap();
    assert_eq!(listed.active_agent_profile_id.as_deref(), Some(id));
    desk.delete_agent_profile("ours").unwrap();
    let listed = desk.agent_profiles().unwrap();
    assert_eq!(listed.active_agent_profile_id, listed.profiles[0].id);
    let unknown = desk.activate_agent_profile("nope");
    assert!(matches!(unknown, Err(Error::NotFound(_))), "{unknown:?}");
}

#[test]
fn a_model_that_was_set_up_is_kept_for_the_first_agent_profile() {
    let place = Place::new();
    let update = json!({"agent_settings_diff": {"llm": model("openai/x"), "persona": "P"}});
    let desk = &place.desk;
    desk.update_settings(serde_json::from_value(update).unwrap())
        .unwrap();
    desk.agent_profiles().unwrap();
    let kept = desk.profile("default", Exposure::Plain).unwrap();
    assert_eq!(kept.config["api_key"], "sk-1");
    let detail = desk.agent_profile_detail("default").unwrap();
    assert_eq!(detail.profile["persona"], "P");
    assert_eq!(detail.profile["llm_profile_ref"], "default");
}

#[test]
fn drafts_say_where_they_are_wrong() {
    let place = Place::new();
    let desk = &place.desk;
    let fault = |given: Value| {
        let Err(Error::Faulty(faults)) = desk.save_agent_profile("x", map(given)) else {
            panic!("it is wrong")
        };
        let fault = &faults.0[0];
        (Value::from(fault.loc.clone()), fault.kind.clone())
    };
    assert_eq!(
        fault(json!({})),
        (
            json!(["openhands", "llm_profile_ref"]),
            "missing".to_owned()
        )
    );
    assert_eq!(
        fault(json!({"agent_kind": "acp", "acp_server": "nope"})),
        (json!(["acp", "acp_server"]), "literal_error".to_owned())
    );
    assert_eq!(
        fault(json!({"agent_kind": "acp", "llm_profile_ref": "m"})),
        (
            json!(["acp", "llm_profile_ref"]),
            "extra_forbidden".to_owned()
        )
    );
    let newer = desk.save_agent_profile("x", map(json!({"schema_version": 9})));
    assert_eq!(newer.unwrap_err().to_string(), "Invalid agent profile");
}

#[test]
fn previews_tell_what_is_missing_and_show_no_secret() {
    let place = Place::new();
    let desk = &place.desk;
    desk.agent_profiles().unwrap();
    let told = desk.materialize("default", None).unwrap();
    assert!(!told.valid);
    assert_eq!(told.errors, ["LLM profile 'default' not found"]);
    assert_eq!(told.unusable_tools, ["browser_tool_set"]);
    save(desk, "default", model("openai/x")).unwrap();
    let told = desk.materialize("default", None).unwrap();
    assert!(told.valid && told.llm_api_key_set, "{told:?}");
    let shown = serde_json::to_string(&told.resolved_settings).unwrap();
    assert!(shown.contains("**********") && !shown.contains("sk-1"));
    let draft = json!({"llm_profile_ref": "default", "mcp_server_refs": ["a", "a", "b"],
        "tools": [{"name": "terminal"}, {"name": "grep"}]});
    let told = desk.materialize("default", Some(map(draft))).unwrap();
    assert_eq!(told.dangling_mcp_server_refs, ["a", "b"]);
    assert_eq!(
        told.errors,
        [
            "Tool(s) this server cannot run: grep",
            "MCP server(s) not configured: a, b"
        ]
    );
    let acp = json!({"agent_kind": "acp", "acp_server": "codex", "acp_command": "codex 'a b"});
    let told = desk.materialize("x", Some(map(acp))).unwrap();
    assert_eq!(
        told.acp_api_key_secret_name.as_deref(),
        Some("OPENAI_API_KEY")
    );
    assert_eq!(told.acp_file_secret_names, ["CODEX_AUTH_JSON"]);
    assert_eq!(
        told.errors,
        ["Failed to build agent settings: No closing quotation"]
    );
}

#[test]
fn meta_profiles_choose_models_where_that_is_possible() {
    let place = Place::new();
    let desk = &place.desk;
    let meta = |value: Value| serde_json::from_value(value).unwrap();
    let class = json!({"description": "d", "model": "fast"});
    let good = meta(json!({"classifier_model": "fast", "classes": [class]}));
    desk.save_meta_profile("router", &good).unwrap();
    for bad in [
        json!({"classifier_model": "m"}),
        json!({"classifier_model": "m", "prompt_template": "choose"}),
        json!({"classifier_model": "m", "prompt_template": "{{ instance_text }}", "classes": [class]}),
    ] {
        let refused = desk.save_meta_profile("x", &meta(bad));
        assert!(matches!(refused, Err(Error::Faulty(_))), "{refused:?}");
    }
    assert!(desk.activate_meta_profile("router").unwrap().applied);
    let settings = place.plain();
    assert_eq!(settings["active_meta_profile"], "router");
    let agent = &settings["agent_settings"];
    assert_eq!(agent["enable_classify_and_switch_llm_tool"], true);
    assert_eq!(agent["meta_profile"]["classifier_model"], "fast");
    desk.delete_meta_profile("router").unwrap();
    let settings = place.plain();
    assert_eq!(settings["active_meta_profile"], Value::Null);
    assert_eq!(settings["agent_settings"]["meta_profile"], Value::Null);

    desk.save_meta_profile("router", &good).unwrap();
    let acp = json!({"agent_settings_diff": {"agent_kind": "acp"}});
    desk.update_settings(serde_json::from_value(acp).unwrap())
        .unwrap();
    assert!(!desk.activate_meta_profile("router").unwrap().applied);
}

#[test]
fn connections_lend_their_key_to_profiles() {
    let place = Place::new();
    let desk = &place.desk;
    let create = json!({"display_name": "Shared", "api_key": "sk-shared", "base_url": "http://127.0.0.1:1/v1"});
    let made = desk
        .create_connection(serde_json::from_value(create).unwrap())
        .unwrap();
    let linked = json!({"model": "m", "api_key": "sk-own", "provider_connection_id": made.id});
    save(desk, "linked", linked).unwrap();
    let kept = place.text("profiles/linked.json");
    assert!(!kept.contains("\"api_key\":"), "{kept}");
    let shown = desk.profile("linked", Exposure::Plain).unwrap();
    assert_eq!(shown.config["api_key"], "sk-shared");
    assert_eq!(shown.config["base_url"], "http://127.0.0.1:1/v1");
    let stored = desk.profile("linked", Exposure::Sealed).unwrap();
    assert_eq!(stored.config["api_key"], Value::Null);
    assert!(stored.api_key_set && desk.profiles().unwrap().profiles[0].api_key_set);

    let change = |value: Value| {
        let request = serde_json::from_value(value).unwrap();
        desk.update_connection(&made.id, request)
    };
    change(json!({"api_key": "sk-new", "base_url": null})).unwrap();
    let spec = desk.llm_spec("linked").unwrap();
    assert_eq!(spec.api_key.unwrap().expose(), Some("sk-new"));
    assert_eq!(spec.base_url, None);
    for bad in [json!({}), json!({"api_key": null})] {
        assert!(matches!(change(bad), Err(Error::Invalid(_))));
    }
    for bad in [json!({"display_name": null}), json!({"api_key": " "})] {
        assert!(matches!(change(bad), Err(Error::Faulty(_))));
    }
    let used = desk.delete_connection(&made.id);
    assert!(matches!(used, Err(Error::Conflict(_))), "{used:?}");
    desk.delete_profile("linked").unwrap();
    assert!(!desk.delete_connection(&made.id).unwrap().api_key_set);
    assert!(desk.connections().unwrap().is_empty());
    let dangling = json!({"model": "m", "provider_connection_id": made.id});
    save(desk, "linked", dangling).unwrap();
    let refused = desk.activate_profile("linked");
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    assert!(desk.profiles().unwrap().profiles[0].provider_connection_broken);
}

#[tokio::test]
async fn a_model_is_tried_before_it_is_kept() {
    let place = Place::new();
    let ask = |llm: Value| {
        let request = serde_json::from_value(json!({ "llm": llm })).unwrap();
        place.desk.validate_profile(request)
    };
    let refused = ask(json!({"model": "m", "api_key": "wrong"}))
        .await
        .unwrap();
    assert!(!refused.valid);
    let error = refused.error.unwrap();
    assert_eq!(error.r#type, "LLMAuthenticationError");
    assert!(error.message.contains("the key is refused"));
    // A limit that passes is no fault of the profile.
    let busy = ask(json!({"model": "m", "api_key": "busy"})).await.unwrap();
    assert!(busy.valid && busy.error.is_none());
    assert!(ask(json!({"api_key": "k"})).await.is_err());
}

#[test]
fn servers_know_how_they_are_reached() {
    let server = |value: Value| settings::McpServer::read(map(value));
    let good =
        server(json!({"url": "http://127.0.0.1:1", "transport": "streamable-http"})).unwrap();
    assert_eq!(good.transport, Some(Transport::StreamableHttp));
    assert!(server(json!({"transport": "stdio"})).is_err());
    assert!(server(json!({"url": ""})).is_err());
}

#[test]
fn a_command_survives_becoming_a_profile_and_back() {
    let place = Place::new();
    let desk = &place.desk;
    let command = json!([
        "run",
        "a b",
        "it's",
        "say \"hi\"",
        "",
        "back\\slash",
        "plain-1.0"
    ]);
    let update = json!({"agent_settings_diff": {
        "agent_kind": "acp", "acp_server": "custom", "acp_command": command, "acp_args": ["x"],
    }});
    desk.update_settings(serde_json::from_value(update).unwrap())
        .unwrap();
    desk.agent_profiles().unwrap();
    let told = desk.materialize("default", None).unwrap();
    let settings = told.resolved_settings.unwrap();
    assert_eq!(settings["acp_command"], command);
    assert_eq!(settings["acp_args"], json!(["x"]));
}
