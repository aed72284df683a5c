//! The task that owns one conversation: commands come in, effects go out, events are written in between.
//! Nothing else changes the state. Knows ports, not what is behind them.

mod asides;
mod commands;
mod condensing;
mod deltas;
mod equipment;
mod flight;
mod naming;
mod orders;
mod pursuing;
mod recovery;
mod scribe;
mod secrets;
mod thinking;
mod working;

use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{Clock, CommandError, Log, LogError, Outfit, Source, Start, Status, Vault};
use serde_json::Value;
use tokio::sync::{mpsc, watch};

pub(crate) use commands::check_tags;
pub(crate) use orders::{Order, Reception};
pub(crate) use recovery::{Refold, load};

use crate::bus::Bus;
use crate::next::{Effect, Stop};
use crate::state::State;
use equipment::Equipment;
use flight::{Flight, Landing};
use orders::Promises;
use scribe::Scribe;

/// What a task is made of.
pub(crate) struct Parts {
    pub log: Arc<dyn Log>,
    pub outfit: Arc<dyn Outfit>,
    pub clock: Arc<dyn Clock>,
    pub vault: Arc<dyn Vault>,
    /// The fold so far.
    pub state: Arc<Mutex<State>>,
    /// When it last changed.
    pub touched: Arc<AtomicI64>,
    /// What the conversation was started with, secrets open.
    pub start: Start,
    pub inbox: mpsc::Receiver<Order>,
    pub bus: Bus,
    /// The status as far as it is durable; `None` once the task has ended.
    pub status: watch::Sender<Option<Status>>,
}

/// The owner of one conversation.
pub(crate) struct Task {
    scribe: Scribe,
    equipment: Equipment,
    flight: Flight,
    /// Held by the calls of the last batch while they run.
    hands: flight::Hands,
    promises: Promises,
    asides: tokio::task::JoinSet<asides::Aside>,
    inbox: mpsc::Receiver<Order>,
    bus: Bus,
    clock: Arc<dyn Clock>,
    vault: Arc<dyn Vault>,
    /// How many events there were when the model was last asked.
    asked_at: u64,
    /// Refusals of the provider to talk about something, in a row.
    refusals: u32,
    /// Actions of the last reply as the model wrote them.
    fresh_actions: std::collections::HashMap<domain::EventId, Arc<domain::ActionEvent>>,
    memory: condensing::Memory,
    /// The goal that is pursued.
    pursuit: Option<pursuing::Pursuit>,
    /// How often a judge was asked.
    looks: u64,
    /// Whether a name was asked for.
    naming: bool,
    /// Whether the history was rebuilt since the provider last refused its shape.
    rebuilt: bool,
}

impl Task {
    pub(crate) fn new(parts: Parts) -> Box<Self> {
        let Parts {
            log,
            outfit,
            clock,
            vault,
            state,
            touched,
            start,
            inbox,
            bus,
            status,
        } = parts;
        // What was said before the conversation was taken up is no news.
        let asked_at = lock(&state).len();
        let start = if start.holds_secrets() {
            Arc::new(start)
        } else {
            Arc::clone(&lock(&state).start)
        };
        let scribe = Scribe::new(Arc::clone(&log), Arc::clone(&clock), state, touched);
        let mut task = Box::new(Self {
            scribe,
            equipment: Equipment::new(outfit, start),
            flight: Flight::None,
            hands: flight::Hands::default(),
            promises: Promises::new(log, status, bus.clone()),
            asides: tokio::task::JoinSet::new(),
            inbox,
            bus,
            clock,
            vault,
            asked_at,
            refusals: 0,
            fresh_actions: std::collections::HashMap::new(),
            memory: condensing::Memory::default(),
            pursuit: None,
            looks: 0,
            naming: false,
            rebuilt: false,
        });
        task.scribe.hide(task.equipment.secrets());
        task
    }

    /// Serves the conversation until it is closed or nobody holds it any more.
    pub(crate) async fn serve(mut self: Box<Self>) {
        // What a step needs takes room only while it lasts: most conversations are at rest.
        let ending = loop {
            if matches!(self.flight, Flight::None) {
                Box::pin(self.advance()).await;
            }
            tokio::select! {
                biased;
                order = self.inbox.recv() => match order {
                    Some(Order::Command(command, answer)) => Box::pin(self.obey(*command, answer)).await,
                    Some(Order::Flush(answer)) => self.flush(answer),
                    Some(Order::Close(answer)) => break Some(answer),
                    None => break None,
                },
                landing = self.flight.land() => self.absorb(landing),
                () = self.promises.keep() => self.stop_if_broken(),
                Some(aside) = self.asides.join_next() => self.absorb_aside(aside),
            }
            self.promise_status();
        };
        Box::pin(self.end(ending)).await;
    }

