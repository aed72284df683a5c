//! The beginning of a session: a new conversation, or one that is taken up again with what the person changed.

use std::path::Path;
use std::sync::Arc;

use domain::{
    AgentSpec, Clock as _, Command, Condenser, ConfirmationPolicy, Conversation, ConversationId,
    LlmErrorKind, LlmSpec, Log, Risk, Setting, Start, Status, Summarizing, Vault, WorkspaceSpec,
};
use serde_json::json;

use crate::cli;
use crate::config::Source;
use crate::exit::Failure;
use crate::outfit::Workshop;
use crate::wiring::{House, Rooms, default_tools, key_variables, named};
use crate::{demo, key_help, remote};

/// What a new conversation would be started with.
pub struct Plan {
    /// Everything.
    pub start: Start,
    /// Whether the demo stands in because nothing is set up.
    pub demo_instead: bool,
}

/// A conversation that was taken up again.
pub struct Resumed {
    /// It.
    pub conversation: Arc<dyn Conversation>,
    /// The first event that is news.
    pub news_from: u64,
    /// The model it uses from now on.
    pub model: String,
}

/// Plans a conversation. Nothing is written: it begins with the first words.
pub fn plan(house: &House, rooms: &Rooms, demo_allowed: bool) -> Result<Plan, Failure> {
    let workspace = match rooms.server {
        Some(_) => remote::workspace(house)?,
        None => house.workspace()?,
    };
    let (spec, demo_instead) = model(house, demo_allowed)?;
    check(&rooms.workshop, &spec)?;
    Ok(Plan {
        start: start(house, rooms, spec, &workspace),
        demo_instead,
    })
}

/// The model to use, and whether the demo stands in for one.
fn model(house: &House, demo_allowed: bool) -> Result<(LlmSpec, bool), Failure> {
    let config = &house.config;
    if config.model().is_none() {
        if config.has_key() || config.has_base_url() {
            return Err(Failure::usage(key_help::WHICH_MODEL));
        }
        if demo_allowed {
            let demo = LlmSpec {
                model: demo::NAME.to_owned(),
                stream: true,
                ..LlmSpec::default()
            };
            return Ok((demo, true));
        }
        return Err(Failure::usage(key_help::NOTHING_SET));
    }
    Ok((config.llm()?, false))
}

/// A wrong model or a missing key is a usage error now, not a failed run later.
pub fn check(workshop: &Workshop, spec: &LlmSpec) -> Result<(), Failure> {
    workshop.ready(spec).map_err(|error| {
        if error.kind == LlmErrorKind::Auth {
            return Failure::usage(key_help::no_key(&spec.model, &key_variables(&spec.model)));
        }
        error.into()
    })
}

fn start(house: &House, rooms: &Rooms, spec: LlmSpec, workspace: &Path) -> Start {
    let config = &house.config;
    let id = ConversationId(rooms.clock.uuid());
    let condenser = condenser(&spec);
    let mut agent = AgentSpec::new(spec, default_tools());
    agent.condenser = Some(condenser);
    let workspace = WorkspaceSpec::local(workspace.display().to_string());
    let mut start = Start::new(id, agent, workspace);
    if config.confirm() {
        start.confirmation_policy = careful();
        start.security_analyzer = Some(analyzer());
    }
    if let Some(limit) = config.max_iterations() {
        start.max_iterations = limit;
    }
    start.max_budget_per_run = config.budget();
    start
}

/// The agent's own model sums up what has grown too long.
fn condenser(spec: &LlmSpec) -> Condenser {
    let llm = LlmSpec {
        usage_id: "condenser".to_owned(),
        ..spec.clone()
    };
    Condenser::Summarizing(Box::new(Summarizing {
        keep_first: 4,
        ..Summarizing::new(llm)
    }))
}

/// Ask before what the model itself calls risky, and before what it does not judge.
pub fn careful() -> ConfirmationPolicy {
    ConfirmationPolicy::ConfirmRisky {
        threshold: Risk::Medium,
        confirm_unknown: true,
    }
}

