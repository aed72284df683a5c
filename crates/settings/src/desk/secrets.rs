//! `secrets.json`: what a person wants agents to be able to use and nobody to see. Knows no conversation.

use domain::{Held, MASK, Map};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Desk, put};
use crate::error::Error;
use crate::model::hidden::Hidden;
use crate::secrets_in::{self, Sort, Unopened};

const DOCUMENT: &str = "secrets.json";
const LOCK: &str = ".secrets.lock";
/// Why secrets are not written over.
const DAMAGED: &str = "Secrets file is corrupted or encrypted with a different key: restore that key as \
    OH_SECRET_KEY or add it to OH_PREVIOUS_SECRET_KEYS";
/// Which secrets have a version that changes with them.
const VERSIONS: &str = "_credential_versions";

/// A secret without its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct SecretItemResponse {
    pub name: String,
    #[serde(default)]
    pub description: Option<String>,
}

/// All secrets, without their values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct SecretsListResponse {
    pub secrets: Vec<SecretItemResponse>,
}

/// A secret to keep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct SecretCreateRequest {
    pub name: String,
    pub value: Hidden,
    #[serde(default)]
    pub description: Option<String>,
}

impl Desk {
    /// All secrets, or those an agent profile is given.
    pub fn secrets(&self, agent_profile_id: Option<&str>) -> Result<SecretsListResponse, Error> {
        let allowed = match agent_profile_id {
            None => None,
            Some(id) => {
                let unknown = || Error::NotFound("Agent profile not found".to_owned());
                let name = self.agent_profile_name(id)?.ok_or_else(unknown)?;
                let profile = self.agent_profile(&name)?;
                profile.secret_refs().map(<[String]>::to_vec)
            }
        };
        let document = self.readable()?;
        let all = entries(&document).map(|(name, secret)| SecretItemResponse {
            name: name.clone(),
            description: text(secret, "description"),
        });
        let is_allowed = |item: &SecretItemResponse| {
            allowed
                .as_ref()
                .is_none_or(|names| names.contains(&item.name))
        };
        Ok(SecretsListResponse {
            secrets: all.filter(is_allowed).collect(),
        })
    }

    /// The value of a secret.
    pub fn secret(&self, name: &str) -> Result<Hidden, Error> {
        check_name(name)?;
        let document = self.readable()?;
        let found = entries(&document).find(|(known, _)| *known == name);
        let value = found.and_then(|(_, secret)| text(secret, "secret"));
        value
            .map(Hidden::new)
            .ok_or_else(|| Error::NotFound("Secret not found".to_owned()))
    }

    /// Keeps a secret, in place of one of the same name.
    pub fn put_secret(&self, secret: SecretCreateRequest) -> Result<SecretItemResponse, Error> {
        check_name(&secret.name)?;
        if secret.value.is_blank() {
            return Err(Error::Invalid(
                "Secret value must not be empty or redacted".to_owned(),
            ));
        }
        let held = self.hold(LOCK)?;
        let mut document = self.writable()?;
        let kept = json!({
            "name": secret.name,
            "secret": secret.value,
            "description": secret.description,
        });
        with_custom(&mut document, |all| all.insert(secret.name.clone(), kept));
        if let Some(Value::Object(versions)) = document.get_mut(VERSIONS)
            && let Some(version) = versions.get_mut(&secret.name)
        {
            *version = self.ports.clock.uuid().simple().to_string().into();
        }
        self.write(&*held, document)?;
        Ok(SecretItemResponse {
            name: secret.name,
            description: secret.description,
        })
    }

    /// Forgets a secret.
    pub fn remove_secret(&self, name: &str) -> Result<(), Error> {
        check_name(name)?;
        let held = self.hold(LOCK)?;
        let mut document = self.writable()?;
        if with_custom(&mut document, |all| all.shift_remove(name)).is_none() {
            return Err(Error::NotFound("Secret not found".to_owned()));
        }
        if let Some(Value::Object(versions)) = document.get_mut(VERSIONS) {
            versions.shift_remove(name);
        }
        self.write(&*held, document)
    }

    /// Seals everything anew, so that the keys of old are no longer needed.
    pub fn reseal(&self) -> Result<(), Error> {
        self.reseal_record()?;
        if self.ports.shelf.read(DOCUMENT)?.is_some() {
            let held = self.hold(LOCK)?;
            let document = self.writable()?;
            self.write(&*held, document)?;
        }
        Ok(())
    }

    /// What can be read: nothing of a document that is damaged.
    fn readable(&self) -> Result<Map, Error> {
        match self.opened(Unopened::Absent) {
            Err(Error::Damaged(reason)) => {
                tracing::error!(reason, "secrets cannot be read");
                Ok(Map::new())
            }
            other => other,
        }
    }

    /// What may be written over: nothing that cannot be read.
    fn writable(&self) -> Result<Map, Error> {
        self.opened(Unopened::Damage).map_err(|error| {
            error.on_damage(|reason| {
                tracing::error!(reason, "secrets are not written over");
                Error::Damaged(DAMAGED.to_owned())
            })
        })
    }

    fn opened(&self, unopened: Unopened) -> Result<Map, Error> {
        let mut document = self.read(DOCUMENT)?.unwrap_or_default();
        let is_secrets = document.get("custom_secrets").is_none_or(Value::is_object);
        if !is_secrets {
            return Err(super::damaged(
                DOCUMENT,
                "`custom_secrets` is not an object",
            ));
        }
        with_custom(&mut document, |all| {
            for (name, secret) in all.iter_mut() {
                // A bare text is a secret without a description.
                if secret.is_string() {
                    *secret = json!({"name": name, "secret": secret.take(), "description": null});
                }
            }
        });
        secrets_in::open(&mut document, Sort::Custom, self.vault(), unopened)?;
        Ok(document)
    }

    fn write(&self, held: &dyn Held, mut document: Map) -> Result<(), Error> {
        secrets_in::keep(&mut document, Sort::Custom, self.vault());
        put(held, DOCUMENT, &document)
    }
}

/// Changes the secrets of a document.
fn with_custom<T>(document: &mut Map, change: impl FnOnce(&mut Map) -> T) -> T {
    let mut custom = match document.get_mut("custom_secrets") {
        Some(Value::Object(custom)) => std::mem::take(custom),
        Some(_) | None => Map::new(),
    };
    let done = change(&mut custom);
    document.insert("custom_secrets".to_owned(), custom.into());
    done
}

fn entries(document: &Map) -> impl Iterator<Item = (&String, &Value)> {
    let custom = document.get("custom_secrets").and_then(Value::as_object);
    custom.into_iter().flatten()
}

fn text(secret: &Value, key: &str) -> Option<String> {
    let text = secret.get(key).and_then(Value::as_str);
    text.filter(|text| *text != MASK).map(str::to_owned)
}

fn check_name(name: &str) -> Result<(), Error> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let good = (1..=64).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(plain);
    if good {
        return Ok(());
    }
    Err(Error::Invalid(
        "Invalid secret name format. Must start with a letter, contain only letters, numbers, and \
         underscores, and be 1-64 characters long."
            .to_owned(),
    ))
}
