//! How the commands of the port are put to a server: which operation, and which body. Sends nothing.

use domain::{Command, CommandError, Goal, Setting, Start, StuckThresholds, Vault};
use reqwest::Method;
use serde_json::{Value, json};

/// One request.
pub(super) struct Asked {
    /// How.
    pub(super) method: Method,
    /// Which operation of the conversation: what follows its own address.
    pub(super) operation: &'static str,
    /// With what.
    pub(super) body: Value,
}

impl Asked {
    fn post(operation: &'static str, body: Value) -> Self {
        Self {
            method: Method::POST,
            operation,
            body,
        }
    }

    fn patch(body: Value) -> Self {
        Self {
            method: Method::PATCH,
            operation: "",
            body,
        }
    }
}

/// Writes secrets as they are: they are needed where they are sent.
struct Open;

impl Vault for Open {
    fn seal(&self, plain: &str) -> Option<String> {
        Some(plain.to_owned())
    }

    fn unseal(&self, _: &str) -> Option<String> {
        None
    }
}

fn unheard(what: &str) -> CommandError {
    CommandError::Invalid(format!("a server cannot be told {what}; leave it out"))
}

fn written(value: &impl serde::Serialize) -> Result<Value, CommandError> {
    serde_json::to_value(value).map_err(|error| CommandError::Invalid(error.to_string()))
}

/// What a conversation is started with.
pub(super) fn start(start: &Start) -> Result<Value, CommandError> {
    if start.max_budget_per_run.is_some() {
        return Err(unheard("what a run may cost"));
    }
    if start.stuck_thresholds != StuckThresholds::default() {
        return Err(unheard("what counts as a circle"));
    }
    if start.title_llm.is_some() || start.title_prompt.is_some() {
        return Err(unheard("who names a conversation"));
    }
    let start = start.sealed(&Open);
    let mut body = start.rest.clone();
    let told = json!({
        "conversation_id": start.id,
        "agent": written(&start.agent)?,
        "workspace": written(&start.workspace)?,
        "confirmation_policy": written(&start.confirmation_policy)?,
        "security_analyzer": start.security_analyzer,
        "max_iterations": start.max_iterations,
        "stuck_detection": start.stuck_detection,
        "secrets": written(&start.secrets)?,
        "client_tools": written(&start.client_tools)?,
        "hook_config": start.hook_config,
        "tags": start.tags,
        "autotitle": start.autotitle,
        "parent_conversation_id": start.parent,
    });
    if let Value::Object(told) = told {
        body.extend(told);
    }
    Ok(Value::Object(body))
}

/// A command that a server answers with nothing but that it is done.
pub(super) fn command(command: Command) -> Result<Asked, CommandError> {
    Ok(match command {
        Command::Say {
            message,
            sender,
            run,
        } => {
            if sender.is_some() {
                return Err(unheard("that another agent speaks"));
            }
            let body = json!({
                "role": written(&message.role)?,
                "content": written(&message.content)?,
                "run": run,
            });
            Asked::post("/events", body)
        }
        Command::Run => Asked::post("/run", json!({})),
        Command::Pause => Asked::post("/pause", json!({})),
        Command::Interrupt => Asked::post("/interrupt", json!({})),
        Command::Confirm { accept, reason } => {
            let body = json!({"accept": accept, "reason": reason});
            Asked::post("/events/respond_to_confirmation", body)
        }
        Command::Update(setting) => self::setting(setting)?,
        Command::Navigate(to) => Asked::post("/navigate", json!({ "event_id": to })),
        Command::Ask(question) => Asked::post("/ask_agent", json!({ "question": question })),
        Command::Condense => Asked::post("/condense", json!({})),
        Command::Title { .. } => {
            return Err(unheard("to make a name; give one instead"));
        }
        Command::Goal(goal) => self::goal(goal),
    })
}

fn goal(goal: Goal) -> Asked {
    match goal {
        Goal::Start {
            objective,
            max_iterations,
        } => {
            let body = json!({"objective": objective, "max_iterations": max_iterations});
            Asked::post("/goal", body)
        }
        Goal::Stop => Asked::post("/goal/stop", json!({})),
        Goal::Resume => Asked::post("/goal/resume", json!({})),
    }
}

fn setting(setting: Setting) -> Result<Asked, CommandError> {
    Ok(match setting {
        Setting::ConfirmationPolicy(policy) => Asked::post(
            "/confirmation_policy",
            json!({ "policy": written(&policy)? }),
        ),
        Setting::SecurityAnalyzer(analyzer) => Asked::post(
            "/security_analyzer",
            json!({ "security_analyzer": analyzer }),
        ),
        Setting::Secrets(secrets) => {
            let mut open = secrets;
            for source in open.values_mut() {
                expose(source);
            }
            Asked::post("/secrets", json!({ "secrets": written(&open)? }))
        }
        Setting::Llm(mut spec) => {
            spec.api_key = spec.api_key.map(|key| key.sealed(&Open));
            Asked::post("/switch_llm", json!({ "llm": written(&spec)? }))
        }
        Setting::Tags(tags) => Asked::patch(json!({ "tags": tags })),
        Setting::Title(title) => Asked::patch(json!({ "title": title })),
        Setting::Context { .. } => return Err(unheard("another context for its agent")),
        Setting::MaxIterations(_) => {
            return Err(unheard("how many steps a run may take once it has begun"));
        }
        Setting::Budget(_) => return Err(unheard("what a run may cost")),
    })
}

fn expose(source: &mut domain::SecretSource) {
    match source {
        domain::SecretSource::StaticSecret { value, .. } => {
            *value = value.take().map(|value| value.sealed(&Open));
        }
        domain::SecretSource::LookupSecret { headers, .. } => {
            for header in headers.values_mut() {
                *header = header.sealed(&Open);
            }
        }
    }
}
