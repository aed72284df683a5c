//! Settings as a person reads and changes them, and the servers of the model context protocol among them.

use domain::Map;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

use super::Desk;
use crate::error::Error;
use crate::fault::{Fault, Faults};
use crate::merge;
use crate::migrate::{self, From};
use crate::model::agent::AgentSettings;
use crate::model::conversation::ConversationSettings;
use crate::model::llm::Llm;
use crate::model::mcp::{McpConfig, McpConfigPatch, McpServer};
use crate::record::Record;
use crate::secrets_in::{self, Exposure, Sort, Unopened};

/// Settings, with their secrets as asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct SettingsResponse {
    #[schemars(with = "ShownSettings")]
    pub agent_settings: Map,
    pub conversation_settings: Map,
    pub llm_api_key_is_set: bool,
    #[serde(default)]
    pub active_profile: Option<String>,
    #[serde(default)]
    pub active_agent_profile_id: Option<String>,
    #[serde(default)]
    pub active_meta_profile: Option<String>,
    #[serde(default)]
    pub misc_settings: Map,
}

/// The settings of an agent as far as every agent has them; the rest depends on its kind.
#[derive(JsonSchema)]
#[schemars(inline, rename = "_AgentSettingsContract", extend("additionalProperties" = true))]
#[expect(dead_code, reason = "only describes")]
struct ShownSettings {
    #[schemars(range(min = 1))]
    schema_version: Option<i64>,
    agent_kind: Option<ShownKind>,
    mcp_config: McpConfig,
}

#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[expect(dead_code, reason = "only describes")]
enum ShownKind {
    Openhands,
    Acp,
}

/// What is to change of the settings of an agent. Its faults are found when it is merged, so that no secret is told.
#[derive(JsonSchema)]
#[schemars(
    inline,
    rename = "_AgentSettingsPatchContract",
    extend("additionalProperties" = true, "x-unchecked" = true)
)]
#[expect(dead_code, reason = "only describes")]
struct SettingsChange {
    mcp_config: Option<McpConfigPatch>,
}

/// What is to change. What is left out stays; a null in place of an active thing is none.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct SettingsUpdateRequest {
    #[schemars(with = "Option<SettingsChange>")]
    pub agent_settings_diff: Option<Value>,
    pub conversation_settings_diff: Option<Map>,
    pub misc_settings_diff: Option<Map>,
    #[serde(deserialize_with = "said")]
    #[schemars(extend("pattern" = crate::name::PATTERN))]
    pub active_profile: Option<Option<String>>,
    #[serde(deserialize_with = "said")]
    #[schemars(extend("pattern" = UUID))]
    pub active_agent_profile_id: Option<Option<String>>,
    #[serde(deserialize_with = "said")]
    #[schemars(extend("pattern" = crate::name::PATTERN))]
    pub active_meta_profile: Option<Option<String>>,
}

const UUID: &str = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$";

/// Tells a null from nothing said.
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl SettingsUpdateRequest {
    /// What is to change of the settings of the agent.
    fn change_of_agent(&self) -> Result<Option<&Map>, Faults> {
        match &self.agent_settings_diff {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(diff)) => Ok(Some(diff)),
            Some(_) => Err(Faults(vec![Fault {
                loc: vec!["body".into(), "agent_settings_diff".into()],
                kind: "dict_type".to_owned(),
                message: "Input should be a valid dictionary".to_owned(),
            }])),
        }
    }

    fn says_nothing(&self) -> bool {
        self.agent_settings_diff.is_none()
            && self.conversation_settings_diff.is_none()
            && self.misc_settings_diff.is_none()
            && self.active_profile.is_none()
            && self.active_agent_profile_id.is_none()
            && self.active_meta_profile.is_none()
    }
}

impl Desk {
    /// Settings, with their secrets as asked.
    pub fn settings(&self, exposure: Exposure) -> Result<SettingsResponse, Error> {
        self.show(&self.record()?, exposure)
    }

