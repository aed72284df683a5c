//! A model and how to talk to it, with every key clients know. Knows no provider.

use std::collections::BTreeMap;

use domain::{LlmSpec, Map};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::hidden::Hidden;
use crate::fault::Faults;
use crate::measure;

/// How the provider of a model knows who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum AuthType {
    /// By a key.
    ApiKey,
    /// By a subscription that a person has logged in to.
    Subscription,
}

/// Whose subscription it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum SubscriptionVendor {
    /// OpenAI's.
    Openai,
}

/// Which of a provider's interfaces is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum ApiMode {
    /// What suits the model.
    Auto,
    /// Chat completions.
    Chat,
    /// Responses.
    Responses,
}

/// How a model's thinking is summarised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum ReasoningSummary {
    /// As the model sees fit.
    Auto,
    /// Briefly.
    Concise,
    /// At length.
    Detailed,
}

/// A model and how to talk to it. Keys it does not know are dropped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "LLM")]
pub struct Llm {
    /// The model, with the name of its provider in front.
    pub model: String,
    /// The key of its provider.
    pub api_key: Option<Hidden>,
    /// The connection whose key and address are used in place of these.
    pub provider_connection_id: Option<String>,
    /// How the provider knows who asks.
    pub auth_type: AuthType,
    /// Whose subscription it is.
    pub subscription_vendor: Option<SubscriptionVendor>,
    /// Where the provider is, if not where it usually is.
    pub base_url: Option<String>,
    /// The version of the interface, where a provider has several.
    pub api_version: Option<String>,
    /// The id of the AWS key.
    pub aws_access_key_id: Option<Hidden>,
    /// The AWS key.
    pub aws_secret_access_key: Option<Hidden>,
    /// The token of an AWS session.
    pub aws_session_token: Option<Hidden>,
    /// The AWS region.
    pub aws_region_name: Option<String>,
    /// The AWS profile.
    pub aws_profile_name: Option<String>,
    /// The AWS role.
    pub aws_role_name: Option<String>,
    /// What the AWS session is called.
    pub aws_session_name: Option<String>,
    /// Where Bedrock is.
    pub aws_bedrock_runtime_endpoint: Option<String>,
    /// The site OpenRouter is told.
    pub openrouter_site_url: String,
    /// The app OpenRouter is told.
    pub openrouter_app_name: String,
    /// How often a call that failed is tried in all.
    #[schemars(range(min = 0))]
    pub num_retries: u64,
    /// By how much the wait between tries grows.
    #[schemars(range(min = 0))]
    pub retry_multiplier: f64,
    /// The shortest wait between tries, in seconds.
    #[schemars(range(min = 0))]
    pub retry_min_wait: u64,
    /// The longest wait between tries, in seconds.
    #[schemars(range(min = 0))]
    pub retry_max_wait: u64,
    /// How long one try may take, in seconds; null sets no limit.
    #[schemars(range(min = 0))]
    pub timeout: Option<u64>,
    /// How long a stream may be silent, in seconds; null sets no limit.
    #[schemars(range(min = 0))]
    pub stream_idle_timeout: Option<f64>,
    /// About how many characters of one message are sent.
    #[schemars(range(min = 1))]
    pub max_message_chars: u64,
    /// How freely the model chooses; null leaves it to the provider.
    #[schemars(range(min = 0))]
    pub temperature: Option<f64>,
    /// Out of which share of the likeliest words it chooses; null leaves it to the provider.
    #[schemars(range(min = 0, max = 1))]
    pub top_p: Option<f64>,
    /// Out of how many of the likeliest words it chooses.
    #[schemars(range(min = 0))]
    pub top_k: Option<f64>,
    /// How much a request may hold, in tokens.
    #[schemars(range(min = 1))]
    pub max_input_tokens: Option<u64>,
    /// How much a reply may hold, in tokens.
    #[schemars(range(min = 1))]
    pub max_output_tokens: Option<u64>,
    /// The name under which the abilities of the model are looked up, where its own is an alias.
    pub model_canonical_name: Option<String>,
    /// Which of a provider's interfaces is used.
    pub api_mode: ApiMode,
    /// What the model can do, where that is not known or known wrongly.
    pub capability_overrides: Map,
    /// Headers that are sent along.
    pub extra_headers: Option<BTreeMap<String, String>>,
    /// What a token sent costs, in US dollars.
    #[schemars(range(min = 0))]
    pub input_cost_per_token: Option<f64>,
    /// What a token received costs, in US dollars.
    #[schemars(range(min = 0))]
    pub output_cost_per_token: Option<f64>,
    /// Where Ollama is.
    pub ollama_base_url: Option<String>,
    /// Whether replies are shown while they are made.
    pub stream: bool,
    /// Whether parameters a provider does not take are left out.
    pub drop_params: bool,
    /// Whether images are withheld from a model that could see them.
    pub disable_vision: Option<bool>,
    /// Whether stop words are not used.
    pub disable_stop_word: Option<bool>,
    /// Whether the beginning of prompts is cached.
    pub caching_prompt: bool,
    /// Whether calls are written down.
    pub log_completions: bool,
    /// Where calls are written down.
    pub log_completions_folder: String,
    /// What counts tokens.
    pub custom_tokenizer: Option<String>,
    /// Whether the model is given tools the way its provider takes them.
    pub native_tool_calling: bool,
    /// Whether content is sent as one text; null decides by model.
    pub force_string_serializer: Option<bool>,
    /// Whether images are fetched here and sent along; null decides by model.
    pub inline_image_urls: Option<bool>,
    /// How much the model thinks before it answers.
    pub reasoning_effort: Option<String>,
    /// How its thinking is summarised.
    pub reasoning_summary: Option<ReasoningSummary>,
    /// Whether thinking that only the provider can read is kept between calls.
    pub enable_encrypted_reasoning: bool,
    /// How long the provider keeps what it cached.
    pub prompt_cache_retention: Option<String>,
    /// How many tokens a model that thinks by budget may think.
    pub extended_thinking_budget: Option<i64>,
    /// Where chance begins, so that answers repeat.
    pub seed: Option<i64>,
    /// Under which name its use is counted.
    pub usage_id: String,
    /// Keys that are added to requests.
    pub litellm_extra_body: Map,
    /// Whether a subscription pays; such a provider only streams.
    pub is_subscription: bool,
}

