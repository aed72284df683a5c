//! `profiles/*.json`: models under names of the person's own. Knows no conversation.

mod preflight;

use domain::{LlmSpec, Map};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Desk, put};
use crate::error::Error;
use crate::migrate;
use crate::model::hidden::Hidden;
use crate::model::llm::{AuthType, Llm};
use crate::name::{is_name, stem};
use crate::secrets_in::{self, Exposure, Sort, Unopened};

pub use preflight::{ValidateProfileError, ValidateProfileRequest, ValidateProfileResponse};

/// How many profiles there may be.
const MOST: usize = 50;
/// The version of a profile.
const VERSION: u64 = 1;
const FOLDER: &str = "profiles";
const LOCK: &str = "profiles/.profiles.lock";

/// A profile at a glance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct ProfileInfo {
    pub name: String,
    #[serde(default)]
    pub model: Option<String>,
    #[serde(default)]
    pub base_url: Option<String>,
    #[serde(default)]
    pub provider_connection_id: Option<String>,
    #[serde(default)]
    pub provider_connection_broken: bool,
    #[serde(default)]
    pub api_key_set: bool,
}

/// All profiles, and which one is active.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct ProfileListResponse {
    pub profiles: Vec<ProfileInfo>,
    #[serde(default)]
    pub active_profile: Option<String>,
}

/// A profile, with its secrets as asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct ProfileDetailResponse {
    pub name: String,
    pub config: Map,
    #[serde(default)]
    pub api_key_set: bool,
}

/// What became of a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct ProfileMutationResponse {
    pub name: String,
    pub message: String,
}

/// A profile to keep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct SaveProfileRequest {
    #[schemars(with = "Llm")]
    pub llm: Map,
    /// Whether its key is kept too.
    #[serde(default = "yes")]
    pub include_secrets: bool,
}

fn yes() -> bool {
    true
}

/// What a profile is to be called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct RenameProfileRequest {
    #[schemars(length(min = 1, max = 64), regex(pattern = crate::name::PATTERN))]
    pub new_name: String,
}

/// A profile became active.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct ActivateProfileResponse {
    pub name: String,
    pub message: String,
    #[serde(default = "yes")]
    pub llm_applied: bool,
}

impl Desk {
    /// All profiles.
    pub fn profiles(&self) -> Result<ProfileListResponse, Error> {
        let connections = self.connections_by_id();
        let mut profiles = Vec::new();
        for (name, profile) in self.profile_files()? {
            let text = |key: &str| profile.get(key).and_then(Value::as_str).map(str::to_owned);
            let key = text("api_key").map(Hidden::new);
            let own_key = key.is_some_and(|key| !key.is_blank());
            let connection = text("provider_connection_id");
            let linked = match &connection {
                None => None,
                Some(id) => Some(connections.as_ref().map_err(Clone::clone)?.get(id)),
            };
            profiles.push(ProfileInfo {
                name,
                model: text("model"),
                base_url: text("base_url"),
                provider_connection_id: connection,
                provider_connection_broken: matches!(linked, Some(None)),
                api_key_set: own_key || linked.flatten().is_some_and(|it| it.has_key()),
            });
        }
        Ok(ProfileListResponse {
            profiles,
            active_profile: self.record()?.active_profile,
        })
    }

    /// A profile as it is kept; resolved, with the key of its connection, when shown in the open.
    pub fn profile(&self, name: &str, exposure: Exposure) -> Result<ProfileDetailResponse, Error> {
        let llm = match exposure {
            Exposure::Plain => self.llm(name)?,
            Exposure::Masked | Exposure::Sealed => self.stored_llm(name)?,
        };
        let mut config = llm.open_json();
        secrets_in::show(&mut config, Sort::Llm, self.vault(), exposure)?;
        if exposure == Exposure::Masked {
            config.insert("api_key".to_owned(), Value::Null);
        }
        let linked = match &llm.provider_connection_id {
            Some(id) if !llm.has_key() => self.connection_by_id(id)?,
            Some(_) | None => None,
        };
        Ok(ProfileDetailResponse {
            name: name.to_owned(),
            config,
            api_key_set: llm.has_key() || linked.is_some_and(|it| it.has_key()),
        })
    }

    /// Keeps a profile, in place of one of the same name.
    pub fn save_profile(
        &self,
        name: &str,
        request: SaveProfileRequest,
    ) -> Result<ProfileMutationResponse, Error> {
        let llm = self.incoming_llm(request.llm)?;
        self.keep_llm(name, &llm, request.include_secrets)?;
        Ok(ProfileMutationResponse {
            name: name.to_owned(),
            message: format!("Profile '{name}' saved"),
        })
    }

