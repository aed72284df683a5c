//! What a conversation at rest is and used, folded from its log without opening it.

use std::sync::Arc;

use domain::{
    AgentSpec, Body, ConfirmationPolicy, ConversationId, Event, EventId, Fact, Glance, LlmSpec,
    Log, LogError, Record, Start, StateUpdate, Stats, Status, WorkspaceSpec,
};
use serde_json::Value;

use crate::exit::Failure;

/// Reads a log from its first record to its last. One whose beginning is lost gets the defaults.
pub fn read(log: &dyn Log, id: ConversationId) -> Result<Glance, Failure> {
    let mut fold = Fold {
        start: Start::new(
            id,
            AgentSpec::new(LlmSpec::default(), Vec::new()),
            WorkspaceSpec::local("."),
        ),
        status: Status::Idle,
        stats: Stats::default(),
        leaf: None,
        last_user_message: None,
        updated_at: 0,
    };
    log.replay(&mut |record| {
        fold.take(&record)
            .map_err(|error| LogError::Closed(format!(": a record cannot be read: {error}")))
    })?;
    Ok(Glance {
        status: fold.status,
        stats: Arc::new(fold.stats),
        updated_at: fold.updated_at,
        start: Arc::new(fold.start),
        leaf: fold.leaf,
        last_user_message: fold.last_user_message,
        head_is_empty: false,
        ledger: Arc::default(),
        goal: None,
    })
}

struct Fold {
    start: Start,
    status: Status,
    stats: Stats,
    leaf: Option<EventId>,
    last_user_message: Option<EventId>,
    updated_at: i64,
}

impl Fold {
    fn take(&mut self, record: &Record) -> Result<(), serde_json::Error> {
        if let Some(fact) = &record.fact {
            self.fact(Fact::parse(fact)?);
        }
        if let Some(entry) = &record.event {
            let event = Event::parse(&entry.json)?;
            if event.body.moves_leaf() {
                self.leaf = Some(event.id.clone());
            }
            if let Body::StateUpdate(update) = &event.body {
                self.update(update)?;
            }
        }
        Ok(())
    }

    fn fact(&mut self, fact: Fact) {
        match fact {
            Fact::Created { start } => {
                self.updated_at = start.created_at;
                self.start = *start;
            }
            Fact::Used { usage } => {
                // A call ends close to the event it leads to: the best date there is for a log at rest.
                self.updated_at = (usage.timestamp * 1e6) as i64;
                self.stats.record(&usage);
            }
            Fact::Stats { stats } => self.stats = stats,
            Fact::Head { event } => self.leaf = event,
            Fact::Llm { spec, condenser } => {
                self.start.agent.llm = *spec;
                if condenser.is_some() {
                    self.start.agent.condenser = condenser;
                }
            }
            Fact::Secrets { secrets } => self.start.secrets.extend(secrets),
            Fact::Title { title } => self.start.title = Some(title),
            Fact::Context {
                agent_context,
                mcp_config,
                hook_config,
            } => {
                self.start.agent.agent_context = agent_context;
                self.start.agent.mcp_config = mcp_config;
                self.start.hook_config = hook_config;
            }
            Fact::Limits {
                max_iterations,
                max_budget_per_run,
            } => {
                self.start.max_iterations = max_iterations;
                self.start.max_budget_per_run = max_budget_per_run;
            }
        }
    }

    fn update(&mut self, update: &StateUpdate) -> Result<(), serde_json::Error> {
        let value = || update.value.clone();
        match update.key.as_str() {
            "execution_status" => self.status = serde_json::from_value(value())?,
            "last_user_message_id" => {
                self.last_user_message = update.value.as_str().map(EventId::new);
            }
            "confirmation_policy" => {
                let policy: ConfirmationPolicy = serde_json::from_value(value())?;
                self.start.confirmation_policy = policy;
            }
            "security_analyzer" => {
                self.start.security_analyzer = Some(value()).filter(|it| *it != Value::Null);
            }
            "tags" => self.start.tags = serde_json::from_value(value())?,
            _ => {}
        }
        Ok(())
    }
}
