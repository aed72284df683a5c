//! Where secrets are in a person's documents, and how they are shown, sealed and opened. Knows no document's place.

use domain::{MASK, Map, Secret, Vault};
use serde_json::Value;

use crate::error::Error;

/// The secrets of a model.
const LLM: &[&str] = &[
    "api_key",
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
];

/// The secrets of a server of the model context protocol.
const SERVER: &[&str] = &[
    "env.*",
    "headers.*",
    "auth.value",
    "auth.password",
    "auth.headers.*",
    "auth.authentication.client_secret",
    "auth.state.tokens.access_token",
    "auth.state.tokens.refresh_token",
    "auth.state.client_info.client_secret",
];

/// Secrets by name: texts, or where to get one.
const SOURCES: &[&str] = &["*", "*.value", "*.headers.~"];

/// Where the parts that have secrets are.
type Parts = &'static [(&'static str, &'static [&'static str])];

const SETTINGS: Parts = &[
    ("llm", LLM),
    ("meta_profile_llms.*", LLM),
    ("mcp_config.*", SERVER),
    ("agent_context.skills.*.mcp_tools.*", SERVER),
    ("agent_context.secrets", SOURCES),
    ("verification", &["critic_api_key"]),
];

const AGENT: Parts = &[
    ("llm", LLM),
    ("condenser.llm", LLM),
    ("critic", &["api_key"]),
    ("tools.*.params.meta_profile_llms.*", LLM),
    ("mcp_config.*", SERVER),
    ("agent_context.skills.*.mcp_tools.*", SERVER),
    ("agent_context.secrets", SOURCES),
];

/// What of an agent conversations keep without looking into it.
const KEPT: Parts = &[
    ("critic", &["api_key"]),
    ("tools.*.params.meta_profile_llms.*", LLM),
];

/// What a document is, as far as its secrets are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// A model.
    Llm,
    /// A server of the model context protocol.
    Server,
    /// The settings of an agent.
    Settings,
    /// An agent, as conversations are started with.
    Agent,
    /// What of an agent conversations keep without looking into it.
    Kept,
    /// Secrets by name.
    Sources,
    /// The secrets of a person.
    Custom,
    /// The connections to providers.
    Connections,
}

impl Sort {
    fn parts(self) -> Parts {
        match self {
            Self::Llm => &[("", LLM)],
            Self::Server => &[("", SERVER)],
            Self::Settings => SETTINGS,
            Self::Agent => AGENT,
            Self::Kept => KEPT,
            Self::Sources => &[("", SOURCES)],
            Self::Custom => &[("custom_secrets.*", &["secret"])],
            Self::Connections => &[("connections.*", &["api_key"])],
        }
    }
}

/// How secrets are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Exposure {
    /// As a mask.
    #[default]
    Masked,
    /// As ciphertext, which only this place opens.
    Sealed,
    /// As they are.
    Plain,
}

/// What a token that no key opens is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unopened {
    /// Nothing: who only reads goes on without it.
    Absent,
    /// Damage: who writes must not write over it.
    Damage,
}

/// Opens what is sealed. Blanks and masks are no secrets and become null, or leave their map.
pub(crate) fn open(
    document: &mut Map,
    sort: Sort,
    vault: &dyn Vault,
    unopened: Unopened,
) -> Result<(), Error> {
    let has_key = vault.seal("").is_some();
    let mut damaged = false;
    each(document, sort, &mut |value| {
        let Value::String(text) = &*value else { return };
        if text.trim().is_empty() || text == MASK {
            *value = Value::Null;
        } else if has_key && text.starts_with(Secret::SEAL) {
            let opened = vault.unseal(text);
            damaged |= opened.is_none();
            *value = opened.map_or(Value::Null, Value::String);
        }
    });
    if damaged && unopened == Unopened::Damage {
        return Err(Error::Damaged(
            "a stored secret cannot be opened with any configured key: restore the key it was saved \
             under as OH_SECRET_KEY, or add it to OH_PREVIOUS_SECRET_KEYS"
                .to_owned(),
        ));
    }
    Ok(())
}

/// Shows a document as asked.
pub(crate) fn show(
    document: &mut Map,
    sort: Sort,
    vault: &dyn Vault,
    exposure: Exposure,
) -> Result<(), Error> {
    let mut refused = false;
    each(document, sort, &mut |value| {
        let Value::String(text) = &*value else { return };
        match exposure {
            Exposure::Plain => {}
            Exposure::Masked => *value = MASK.into(),
            Exposure::Sealed => match sealed(text, vault) {
                Some(token) => *value = token.into(),
                None => refused = true,
            },
        }
    });
    if refused { Err(Error::NoKey) } else { Ok(()) }
}

/// A document as it is kept: sealed if there is a key, as it is otherwise.
pub(crate) fn keep(document: &mut Map, sort: Sort, vault: &dyn Vault) {
    each(document, sort, &mut |value| {
        let Value::String(text) = &*value else { return };
        if let Some(token) = sealed(text, vault) {
            *value = token.into();
        }
    });
}

/// Puts masks in place of all secrets.
pub(crate) fn mask(document: &mut Map, sort: Sort) {
    each(document, sort, &mut |value| *value = MASK.into());
}

/// Takes all secrets out.
pub(crate) fn strip(document: &mut Map, sort: Sort) {
    each(document, sort, &mut |value| *value = Value::Null);
}

fn sealed(text: &str, vault: &dyn Vault) -> Option<String> {
    let plain = text
        .starts_with(Secret::SEAL)
        .then(|| vault.unseal(text))
        .flatten();
    vault.seal(plain.as_deref().unwrap_or(text))
}

/// Whether the name of a header sounds as if its value were secret.
fn sounds_secret(name: &str) -> bool {
    const WORDS: [&str; 8] = [
        "SECRET",
        "PASSWORD",
        "COOKIE",
        "AUTHORIZATION",
        "CREDENTIAL",
        "SESSION",
        "KEY",
        "TOKEN",
    ];
    let name = name.to_uppercase();
    WORDS.iter().any(|word| name.contains(word))
}

fn each(document: &mut Map, sort: Sort, change: &mut dyn FnMut(&mut Value)) {
    let mut whole = Value::Object(std::mem::take(document));
    for (part, secrets) in sort.parts() {
        for secret in *secrets {
            let steps = part.split('.').chain(secret.split('.'));
            let steps: Vec<&str> = steps.filter(|step| !step.is_empty()).collect();
            walk(&mut whole, &steps, change);
        }
    }
    if let Value::Object(map) = whole {
        *document = map;
    }
}

fn walk(value: &mut Value, steps: &[&str], change: &mut dyn FnMut(&mut Value)) {
    let Some((step, rest)) = steps.split_first() else {
        if value.is_string() {
            change(value);
        }
        return;
    };
    match (value, *step) {
        (Value::Array(items), "*") => {
            for item in items {
                walk(item, rest, change);
            }
        }
        (Value::Object(fields), "*" | "~") => {
            fields.retain(|name, field| {
                if *step == "~" && !sounds_secret(name) {
                    return true;
                }
                let was_null = field.is_null();
                walk(field, rest, change);
                // A secret that turned out to be none does not stay in a map of secrets.
                was_null || !field.is_null()
            });
        }
        (Value::Object(fields), name) => {
            if let Some(field) = fields.get_mut(name) {
                walk(field, rest, change);
            }
        }
        (
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_),
            _,
        ) => {}
    }
}