    /// Changes settings, all of it or nothing.
    pub fn update_settings(
        &self,
        update: SettingsUpdateRequest,
    ) -> Result<SettingsResponse, Error> {
        if update.says_nothing() {
            return Err(Error::Refused(
                "At least one of agent_settings_diff, conversation_settings_diff, \
                 misc_settings_diff, active_profile, active_agent_profile_id, or \
                 active_meta_profile must be provided"
                    .to_owned(),
            ));
        }
        update.change_of_agent()?;
        self.require_targets(&update)?;
        let profile_llm = self.llm_to_apply(&update)?;
        self.apply(|record| {
            let mut update = update;
            if let Some(llm) = profile_llm {
                fold_in(&mut update, llm, record);
            }
            self.merge(record, update)
        })
    }

    /// Adds a server of the model context protocol.
    pub fn add_server(&self, key: &str, server: McpServer) -> Result<SettingsResponse, Error> {
        self.apply(|record| {
            if record.agent.servers().get(key).is_some() {
                return Err(Error::Conflict(format!(
                    "MCP server '{key}' already exists"
                )));
            }
            self.merge_server(record, key, crate::measure::object(&server).into())
        })
    }

    /// Changes a server of the model context protocol; nulls take keys away.
    pub fn change_server(&self, key: &str, change: Map) -> Result<SettingsResponse, Error> {
        self.apply(|record| {
            require_server(record, key)?;
            self.merge_server(record, key, change.into())
        })
    }

    /// Removes a server of the model context protocol.
    pub fn remove_server(&self, key: &str) -> Result<SettingsResponse, Error> {
        self.apply(|record| {
            require_server(record, key)?;
            self.merge_server(record, key, Value::Null)
        })
    }

    fn apply(
        &self,
        change: impl FnOnce(&mut Record) -> Result<(), Error>,
    ) -> Result<SettingsResponse, Error> {
        let (record, ()) = self.change(change)?;
        self.show(&record, Exposure::Masked)
    }

    fn merge_server(&self, record: &mut Record, key: &str, change: Value) -> Result<(), Error> {
        let mut servers = Map::new();
        servers.insert(key.to_owned(), change);
        let mut diff = Map::new();
        diff.insert("mcp_config".to_owned(), servers.into());
        let update = SettingsUpdateRequest {
            agent_settings_diff: Some(diff.into()),
            ..SettingsUpdateRequest::default()
        };
        self.merge(record, update)
    }

    fn merge(&self, record: &mut Record, update: SettingsUpdateRequest) -> Result<(), Error> {
        // What was said may hold secrets, so what is wrong with it is not told.
        let invalid = |_| Error::Invalid("Settings validation failed".to_owned());
        let agent = match update.change_of_agent()? {
            Some(diff) => Some(self.patched(&record.agent, diff.clone()).map_err(invalid)?),
            None => None,
        };
        let conversation = match update.conversation_settings_diff {
            Some(diff) => Some(merged(&record.conversation, diff).map_err(invalid)?),
            None => None,
        };
        if let Some(agent) = agent {
            record.agent = agent;
        }
        if let Some(conversation) = conversation {
            record.conversation = conversation;
        }
        if let Some(diff) = update.misc_settings_diff {
            merge::deep(&mut record.misc, diff);
        }
        if let Some(active) = update.active_profile {
            record.active_profile = active;
        }
        if let Some(active) = update.active_agent_profile_id {
            record.active_agent_profile_id = active;
        }
        if let Some(active) = update.active_meta_profile {
            record.route_with(active);
        }
        record.route_only_where_possible();
        Ok(())
    }

    /// The settings of an agent with changes; another kind of agent begins anew.
    fn patched(&self, agent: &AgentSettings, diff: Map) -> Result<AgentSettings, Error> {
        if diff.is_empty() {
            return Ok(agent.clone());
        }
        let kind = diff.get("agent_kind").and_then(Value::as_str);
        let mut base = match kind.filter(|kind| *kind != agent.kind()) {
            Some(kind) => Map::from_iter([("agent_kind".to_owned(), json!(kind))]),
            None => agent.open_json(),
        };
        merge::patch(&mut base, diff);
        secrets_in::open(&mut base, Sort::Settings, self.vault(), Unopened::Absent)?;
        Ok(self.agent_settings(base, From::Client)?)
    }

