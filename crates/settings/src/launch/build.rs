//! Builds the agent that settings describe, as conversations show it.

use std::collections::BTreeMap;

use domain::{AgentSpec, MASK, Map, Secret, SecretSource};
use serde_json::{Value, json};

use super::{AgentLaunchAdditions, Launch, LaunchedAgentProfile, tools};
use crate::desk::Desk;
use crate::error::Error;
use crate::fault::Faults;
use crate::measure;
use crate::migrate::From;
use crate::model::acp::FETCH;
use crate::model::agent::{AcpAgentSettings, AgentSettings, OpenHandsAgentSettings};
use crate::model::context::{AgentContext, Skill};
use crate::model::llm::Llm;
use crate::model::parts::{Condenser, Verification};
use crate::secrets_in::{self, Sort, Unopened};

/// Where the critic is, and what it is told of its labels.
const CRITIC: &str = include_str!("../../data/critic.json");

impl Desk {
    /// The agent that `agent_settings` of a start describe. `encrypted` says that their secrets are sealed.
    pub fn launch_settings(
        &self,
        mut given: Map,
        encrypted: bool,
        additions: Option<&AgentLaunchAdditions>,
    ) -> Result<Launch, Error> {
        if additions.is_some_and(|additions| additions.llm_profile_ref.is_some()) {
            let said = "agent_launch_additions.llm_profile_ref needs agent_profile_id";
            return Err(Faults::at("", said).into());
        }
        self.require_key(encrypted)?;
        if encrypted {
            secrets_in::open(&mut given, Sort::Settings, self.vault(), Unopened::Absent)?;
        }
        let condenser = given.get("condenser");
        let said_tokens = condenser.is_some_and(|it| it.get("max_tokens").is_some());
        let settings = self.agent_settings(given, From::Client)?;
        self.launch(settings, said_tokens, None, additions)
    }

    /// An `agent` of a start: sealed secrets opened, those that need not be open sealed again.
    pub fn launch_agent(&self, mut given: Map, encrypted: bool) -> Result<Launch, Error> {
        self.require_key(encrypted)?;
        if encrypted {
            secrets_in::open(&mut given, Sort::Agent, self.vault(), Unopened::Absent)?;
        }
        self.finish(given, None)
    }

    /// The agent that the person's own settings describe.
    pub fn launch_own(&self) -> Result<Launch, Error> {
        self.launch(self.record()?.agent, true, None, None)
    }

    fn require_key(&self, encrypted: bool) -> Result<(), Error> {
        if encrypted && self.vault().seal("").is_none() {
            return Err(Error::Invalid(
                "Cannot decrypt secrets: cipher not configured. Set OH_SECRET_KEY environment \
                 variable."
                    .to_owned(),
            ));
        }
        Ok(())
    }

    pub(super) fn launch(
        &self,
        settings: AgentSettings,
        said_tokens: bool,
        profile: Option<LaunchedAgentProfile>,
        additions: Option<&AgentLaunchAdditions>,
    ) -> Result<Launch, Error> {
        let agent = match settings {
            AgentSettings::OpenHands(mut settings) => {
                add(&mut settings.agent_context, additions)?;
                self.openhands(*settings, said_tokens)?
            }
            AgentSettings::Acp(mut settings) => {
                if additions.is_some() {
                    add(settings.agent_context.get_or_insert_default(), additions)?;
                }
                // Such a program reads its own skills.
                if let Some(context) = &mut settings.agent_context {
                    context.skills.clear();
                    context.load_user_skills = false;
                    context.load_public_skills = false;
                    context.registered_marketplaces.clear();
                }
                acp(*settings)?
            }
        };
        self.finish(agent, profile)
    }

    fn openhands(&self, settings: OpenHandsAgentSettings, said_tokens: bool) -> Result<Map, Error> {
        let chosen = tools::chosen(settings.tools.as_deref(), self.has_browser());
        let split = tools::split(&chosen, route(&settings));
        let condenser = self.condenser(&settings.condenser, &settings.llm, said_tokens)?;
        let agent = json!({
            "llm": settings.llm,
            "tools": split.tools,
            "mcp_config": settings.mcp_config,
            "filter_tools_regex": null,
            "include_default_tools": split.classes,
            "agent_context": settings.agent_context,
            "system_prompt": null,
            "system_prompt_filename": "system_prompt.j2",
            "security_policy_filename": "security_policy.j2",
            "system_prompt_kwargs": { "llm_security_analyzer": true },
            "condenser": condenser,
            "critic": critic(&settings.verification, &settings.llm),
            "tool_concurrency_limit": settings.tool_concurrency_limit,
            "persona": settings.persona,
            "kind": "Agent",
        });
        Ok(measure::object(&agent))
    }

