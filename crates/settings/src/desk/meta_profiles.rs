//! `meta-profiles/*.json`: which kind of task goes to which model. Routes nothing.

use domain::Map;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::profiles::named;
use super::{Desk, busy, put};
use crate::error::Error;
use crate::model::agent::AgentSettings;
use crate::model::meta::MetaProfile;
use crate::name::{is_name, stem};

/// How many meta-profiles there may be.
const MOST: usize = 50;
const FOLDER: &str = "meta-profiles";
const LOCK: &str = "meta-profiles/.meta-profiles.lock";
const BUSY: &str = "Meta-profile store is busy. Please retry.";

/// A meta-profile at a glance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct MetaProfileInfo {
    pub name: String,
    #[serde(default)]
    pub classifier_model: Option<String>,
    #[serde(default)]
    pub num_classes: u64,
}

/// All meta-profiles, and which one is active.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct MetaProfileListResponse {
    pub meta_profiles: Vec<MetaProfileInfo>,
    #[serde(default)]
    pub active_meta_profile: Option<String>,
}

/// A meta-profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct MetaProfileDetailResponse {
    pub name: String,
    pub config: MetaProfile,
}

/// What became of a meta-profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct MetaProfileMutationResponse {
    pub name: String,
    pub message: String,
}

/// A meta-profile became active, if the agent can be routed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct ActivateMetaProfileResponse {
    pub name: String,
    pub message: String,
    #[serde(default = "yes")]
    pub applied: bool,
}

fn yes() -> bool {
    true
}

impl Desk {
    /// All meta-profiles.
    pub fn meta_profiles(&self) -> Result<MetaProfileListResponse, Error> {
        let mut meta_profiles = Vec::new();
        for name in named(self.ports.shelf.list(FOLDER)?) {
            match self.read(&document(&name)?) {
                Ok(Some(profile)) => meta_profiles.push(glance(name, &profile)),
                Ok(None) => {}
                Err(error @ Error::Damaged(_)) => {
                    tracing::warn!(%error, "a meta-profile is skipped");
                }
                Err(other) => return Err(other),
            }
        }
        Ok(MetaProfileListResponse {
            meta_profiles,
            active_meta_profile: self.record()?.active_meta_profile,
        })
    }

    /// A meta-profile.
    pub fn meta_profile(&self, name: &str) -> Result<MetaProfile, Error> {
        let unreadable = |reason: String| {
            Error::Refused(format!("Failed to load meta-profile `{name}`: {reason}"))
        };
        match self.read(&document(name)?) {
            Ok(Some(given)) => {
                MetaProfile::read(given).map_err(|faults| unreadable(faults.to_string()))
            }
            Ok(None) => Err(Error::NotFound(format!("Meta-profile '{name}' not found"))),
            Err(Error::Damaged(reason)) => Err(unreadable(reason)),
            Err(other) => Err(other),
        }
    }

    /// A meta-profile, with its name.
    pub fn meta_profile_detail(&self, name: &str) -> Result<MetaProfileDetailResponse, Error> {
        Ok(MetaProfileDetailResponse {
            name: name.to_owned(),
            config: self.meta_profile(name)?,
        })
    }

    /// Keeps a meta-profile, in place of one of the same name.
    pub fn save_meta_profile(
        &self,
        name: &str,
        profile: &MetaProfile,
    ) -> Result<MetaProfileMutationResponse, Error> {
        let routable = profile.check().and_then(|()| profile.routes());
        routable.map_err(|faults| faults.under("body"))?;
        let document = document(name)?;
        let held = self.hold(LOCK).map_err(|error| busy(error, BUSY))?;
        let is_new = self.ports.shelf.read(&document)?.is_none();
        if is_new && named(self.ports.shelf.list(FOLDER)?).len() >= MOST {
            return Err(Error::Conflict(format!(
                "Meta-profile limit reached ({MOST}). Delete a meta-profile before saving a new one."
            )));
        }
        put(&*held, &document, profile)?;
        Ok(said(name, format!("Meta-profile '{name}' saved")))
    }

    /// Forgets a meta-profile; if it was active, none is.
    pub fn delete_meta_profile(&self, name: &str) -> Result<MetaProfileMutationResponse, Error> {
        let document = document(name)?;
        let held = self.hold(LOCK).map_err(|error| busy(error, BUSY))?;
        held.remove(&document)?;
        drop(held);
        if self.record()?.active_meta_profile.as_deref() == Some(name) {
            self.change(|record| {
                record.route_with(None);
                if let AgentSettings::OpenHands(settings) = &mut record.agent {
                    settings.meta_profile = None;
                }
                Ok(())
            })?;
        }
        Ok(said(name, format!("Meta-profile '{name}' deleted")))
    }

    /// Lets a meta-profile choose models, if the agent can be routed.
    pub fn activate_meta_profile(&self, name: &str) -> Result<ActivateMetaProfileResponse, Error> {
        let profile = self.meta_profile(name)?;
        let (_, applied) = self.change(|record| {
            record.route_with(Some(name.to_owned()));
            if let AgentSettings::OpenHands(settings) = &mut record.agent {
                settings.meta_profile = Some(profile);
            }
            Ok(record.active_meta_profile.is_some())
        })?;
        let message = if applied {
            format!("Meta-profile '{name}' activated")
        } else {
            format!(
                "Meta-profile '{name}' not activated: the current agent settings cannot route \
                 between models"
            )
        };
        Ok(ActivateMetaProfileResponse {
            name: name.to_owned(),
            message,
            applied,
        })
    }
}

fn glance(name: String, profile: &Map) -> MetaProfileInfo {
    let classes = profile.get("classes").and_then(Value::as_array);
    let model = profile.get("classifier_model").and_then(Value::as_str);
    MetaProfileInfo {
        name,
        classifier_model: model.map(str::to_owned),
        num_classes: classes.map_or(0, |classes| classes.len() as u64),
    }
}

fn said(name: &str, message: String) -> MetaProfileMutationResponse {
    MetaProfileMutationResponse {
        name: name.to_owned(),
        message,
    }
}

fn document(name: &str) -> Result<String, Error> {
    let name = stem(name);
    if !is_name(name) {
        return Err(Error::Refused(format!(
            "Invalid meta-profile name: '{name}'. Names must be 1-64 characters, start with a letter \
             or digit, and contain only letters, digits, '.', '_', or '-'."
        )));
    }
    Ok(format!("{FOLDER}/{name}.json"))
}
