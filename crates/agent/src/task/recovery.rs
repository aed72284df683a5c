//! Taking up a conversation where its log ends: fold it, and say of what was cut off that it was.

use domain::{CommandError, Draft, EventId, Fact, Glance, Log, LogError, Record, Status};

use super::Task;
use crate::glimpse::Glimpse;
use crate::state::State;

/// What an agent is told of a call that a crash cut off.
const CUT_OFF: &str = "Tool call interrupted: the engine stopped while it was under way, so its result is unknown. \
                       It was not run again; check what it did before you repeat it.";

/// Folds a log.
pub(crate) fn load(log: &dyn Log) -> Result<State, CommandError> {
    let mut state: Option<State> = None;
    let mut fault: Option<String> = None;
    log.replay(&mut |record| {
        fold(&mut state, &draft(record)).map_err(|error| {
            fault = Some(error.to_string());
            unreadable(&error)
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

/// The events of records are named inside their JSON, which is all that the fold reads.
fn draft(record: Record) -> Draft {
    Draft {
        event: record.event.map(|entry| (EventId::root(), entry.json)),
        fact: record.fact,
    }
}

fn unreadable(error: &serde_json::Error) -> LogError {
    LogError::Closed(format!(": a record cannot be read: {error}"))
}

fn fold(state: &mut Option<State>, draft: &Draft) -> Result<(), serde_json::Error> {
    match state {
        Some(state) => state.apply(draft),
        None => {
            *state = begin(draft)?;
            Ok(())
        }
    }
}

/// The fold of a log that is not opened: of all its records, or of those that came after a note.
pub(crate) struct Refold {
    state: Option<State>,
    /// Where the head is, if the events before the note are not known.
    head: Option<Head>,
}

struct Head {
    leaf: Option<EventId>,
    is_empty: bool,
}

impl Refold {
    /// Begins where a note ends, or before the first record.
    pub(crate) fn new(noted: Option<Glance>) -> Self {
        Self {
            state: noted.as_ref().map(State::noted),
            head: noted.map(|glance| Head {
                leaf: glance.leaf,
                is_empty: glance.head_is_empty,
            }),
        }
    }

    /// Takes in the next record.
    pub(crate) fn take(&mut self, record: Record) -> Result<(), LogError> {
        let draft = draft(record);
        let moved = self
            .head
            .as_mut()
            .map_or(Ok(()), |head| head.follow(&draft));
        moved
            .and_then(|()| fold(&mut self.state, &draft))
            .map_err(|error| unreadable(&error))
    }

    /// As far as it is folded; nothing before the beginning.
    pub(crate) fn glance(&self) -> Option<Glance> {
        let mut glance = self.state.as_ref()?.glance();
        if let Some(head) = &self.head {
            glance.leaf.clone_from(&head.leaf);
            glance.head_is_empty = head.is_empty;
        }
        Some(glance)
    }
}

impl Head {
    fn follow(&mut self, draft: &Draft) -> Result<(), serde_json::Error> {
        if let Some(fact) = &draft.fact
            && let Fact::Head { event } = Fact::parse(fact)?
        {
            self.is_empty = event.is_none();
            self.leaf = event;
        }
        if let Some((_, json)) = &draft.event {
            let glimpse = Glimpse::parse(json)?;
            if glimpse.moves_leaf() {
                self.is_empty = false;
                self.leaf = Some(glimpse.id);
            }
        }
        Ok(())
    }
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
