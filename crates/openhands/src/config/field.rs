//! The settings there are: their names in the file, their variables, their types. A table, and how to read one cell.

use serde_json::Value;

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its section and name in the file, joined by a dot.
    pub name: &'static str,
    /// What it may be.
    pub kind: Kind,
}

/// What a setting may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Text that is never shown.
    Secret,
    /// True or false.
    Flag,
    /// A whole number, not below zero.
    Whole,
    /// A number.
    Number,
    /// A table of names and values; in a variable, a JSON object.
    Table,
    /// A table whose values are never shown.
    SecretTable,
}

const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind }
}

/// All settings, in the order they are listed.
pub const FIELDS: &[Field] = &[
    field("llm.model", Kind::Text),
    field("llm.api_key", Kind::Secret),
    field("llm.base_url", Kind::Text),
    field("llm.api_version", Kind::Text),
    field("llm.api_mode", Kind::Text),
    field("llm.stream", Kind::Flag),
    field("llm.temperature", Kind::Number),
    field("llm.top_p", Kind::Number),
    field("llm.top_k", Kind::Number),
    field("llm.seed", Kind::Whole),
    field("llm.timeout", Kind::Whole),
    field("llm.stream_idle_timeout", Kind::Number),
    field("llm.num_retries", Kind::Whole),
    field("llm.retry_multiplier", Kind::Number),
    field("llm.retry_min_wait", Kind::Whole),
    field("llm.retry_max_wait", Kind::Whole),
    field("llm.max_message_chars", Kind::Whole),
    field("llm.max_input_tokens", Kind::Whole),
    field("llm.max_output_tokens", Kind::Whole),
    field("llm.input_cost_per_token", Kind::Number),
    field("llm.output_cost_per_token", Kind::Number),
    field("llm.model_canonical_name", Kind::Text),
    field("llm.capability_overrides", Kind::Table),
    field("llm.drop_params", Kind::Flag),
    field("llm.disable_vision", Kind::Flag),
    field("llm.disable_stop_word", Kind::Flag),
    field("llm.caching_prompt", Kind::Flag),
    field("llm.prompt_cache_retention", Kind::Text),
    field("llm.native_tool_calling", Kind::Flag),
    field("llm.force_string_serializer", Kind::Flag),
    field("llm.reasoning_effort", Kind::Text),
    field("llm.reasoning_summary", Kind::Text),
    field("llm.enable_encrypted_reasoning", Kind::Flag),
    field("llm.extended_thinking_budget", Kind::Whole),
    field("llm.extra_headers", Kind::SecretTable),
    field("llm.litellm_extra_body", Kind::Table),
    field("llm.openrouter_site_url", Kind::Text),
    field("llm.openrouter_app_name", Kind::Text),
    field("llm.usage_id", Kind::Text),
    field("run.workspace", Kind::Text),
    field("run.max_iterations", Kind::Whole),
    field("run.budget", Kind::Number),
    field("run.confirm", Kind::Flag),
];

impl Field {
    /// Finds a setting by its name.
    pub fn named(name: &str) -> Option<&'static Self> {
        FIELDS.iter().find(|field| field.name == name)
    }

    /// The section it stands in.
    pub fn section(&self) -> &'static str {
        self.name.split_once('.').map_or("", |(section, _)| section)
    }

    /// Its name within the section.
    pub fn key(&self) -> &'static str {
        self.name.split_once('.').map_or(self.name, |(_, key)| key)
    }

    /// The environment variable it can be given by.
    pub fn variable(&self) -> String {
        let prefix = if self.section() == "llm" {
            "LLM"
        } else {
            "OPENHANDS"
        };
        format!("{prefix}_{}", self.key().to_uppercase())
    }

    /// Whether it must not be shown.
    pub fn is_secret(&self) -> bool {
        matches!(self.kind, Kind::Secret | Kind::SecretTable)
    }

    /// What is wrong with a value of the right type.
    pub fn complaint(&self, value: &Value) -> Option<&'static str> {
        let number = value.as_f64();
        match self.name {
            "run.max_iterations" => number
                .is_some_and(|n| !(1.0..=f64::from(u32::MAX)).contains(&n))
                .then_some("1 or more"),
            "run.budget" => number.is_some_and(|n| n <= 0.0).then_some("above zero"),
            "llm.api_mode" => {
                let known = ["auto", "chat", "responses"];
                (!value.as_str().is_some_and(|mode| known.contains(&mode)))
                    .then_some("auto, chat or responses")
            }
            "llm.base_url" => {
                let schemes = ["http://", "https://"];
                let fits = value
                    .as_str()
                    .is_some_and(|url| schemes.iter().any(|scheme| url.starts_with(scheme)));
                (!fits).then_some("an address that starts with http:// or https://")
            }
            _ => None,
        }
    }
}

impl Kind {
    /// What a person should have written.
    pub fn expected(self) -> &'static str {
        match self {
            Self::Text | Self::Secret => "text",
            Self::Flag => "true or false",
            Self::Whole => "a whole number",
            Self::Number => "a number",
            Self::Table | Self::SecretTable => "a table (in a variable, a JSON object)",
        }
    }

    /// Whether a value is of this kind.
    pub fn fits(self, value: &Value) -> bool {
        match self {
            Self::Text | Self::Secret => value.is_string(),
            Self::Flag => value.is_boolean(),
            Self::Whole => value.is_u64(),
            Self::Number => value.is_number(),
            Self::Table | Self::SecretTable => value.is_object(),
        }
    }

    /// Reads a value out of a variable; an error is what was expected.
    pub fn parse(self, text: &str) -> Result<Value, &'static str> {
        let text = text.trim();
        let value = match self {
            Self::Text | Self::Secret => Value::from(text),
            Self::Flag => match text.to_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => Value::Bool(true),
                "false" | "0" | "no" | "off" => Value::Bool(false),
                _ => return Err(self.expected()),
            },
            Self::Whole | Self::Number | Self::Table | Self::SecretTable => {
                serde_json::from_str(text).map_err(|_| self.expected())?
            }
        };
        if self.fits(&value) {
            Ok(value)
        } else {
            Err(self.expected())
        }
    }
}
