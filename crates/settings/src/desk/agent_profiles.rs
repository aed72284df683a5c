//! `agent-profiles/*.json`: named ways to start an agent; one of them is always active. Starts none.

mod seed;

use domain::{Held, Map};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::profiles::named;
use super::{Desk, put};
use crate::error::Error;
use crate::fault::Faults;
use crate::launch::tools;
use crate::migrate;
use crate::model::agent::{AgentSettings, OpenHandsAgentSettings};
use crate::model::profile::AgentProfile;
use crate::name::{is_name, stem};

/// How many agent profiles there may be.
const MOST: usize = 50;
const FOLDER: &str = "agent-profiles";
const LOCK: &str = "agent-profiles/.agent-profiles.lock";

/// An agent profile at a glance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct AgentProfileInfo {
    #[serde(default)]
    pub id: Option<String>,
    pub name: String,
    #[serde(default = "openhands")]
    pub agent_kind: String,
    #[serde(default)]
    pub revision: Option<u64>,
    #[serde(default)]
    pub llm_profile_ref: Option<String>,
    #[serde(default)]
    pub mcp_server_refs: Option<Vec<String>>,
}

fn openhands() -> String {
    "openhands".to_owned()
}

/// All agent profiles, and which one is active.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct AgentProfileListResponse {
    pub profiles: Vec<AgentProfileInfo>,
    #[serde(default)]
    pub active_agent_profile_id: Option<String>,
}

/// An agent profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct AgentProfileDetailResponse {
    pub name: String,
    pub profile: Map,
}

/// What became of an agent profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct AgentProfileMutationResponse {
    pub name: String,
    pub message: String,
}

/// What an agent profile is to be called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct RenameAgentProfileRequest {
    #[schemars(length(min = 1, max = 64), regex(pattern = crate::name::PATTERN))]
    pub new_name: String,
}

/// An agent profile became active; settings stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct ActivateAgentProfileResponse {
    pub id: String,
    pub message: String,
    #[serde(default)]
    pub agent_settings_applied: bool,
}

impl Desk {
    /// All agent profiles. One is always active: `default` is made of the settings if there is none.
    pub fn agent_profiles(&self) -> Result<AgentProfileListResponse, Error> {
        self.ensure_active()?;
        Ok(AgentProfileListResponse {
            profiles: self.summaries()?,
            active_agent_profile_id: self.record()?.active_agent_profile_id,
        })
    }

    /// An agent profile as it is kept.
    pub fn agent_profile_detail(&self, name: &str) -> Result<AgentProfileDetailResponse, Error> {
        Ok(AgentProfileDetailResponse {
            name: name.to_owned(),
            profile: self.agent_profile(name)?.json(),
        })
    }

    /// Keeps an agent profile, in place of one of the same name, whose id it takes over.
    pub fn save_agent_profile(
        &self,
        name: &str,
        given: Map,
    ) -> Result<AgentProfileMutationResponse, Error> {
        let profile = self.draft(name, given)?;
        let name_kept = stem(name);
        let document = document(name)?;
        let held = self.hold(LOCK)?;
        let existing = self.summaries()?;
        let namesake = existing.iter().find(|known| known.name == name_kept);
        if namesake.is_none() && existing.len() >= MOST {
            return Err(Error::Conflict(format!(
                "Agent profile limit reached ({MOST}). Delete a profile before saving a new one."
            )));
        }
        let known = namesake.and_then(|it| Uuid::try_parse(it.id.as_deref()?).ok());
        let profile = match known {
            Some(id) => {
                let revision = namesake.and_then(|it| it.revision).unwrap_or_default() + 1;
                profile.kept_as(name_kept, id, revision)
            }
            None => {
                let revision = profile.revision();
                profile.kept_as(name_kept, self.ports.clock.uuid(), revision)
            }
        };
        put(&*held, &document, &profile)?;
        Ok(said(name, format!("Agent profile '{name}' saved")))
    }

    /// Forgets an agent profile. If it was the active one, another becomes active.
    pub fn delete_agent_profile(&self, name: &str) -> Result<AgentProfileMutationResponse, Error> {
        let document = document(name)?;
        let held = self.hold(LOCK)?;
        let all = self.summaries()?;
        let gone = all.into_iter().find(|known| known.name == stem(name));
        held.remove(&document)?;
        drop(held);
        let id = gone.and_then(|gone| gone.id);
        if id.is_some() && self.record()?.active_agent_profile_id == id {
            self.change(|record| {
                record.active_agent_profile_id = None;
                // What an agent of another kind left in the settings goes with its profile; servers are everybody's.
                if let AgentSettings::Acp(settings) = &record.agent {
                    let mut fresh = OpenHandsAgentSettings {
                        mcp_config: settings.mcp_config.clone(),
                        ..OpenHandsAgentSettings::default()
                    };
                    fresh.agent_context.current_datetime = Some(self.now());
                    record.agent = AgentSettings::OpenHands(Box::new(fresh));
                }
                Ok(())
            })?;
            self.ensure_active()?;
        }
        Ok(said(name, format!("Agent profile '{name}' deleted")))
    }

    /// Calls an agent profile something else; its id stays.
    pub fn rename_agent_profile(
        &self,
        name: &str,
        new: &str,
    ) -> Result<AgentProfileMutationResponse, Error> {
        let (from, to) = (document(name)?, document(new)?);
        let held = self.hold(LOCK)?;
        let Some(mut profile) = self.read(&from)? else {
            return Err(not_found(name));
        };
        if from != to {
            if self.ports.shelf.read(&to)?.is_some() {
                return Err(Error::Conflict(format!(
                    "Agent profile '{new}' already exists"
                )));
            }
            profile.insert("name".to_owned(), stem(new).into());
            put(&*held, &to, &profile)?;
            held.remove(&from)?;
        }
        let message = if name == new {
            format!("Agent profile '{name}' unchanged (same name)")
        } else {
            format!("Agent profile '{name}' renamed to '{new}'")
        };
        Ok(said(new, message))
    }