    /// Forgets a profile, unless an agent profile refers to it.
    pub fn delete_profile(&self, name: &str) -> Result<ProfileMutationResponse, Error> {
        let document = document(name)?;
        let agents = self.hold_agent_profiles()?;
        let referrers = self.referrers(name)?;
        if !referrers.is_empty() {
            return Err(Error::Conflict(format!(
                "LLM profile is referenced by {} agent profile(s): {}",
                referrers.len(),
                referrers.join(", ")
            )));
        }
        self.hold(LOCK)?.remove(&document)?;
        drop(agents);
        self.follow_active(name, None)?;
        Ok(ProfileMutationResponse {
            name: name.to_owned(),
            message: format!("Profile '{name}' deleted"),
        })
    }

    /// Calls a profile something else; what refers to it follows.
    pub fn rename_profile(&self, name: &str, new: &str) -> Result<ProfileMutationResponse, Error> {
        let (from, to) = (document(name)?, document(new)?);
        if !is_name(new) {
            return Err(Error::Refused(format!("Invalid profile name: '{new}'.")));
        }
        let agents = self.hold_agent_profiles()?;
        let held = self.hold(LOCK)?;
        let Some(bytes) = self.ports.shelf.read(&from)? else {
            return Err(not_found(name));
        };
        if from != to {
            if self.ports.shelf.read(&to)?.is_some() {
                return Err(Error::Conflict(format!("Profile '{new}' already exists")));
            }
            held.put(&to, &bytes)?;
            held.remove(&from)?;
        }
        drop(held);
        self.repoint(&*agents, name, new)?;
        drop(agents);
        let message = if name == new {
            format!("Profile '{name}' unchanged (same name)")
        } else {
            self.follow_active(name, Some(new))?;
            format!("Profile '{name}' renamed to '{new}'")
        };
        Ok(ProfileMutationResponse {
            name: new.to_owned(),
            message,
        })
    }

    /// Makes a profile the model of the settings.
    pub fn activate_profile(&self, name: &str) -> Result<ActivateProfileResponse, Error> {
        let llm = self.llm(name)?;
        let (_, llm_applied) = self.change(|record| {
            record.active_profile = Some(stem(name).to_owned());
            Ok(record.take_llm(llm))
        })?;
        let message = if llm_applied {
            format!("Profile '{name}' activated and applied to current settings")
        } else {
            format!("Profile '{name}' activated")
        };
        Ok(ActivateProfileResponse {
            name: name.to_owned(),
            message,
            llm_applied,
        })
    }

    /// The model of a profile as conversations take it, with the key of its connection.
    pub fn llm_spec(&self, name: &str) -> Result<LlmSpec, Error> {
        Ok(self.llm(name)?.spec()?)
    }

    /// A model that a client describes, as conversations take it: sealed keys opened, its connection looked up.
    pub fn given_llm(&self, given: Map) -> Result<LlmSpec, Error> {
        let llm = self.incoming_llm(given)?;
        Ok(self.with_connection(None, llm)?.spec()?)
    }

    /// The model of a profile, with the key of its connection.
    pub(crate) fn llm(&self, name: &str) -> Result<Llm, Error> {
        let llm = self.stored_llm(name)?;
        self.with_connection(Some(name), llm)
    }

    /// The model of a profile as it is kept.
    pub(crate) fn stored_llm(&self, name: &str) -> Result<Llm, Error> {
        let document = document(name)?;
        let unreadable =
            |reason: String| Error::Refused(format!("Failed to load profile `{name}`: {reason}"));
        let mut given = match self.read(&document) {
            Ok(Some(given)) => given,
            Ok(None) => return Err(not_found(name)),
            Err(Error::Damaged(reason)) => return Err(unreadable(reason)),
            Err(other) => return Err(other),
        };
        migrate::version(&given, VERSION, "LLM profile")
            .map_err(|faults| unreadable(faults.to_string()))?;
        given.shift_remove("schema_version");
        migrate::canonical_llm(&mut given);
        secrets_in::open(&mut given, Sort::Llm, self.vault(), Unopened::Absent)?;
        Llm::read(given).map_err(|faults| unreadable(faults.to_string()))
    }

    /// A model that a client describes, its sealed keys opened.
    fn incoming_llm(&self, mut given: Map) -> Result<Llm, Error> {
        secrets_in::open(&mut given, Sort::Llm, self.vault(), Unopened::Absent)?;
        Ok(Llm::read(given).map_err(|faults| faults.under("llm").under("body"))?)
    }