impl Default for Llm {
    fn default() -> Self {
        Self {
            model: "gpt-5.6".to_owned(),
            api_key: None,
            provider_connection_id: None,
            auth_type: AuthType::ApiKey,
            subscription_vendor: None,
            base_url: None,
            api_version: None,
            aws_access_key_id: None,
            aws_secret_access_key: None,
            aws_session_token: None,
            aws_region_name: None,
            aws_profile_name: None,
            aws_role_name: None,
            aws_session_name: None,
            aws_bedrock_runtime_endpoint: None,
            openrouter_site_url: "https://docs.all-hands.dev/".to_owned(),
            openrouter_app_name: "OpenHands".to_owned(),
            num_retries: 5,
            retry_multiplier: 8.0,
            retry_min_wait: 8,
            retry_max_wait: 64,
            timeout: Some(300),
            stream_idle_timeout: Some(300.0),
            max_message_chars: 30_000,
            temperature: None,
            top_p: None,
            top_k: None,
            max_input_tokens: None,
            max_output_tokens: None,
            model_canonical_name: None,
            api_mode: ApiMode::Auto,
            capability_overrides: Map::new(),
            extra_headers: None,
            input_cost_per_token: None,
            output_cost_per_token: None,
            ollama_base_url: None,
            stream: false,
            drop_params: true,
            disable_vision: None,
            disable_stop_word: Some(false),
            caching_prompt: true,
            log_completions: false,
            log_completions_folder: "logs/completions".to_owned(),
            custom_tokenizer: None,
            native_tool_calling: true,
            force_string_serializer: None,
            inline_image_urls: None,
            reasoning_effort: Some("high".to_owned()),
            reasoning_summary: None,
            enable_encrypted_reasoning: true,
            prompt_cache_retention: Some("24h".to_owned()),
            extended_thinking_budget: Some(200_000),
            seed: None,
            usage_id: "default".to_owned(),
            litellm_extra_body: Map::new(),
            is_subscription: false,
        }
    }
}

/// What `base_url` says when it says nothing but where OpenAI is anyway.
const OPENAI: [&str; 2] = ["https://api.openai.com", "https://api.openai.com/"];

/// The version Azure is asked for unless told otherwise.
const AZURE_VERSION: &str = "2024-12-01-preview";

impl Llm {
    /// Reads what a client or a file says, filling in what it leaves out.
    pub fn read(mut given: Map) -> Result<Self, Faults> {
        settle(&mut given)?;
        measure::read(given)
    }

    /// As JSON, with its secrets in the open.
    pub fn open_json(&self) -> Map {
        measure::object(self)
    }

    /// As conversations take it.
    pub fn spec(&self) -> Result<LlmSpec, Faults> {
        let mut json = self.open_json();
        // A mask or a blank is no key.
        json.retain(|key, value| key != "api_key" || !value.is_null());
        serde_json::from_value(Value::Object(json))
            .map_err(|error| Faults::at("", error.to_string()))
    }

    /// Whether it has a key of its own.
    pub fn has_key(&self) -> bool {
        self.api_key.as_ref().is_some_and(|key| !key.is_blank())
    }
}

/// Defaults that depend on what else is said.
fn settle(given: &mut Map) -> Result<(), Faults> {
    let model = match given.get("model") {
        Some(Value::String(model)) if !model.is_empty() => model.clone(),
        Some(Value::String(_) | Value::Null) | None => {
            return Err(Faults::at("", "model must be specified in LLM"));
        }
        Some(_) => return Err(Faults::at("model", "Input should be a valid string")),
    };
    if !given.contains_key("stream_idle_timeout") {
        let timeout = given.get("timeout").cloned().unwrap_or(json!(300));
        given.insert("stream_idle_timeout".to_owned(), timeout);
    }
    let says = |given: &Map, key: &str| {
        given
            .get(key)
            .and_then(Value::as_str)
            .is_some_and(|text| !text.is_empty())
    };
    if model.starts_with("azure") && !says(given, "api_version") {
        given.insert("api_version".to_owned(), AZURE_VERSION.into());
    }
    let address = given.get("base_url").and_then(Value::as_str);
    if model.starts_with("openai/") && address.is_some_and(|url| OPENAI.contains(&url)) {
        given.insert("base_url".to_owned(), Value::Null);
    }
    Ok(())
}
