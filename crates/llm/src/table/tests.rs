//! The built-in table, lookups in it, and overrides.

use super::*;

#[test]
fn every_line_can_be_found_by_its_name() {
    let table = Table::default();
    for line in BUILT_IN.lines() {
        let name = line.split('\t').next().unwrap();
        assert_eq!(table.exact(name), Model::parse(line), "{name}");
        assert_eq!(Model::parse(line).unwrap().line(name), line);
    }
    assert!(BUILT_IN.lines().count() > 3_000);
}

#[test]
fn what_is_not_there_is_not_found() {
    let table = Table::default();
    for name in [
        "",
        "zzzz",
        "0",
        "gpt-4",
        "claude-sonnet-4-",
        "no/such/model",
    ] {
        let listed = table.names().any(|(n, _)| n.eq_ignore_ascii_case(name));
        assert_eq!(table.exact(name).is_some(), listed, "{name}");
    }
    assert_eq!(table.find("no-such-model"), None);
}

#[test]
fn a_known_model_has_its_limits_and_prices() {
    let model = Table::default().find("claude-sonnet-4-5").unwrap();
    assert_eq!(model.provider, "anthropic");
    assert_eq!(
        (model.max_input, model.max_output),
        (Some(200_000), Some(64_000))
    );
    assert_eq!(model.price.input, Some(3e-6));
    assert_eq!(model.price.output, Some(15e-6));
    assert_eq!(model.price.cache_read, Some(0.3e-6));
    assert_eq!(model.price.cache_write, Some(3.75e-6));
    assert_eq!((model.vision, model.reasoning), (Some(true), Some(true)));
    let long = Table::default().find("gpt-5.6").unwrap().tier.unwrap();
    assert_eq!((long.above, long.price.input), (272_000, Some(8e-6)));
}

#[test]
fn a_name_is_found_under_less_exact_forms() {
    let table = Table::default();
    let sonnet = table.find("claude-sonnet-4-5");
    for name in [
        "anthropic/claude-sonnet-4-5",
        "openhands/claude-sonnet-4-5",
        "litellm_proxy/prod/claude-sonnet-4-5",
        "openrouter/anthropic/claude-sonnet-4.5:beta",
        " Claude-Sonnet-4-5 ",
    ] {
        assert_eq!(table.find(name), sonnet, "{name}");
    }
    let kimi = table.find("openhands/kimi-k3").unwrap();
    assert_eq!(kimi.provider, "moonshot");
}

#[test]
fn an_override_changes_adds_and_keeps_the_rest() {
    let table = Table::default()
        .with_override(
            r#"{"claude-sonnet-4-5": {"input_cost_per_token": 1e-6},
                "Mine/new": {"max_input_tokens": 1e5, "supports_vision": true, "mode": "chat"}}"#,
        )
        .unwrap();
    let sonnet = table.find("anthropic/claude-sonnet-4-5").unwrap();
    assert_eq!(sonnet.price.input, Some(1e-6));
    assert_eq!(sonnet.price.output, Some(15e-6));
    let mine = table.find("mine/new").unwrap();
    assert_eq!((mine.max_input, mine.vision), (Some(100_000), Some(true)));
    assert!(table.names().any(|(name, _)| name == "mine/new"));
}

#[test]
fn a_broken_override_says_what_to_correct() {
    let error = |json: &str| {
        Table::default()
            .with_override(json)
            .unwrap_err()
            .to_string()
    };
    assert!(error("[1]").contains("not a JSON object"));
    let text = error(r#"{"x": {"input_cost_per_token": "cheap"}}"#);
    assert!(
        text.contains("`x`") && text.contains("input_cost_per_token"),
        "{text}"
    );
    assert!(error(r#"{"x": {"max_input_tokens": -1}}"#).contains("tokens"));
    assert!(error(r#"{"x": 5}"#).contains("`x`"));
}

#[test]
fn reducing_keeps_models_that_talk_and_sorts_them() {
    let text = Table::reduce(
        r#"{"sample_spec": {"max_tokens": "words"},
            "b/X": {"litellm_provider": "b", "mode": "chat", "max_tokens": 99999, "supports_vision": false,
                    "supported_endpoints": ["/v1/chat/completions"]},
            "a": {"litellm_provider": "q", "mode": "responses", "max_input_tokens": 10, "max_output_tokens": 5,
                  "input_cost_per_token": 1.5e-7, "input_cost_per_token_above_200k_tokens": 3e-7},
            "pictures": {"mode": "image_generation"}}"#,
    )
    .unwrap();
    assert_eq!(
        text,
        "a\tq\te\t10\t5\t0.15\t\t\t\t200000\t0.3\nb/X\tb\tVE\t\t16384\n"
    );
}
