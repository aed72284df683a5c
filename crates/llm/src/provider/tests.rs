//! Whose model a name means.

use super::*;

#[test]
fn prefixes_and_bare_names_find_their_provider() {
    let cases = [
        ("anthropic/claude-opus-5", "anthropic", "claude-opus-5"),
        ("claude-opus-5", "anthropic", "claude-opus-5"),
        ("claude-newest-99", "anthropic", "claude-newest-99"),
        ("gpt-5.6", "openai", "gpt-5.6"),
        ("o3", "openai", "o3"),
        ("openrouter/a/b:free", "openrouter", "a/b:free"),
        ("litellm_proxy/prod/x", "litellm_proxy", "prod/x"),
        ("openhands/claude-opus-5", "openhands", "claude-opus-5"),
        ("vllm/Qwen/Qwen3", "hosted_vllm", "Qwen/Qwen3"),
        ("ollama_chat/llama3", "ollama", "llama3"),
        ("DeepSeek/deepseek-chat", "deepseek", "deepseek-chat"),
        ("gemini/gemini-2.5-pro", "gemini", "gemini-2.5-pro"),
        ("kimi-k9", "moonshot", "kimi-k9"),
    ];
    for (model, provider, wire) in cases {
        let (found, name) = owner(model, &Table::default()).unwrap();
        assert_eq!((found.name, name.as_str()), (provider, wire), "{model}");
    }
    for model in ["nobody/x", "llama-from-home", ""] {
        assert_eq!(owner(model, &Table::default()), None, "{model}");
    }
}

#[test]
fn a_model_tells_where_its_key_may_be() {
    assert_eq!(key_variables("claude-opus-5"), ["ANTHROPIC_API_KEY"]);
    assert_eq!(
        key_variables("gemini/x"),
        ["GEMINI_API_KEY", "GOOGLE_API_KEY"]
    );
    assert!(key_variables("nobody/x").is_empty());
}

#[test]
fn providers_are_listed_once_and_can_be_reached() {
    for provider in providers() {
        assert_eq!(named(provider.name), Some(provider));
        assert!(!is_foreign(provider.name));
        assert!(provider.base_url().is_some() || provider.gateway);
        assert!(!provider.key_variables().is_empty());
    }
    assert!(is_foreign("Azure") && is_foreign("vertex_ai"));
}

#[test]
fn a_slip_of_the_pen_is_understood() {
    let table = Table::default();
    assert_eq!(
        near("claude-sonet-4-5", &table)[0],
        "anthropic/claude-sonnet-4-5"
    );
    assert_eq!(near("openai/gtp-5", &table)[0], "openai/gpt-5");
    assert!(near("completely-something-else-entirely", &table).is_empty());
    assert_eq!(near_prefix("antropic"), Some("anthropic"));
    assert_eq!(near_prefix("openroutr"), Some("openrouter"));
    assert_eq!(near_prefix("zzzzzz"), None);
}