    /// A condenser that nobody told how much a history may hold is told what its model takes.
    fn condenser(
        &self,
        condenser: &Condenser,
        llm: &Llm,
        said_tokens: bool,
    ) -> Result<Value, Error> {
        let settings = match condenser {
            Condenser::NoOp(settings) if settings.enabled => {
                return Ok(json!({ "kind": "NoOpCondenser" }));
            }
            Condenser::Summarizing(settings) if settings.enabled => settings,
            Condenser::NoOp(_) | Condenser::Summarizing(_) => return Ok(Value::Null),
        };
        let llm = Llm {
            usage_id: "condenser".to_owned(),
            // Nobody watches a summary being made.
            stream: false,
            ..llm.clone()
        };
        let max_tokens = match settings.max_tokens {
            None if !said_tokens => self.window(&llm)?,
            given => given,
        };
        Ok(json!({
            "llm": llm,
            "max_size": settings.max_size,
            "max_tokens": max_tokens,
            "keep_first": settings.keep_first,
            "minimum_progress": settings.minimum_progress,
            "hard_context_reset_max_retries": settings.hard_context_reset_max_retries,
            "hard_context_reset_context_scaling": settings.hard_context_reset_context_scaling,
            "kind": "LLMSummarizingCondenser",
        }))
    }

    /// How much a model takes, where that is known.
    fn window(&self, llm: &Llm) -> Result<Option<u64>, Error> {
        if llm.max_input_tokens.is_some() {
            return Ok(llm.max_input_tokens);
        }
        // A model that cannot be made yet says so when it is asked, not here.
        let made = self.ports.outfit.llm(&llm.spec()?).ok();
        Ok(made.and_then(|llm| llm.features().max_input_tokens))
    }

    pub(super) fn has_browser(&self) -> bool {
        let offered = self.ports.offers.tools.iter();
        offered
            .filter(|tool| tool.usable)
            .any(|tool| tool.name == tools::BROWSER)
    }

    /// Whether the person wants agents to remember.
    pub(super) fn remembers(&self) -> Result<bool, Error> {
        Ok(match &self.record()?.agent {
            AgentSettings::OpenHands(settings) => settings.agent_context.load_memory,
            AgentSettings::Acp(settings) => {
                let context = settings.agent_context.as_ref();
                context.is_some_and(|context| context.load_memory)
            }
        })
    }

    /// An agent that is told the time is told the present one, and all remember if the person wants that.
    fn settle_context(&self, agent: &mut Map) -> Result<(), Error> {
        let context = agent.entry("agent_context").or_insert(Value::Null);
        if self.remembers()? {
            if context.is_null() {
                *context = json!(AgentContext::default());
            }
            if let Value::Object(context) = context {
                context.insert("load_memory".to_owned(), true.into());
            }
        }
        if let Some(told) = context.get_mut("current_datetime")
            && told.as_str().is_some_and(is_moment)
        {
            *told = self.now().into();
        }
        Ok(())
    }

    /// Parts an agent from its secrets.
    fn finish(
        &self,
        mut agent: Map,
        profile: Option<LaunchedAgentProfile>,
    ) -> Result<Launch, Error> {
        self.settle_context(&mut agent)?;
        let context = agent.get("agent_context");
        let given = context.and_then(|context| context.get("secrets"));
        let secrets = given.and_then(Value::as_object).map(sources);
        // Conversations seal what they use themselves; of the rest they do not know that it is secret.
        secrets_in::keep(&mut agent, Sort::Kept, self.vault());
        if self.vault().seal("").is_none() {
            secrets_in::mask(&mut agent, Sort::Kept);
        }
        let agent: AgentSpec = serde_json::from_value(Value::Object(agent))
            .map_err(|error| Faults::at("", error.to_string()))?;
        Ok(Launch {
            agent,
            secrets: secrets.unwrap_or_default(),
            profile,
        })
    }
}

/// What lets a meta-profile choose the model, if one does.
fn route(settings: &OpenHandsAgentSettings) -> Option<Map> {
    if !settings.enable_classify_and_switch_llm_tool {
        return None;
    }
    let mut params = Map::new();
    if let Some(name) = &settings.active_meta_profile {
        params.insert("active_meta_profile".to_owned(), json!(name));
    }
    if let Some(profile) = &settings.meta_profile {
        params.insert("meta_profile".to_owned(), json!(profile));
    }
    if !settings.meta_profile_llms.is_empty() {
        let llms = json!(settings.meta_profile_llms);
        params.insert("meta_profile_llms".to_owned(), llms);
    }
    Some(params)
}

