//! What is decided from a configuration, a table and a name. Nothing is sent.

use domain::Secret;
use serde_json::json;

use super::*;

fn spec(model: &str) -> LlmSpec {
    LlmSpec {
        model: model.to_owned(),
        api_key: Some(Secret::from("sk-test")),
        ..LlmSpec::default()
    }
}

fn at(model: &str, base: &str) -> LlmSpec {
    LlmSpec {
        base_url: Some(base.to_owned()),
        ..spec(model)
    }
}

fn plan(spec: &LlmSpec) -> Plan {
    Plan::new(spec, &Config::default()).unwrap()
}

fn refusal(spec: &LlmSpec) -> LlmError {
    Plan::new(spec, &Config::default()).unwrap_err()
}

#[test]
fn requests_go_where_the_model_is() {
    let cases = [
        (
            spec("anthropic/claude-opus-5"),
            "https://api.anthropic.com/v1/messages",
        ),
        (spec("gpt-4o"), "https://api.openai.com/v1/chat/completions"),
        (
            spec("openai/gpt-5.6"),
            "https://api.openai.com/v1/responses",
        ),
        (
            spec("openhands/claude-opus-5"),
            "https://llm-proxy.app.all-hands.dev/chat/completions",
        ),
        (
            spec("digitalocean/x"),
            "https://inference.do-ai.run/v1/chat/completions",
        ),
        (
            spec("openrouter/openai/gpt-5"),
            "https://openrouter.ai/api/v1/chat/completions",
        ),
        (
            at("openai/x", "http://h:1/v1/"),
            "http://h:1/v1/chat/completions",
        ),
        (at("openai/x", "http://h:1"), "http://h:1/chat/completions"),
        (
            at("openai/x", "http://h:1/v1/chat/completions"),
            "http://h:1/v1/chat/completions",
        ),
        (at("anthropic/x", "http://h:1"), "http://h:1/v1/messages"),
        (at("anthropic/x", "http://h:1/v1"), "http://h:1/v1/messages"),
        (
            at("anthropic/x", "http://h:1/v1/messages"),
            "http://h:1/v1/messages",
        ),
        (at("claude-opus-5", "http://h:1"), "http://h:1/v1/messages"),
        (
            at("ollama/x", "http://h:11434"),
            "http://h:11434/v1/chat/completions",
        ),
        (
            at("vllm/Org/x", "http://h:8000/"),
            "http://h:8000/v1/chat/completions",
        ),
        (
            at("litellm_proxy/gpt-5.6", "http://h:4000"),
            "http://h:4000/responses",
        ),
        (
            at("Org/Model", "https://h/api"),
            "https://h/api/chat/completions",
        ),
    ];
    for (spec, url) in cases {
        assert_eq!(plan(&spec).url.as_str(), url, "{}", spec.model);
    }
    assert_eq!(plan(&at("Org/Model", "https://h/api")).model, "Org/Model");
    assert_eq!(plan(&at("vllm/Org/x", "http://h:8000")).model, "Org/x");
}

#[test]
fn the_interface_can_be_chosen() {
    let mut gpt = spec("openai/gpt-5.6");
    gpt.api_mode = domain::ApiMode::Chat;
    assert_eq!(plan(&gpt).dialect, Dialect::Chat);
    let mut own = at("Org/Model", "http://h");
    own.api_mode = domain::ApiMode::Responses;
    assert_eq!(plan(&own).dialect, Dialect::Responses);
}

#[test]
fn what_cannot_work_says_so_and_what_can() {
    let cases = [
        (spec(""), "no model is named"),
        (spec("claude-sonet-4-5-20250929x/y"), "not a provider"),
        (spec("antropic/claude-opus-5"), "anthropic/claude-opus-5"),
        (
            spec("antropic/claude-brand-new-99"),
            "Did you mean `anthropic/..`?",
        ),
        (spec("llama-from-home"), "base URL"),
        (spec("azure/gpt-5"), "not built in yet"),
        (spec("bedrock/anthropic.claude"), "litellm_proxy/"),
        (at("azure/gpt-5", "http://h"), "not built in yet"),
        (spec("litellm_proxy/x"), "base URL"),
        (
            at("openai/x", "localhost:8000"),
            "`http://localhost:8000/v1`",
        ),
        (at("openai/x", "ftp://h"), "is not one"),
        (spec("ollama/llama3.1"), "max_input_tokens"),
    ];
    for (spec, words) in cases {
        let error = refusal(&spec);
        assert_eq!(error.kind, LlmErrorKind::Config);
        assert!(
            error.to_string().contains(words),
            "{} -> {error}",
            spec.model
        );
    }
    let mut text = spec("gpt-4o");
    text.native_tool_calling = false;
    assert!(refusal(&text).to_string().contains("native_tool_calling"));
    let mut login = spec("gpt-4o");
    login.auth_type = "subscription".to_owned();
    assert!(refusal(&login).to_string().contains("auth_type"));
    let mut header = spec("gpt-4o");
    header.extra_headers = Some([("bad name".to_owned(), "x".to_owned())].into());
    assert!(refusal(&header).to_string().contains("bad name"));
    let mut key = spec("gpt-4o");
    key.api_key = Some(Secret::from("sk-a\nb"));
    let error = refusal(&key);
    assert!(error.to_string().contains("key") && !error.to_string().contains("sk-a"));
}

