//! Everything about a model that is decided before it is asked. Knows no prompt and no reply.

mod limits;
mod route;
mod traits;

use domain::{Features, LlmError, LlmErrorKind, LlmSpec, Secret};
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::Config;
use crate::cost::Rates;
use crate::dialect::Dialect;
use crate::provider::Provider;

pub(crate) use limits::Limits;
pub(crate) use traits::{Thinking, Traits};

/// A model, where it is, and how it wants to be asked.
#[derive(Debug)]
pub(crate) struct Plan {
    pub spec: LlmSpec,
    pub provider: &'static Provider,
    /// Who answers, for people.
    pub place: String,
    /// What the provider calls the model.
    pub model: String,
    pub dialect: Dialect,
    pub url: Url,
    pub headers: HeaderMap,
    pub key: Option<Secret>,
    pub traits: Traits,
    pub limits: Limits,
    pub rates: Rates,
    /// Names near the model's, should it turn out to be wrong.
    pub table: crate::Table,
}

impl Plan {
    pub fn new(spec: &LlmSpec, config: &Config) -> Result<Self, LlmError> {
        let route = route::Route::new(spec, &config.table)?;
        refuse_what_is_missing(spec, &route)?;
        let known = spec.model_canonical_name.as_deref().unwrap_or(&spec.model);
        let facts = config.table.find(known);
        let traits = Traits::new(spec, route.provider, facts.as_ref());
        let dialect = dialect(spec, route.provider, &traits);
        let limits = Limits::new(spec, route.provider, facts.as_ref());
        if let (Some(small), false) = (limits.too_small(), config.allow_short_context) {
            return Err(route.error(spec, &small.message, &small.hint));
        }
        let facts = facts.unwrap_or_default();
        let key = spec.api_key.as_ref().and_then(Secret::expose);
        let key = key.map(str::trim).filter(|k| !k.is_empty());
        Ok(Self {
            headers: headers(spec, dialect, key, &traits)
                .map_err(|(what, hint)| route.error(spec, &what, &hint))?,
            url: route
                .url(dialect)
                .map_err(|(what, hint)| route.error(spec, &what, &hint))?,
            rates: Rates::new(spec, facts.price, facts.tier),
            spec: spec.clone(),
            provider: route.provider,
            place: route.place,
            model: route.model,
            dialect,
            key: key.map(Secret::from),
            traits,
            limits,
            table: config.table.clone(),
        })
    }

    pub fn features(&self) -> Features {
        Features {
            model: self.spec.model.clone(),
            vision: self.traits.vision,
            max_input_tokens: self.limits.input,
            max_output_tokens: self.limits.output,
        }
    }

    /// Whether the model is at an address of the user's own.
    pub fn elsewhere(&self) -> bool {
        self.spec.base_url.is_some()
    }

    /// Whether a key must be given and is not.
    pub fn lacks_key(&self) -> bool {
        self.key.is_none() && self.provider.needs_key && !self.elsewhere()
    }
}

fn refuse_what_is_missing(spec: &LlmSpec, route: &route::Route) -> Result<(), LlmError> {
    if spec.auth_type != "api_key" {
        let what = format!(
            "`auth_type` is `{}`, which is not built in.",
            spec.auth_type
        );
        return Err(route.error(spec, &what, "Set `auth_type` to `api_key` and give a key."));
    }
    if !spec.native_tool_calling {
        let hint = "Set it to `true`: most servers have native tool calls by now.";
        let what =
            "`native_tool_calling` is `false`, and tool calls in plain text are not built in.";
        return Err(route.error(spec, what, hint));
    }
    Ok(())
}

fn dialect(spec: &LlmSpec, provider: &Provider, traits: &Traits) -> Dialect {
    match (provider.dialect, spec.api_mode) {
        (Dialect::Anthropic, _) => Dialect::Anthropic,
        (_, domain::ApiMode::Chat) => Dialect::Chat,
        (_, domain::ApiMode::Responses) => Dialect::Responses,
        (_, domain::ApiMode::Auto) if traits.responses && provider.responses => Dialect::Responses,
        (_, domain::ApiMode::Auto) => Dialect::Chat,
    }
}

type Trouble = (String, String);

fn headers(
    spec: &LlmSpec,
    dialect: Dialect,
    key: Option<&str>,
    traits: &Traits,
) -> Result<HeaderMap, Trouble> {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    for (name, value) in [
        ("http-referer", &spec.openrouter_site_url),
        ("x-title", &spec.openrouter_app_name),
    ] {
        if !value.is_empty() {
            insert(&mut headers, name, value)?;
        }
    }
    if dialect == Dialect::Anthropic {
        headers.insert("anthropic-version", HeaderValue::from_static("2023-06-01"));
    }
    if traits.thinking == Thinking::Manual {
        let beta = HeaderValue::from_static("interleaved-thinking-2025-05-14");
        headers.insert("anthropic-beta", beta);
    }
    if let Some(key) = key {
        let (name, value) = match dialect {
            Dialect::Anthropic => ("x-api-key", key.to_owned()),
            Dialect::Chat | Dialect::Responses => ("authorization", format!("Bearer {key}")),
        };
        let mut value = HeaderValue::from_str(&value).map_err(|_| {
            let what = "the key holds characters that no key can hold.";
            (
                what.to_owned(),
                "Copy it again, without line breaks.".to_owned(),
            )
        })?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    for (name, value) in spec.extra_headers.iter().flatten() {
        insert(&mut headers, name, value)?;
    }
    Ok(headers)
}

fn insert(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), Trouble> {
    let pair = name
        .parse::<HeaderName>()
        .ok()
        .zip(HeaderValue::from_str(value).ok());
    let Some((key, value)) = pair else {
        let hint = "Correct `extra_headers`.".to_owned();
        return Err((format!("the header `{name}` cannot be sent."), hint));
    };
    headers.insert(key, value);
    Ok(())
}

/// An error of the configuration.
pub(crate) fn config_error(spec: &LlmSpec, place: &str, what: &str, hint: &str) -> LlmError {
    LlmError {
        kind: LlmErrorKind::Config,
        provider: place.to_owned(),
        model: spec.model.clone(),
        status: None,
        message: what.to_owned(),
        hint: hint.to_owned(),
    }
}

#[cfg(test)]
mod tests;
