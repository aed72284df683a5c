//! What starting an agent from a profile would do, without starting it: the answer an editor shows.

use domain::Map;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::resolve::{Refusal, filter};
use super::tools;
use crate::desk::Desk;
use crate::error::Error;
use crate::fault::Faults;
use crate::model::agent::AgentSettings;
use crate::model::profile::{AcpAgentProfile, AgentProfile, OpenHandsAgentProfile};
use crate::secrets_in::{self, Exposure, Sort};

/// A profile to look at before it is kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct MaterializeAgentProfileRequest {
    #[schemars(with = "Option<Draft>")]
    pub profile: Option<Value>,
}

/// A profile that is checked when it is read, by the rules of its version.
#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(inline, extend("x-unchecked" = true))]
#[expect(dead_code, reason = "only describes")]
enum Draft {
    OpenHands(Box<OpenHandsAgentProfile>),
    Acp(Box<AcpAgentProfile>),
}

impl MaterializeAgentProfileRequest {
    /// The draft, if one is given.
    pub fn draft(self) -> Result<Option<Map>, Faults> {
        match self.profile {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(draft)) => Ok(Some(draft)),
            Some(_) => Err(Faults::at("body.profile", "profile must be an object")),
        }
    }
}

/// What starting an agent from a profile would do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "fields carry the names of the wire")]
pub struct AgentProfileDiagnostics {
    pub agent_kind: String,
    #[serde(default)]
    pub valid: bool,
    #[serde(default)]
    pub errors: Vec<String>,
    #[serde(default)]
    pub unusable_tools: Vec<String>,
    #[serde(default)]
    pub llm_profile_ref: Option<String>,
    #[serde(default)]
    pub llm_profile_resolved: bool,
    #[serde(default)]
    pub llm_api_key_set: bool,
    #[serde(default)]
    pub mcp_server_refs: Option<Vec<String>>,
    #[serde(default)]
    pub resolved_mcp_config_keys: Vec<String>,
    #[serde(default)]
    pub dangling_mcp_server_refs: Vec<String>,
    #[serde(default)]
    pub disabled_skills: Vec<String>,
    #[serde(default)]
    pub public_skills: Option<Vec<String>>,
    #[serde(default)]
    pub resolved_skills: Vec<String>,
    #[serde(default)]
    pub secret_refs: Option<Vec<String>>,
    #[serde(default)]
    pub acp_api_key_secret_name: Option<String>,
    #[serde(default)]
    pub acp_base_url_secret_name: Option<String>,
    #[serde(default)]
    pub acp_file_secret_names: Vec<String>,
    #[serde(default)]
    pub meta_profile_ref: Option<String>,
    #[serde(default)]
    pub dangling_meta_profile_ref: Option<String>,
    #[serde(default)]
    pub dangling_meta_profile_llm_refs: Vec<String>,
    #[serde(default)]
    pub resolved_settings: Option<Map>,
}

