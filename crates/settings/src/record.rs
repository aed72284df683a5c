//! `settings.json`: the settings of agents and conversations, and what is active. Knows no request.

use domain::Map;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::desk::{self, Desk};
use crate::error::Error;
use crate::fault::Faults;
use crate::migrate::{self, From};
use crate::model::agent::AgentSettings;
use crate::model::conversation::ConversationSettings;
use crate::secrets_in::{self, Sort, Unopened};

/// The version of the document.
const VERSION: u64 = 6;
const DOCUMENT: &str = "settings.json";
const LOCK: &str = ".settings.lock";

/// Why settings are not written over.
pub(crate) const DAMAGED: &str = "Settings file is corrupted or encrypted with a different key: \
    restore that key as OH_SECRET_KEY or add it to OH_PREVIOUS_SECRET_KEYS";

/// What `settings.json` holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Record {
    pub agent: AgentSettings,
    pub conversation: ConversationSettings,
    pub active_profile: Option<String>,
    pub active_agent_profile_id: Option<String>,
    pub active_meta_profile: Option<String>,
    pub misc: Map,
}

/// As it is written.
#[derive(Serialize, Deserialize)]
struct Written {
    #[serde(default)]
    schema_version: Option<u64>,
    #[serde(default)]
    agent_settings: Map,
    #[serde(default)]
    conversation_settings: Map,
    #[serde(default)]
    active_profile: Option<String>,
    #[serde(default)]
    active_agent_profile_id: Option<String>,
    #[serde(default)]
    active_meta_profile: Option<String>,
    #[serde(default)]
    misc_settings: Map,
}

impl Desk {
    /// Settings as they are; the usual ones if there are none, or none that can be read.
    pub(crate) fn record(&self) -> Result<Record, Error> {
        match self.load(Unopened::Absent) {
            Err(Error::Damaged(reason)) => {
                tracing::error!(reason, "settings cannot be read; the usual ones are used");
                self.usual()
            }
            other => other,
        }
    }

    /// Changes settings; nobody else does meanwhile. What cannot be read is not written over.
    pub(crate) fn change<T>(
        &self,
        change: impl FnOnce(&mut Record) -> Result<T, Error>,
    ) -> Result<(Record, T), Error> {
        let held = self.hold(LOCK)?;
        let mut record = self.load(Unopened::Damage).map_err(|error| {
            error.on_damage(|reason| {
                tracing::error!(reason, "settings are not written over");
                Error::Conflict(DAMAGED.to_owned())
            })
        })?;
        let done = change(&mut record)?;
        desk::put(&*held, DOCUMENT, &self.written(&record))?;
        Ok((record, done))
    }

    /// Seals the settings anew, so that the keys of old are no longer needed.
    pub(crate) fn reseal_record(&self) -> Result<(), Error> {
        if self.ports.shelf.read(DOCUMENT)?.is_none() {
            return Ok(());
        }
        self.change(|_| Ok(())).map(drop)
    }

    fn usual(&self) -> Result<Record, Error> {
        Ok(Record {
            agent: self.agent_settings(Map::new(), From::Disk)?,
            conversation: ConversationSettings::default(),
            active_profile: None,
            active_agent_profile_id: None,
            active_meta_profile: None,
            misc: Map::new(),
        })
    }

    fn load(&self, unopened: Unopened) -> Result<Record, Error> {
        let Some(map) = self.read(DOCUMENT)? else {
            return self.usual();
        };
        let bad = |error: Error| desk::damaged(DOCUMENT, &error.to_string());
        migrate::version(&map, VERSION, "PersistedSettings")
            .map_err(|faults| bad(faults.into()))?;
        let mut written: Written = serde_json::from_value(Value::Object(map))
            .map_err(|error| desk::damaged(DOCUMENT, &error.to_string()))?;
        let agent = &mut written.agent_settings;
        secrets_in::open(agent, Sort::Settings, self.vault(), unopened)?;
        let conversation = migrate::conversation(written.conversation_settings);
        Ok(Record {
            agent: self
                .agent_settings(written.agent_settings, From::Disk)
                .map_err(|faults| bad(faults.into()))?,
            conversation: conversation
                .and_then(ConversationSettings::read)
                .map_err(|faults| bad(faults.into()))?,
            active_profile: written.active_profile,
            active_agent_profile_id: written.active_agent_profile_id,
            active_meta_profile: written.active_meta_profile,
            misc: written.misc_settings,
        })
    }

    fn written(&self, record: &Record) -> Written {
        let mut agent_settings = record.agent.open_json();
        secrets_in::keep(&mut agent_settings, Sort::Settings, self.vault());
        Written {
            schema_version: Some(VERSION),
            agent_settings,
            conversation_settings: crate::measure::object(&record.conversation),
            active_profile: record.active_profile.clone(),
            active_agent_profile_id: record.active_agent_profile_id.clone(),
            active_meta_profile: record.active_meta_profile.clone(),
            misc_settings: record.misc.clone(),
        }
    }

    /// The settings of an agent: brought up to date, checked, filled in.
    pub(crate) fn agent_settings(&self, given: Map, from: From) -> Result<AgentSettings, Faults> {
        let mut given = migrate::agent(given, from)?;
        let is_acp = given.get("agent_kind").and_then(Value::as_str) == Some("acp");
        // An agent is told the time unless somebody said not to.
        let context = given.entry("agent_context").or_insert_with(|| {
            if is_acp {
                Value::Null
            } else {
                Map::new().into()
            }
        });
        if let Value::Object(context) = context {
            context
                .entry("current_datetime")
                .or_insert_with(|| self.now().into());
        }
        AgentSettings::read(given)
    }
}
