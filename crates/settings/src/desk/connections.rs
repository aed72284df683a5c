//! `provider-connections/`: keys that several profiles share. Connects to nobody.

use std::collections::BTreeMap;

use domain::{Held, Map};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::{Desk, damaged, put};
use crate::error::Error;
use crate::fault::Faults;
use crate::migrate;
use crate::model::hidden::Hidden;
use crate::secrets_in::{self, Sort, Unopened};

/// How many connections there may be.
const MOST: usize = 64;
const VERSION: u64 = 1;
const DOCUMENT: &str = "provider-connections/provider_connections.json";
const LOCK: &str = "provider-connections/.provider-connections.lock";

/// A connection as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Connection {
    pub id: String,
    pub display_name: String,
    #[serde(default = "custom")]
    pub provider: String,
    #[serde(default)]
    pub api_key: Option<Hidden>,
    #[serde(default)]
    pub base_url: Option<String>,
    pub created_at: i64,
    pub updated_at: i64,
}

impl Connection {
    pub(crate) fn has_key(&self) -> bool {
        self.api_key.as_ref().is_some_and(|key| !key.is_blank())
    }
}

fn custom() -> String {
    "custom".to_owned()
}

/// A connection to make.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct ProviderConnectionCreateRequest {
    #[schemars(length(min = 1, max = 128))]
    pub display_name: String,
    #[serde(default = "custom")]
    #[schemars(length(min = 1, max = 128))]
    pub provider: String,
    #[schemars(length(min = 1))]
    pub api_key: Hidden,
    #[serde(default)]
    #[schemars(length(max = 2048))]
    pub base_url: Option<String>,
}

/// What is to change of a connection; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct ProviderConnectionUpdateRequest {
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", length(min = 1, max = 128))]
    pub display_name: Option<Option<String>>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", length(min = 1, max = 128))]
    pub provider: Option<Option<String>>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Hidden>")]
    pub api_key: Option<Option<Hidden>>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", length(max = 2048))]
    pub base_url: Option<Option<String>>,
}

/// Tells a null from nothing said.
fn said<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A connection without its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct ProviderConnectionResponse {
    pub id: String,
    pub display_name: String,
    pub provider: String,
    #[serde(default)]
    pub base_url: Option<String>,
    pub created_at: i64,
    pub updated_at: i64,
    #[serde(default)]
    pub api_key_set: bool,
}

impl From<&Connection> for ProviderConnectionResponse {
    fn from(connection: &Connection) -> Self {
        Self {
            id: connection.id.clone(),
            display_name: connection.display_name.clone(),
            provider: connection.provider.clone(),
            base_url: connection.base_url.clone(),
            created_at: connection.created_at,
            updated_at: connection.updated_at,
            api_key_set: connection.has_key(),
        }
    }
}

impl Desk {
    /// All connections.
    pub fn connections(&self) -> Result<Vec<ProviderConnectionResponse>, Error> {
        let all = self.load_connections()?;
        Ok(all.iter().map(ProviderConnectionResponse::from).collect())
    }

    /// Makes a connection.
    pub fn create_connection(
        &self,
        request: ProviderConnectionCreateRequest,
    ) -> Result<ProviderConnectionResponse, Error> {
        check_key(&request.api_key)?;
        let now = self.seconds();
        let connection = Connection {
            id: self.ports.clock.uuid().simple().to_string(),
            display_name: request.display_name,
            provider: request.provider,
            api_key: Some(request.api_key),
            base_url: request.base_url,
            created_at: now,
            updated_at: now,
        };
        let response = ProviderConnectionResponse::from(&connection);
        let held = self.hold(LOCK)?;
        let mut all = self.load_connections()?;
        if all.len() >= MOST {
            return Err(Error::Conflict(format!(
                "Provider connection limit reached ({MOST}). Delete one before adding another."
            )));
        }
        all.push(connection);
        self.write_connections(&*held, &all)?;
        Ok(response)
    }

    /// Changes a connection; every profile that uses it follows.
    pub fn update_connection(
        &self,
        id: &str,
        change: ProviderConnectionUpdateRequest,
    ) -> Result<ProviderConnectionResponse, Error> {
        check_change(&change)?;
        let held = self.hold(LOCK)?;
        let mut all = self.load_connections()?;
        let Some(connection) = all.iter_mut().find(|known| known.id == id) else {
            return Err(not_found(id));
        };
        if change.api_key == Some(None) {
            return Err(Error::Invalid(
                "api_key cannot be cleared; provide a new key to rotate it".to_owned(),
            ));
        }
        if let Some(Some(name)) = change.display_name {
            connection.display_name = name;
        }
        if let Some(Some(provider)) = change.provider {
            connection.provider = provider;
        }
        if let Some(key) = change.api_key {
            connection.api_key = key;
        }
        if let Some(address) = change.base_url {
            connection.base_url = address;
        }
        connection.updated_at = self.seconds();
        let response = ProviderConnectionResponse::from(&*connection);
        self.write_connections(&*held, &all)?;
        Ok(response)
    }

