//! Where a model is. Knows no abilities.

use domain::{LlmError, LlmSpec};
use reqwest::Url;

use super::{Trouble, config_error};
use crate::dialect::Dialect;
use crate::provider::{self, Provider};
use crate::table::Table;

/// A provider, its address, and what it calls the model.
#[derive(Debug)]
pub(super) struct Route {
    pub provider: &'static Provider,
    pub model: String,
    /// Who answers, for people.
    pub place: String,
    base: Url,
}

impl Route {
    pub fn new(spec: &LlmSpec, table: &Table) -> Result<Self, LlmError> {
        let model = spec.model.trim();
        let error = |place: &str, what: &str, hint: &str| config_error(spec, place, what, hint);
        if model.is_empty() {
            return Err(error(
                "No provider",
                "no model is named.",
                "Name one, such as `anthropic/claude-opus-5`.",
            ));
        }
        let prefix = model.split_once('/').map(|(prefix, _)| prefix);
        if let Some(prefix) = prefix.filter(|p| provider::is_foreign(p)) {
            let what = format!("`{prefix}` is not built in yet.");
            let hint = "Reach it through a gateway that speaks like OpenAI: name the model `litellm_proxy/..` and \
                        set its base URL.";
            return Err(error(prefix, &what, hint));
        }
        let given = spec.base_url.as_deref().map(str::trim);
        let given = given.filter(|base| !base.is_empty());
        let (provider, name) = match (provider::owner(model, table), given) {
            (Some(owner), _) => owner,
            (None, Some(_)) => (provider::unknown(), model.to_owned()),
            (None, None) => return Err(unknown_model(spec, prefix, table)),
        };
        let Some(base) = given.or(provider.base) else {
            let hint = "Set the base URL of your gateway.";
            return Err(error(provider.title, "it has no address of its own.", hint));
        };
        let (base, place) = address(base, provider, given.is_some())
            .map_err(|(what, hint)| error(provider.title, &what, &hint))?;
        Ok(Self {
            provider,
            model: name,
            place,
            base,
        })
    }

    /// The address requests go to.
    pub fn url(&self, dialect: Dialect) -> Result<Url, Trouble> {
        let base = self.base.path().trim_end_matches('/');
        let end = match dialect {
            Dialect::Chat => "/chat/completions",
            Dialect::Responses => "/responses",
            Dialect::Anthropic if base.ends_with("/v1") => "/messages",
            Dialect::Anthropic => "/v1/messages",
        };
        let last = end.rsplit_once("/v1").map_or(end, |(_, last)| last);
        let path = match base {
            whole if whole.ends_with(last) => whole.to_owned(),
            "" => format!("{}{end}", self.provider.path),
            some => format!("{some}{end}"),
        };
        let mut url = self.base.clone();
        url.set_path(&path);
        Ok(url)
    }

    pub fn error(&self, spec: &LlmSpec, what: &str, hint: &str) -> LlmError {
        config_error(spec, &self.place, what, hint)
    }
}

/// A base URL, and what to call who is there.
fn address(base: &str, provider: &Provider, given: bool) -> Result<(Url, String), Trouble> {
    let url = Url::parse(base).ok();
    let url = url.filter(|u| matches!(u.scheme(), "http" | "https") && u.has_host());
    let Some(url) = url else {
        let hint = "Write it whole, such as `http://localhost:8000/v1`.";
        return Err((
            format!("the base URL `{base}` is not one."),
            hint.to_owned(),
        ));
    };
    let host = url.host_str().unwrap_or_default();
    let place = match (given, url.port()) {
        (false, _) => provider.title.to_owned(),
        (true, Some(port)) => format!("{host}:{port}"),
        (true, None) => host.to_owned(),
    };
    Ok((url, place))
}

fn unknown_model(spec: &LlmSpec, prefix: Option<&str>, table: &Table) -> LlmError {
    let near = provider::near(&spec.model, table);
    let prefix_near = prefix.and_then(provider::near_prefix);
    let meant = match (prefix_near, near.as_slice()) {
        (_, [best, rest @ ..]) => {
            let all = rest
                .iter()
                .fold(format!("`{best}`"), |all, n| format!("{all}, `{n}`"));
            format!("Did you mean {all}?")
        }
        (Some(prefix), []) => format!("Did you mean `{prefix}/..`?"),
        (None, []) => "Name it `provider/model`, such as `anthropic/claude-opus-5`.".to_owned(),
    };
    let hint = format!("{meant} For a server of your own, set its base URL.");
    let what = match prefix {
        Some(prefix) => format!("`{prefix}` is not a provider this build knows."),
        None => "nobody is known to serve a model of that name.".to_owned(),
    };
    config_error(spec, "No provider", &what, &hint)
}
