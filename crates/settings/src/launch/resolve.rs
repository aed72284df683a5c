//! Looks up what an agent profile refers to: its model, its servers, its skills, its meta-profile.

use domain::Map;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::{AgentLaunchAdditions, Launch, LaunchedAgentProfile, tools};
use crate::desk::Desk;
use crate::error::Error;
use crate::migrate::From;
use crate::model::agent::{AgentSettings, VERSION};
use crate::model::llm::Llm;
use crate::model::mcp::McpServer;
use crate::model::meta::MetaProfile;
use crate::model::named::Named;
use crate::model::profile::{AcpAgentProfile, AgentProfile, OpenHandsAgentProfile};

/// What a profile refers to and is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Unresolved {
    /// The model's profile.
    pub llm_profile_ref: Option<String>,
    /// Servers.
    pub mcp_server_refs: Vec<String>,
    /// The meta-profile.
    pub meta_profile_ref: Option<String>,
    /// The profiles of models that the meta-profile chooses from.
    pub meta_profile_llm_refs: Vec<String>,
}

impl Unresolved {
    /// A sentence each.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if let Some(name) = &self.llm_profile_ref {
            problems.push(format!("LLM profile '{name}' not found"));
        }
        if !self.mcp_server_refs.is_empty() {
            let names = self.mcp_server_refs.join(", ");
            problems.push(format!("MCP server(s) not configured: {names}"));
        }
        if let Some(name) = &self.meta_profile_ref {
            problems.push(format!("Meta-profile '{name}' not found"));
        }
        if !self.meta_profile_llm_refs.is_empty() {
            let names = self.meta_profile_llm_refs.join(", ");
            problems.push(format!(
                "LLM profile(s) routed to by the meta-profile not found: {names}"
            ));
        }
        problems
    }

    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// Why a profile starts nothing.
pub(super) enum Refusal {
    /// What it refers to is not there.
    Unresolved(Unresolved),
    /// Something else.
    Other(Error),
}

impl<E: Into<Error>> std::convert::From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

/// What a meta-profile chooses from.
#[derive(Default)]
struct Routing {
    profile: Option<MetaProfile>,
    llms: Named<Llm>,
    missing_profile: Option<String>,
    missing_llms: Vec<String>,
}

impl Desk {
    /// The agent of an agent profile, by its id.
    pub fn launch_profile(
        &self,
        id: Uuid,
        additions: Option<&AgentLaunchAdditions>,
    ) -> Result<Launch, Error> {
        let unknown = || Error::NotFound(format!("Agent profile with id '{id}' not found"));
        let name = self.agent_profile_name(&id.to_string())?;
        let profile = self.agent_profile(&name.ok_or_else(unknown)?)?;
        let other_llm = additions.and_then(|additions| additions.llm_profile_ref.clone());
        let settings =
            self.resolve(&profile, other_llm.as_deref())
                .map_err(|refusal| match refusal {
                    Refusal::Unresolved(unresolved) => Error::Unresolved(unresolved),
                    Refusal::Other(other) => other,
                })?;
        let launched = LaunchedAgentProfile {
            agent_profile_id: profile.id(),
            revision: profile.revision(),
            secret_refs: profile.secret_refs().map(<[String]>::to_vec),
            llm_profile_ref: other_llm,
        };
        self.launch(settings, true, Some(launched), additions)
    }

    /// The settings that a profile stands for, with everything it refers to.
    pub(super) fn resolve(
        &self,
        profile: &AgentProfile,
        other_llm: Option<&str>,
    ) -> Result<AgentSettings, Refusal> {
        let record = self.record()?;
        let (servers, missing) = filter(record.agent.servers(), profile.server_refs());
        let mut unresolved = Unresolved {
            mcp_server_refs: missing,
            ..Unresolved::default()
        };
        let profile = match profile {
            AgentProfile::Acp(_) if other_llm.is_some() => {
                return Err(Error::Launch(
                    "agent_launch_additions.llm_profile_ref applies only to an OpenHands Agent \
                     Profile"
                        .to_owned(),
                )
                .into());
            }
            AgentProfile::Acp(_) if !unresolved.is_nothing() => {
                return Err(Refusal::Unresolved(unresolved));
            }
            AgentProfile::Acp(profile) => return Ok(self.acp_settings(profile, &servers)?),
            AgentProfile::OpenHands(profile) => profile,
        };
        let name = other_llm.unwrap_or(&profile.llm_profile_ref);
        let llm = self.llm_if_there(name)?;
        let routing = self.routing(profile)?;
        unresolved.llm_profile_ref = llm.is_none().then(|| name.to_owned());
        unresolved.meta_profile_ref = routing.missing_profile;
        unresolved.meta_profile_llm_refs = routing.missing_llms;
        let Some(mut llm) = llm.filter(|_| unresolved.is_nothing()) else {
            return Err(Refusal::Unresolved(unresolved));
        };
        llm.stream = true;
        let critic_key = match &record.agent {
            AgentSettings::OpenHands(settings) => settings.verification.critic_api_key.clone(),
            AgentSettings::Acp(_) => None,
        };
        let tools = profile.tools.clone().map(tools::scoped);
        let mut verification = crate::measure::object(&profile.verification);
        verification.insert("critic_api_key".to_owned(), json!(critic_key));
        let settings = json!({
            "schema_version": VERSION,
            "agent_kind": "openhands",
            "agent": profile.agent,
            "llm": llm,
            "mcp_config": servers,
            "tools": tools,
            "persona": profile.persona,
            "agent_context": {
                "skills": self.profile_skills(profile),
                "system_message_suffix": profile.system_message_suffix,
                "load_project_skills": true,
                "disabled_skills": profile.disabled_skills,
            },
            "condenser": profile.condenser,
            "verification": verification,
            "enable_classify_and_switch_llm_tool": profile.enable_classify_and_switch_llm_tool,
            "active_meta_profile": profile.meta_profile_ref,
            "meta_profile": routing.profile,
            "meta_profile_llms": routing.llms,
            "tool_concurrency_limit": profile.tool_concurrency_limit,
        });
        Ok(self.agent_settings(crate::measure::object(&settings), From::Client)?)
    }