    /// Forgets a connection that nothing uses.
    pub fn delete_connection(&self, id: &str) -> Result<ProviderConnectionResponse, Error> {
        let held = self.hold(LOCK)?;
        let mut all = self.load_connections()?;
        let Some(index) = all.iter().position(|known| known.id == id) else {
            return Err(not_found(id));
        };
        self.require_unused(id)?;
        let mut response = ProviderConnectionResponse::from(&all.remove(index));
        response.api_key_set = false;
        self.write_connections(&*held, &all)?;
        Ok(response)
    }

    fn require_unused(&self, id: &str) -> Result<(), Error> {
        let profiles = self.profiles_of_connection(id)?;
        let record = self.record()?;
        let llm = record.agent.llm();
        let in_settings = llm.is_some_and(|llm| llm.provider_connection_id.as_deref() == Some(id));
        let mut reasons = Vec::new();
        if !profiles.is_empty() {
            reasons.push(format!(
                "referenced by LLM profile(s): {}",
                profiles.join(", ")
            ));
        }
        if in_settings {
            reasons.push("referenced by the active agent settings".to_owned());
        }
        if reasons.is_empty() {
            return Ok(());
        }
        Err(Error::Conflict(format!(
            "Provider connection cannot be deleted while it is {}. Update those references before \
             deleting it.",
            reasons.join(" and ")
        )))
    }

    /// A connection with its key.
    pub(crate) fn connection_by_id(&self, id: &str) -> Result<Option<Connection>, Error> {
        let all = self.load_connections()?;
        Ok(all.into_iter().find(|known| known.id == id))
    }

    /// All connections with their keys.
    pub(crate) fn connections_by_id(&self) -> Result<BTreeMap<String, Connection>, Error> {
        let all = self.load_connections()?.into_iter();
        Ok(all.map(|known| (known.id.clone(), known)).collect())
    }

    fn load_connections(&self) -> Result<Vec<Connection>, Error> {
        // What cannot be read is the profile's user's to mend, and is told so.
        let refuse = |error: Error| {
            error.on_damage(|reason| {
                Error::Refused(format!("Provider connections file is unreadable: {reason}"))
            })
        };
        let Some(mut document) = self.read(DOCUMENT).map_err(refuse)? else {
            return Ok(Vec::new());
        };
        migrate::version(&document, VERSION, "Provider connections")
            .map_err(|faults| Error::Refused(faults.to_string()))?;
        secrets_in::open(
            &mut document,
            Sort::Connections,
            self.vault(),
            Unopened::Damage,
        )
        .map_err(refuse)?;
        let connections = document.shift_remove("connections");
        serde_json::from_value(connections.unwrap_or(Value::Array(Vec::new())))
            .map_err(|error| refuse(damaged(DOCUMENT, &error.to_string())))
    }

    fn write_connections(&self, held: &dyn Held, all: &[Connection]) -> Result<(), Error> {
        let connections = all
            .iter()
            .map(|one| Value::Object(crate::measure::object(one)));
        let mut document = Map::new();
        document.insert("schema_version".to_owned(), VERSION.into());
        document.insert("connections".to_owned(), connections.collect());
        secrets_in::keep(&mut document, Sort::Connections, self.vault());
        put(held, DOCUMENT, &document)
    }
}

fn check_key(key: &Hidden) -> Result<(), Error> {
    if key.is_blank() {
        let said = "api_key must be a real key, not blank or redacted";
        return Err(Faults::at("body.api_key", said).into());
    }
    Ok(())
}

fn check_change(change: &ProviderConnectionUpdateRequest) -> Result<(), Error> {
    if *change == ProviderConnectionUpdateRequest::default() {
        return Err(Error::Invalid(
            "Provide at least one provider connection field to update".to_owned(),
        ));
    }
    if let Some(Some(key)) = &change.api_key {
        check_key(key)?;
    }
    for (name, given) in [
        ("display_name", &change.display_name),
        ("provider", &change.provider),
    ] {
        if *given == Some(None) {
            let said = format!("{name} cannot be set to null");
            return Err(Faults::at("body", said).into());
        }
    }
    Ok(())
}

fn not_found(id: &str) -> Error {
    Error::NotFound(format!("Provider connection '{id}' not found"))
}