    /// An active thing must be there.
    fn require_targets(&self, update: &SettingsUpdateRequest) -> Result<(), Error> {
        if let Some(Some(id)) = &update.active_agent_profile_id
            && self.agent_profile_name(id)?.is_none()
        {
            return Err(Error::NotFound(format!(
                "Agent profile with id '{id}' not found"
            )));
        }
        if let Some(Some(name)) = &update.active_meta_profile {
            self.meta_profile(name)?;
        }
        Ok(())
    }

    /// The model of a profile that becomes active, unless a model is given beside it.
    fn llm_to_apply(&self, update: &SettingsUpdateRequest) -> Result<Option<Map>, Error> {
        let Some(Some(name)) = &update.active_profile else {
            return Ok(None);
        };
        let given = update.change_of_agent()?;
        if given.is_some_and(|diff| diff.contains_key("llm")) {
            return Ok(None);
        }
        Ok(Some(self.llm(name)?.open_json()))
    }

    pub(crate) fn show(
        &self,
        record: &Record,
        exposure: Exposure,
    ) -> Result<SettingsResponse, Error> {
        let mut agent_settings = record.agent.open_json();
        secrets_in::show(&mut agent_settings, Sort::Settings, self.vault(), exposure)?;
        Ok(SettingsResponse {
            agent_settings,
            conversation_settings: crate::measure::object(&record.conversation),
            llm_api_key_is_set: record.agent.llm().is_some_and(|llm| llm.has_key()),
            active_profile: record.active_profile.clone(),
            active_agent_profile_id: record.active_agent_profile_id.clone(),
            active_meta_profile: record.active_meta_profile.clone(),
            misc_settings: record.misc.clone(),
        })
    }
}

fn require_server(record: &Record, key: &str) -> Result<(), Error> {
    match record.agent.servers().get(key) {
        Some(_) => Ok(()),
        None => Err(Error::NotFound(format!("MCP server '{key}' was not found"))),
    }
}

/// Puts the model of a profile into what is to change, where there is a model to change.
fn fold_in(update: &mut SettingsUpdateRequest, llm: Map, record: &Record) {
    let diff = update.agent_settings_diff.get_or_insert_default();
    let kind = diff.get("agent_kind").and_then(Value::as_str);
    if kind.unwrap_or_else(|| record.agent.kind()) == "acp" {
        return;
    }
    if let Value::Object(diff) = diff {
        diff.insert("llm".to_owned(), llm.into());
    } else {
        *diff = json!({ "llm": llm });
    }
}

fn merged(settings: &ConversationSettings, diff: Map) -> Result<ConversationSettings, Error> {
    let mut base = crate::measure::object(settings);
    merge::deep(&mut base, diff);
    Ok(ConversationSettings::read(migrate::conversation(base)?)?)
}

impl Record {
    /// Lets a meta-profile choose models, or none; an agent that cannot be routed has none.
    pub(crate) fn route_with(&mut self, name: Option<String>) {
        match &mut self.agent {
            AgentSettings::OpenHands(settings) => {
                settings.enable_classify_and_switch_llm_tool = name.is_some();
                settings.active_meta_profile.clone_from(&name);
                self.active_meta_profile = name;
            }
            AgentSettings::Acp(_) => self.active_meta_profile = None,
        }
    }

    /// Takes a model over; says whether the agent asks one itself.
    pub(crate) fn take_llm(&mut self, llm: Llm) -> bool {
        match &mut self.agent {
            AgentSettings::OpenHands(settings) => {
                settings.llm = llm;
                true
            }
            AgentSettings::Acp(_) => false,
        }
    }

    /// What cannot be routed does not say that it is.
    pub(crate) fn route_only_where_possible(&mut self) {
        if matches!(self.agent, AgentSettings::Acp(_)) {
            self.active_meta_profile = None;
        }
    }
}