impl Desk {
    /// What starting an agent from a profile would do: the one that is kept, or a draft.
    pub fn materialize(
        &self,
        name: &str,
        draft: Option<Map>,
    ) -> Result<AgentProfileDiagnostics, Error> {
        let profile = match draft {
            Some(draft) => self.draft(name, draft)?,
            None => self.agent_profile(name)?,
        };
        let servers = self.record()?.agent;
        let (given, _) = filter(servers.servers(), profile.server_refs());
        let mut told = AgentProfileDiagnostics {
            agent_kind: profile.kind().to_owned(),
            mcp_server_refs: profile.server_refs().map(<[String]>::to_vec),
            resolved_mcp_config_keys: given.names(),
            secret_refs: profile.secret_refs().map(<[String]>::to_vec),
            ..AgentProfileDiagnostics::default()
        };
        match &profile {
            AgentProfile::OpenHands(profile) => self.tell_choices(profile, &mut told),
            AgentProfile::Acp(profile) => tell_credentials(profile, &mut told),
        }
        match self.resolve(&profile, None) {
            Ok(settings) => self.tell_settings(settings, &mut told)?,
            Err(Refusal::Unresolved(unresolved)) => {
                told.errors.extend(unresolved.problems());
                if let AgentProfile::OpenHands(profile) = &profile
                    && unresolved.llm_profile_ref.is_none()
                {
                    told.llm_profile_resolved = true;
                    let llm = self.llm(&profile.llm_profile_ref);
                    told.llm_api_key_set = llm.is_ok_and(|llm| llm.has_key());
                    told.resolved_skills = names(&self.profile_skills(profile));
                }
                told.dangling_mcp_server_refs = unresolved.mcp_server_refs;
                told.dangling_meta_profile_ref = unresolved.meta_profile_ref;
                told.dangling_meta_profile_llm_refs = unresolved.meta_profile_llm_refs;
            }
            Err(Refusal::Other(error)) => {
                let said = format!("Failed to build agent settings: {error}");
                told.errors.push(said);
            }
        }
        Ok(told)
    }

    fn tell_choices(&self, profile: &OpenHandsAgentProfile, told: &mut AgentProfileDiagnostics) {
        told.llm_profile_ref = Some(profile.llm_profile_ref.clone());
        told.disabled_skills.clone_from(&profile.disabled_skills);
        told.public_skills.clone_from(&profile.public_skills);
        told.meta_profile_ref.clone_from(&profile.meta_profile_ref);
        let usable = |name: &str| match name {
            tools::BROWSER => self.has_browser(),
            other => self.ports.offers.can_use(other),
        };
        let chosen: Vec<String> = match &profile.tools {
            Some(chosen) => chosen.iter().map(|tool| tool.name.clone()).collect(),
            None => vec![tools::BROWSER.to_owned()],
        };
        told.unusable_tools = chosen.into_iter().filter(|name| !usable(name)).collect();
        let failing = told.unusable_tools.iter();
        let failing: Vec<&str> = failing
            .map(String::as_str)
            .filter(|name| *name != tools::BROWSER)
            .collect();
        if !failing.is_empty() {
            let names = failing.join(", ");
            told.errors
                .push(format!("Tool(s) this server cannot run: {names}"));
        }
    }

    /// The settings it would start with, without secrets.
    fn tell_settings(
        &self,
        mut settings: AgentSettings,
        told: &mut AgentProfileDiagnostics,
    ) -> Result<(), Error> {
        if let AgentSettings::OpenHands(settings) = &mut settings {
            told.llm_profile_resolved = true;
            told.llm_api_key_set = settings.llm.has_key();
            let skills = settings.agent_context.skills.iter();
            told.resolved_skills = skills.map(|skill| skill.name.clone()).collect();
            settings.agent_context.load_memory |= self.remembers()?;
            let chosen = tools::chosen(settings.tools.as_deref(), self.has_browser());
            settings.tools = Some(chosen);
        }
        if !told.errors.is_empty() {
            return Ok(());
        }
        let mut shown = settings.open_json();
        secrets_in::show(&mut shown, Sort::Settings, self.vault(), Exposure::Masked)?;
        told.resolved_settings = Some(shown);
        told.valid = true;
        Ok(())
    }
}

/// The secrets a program looks for.
fn tell_credentials(profile: &AcpAgentProfile, told: &mut AgentProfileDiagnostics) {
    if let Some(program) = profile.acp_server.program() {
        told.acp_api_key_secret_name = program.key.map(str::to_owned);
        told.acp_base_url_secret_name = program.address.map(str::to_owned);
        let files = program.files.into_iter();
        told.acp_file_secret_names = files.map(|file| file.secret_name).collect();
    }
}

fn names(skills: &[Map]) -> Vec<String> {
    let names = skills.iter().filter_map(|skill| skill.get("name"));
    names.filter_map(Value::as_str).map(str::to_owned).collect()
}