/// What judges the agent's work, if something does and has a key.
fn critic(verification: &Verification, llm: &Llm) -> Value {
    let policy = &verification.policy;
    let key = verification
        .critic_api_key
        .as_ref()
        .or(llm.api_key.as_ref());
    let (true, Some(key)) = (policy.critic_enabled, key) else {
        return Value::Null;
    };
    let Ok(Value::Object(mut critic)) = serde_json::from_str(CRITIC) else {
        return Value::Null;
    };
    let mut say = |name: &str, value: Value| critic.insert(name.to_owned(), value);
    say("api_key", json!(key));
    say("mode", json!(policy.critic_mode));
    if policy.enable_iterative_refinement {
        let refinement = json!({
            "success_threshold": policy.critic_threshold,
            "max_iterations": policy.max_refinement_iterations,
        });
        say("iterative_refinement", refinement);
    }
    if let Some(url) = &policy.critic_server_url {
        say("server_url", json!(url));
    }
    if let Some(model) = &policy.critic_model_name {
        say("model_name", json!(model));
    }
    critic.into()
}

/// The agent behind the agent client protocol.
fn acp(settings: AcpAgentSettings) -> Result<Map, Error> {
    let command = if settings.acp_command.is_empty() {
        let Some(program) = settings.acp_server.program() else {
            return Err(Error::Launch(
                "ACPAgentSettings.acp_command must be set when acp_server='custom' — there is no \
                 default to fall back to"
                    .to_owned(),
            ));
        };
        let words = FETCH.iter().chain(program.command);
        words.map(|word| (*word).to_owned()).collect()
    } else {
        settings.acp_command
    };
    let mut llm = Llm {
        model: "acp-managed".to_owned(),
        usage_id: "acp-managed".to_owned(),
        ..Llm::default()
    };
    if let Some(model) = &settings.acp_model {
        llm.model.clone_from(model);
    }
    let agent = json!({
        "llm": llm,
        "tools": [],
        "mcp_config": settings.mcp_config,
        "filter_tools_regex": null,
        "include_default_tools": [],
        "agent_context": settings.agent_context,
        "system_prompt": null,
        "system_prompt_filename": "system_prompt.j2",
        "security_policy_filename": "security_policy.j2",
        "system_prompt_kwargs": {},
        "condenser": null,
        "critic": null,
        "tool_concurrency_limit": 1,
        "acp_command": command,
        "acp_server": settings.acp_server,
        "acp_args": settings.acp_args,
        "acp_session_mode": settings.acp_session_mode,
        "acp_prompt_timeout": settings.acp_prompt_timeout,
        "acp_startup_timeout": settings.acp_startup_timeout,
        "acp_model": settings.acp_model,
        "acp_resume_session_id": null,
        "acp_file_secrets": settings.acp_file_secrets,
        "acp_isolate_data_dir": settings.acp_isolate_data_dir,
        "kind": "ACPAgent",
    });
    Ok(measure::object(&agent))
}

/// What the one who starts a conversation adds: words at the end, and skills that are neither there nor switched off.
fn add(context: &mut AgentContext, additions: Option<&AgentLaunchAdditions>) -> Result<(), Error> {
    let Some(additions) = additions else {
        return Ok(());
    };
    let more = additions.system_message_suffix_append.as_deref();
    if let Some(more) = more.map(str::trim).filter(|more| !more.is_empty()) {
        let existing = context.system_message_suffix.as_deref().map(str::trim);
        let suffix = match existing.filter(|existing| !existing.is_empty()) {
            Some(existing) => format!("{existing}\n\n{more}"),
            None => more.to_owned(),
        };
        context.system_message_suffix = Some(suffix);
    }
    for given in additions.skills.iter().flatten() {
        let skill: Skill = measure::read(given.clone())?;
        let known = context.skills.iter().any(|known| known.name == skill.name);
        if !known && !context.disabled_skills.contains(&skill.name) {
            context.skills.push(skill);
        }
    }
    Ok(())
}

/// Secrets of a context as conversations know them.
fn sources(given: &Map) -> BTreeMap<String, SecretSource> {
    let source = |value: &Value| match value {
        Value::String(text) if text != MASK => Some(SecretSource::StaticSecret {
            description: None,
            value: Some(Secret::from(text.as_str())),
        }),
        Value::Object(_) => serde_json::from_value(value.clone()).ok(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            None
        }
    };
    let named = given.iter();
    named
        .filter_map(|(name, value)| Some((name.clone(), source(value)?)))
        .collect()
}

/// Whether a text is a moment, and not words about time.
fn is_moment(text: &str) -> bool {
    let zoned = text.parse::<jiff::Timestamp>().is_ok();
    zoned || text.parse::<jiff::civil::DateTime>().is_ok()
}