#[test]
fn a_short_context_can_be_allowed() {
    let config = Config {
        allow_short_context: true,
        ..Config::default()
    };
    assert!(Plan::new(&spec("ollama/llama3.1"), &config).is_ok());
    let mut more = spec("ollama/llama3.1");
    more.max_input_tokens = Some(32_768);
    assert_eq!(plan(&more).limits.input, Some(32_768));
}

#[test]
fn output_is_limited_the_same_way_as_in_the_original() {
    let output = |spec: &LlmSpec| plan(spec).limits.output;
    assert_eq!(output(&spec("anthropic/claude-opus-5")), Some(128_000));
    assert_eq!(
        output(&at("anthropic/claude-opus-5", "http://h")),
        Some(16_384)
    );
    assert_eq!(output(&spec("anthropic/claude-sonnet-4-5")), Some(64_000));
    assert_eq!(
        output(&at("anthropic/claude-sonnet-4-5", "http://h")),
        Some(64_000)
    );
    assert_eq!(
        output(&at("litellm_proxy/gpt-5.6", "http://h")),
        Some(128_000)
    );
    assert_eq!(output(&spec("openai/o3")), Some(100_000));
    assert_eq!(output(&at("openai/mock-model", "http://h")), None);
    let mut own = spec("anthropic/claude-opus-5");
    own.max_output_tokens = Some(5);
    assert_eq!(output(&own), Some(5));
    let table = crate::Table::default()
        .with_override(r#"{"mine": {"max_input_tokens": 20000, "max_output_tokens": 20000}}"#)
        .unwrap();
    let config = Config {
        table,
        ..Config::default()
    };
    let mine = Plan::new(&at("openai/mine", "http://h"), &config).unwrap();
    assert_eq!(mine.limits.output, Some(10_000));
}

#[test]
fn abilities_follow_the_original() {
    let of = |model: &str| plan(&at(model, "http://h")).traits;
    let mock = of("openai/mock-model");
    assert!(mock.reasoning && mock.cache_key && !mock.marks && !mock.vision && !mock.responses);
    assert_eq!(of("anthropic/claude-sonnet-4-5").thinking, Thinking::Manual);
    assert_eq!(of("anthropic/claude-opus-5").thinking, Thinking::Adaptive);
    let old = of("anthropic/claude-sonnet-4-20250514");
    assert_eq!(
        (old.thinking, old.marks, old.cache_key),
        (Thinking::Effort, true, false)
    );
    assert!(!of("gemini/gemini-2.5-pro").marks && of("gemini/gemini-2.5-pro").sampling);
    assert!(of("openrouter/anthropic/claude-sonnet-4.5").marks);
    assert!(of("litellm_proxy/gpt-5.6").cache_key && !of("litellm_proxy/claude-opus-5").cache_key);
    assert!(of("openai/gpt-5.6").cache_retention && !of("openai/gpt-5-mini").cache_retention);
    assert!(of("openai/gpt-5.1-codex-mini").cache_retention);
    assert!(
        of("deepseek/deepseek-reasoner").reasoning_back && of("deepseek/deepseek-reasoner").strings
    );
    assert!(of("openrouter/minimax/minimax-m2").strings && of("zai/GLM-5").strings);
    assert!(!of("openai/gpt-4o").reasoning && of("openai/gpt-4o").sampling);
    assert!(!of("openai/o3").sampling && !of("mistral/magistral-medium").reasoning);
}

#[test]
fn the_configuration_overrules_what_is_known() {
    let mut own = spec("openai/gpt-4o");
    let said = json!({
        "supports_vision": false, "supports_prompt_cache": true, "thinking_mode": "manual",
        "supports_responses_api": true, "supports_prompt_cache_key": false, "supports_reasoning_effort": true,
        "supports_prompt_cache_retention": true
    });
    own.capability_overrides = said.as_object().unwrap().clone();
    let plan = plan(&own);
    let traits = plan.traits;
    assert!(!traits.vision && traits.marks && traits.reasoning && !traits.cache_key);
    assert!(traits.cache_retention && traits.thinking == Thinking::Manual);
    assert_eq!(plan.dialect, Dialect::Responses);
    let mut blind = spec("openai/gpt-4o");
    blind.disable_vision = Some(true);
    blind.caching_prompt = false;
    assert!(!Plan::new(&blind, &Config::default()).unwrap().traits.vision);
}

#[test]
fn headers_carry_the_key_and_where_we_come_from() {
    let mut own = spec("anthropic/claude-sonnet-4-5");
    own.extra_headers = Some([("X-Title".to_owned(), "Mine".to_owned())].into());
    let headers = plan(&own).headers;
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    assert_eq!(text("x-api-key"), Some("sk-test"));
    assert_eq!(text("anthropic-version"), Some("2023-06-01"));
    assert_eq!(
        text("anthropic-beta"),
        Some("interleaved-thinking-2025-05-14")
    );
    assert_eq!(text("x-title"), Some("Mine"));
    assert_eq!(text("http-referer"), Some("https://docs.all-hands.dev/"));
    let openai = plan(&spec("gpt-4o")).headers;
    assert_eq!(openai["authorization"], "Bearer sk-test");
    assert!(openai["authorization"].is_sensitive());
    let mut keyless = spec("gpt-4o");
    keyless.api_key = Some(Secret::from(domain::MASK));
    let plan = plan(&keyless);
    assert!(plan.lacks_key() && !plan.headers.contains_key("authorization"));
    keyless.base_url = Some("http://h".to_owned());
    assert!(!Plan::new(&keyless, &Config::default()).unwrap().lacks_key());
}