    fn acp_settings(
        &self,
        profile: &AcpAgentProfile,
        servers: &Named<McpServer>,
    ) -> Result<AgentSettings, Error> {
        let given = profile.acp_command.as_deref().unwrap_or_default();
        let command =
            words(given).ok_or_else(|| Error::Launch("No closing quotation".to_owned()))?;
        if command.is_empty() && profile.acp_server.program().is_none() {
            return Err(Error::Launch(
                "acp_command is required when acp_server='custom' — there is no default launch \
                 command to fall back to"
                    .to_owned(),
            ));
        }
        let settings = json!({
            "schema_version": VERSION,
            "agent_kind": "acp",
            "acp_server": profile.acp_server,
            "acp_model": profile.acp_model,
            "acp_session_mode": profile.acp_session_mode,
            "acp_prompt_timeout": profile.acp_prompt_timeout,
            "acp_startup_timeout": profile.acp_startup_timeout,
            "acp_command": command,
            "acp_args": profile.acp_args.clone().unwrap_or_default(),
            "mcp_config": servers,
            "agent_context": { "current_datetime": null },
        });
        Ok(self.agent_settings(crate::measure::object(&settings), From::Client)?)
    }

    /// The model of a profile; nothing if there is no such profile.
    fn llm_if_there(&self, name: &str) -> Result<Option<Llm>, Error> {
        match self.llm(name) {
            Ok(llm) => Ok(Some(llm)),
            Err(Error::NotFound(_)) => Ok(None),
            Err(Error::Invalid(reason)) => {
                Err(Error::Launch(format!("LLM profile '{name}': {reason}")))
            }
            Err(Error::Refused(reason)) => {
                let said = format!("Could not load LLM profile '{name}': {reason}");
                Err(Error::Damaged(said))
            }
            Err(other) => Err(other),
        }
    }

    fn routing(&self, profile: &OpenHandsAgentProfile) -> Result<Routing, Error> {
        let mut routing = Routing::default();
        let name = profile.meta_profile_ref.as_deref();
        let Some(name) = name.filter(|_| profile.enable_classify_and_switch_llm_tool) else {
            return Ok(routing);
        };
        let meta = match self.meta_profile(name) {
            Ok(meta) => meta,
            Err(Error::NotFound(_)) => {
                routing.missing_profile = Some(name.to_owned());
                return Ok(routing);
            }
            Err(Error::Refused(reason)) => {
                let said = format!("Could not load meta-profile '{name}': {reason}");
                return Err(Error::Damaged(said));
            }
            Err(other) => return Err(other),
        };
        let classes = meta.classes.iter().map(|class| &class.model);
        for name in std::iter::once(&meta.classifier_model).chain(classes) {
            if routing.llms.get(name).is_some() || routing.missing_llms.contains(name) {
                continue;
            }
            match self.llm_if_there(name)? {
                Some(llm) => routing.llms.insert(name.clone(), llm),
                None => routing.missing_llms.push(name.clone()),
            }
        }
        if meta.prompt_template.is_some() {
            // A prompt may choose any profile; one that cannot be read is not chosen.
            for name in self.profile_names()? {
                if routing.llms.get(&name).is_none()
                    && let Ok(Some(llm)) = self.llm_if_there(&name)
                {
                    routing.llms.insert(name, llm);
                }
            }
        }
        routing.profile = Some(meta);
        Ok(routing)
    }

    /// The skills of the catalogue that a profile has not switched off, each name once.
    pub(super) fn profile_skills(&self, profile: &OpenHandsAgentProfile) -> Vec<Map> {
        let mut by_name: Named<Map> = Named::default();
        for skill in (self.ports.skills)() {
            if let Some(name) = skill.get("name").and_then(|name| name.as_str()) {
                by_name.insert(name.to_owned(), skill);
            }
        }
        let chosen = profile.public_skills.as_ref();
        let stays = |name: &str| {
            !profile.disabled_skills.iter().any(|off| off == name)
                && chosen.is_none_or(|names| names.iter().any(|known| known == name))
        };
        let all = by_name.iter().filter(|(name, _)| stays(name));
        all.map(|(_, skill)| skill.clone()).collect()
    }
}

/// The servers a profile is given, and those it names that are not there.
pub(super) fn filter(
    servers: &Named<McpServer>,
    refs: Option<&[String]>,
) -> (Named<McpServer>, Vec<String>) {
    let Some(refs) = refs else {
        return (servers.clone(), Vec::new());
    };
    let mut given = Named::default();
    let mut missing: Vec<String> = Vec::new();
    for name in refs {
        match servers.get(name) {
            Some(server) => given.insert(name.clone(), server.clone()),
            None if missing.contains(name) => {}
            None => missing.push(name.clone()),
        }
    }
    (given, missing)
}

/// The words of a command as a shell reads them; nothing if a quotation does not end.
fn words(command: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = command.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' | '"' => {
                let quoted = word.get_or_insert_default();
                loop {
                    match letters.next()? {
                        end if end == letter => break,
                        '\\' if letter == '"' => match letters.next()? {
                            escaped @ ('"' | '\\') => quoted.push(escaped),
                            other => quoted.extend(['\\', other]),
                        },
                        other => quoted.push(other),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(letters.next()?),
            blank if blank.is_whitespace() => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Some(words)
}
