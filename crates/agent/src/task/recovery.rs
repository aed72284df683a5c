//! Taking up a conversation where its log ends: fold it, and say of what was cut off that it was.

use domain::{CommandError, Draft, Fact, Log, LogError, Start, Status, Vault};

use super::Task;
use crate::state::State;

/// What an agent is told of a call that a crash cut off.
const CUT_OFF: &str = "Tool call interrupted: the engine stopped while it was under way, so its result is unknown. \
                       It was not run again; check what it did before you repeat it.";

/// Folds a log.
pub(crate) fn load(log: &dyn Log) -> Result<State, CommandError> {
    let mut state: Option<State> = None;
    let mut fault: Option<String> = None;
    log.replay(&mut |record| {
        let draft = Draft {
            event: record
                .event
                .map(|entry| (domain::EventId::root(), entry.json)),
            fact: record.fact,
        };
        let folded = match &mut state {
            Some(state) => state.apply(&draft),
            None => begin(&draft).map(|begun| state = begun),
        };
        folded.map_err(|error| {
            fault = Some(error.to_string());
            LogError::Closed(format!(": a record cannot be read: {error}"))
        })
    })
    .map_err(|error| match fault {
        Some(fault) => CommandError::Invalid(format!(
            "the log holds a record this version cannot read: {fault}"
        )),
        None => CommandError::Log(error),
    })?;
    state.ok_or_else(|| {
        CommandError::Invalid(
            "the log does not begin with what the conversation was started with".to_owned(),
        )
    })
}

fn begin(draft: &Draft) -> Result<Option<State>, serde_json::Error> {
    let Some(fact) = &draft.fact else {
        return Ok(None);
    };
    let Fact::Created { start } = Fact::parse(fact)? else {
        return Ok(None);
    };
    let mut state = State::new(*start);
    if draft.event.is_some() {
        state.apply(&Draft {
            event: draft.event.clone(),
            fact: None,
        })?;
    }
    Ok(Some(state))
}

/// As it may be written to disk.
pub(crate) fn sealed(start: &Start, vault: &dyn Vault) -> Start {
    let mut start = start.clone();
    for secret in start.secrets_mut() {
        *secret = secret.sealed(vault);
    }
    start
}

/// As it may be used.
pub(crate) fn opened(start: &Start, vault: &dyn Vault) -> Start {
    let mut start = start.clone();
    for secret in start.secrets_mut() {
        *secret = secret.opened(vault);
    }
    start
}

impl Task {
    /// Nothing runs when a task begins: a status that says so was left behind by a crash, and so was every call
    /// without a result, unless the person was being asked about it.
    /// Returns once that is durable.
    pub(crate) async fn recover(&mut self) {
        let (status, cut_off) = {
            let state = self.state();
            (state.status(), !state.pending().is_empty())
        };
        if cut_off && status != Status::WaitingForConfirmation {
            self.report_interrupted(CUT_OFF);
        }
        if status == Status::Running {
            self.set_status(Status::Error);
        }
        self.reconcile_goal();
        self.commit();
        self.promise_status();
        self.promises.keep_all(self.scribe.mark()).await;
    }
}