    pub(crate) fn keep_llm(&self, name: &str, llm: &Llm, secrets: bool) -> Result<(), Error> {
        let document = document(name)?;
        let held = self.hold(LOCK)?;
        let is_new = self.ports.shelf.read(&document)?.is_none();
        if is_new && self.profile_names()?.len() >= MOST {
            return Err(Error::Conflict(format!(
                "Profile limit reached ({MOST}). Delete a profile before saving a new one."
            )));
        }
        put(&*held, &document, &self.kept(llm, secrets))
    }

    /// A model as it is kept: only what is said, its key sealed or left out.
    fn kept(&self, llm: &Llm, secrets: bool) -> Map {
        let mut kept = llm.open_json();
        if llm.provider_connection_id.is_some() {
            kept.insert("api_key".to_owned(), Value::Null);
            kept.insert("base_url".to_owned(), Value::Null);
        }
        if llm.auth_type == AuthType::Subscription {
            for key in ["api_key", "base_url", "extra_headers"] {
                kept.shift_remove(key);
            }
        }
        if secrets {
            secrets_in::keep(&mut kept, Sort::Llm, self.vault());
        } else {
            secrets_in::strip(&mut kept, Sort::Llm);
        }
        kept.retain(|_, value| !value.is_null());
        kept.insert("schema_version".to_owned(), VERSION.into());
        kept
    }

    /// The key and the address of its connection take the place of its own.
    fn with_connection(&self, profile: Option<&str>, mut llm: Llm) -> Result<Llm, Error> {
        let Some(id) = llm.provider_connection_id.clone() else {
            return Ok(llm);
        };
        match self.connection_by_id(&id)? {
            Some(connection) => {
                llm.base_url.clone_from(&connection.base_url);
                if connection.has_key() {
                    llm.api_key = connection.api_key;
                }
                Ok(llm)
            }
            None if llm.has_key() => Ok(llm),
            None => {
                let owner = profile.map_or("LLM config".to_owned(), |it| format!("Profile '{it}'"));
                Err(Error::Invalid(format!(
                    "{owner} references provider connection '{id}', which does not exist. Update \
                     the profile or recreate the connection."
                )))
            }
        }
    }

    /// The names of all profiles, sorted.
    pub(crate) fn profile_names(&self) -> Result<Vec<String>, Error> {
        Ok(named(self.ports.shelf.list(FOLDER)?))
    }

    /// All profiles that are JSON objects, as they are kept.
    fn profile_files(&self) -> Result<Vec<(String, Map)>, Error> {
        let mut files = Vec::new();
        for name in self.profile_names()? {
            match self.read(&document(&name)?) {
                Ok(Some(mut profile)) => {
                    migrate::canonical_llm(&mut profile);
                    files.push((name, profile));
                }
                Ok(None) => {}
                Err(error @ Error::Damaged(_)) => tracing::warn!(%error, "a profile is skipped"),
                Err(other) => return Err(other),
            }
        }
        Ok(files)
    }

    /// The profiles that use a connection.
    pub(crate) fn profiles_of_connection(&self, id: &str) -> Result<Vec<String>, Error> {
        let files = self.profile_files()?.into_iter();
        let uses = |profile: &Map| {
            profile
                .get("provider_connection_id")
                .is_some_and(|it| it == id)
        };
        Ok(files
            .filter(|(_, profile)| uses(profile))
            .map(|(name, _)| name)
            .collect())
    }

    /// What is active is called otherwise, or no longer is.
    fn follow_active(&self, old: &str, new: Option<&str>) -> Result<(), Error> {
        let active = self.record()?.active_profile;
        if active.as_deref().map(stem) != Some(stem(old)) {
            return Ok(());
        }
        self.change(|record| {
            record.active_profile = new.map(|name| stem(name).to_owned());
            Ok(())
        })
        .map(drop)
    }
}

/// The names among files, sorted.
pub(crate) fn named(files: Vec<String>) -> Vec<String> {
    let stems = files
        .iter()
        .filter_map(|file| file.strip_suffix(".json"))
        .filter(|name| is_name(name));
    let mut names: Vec<String> = stems.map(str::to_owned).collect();
    names.sort_unstable();
    names
}

fn document(name: &str) -> Result<String, Error> {
    let name = stem(name);
    if !is_name(name) {
        return Err(Error::Refused(format!(
            "Invalid profile name: '{name}'. Profile names must be 1-64 characters, start with a \
             letter or digit, and contain only letters, digits, '.', '_', or '-'."
        )));
    }
    Ok(format!("{FOLDER}/{name}.json"))
}

fn not_found(name: &str) -> Error {
    Error::NotFound(format!("Profile '{name}' not found"))
}