/// The model says of each of its calls how risky it is.
pub fn analyzer() -> serde_json::Value {
    json!({ "kind": "LLMSecurityAnalyzer" })
}

/// Takes a conversation up again.
pub async fn resume(
    house: &House,
    rooms: &Rooms,
    args: &cli::Run,
    name: &str,
) -> Result<Resumed, Failure> {
    let id = named(&rooms.conversations.list().await?, name)?;
    let conversation = rooms.conversations.open(id).await?;
    if rooms.server.is_none() {
        // What a crash left behind is reported before anything else happens.
        conversation
            .settled(&|status| status != Status::Running)
            .await;
    }
    let spec = change_settings(house, rooms, args, &*conversation).await?;
    let log = conversation.log();
    let news_from = before_recovery(&*log)?;
    Ok(Resumed {
        conversation,
        news_from,
        model: spec.model,
    })
}

/// Where the last run ended: what came after it was written while the conversation was taken up.
fn before_recovery(log: &dyn Log) -> Result<u64, Failure> {
    let mut from = log.len();
    while from > 0 {
        let Some(entry) = log.read(from - 1, 1)?.pop() else {
            break;
        };
        let kind = domain::Head::parse(&entry.json)
            .map(|head| head.kind.into_owned())
            .unwrap_or_default();
        if kind != "AgentErrorEvent" && kind != "ConversationStateUpdateEvent" {
            break;
        }
        from -= 1;
    }
    Ok(from)
}

async fn change_settings(
    house: &House,
    rooms: &Rooms,
    args: &cli::Run,
    conversation: &dyn Conversation,
) -> Result<LlmSpec, Failure> {
    let start = Arc::clone(&conversation.glance().start);
    let stored = opened(&start.agent.llm, &*rooms.vault);
    let spec = refreshed(house, &stored)?;
    // A server shows no keys: what is not changed needs none here.
    if rooms.server.is_none() || spec != stored {
        check(&rooms.workshop, &spec)?;
    }
    let mut changes = Vec::new();
    if spec != stored {
        changes.push(Setting::Llm(Box::new(spec.clone())));
    }
    if let Some(limit) = args.max_iterations {
        changes.push(Setting::MaxIterations(limit));
    }
    if let Some(budget) = args.budget {
        changes.push(Setting::Budget(Some(budget)));
    }
    if args.confirm {
        changes.push(Setting::ConfirmationPolicy(careful()));
        changes.push(Setting::SecurityAnalyzer(Some(analyzer())));
    }
    for change in changes {
        conversation.command(Command::Update(change)).await?;
    }
    Ok(spec)
}

fn opened(spec: &LlmSpec, vault: &dyn Vault) -> LlmSpec {
    let mut spec = spec.clone();
    spec.api_key = spec
        .api_key
        .map(|key| key.opened(vault))
        .filter(|key| key.expose().is_some());
    spec
}

/// A model given by a flag replaces the stored one; otherwise the stored one keeps its settings and gets the key that is
/// set now, which may be newer than the one it was started with.
fn refreshed(house: &House, stored: &LlmSpec) -> Result<LlmSpec, Failure> {
    let config = &house.config;
    let by_flag = |name: &str| {
        config
            .get(name)
            .is_some_and(|found| matches!(found.source, Source::Flag(_)))
    };
    if by_flag("llm.model") {
        return config.llm();
    }
    let mut spec = stored.clone();
    let same_model = config.model().is_some_and(|model| model == stored.model);
    if same_model || by_flag("llm.api_key") || by_flag("llm.base_url") {
        let now = config.llm()?;
        spec.api_key = now.api_key.or(spec.api_key);
        spec.base_url = now.base_url.or(spec.base_url);
    } else if spec.api_key.is_none() {
        let variables = key_variables(&spec.model);
        let key = variables.iter().find_map(|name| house.env.get(name));
        spec.api_key = key.map(|key| key.trim().into());
    }
    Ok(spec)
}