    /// Makes an agent profile the active one; settings stay as they are.
    pub fn activate_agent_profile(&self, id: &str) -> Result<ActivateAgentProfileResponse, Error> {
        if self.agent_profile_name(id)?.is_none() {
            return Err(Error::NotFound(format!(
                "Agent profile with id '{id}' not found"
            )));
        }
        self.change(|record| {
            record.active_agent_profile_id = Some(id.to_owned());
            Ok(())
        })
        .map_err(|error| {
            // Settings that cannot be read are not the caller's fault.
            if matches!(error, Error::Conflict(_)) {
                Error::Damaged("Failed to activate agent profile".to_owned())
            } else {
                error
            }
        })?;
        Ok(ActivateAgentProfileResponse {
            id: id.to_owned(),
            message: format!("Agent profile '{id}' activated"),
            agent_settings_applied: false,
        })
    }

    /// An agent profile.
    pub(crate) fn agent_profile(&self, name: &str) -> Result<AgentProfile, Error> {
        let document = document(name)?;
        let unreadable =
            |reason: String| Error::Refused(format!("Failed to load profile `{name}`: {reason}"));
        match self.read(&document) {
            Ok(Some(given)) => migrate::profile(given)
                .and_then(|given| self.read_profile(given))
                .map_err(|faults| unreadable(faults.to_string())),
            Ok(None) => Err(not_found(name)),
            Err(Error::Damaged(reason)) => Err(unreadable(reason)),
            Err(other) => Err(other),
        }
    }

    /// An agent profile that a client describes, under this name.
    pub(crate) fn draft(&self, name: &str, mut given: Map) -> Result<AgentProfile, Error> {
        given.insert("name".to_owned(), name.into());
        let given = migrate::profile(given).map_err(|faults| {
            tracing::debug!(%faults, "an agent profile is refused");
            Error::Invalid("Invalid agent profile".to_owned())
        })?;
        Ok(self.read_profile(given)?)
    }

    fn read_profile(&self, given: Map) -> Result<AgentProfile, Faults> {
        let mut profile = AgentProfile::read(given, self.ports.clock.uuid())?;
        if let AgentProfile::OpenHands(profile) = &mut profile
            && let Some(chosen) = &profile.tools
        {
            if let Some(tool) = tools::misgiven(chosen) {
                let said = format!("Tool '{}' does not accept parameters", tool.name);
                return Err(Faults::at("openhands.tools", said));
            }
            profile.tools = Some(tools::merged(chosen));
        }
        Ok(profile)
    }

    /// The name of the agent profile with that id.
    pub(crate) fn agent_profile_name(&self, id: &str) -> Result<Option<String>, Error> {
        let mut all = self.summaries()?.into_iter();
        let found = all.find(|known| known.id.as_deref() == Some(id));
        Ok(found.map(|known| known.name))
    }

    /// All agent profiles that are JSON objects, at a glance.
    fn summaries(&self) -> Result<Vec<AgentProfileInfo>, Error> {
        let mut all = Vec::new();
        for name in named(self.ports.shelf.list(FOLDER)?) {
            match self.read(&document(&name)?) {
                Ok(Some(profile)) => all.push(glance(name, &profile)),
                Ok(None) => {}
                Err(error @ Error::Damaged(_)) => {
                    tracing::warn!(%error, "an agent profile is skipped");
                }
                Err(other) => return Err(other),
            }
        }
        Ok(all)
    }

    pub(crate) fn hold_agent_profiles(&self) -> Result<Box<dyn Held + '_>, Error> {
        self.hold(LOCK)
    }

    /// The agent profiles that use a model's profile.
    pub(crate) fn referrers(&self, llm_profile: &str) -> Result<Vec<String>, Error> {
        let refers = |known: &AgentProfileInfo| {
            known.llm_profile_ref.as_deref().map(stem) == Some(stem(llm_profile))
        };
        let all = self.summaries()?.into_iter();
        Ok(all.filter(refers).map(|known| known.name).collect())
    }

    /// Lets the agent profiles that use a model's profile use it under its new name.
    pub(crate) fn repoint(&self, held: &dyn Held, old: &str, new: &str) -> Result<(), Error> {
        for name in self.referrers(old)? {
            let document = document(&name)?;
            if let Some(mut profile) = self.read(&document)? {
                profile.insert("llm_profile_ref".to_owned(), stem(new).into());
                put(held, &document, &profile)?;
            }
        }
        Ok(())
    }
}

fn glance(name: String, profile: &Map) -> AgentProfileInfo {
    let text = |key: &str| profile.get(key).and_then(Value::as_str).map(str::to_owned);
    let agent_kind = text("agent_kind").unwrap_or_else(openhands);
    let refs = profile.get("mcp_server_refs").and_then(Value::as_array);
    AgentProfileInfo {
        id: text("id"),
        name,
        revision: profile.get("revision").and_then(Value::as_u64),
        llm_profile_ref: text("llm_profile_ref").filter(|_| agent_kind == "openhands"),
        mcp_server_refs: refs.map(|refs| {
            let names = refs.iter().filter_map(Value::as_str);
            names.map(str::to_owned).collect()
        }),
        agent_kind,
    }
}

fn said(name: &str, message: String) -> AgentProfileMutationResponse {
    AgentProfileMutationResponse {
        name: name.to_owned(),
        message,
    }
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
    Error::NotFound(format!("Agent profile '{name}' not found"))
}
