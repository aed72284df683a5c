//! The agent profile that is made of the settings when there is none, so that every start has one.

use super::{Desk, FOLDER, LOCK, MOST};
use crate::desk::put;
use crate::error::Error;
use crate::model::agent::AgentSettings;
use crate::model::llm::{AuthType, Llm};
use crate::model::profile::{self, AcpAgentProfile, AgentProfile, OpenHandsAgentProfile};

/// What the profile made of the settings is called, and the model's profile it uses if none is active.
const SEED: &str = "default";

impl Desk {
    /// Lets an agent profile be active that is there: `default`, made if need be, or the first that can be read.
    pub(crate) fn ensure_active(&self) -> Result<(), Error> {
        if self.is_active_there()? {
            return Ok(());
        }
        let held = self.hold(LOCK)?;
        if self.is_active_there()? {
            return Ok(());
        }
        let id = match self.agent_profile(SEED) {
            Ok(profile) => Some(profile.id().to_string()),
            Err(Error::NotFound(_)) if self.summaries()?.len() < MOST => {
                let profile = self.seed()?;
                put(&*held, &format!("{FOLDER}/{SEED}.json"), &profile)?;
                Some(profile.id().to_string())
            }
            Err(Error::NotFound(_) | Error::Refused(_)) => {
                let others = self.summaries()?.into_iter();
                let mut others = others.filter(|known| known.name != SEED);
                others.find_map(|known| known.id)
            }
            Err(other) => return Err(other),
        };
        let Some(id) = id else { return Ok(()) };
        self.change(|record| {
            record.active_agent_profile_id = Some(id);
            Ok(())
        })
        .map(drop)
    }

    fn is_active_there(&self) -> Result<bool, Error> {
        match self.record()?.active_agent_profile_id {
            Some(id) => Ok(self.agent_profile_name(&id)?.is_some()),
            None => Ok(false),
        }
    }

    /// A profile that starts the same agent as the settings do.
    fn seed(&self) -> Result<AgentProfile, Error> {
        let record = self.record()?;
        let id = self.ports.clock.uuid();
        let settings = match record.agent {
            AgentSettings::Acp(settings) => {
                let command = settings.acp_command.iter().map(|word| quoted(word));
                let command: Vec<String> = command.collect();
                let args = settings.acp_args;
                return Ok(AgentProfile::Acp(Box::new(AcpAgentProfile {
                    schema_version: profile::VERSION,
                    agent_kind: settings.agent_kind,
                    id,
                    name: SEED.to_owned(),
                    revision: 0,
                    mcp_server_refs: None,
                    secret_refs: None,
                    acp_server: settings.acp_server,
                    acp_model: settings.acp_model,
                    acp_session_mode: settings.acp_session_mode,
                    acp_prompt_timeout: settings.acp_prompt_timeout,
                    acp_startup_timeout: settings.acp_startup_timeout,
                    acp_command: (!command.is_empty()).then(|| command.join(" ")),
                    acp_args: (!args.is_empty()).then_some(args),
                })));
            }
            AgentSettings::OpenHands(settings) => settings,
        };
        let active = record.active_profile.filter(|name| !name.is_empty());
        let llm_profile_ref = match active {
            Some(name) => name,
            None => self.seed_llm(&settings.llm)?,
        };
        Ok(AgentProfile::OpenHands(Box::new(OpenHandsAgentProfile {
            schema_version: profile::VERSION,
            agent_kind: settings.agent_kind,
            id,
            name: SEED.to_owned(),
            revision: 0,
            mcp_server_refs: None,
            secret_refs: None,
            llm_profile_ref,
            agent: settings.agent,
            tools: settings.tools,
            persona: settings.persona,
            system_message_suffix: settings.agent_context.system_message_suffix,
            disabled_skills: settings.agent_context.disabled_skills,
            public_skills: None,
            condenser: settings.condenser,
            verification: settings.verification.policy,
            enable_classify_and_switch_llm_tool: settings.enable_classify_and_switch_llm_tool,
            meta_profile_ref: settings.active_meta_profile,
            tool_concurrency_limit: settings.tool_concurrency_limit,
        })))
    }

    /// Keeps the model of the settings under a name, if a person set one up and the name is free.
    fn seed_llm(&self, llm: &Llm) -> Result<String, Error> {
        let says_something =
            |text: &Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
        let set_up = llm.has_key()
            || llm.is_subscription
            || llm.auth_type == AuthType::Subscription
            || says_something(&llm.base_url);
        match self.stored_llm(SEED) {
            Err(Error::NotFound(_)) if set_up => match self.keep_llm(SEED, llm, true) {
                // No room for it; what refers to it will say so.
                Ok(()) | Err(Error::Conflict(_)) => {}
                Err(other) => return Err(other),
            },
            Ok(_) | Err(Error::NotFound(_) | Error::Refused(_)) => {}
            Err(other) => return Err(other),
        }
        Ok(SEED.to_owned())
    }
}

/// A word as a shell reads it back.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r#"'"'"'"#))
}
