//! How an agent is shown: every key the original shows, in its order, nulls kept or left out. Never a secret.

use domain::{AgentSpec, Map};
use serde_json::Value;

/// What becomes of values that are absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nulls {
    /// REST shows them as null.
    Kept,
    /// Sockets leave them out.
    Omitted,
}

/// The keys of an agent, in the original's order.
const AGENT: &[&str] = &[
    "llm",
    "tools",
    "mcp_config",
    "filter_tools_regex",
    "include_default_tools",
    "agent_context",
    "system_prompt",
    "system_prompt_filename",
    "security_policy_filename",
    "system_prompt_kwargs",
    "condenser",
    "critic",
    "tool_concurrency_limit",
    "persona",
];

/// The keys of a model, in the original's order.
const LLM: &[&str] = &[
    "model",
    "api_key",
    "provider_connection_id",
    "auth_type",
    "subscription_vendor",
    "base_url",
    "api_version",
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "aws_region_name",
    "aws_profile_name",
    "aws_role_name",
    "aws_session_name",
    "aws_bedrock_runtime_endpoint",
    "openrouter_site_url",
    "openrouter_app_name",
    "num_retries",
    "retry_multiplier",
    "retry_min_wait",
    "retry_max_wait",
    "timeout",
    "stream_idle_timeout",
    "max_message_chars",
    "temperature",
    "top_p",
    "top_k",
    "max_input_tokens",
    "max_output_tokens",
    "model_canonical_name",
    "api_mode",
    "capability_overrides",
    "extra_headers",
    "input_cost_per_token",
    "output_cost_per_token",
    "ollama_base_url",
    "stream",
    "drop_params",
    "disable_vision",
    "disable_stop_word",
    "caching_prompt",
    "log_completions",
    "log_completions_folder",
    "custom_tokenizer",
    "native_tool_calling",
    "force_string_serializer",
    "inline_image_urls",
    "reasoning_effort",
    "reasoning_summary",
    "enable_encrypted_reasoning",
    "prompt_cache_retention",
    "extended_thinking_budget",
    "seed",
    "usage_id",
    "litellm_extra_body",
];

/// Keys whose values are secrets.
const SECRET: &[&str] = &[
    "api_key",
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
];

/// The agent as clients see it. Skills are left out of its context unless they are asked for.
pub(crate) fn agent(spec: &AgentSpec, nulls: Nulls, skills: bool) -> Value {
    let Ok(Value::Object(mut given)) = serde_json::to_value(spec) else {
        return Value::Null;
    };
    if let Some(model) = given.get_mut("llm") {
        *model = llm(model.take(), nulls);
    }
    if let Some(Value::Object(condenser)) = given.get_mut("condenser")
        && let Some(model) = condenser.get_mut("llm")
    {
        *model = llm(model.take(), nulls);
    }
    if !skills
        && let Some(Value::Object(context)) = given.get_mut("agent_context")
        && let Some(shown) = context.get_mut("skills")
    {
        *shown = Value::Array(Vec::new());
    }
    let kind = given.shift_remove("kind");
    let mut shown = ordered(given, AGENT, nulls);
    shown.insert("kind".to_owned(), kind.unwrap_or_else(|| "Agent".into()));
    Value::Object(shown)
}

/// A model as clients see it.
pub(crate) fn llm(given: Value, nulls: Nulls) -> Value {
    let Value::Object(mut given) = given else {
        return given;
    };
    for key in SECRET {
        if let Some(secret) = given.get_mut(*key)
            && !secret.is_null()
        {
            *secret = match nulls {
                Nulls::Kept => Value::Null,
                Nulls::Omitted => domain::MASK.into(),
            };
        }
    }
    let subscription = given.shift_remove("is_subscription");
    let mut shown = ordered(given, LLM, nulls);
    shown.insert(
        "is_subscription".to_owned(),
        subscription.unwrap_or(Value::Bool(false)),
    );
    Value::Object(shown)
}

/// The known keys in their order, then the others.
fn ordered(mut given: Map, keys: &[&str], nulls: Nulls) -> Map {
    let mut shown = Map::new();
    for key in keys {
        match given.shift_remove(*key) {
            Some(value) if !value.is_null() => {
                shown.insert((*key).to_owned(), value);
            }
            _ if nulls == Nulls::Kept => {
                shown.insert((*key).to_owned(), Value::Null);
            }
            _ => {}
        }
    }
    for (key, value) in given {
        if nulls == Nulls::Kept || !value.is_null() {
            shown.insert(key, value);
        }
    }
    shown
}