    /// Does the one next thing until something is under way or nothing is left.
    async fn advance(&mut self) {
        while matches!(self.flight, Flight::None) && self.promises.broken().is_none() {
            if self.must_condense() {
                self.condense_for_waiting().await;
                continue;
            }
            let effect = self.state().next().detached();
            match effect {
                Detached::Rest => {
                    self.pursue().await;
                    break;
                }
                Detached::Run => self.work(),
                Detached::Complete => self.think().await,
                Detached::Nudge { tool, times } => self.nudge(&tool, times),
                Detached::Stop(stop) => self.stop(&stop),
            }
            self.promise_status();
        }
    }

    fn absorb(&mut self, landing: Landing) {
        match landing {
            Landing::Reply(item, usage_id, reply) => self.absorb_reply(item, &usage_id, *reply),
            Landing::Summary(summary) => self.absorb_summary(*summary),
            Landing::Result(index, outcome) => self.absorb_result(index, outcome),
        }
        self.promise_status();
    }

    fn nudge(&mut self, tool: &str, times: usize) {
        let text = format!(
            "The last {times} calls of `{tool}` were the same and failed in the same way. Another one will fail too: \
             read the error, then change the arguments or take another way."
        );
        self.scribe.engine_says(text);
        self.commit();
    }

    fn stop(&mut self, stop: &Stop) {
        match stop {
            Stop::Stuck => {
                self.set_status(Status::Stuck);
                self.commit();
            }
            Stop::Iterations(limit) => {
                self.fail(
                    "MaxIterationsReached",
                    format!("Agent reached maximum iterations limit ({limit})."),
                    None,
                );
            }
            Stop::Budget { limit, spent } => {
                let detail = format!(
                    "Agent reached maximum budget limit (${limit:.4}); accumulated cost ${spent:.4}."
                );
                self.fail("MaxBudgetReached", detail, None);
            }
        }
    }

    /// Ends a run with an error that everyone sees.
    fn fail(&mut self, code: &str, detail: String, classification: Option<domain::Classification>) {
        use domain::{Body, Classification, ConversationError, FailureKind, UserAction};
        self.set_status(Status::Error);
        let classification = classification.unwrap_or(Classification {
            kind: FailureKind::AgentAction,
            retryable: false,
            user_action: UserAction::None,
            error_id: None,
        });
        let error = ConversationError {
            code: code.to_owned(),
            detail,
            classification: Some(classification),
        };
        self.scribe
            .write(Source::Environment, Body::ConversationError(error));
        self.commit();
    }

    fn set_status(&mut self, status: Status) {
        if self.state().status() != status {
            self.scribe
                .update("execution_status", Value::from(status.as_str()));
        }
    }

    /// Hands everything written since the last time to the log, as one batch.
    fn commit(&mut self) {
        if let Err(error) = self.scribe.commit() {
            self.broke(error);
        }
    }

    fn broke(&mut self, error: LogError) {
        self.promises.break_all(error);
        self.stop_if_broken();
    }

    /// Nothing goes on that could not be recorded.
    fn stop_if_broken(&mut self) {
        let Some(error) = self.promises.broken().cloned() else {
            return;
        };
        if !matches!(self.flight, Flight::None) {
            tracing::error!(%error, "the log failed; what was under way is stopped");
            self.flight.cancel();
        }
        self.tell_waiting(&Err(CommandError::Log(error)));
    }

    /// Lets the status be seen once it is durable.
    fn promise_status(&mut self) {
        let status = self.state().status();
        if self.promises.status(self.scribe.mark(), status) && status != Status::Running {
            self.scribe.sum_up_if_due();
        }
    }

    fn flush(&mut self, answer: orders::Answer) {
        self.commit();
        self.scribe.sum_up(0);
        self.promises
            .answer(self.scribe.mark(), answer, domain::Reply::Done);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.scribe.state()
    }

    async fn end(
        mut self: Box<Self>,
        answer: Option<tokio::sync::oneshot::Sender<Result<(), LogError>>>,
    ) {
        self.inbox.close();
        let mut others = Vec::new();
        while let Ok(order) = self.inbox.try_recv() {
            match order {
                Order::Command(_, answer) | Order::Flush(answer) => {
                    drop(answer.send(Err(CommandError::Closed)))
                }
                Order::Close(answer) => others.push(answer),
            }
        }
        self.cut_off(None);
        self.commit();
        self.asides.shutdown().await;
        self.equipment.close().await;
        // Whether the log can be closed says nothing of what it failed to write before.
        self.promises.keep_all(self.scribe.mark()).await;
        self.scribe.sum_up(0);
        let closed = self.scribe.log().close().await;
        self.promises.end();
        for answer in others.into_iter().chain(answer) {
            let _ = answer.send(closed.clone());
        }
    }
}

/// An effect without its borrow of the state.
enum Detached {
    Rest,
    Run,
    Complete,
    Nudge { tool: String, times: usize },
    Stop(Stop),
}

impl Effect<'_> {
    fn detached(self) -> Detached {
        match self {
            Effect::Rest => Detached::Rest,
            Effect::Run(_) => Detached::Run,
            Effect::Complete => Detached::Complete,
            Effect::Nudge { tool, times } => Detached::Nudge { tool, times },
            Effect::Stop(stop) => Detached::Stop(stop),
        }
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
