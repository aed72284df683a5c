//! Shortening a history that has grown too long: when, by which model, and what happens when it cannot be done.

use domain::{
    Body, CommandError, Completion, Condensation, Empty, Features, Llm, LlmError, LlmErrorKind,
    Reply, Source, Status, Summarizing,
};
use std::sync::Arc;

use super::Task;
use super::flight::{Condensing, Flight, unless_it_panics};
use super::orders::Answer;
use super::thinking::broke_down;
use crate::condense::{self, Cut, Heavy, Reasons};

/// How often in a row a history may be shortened because the model's window was too small for it.
const OVERFLOWS: u32 = 3;

/// What a task remembers of shortening its history.
#[derive(Default)]
pub(crate) struct Memory {
    /// Who asked for it and waits.
    waiting: Vec<Answer>,
    /// How often in a row the model's window was too small.
    overflows: u32,
    /// Nothing is tried before the history is that long, because it failed.
    patience: usize,
    /// The last request could not be met, and is in nobody's way.
    given_up: bool,
    /// How many messages the model was shown last.
    shown: usize,
    /// How many messages it has weighed, and how many tokens it said they were.
    known: Option<(usize, u64)>,
}

/// What came of summing up.
pub(crate) struct Summary {
    cut: Cut,
    usage_id: String,
    /// Whether the agent cannot go on without it.
    pressing: bool,
    reply: Result<Completion, LlmError>,
}

impl Task {
    /// Shortens the history now, or as soon as what is under way has come back.
    pub(crate) fn condense(&mut self, answer: Answer) {
        if self.equipment.condensers().is_empty() {
            let why = match &self.equipment.start().agent.condenser {
                None => "No condenser configured".to_owned(),
                Some(condenser) => format!(
                    "Condenser {} does not handle condensation requests",
                    condenser.kind()
                ),
            };
            let why = format!("Cannot condense conversation: {why}");
            let _ = answer.send(Err(CommandError::Conflict(why)));
        } else if self.state().last_user_message.is_none() {
            let why = "Cannot condense conversation: nothing was said in it yet";
            let _ = answer.send(Err(CommandError::Conflict(why.to_owned())));
        } else {
            self.memory.waiting.push(answer);
            self.request_condensation();
            self.commit();
        }
    }

    pub(crate) fn request_condensation(&mut self) {
        self.memory.patience = 0;
        self.memory.given_up = false;
        self.scribe
            .write(Source::Environment, Body::CondensationRequest(Empty {}));
    }

    /// Whether somebody waits for the history to be shortened.
    pub(crate) fn must_condense(&self) -> bool {
        !self.memory.waiting.is_empty()
    }

    /// Starts to shorten the history for those who wait for it.
    pub(crate) async fn condense_for_waiting(&mut self) {
        let started = match self.equipment.llm() {
            Ok(llm) => self.condense_first(&llm.features()).await,
            Err(error) => return self.tell_waiting(&Err(CommandError::Llm(error))),
        };
        match started {
            Ok(true) => {}
            Ok(false) => {
                let why = "Cannot condense conversation: nothing in it can be left out";
                self.tell_waiting(&Err(CommandError::Conflict(why.to_owned())));
            }
            Err(reason) => self.tell_waiting(&Err(CommandError::Invalid(reason))),
        }
    }

    /// Starts to shorten the history, if there is reason to. Says whether it did.
    pub(crate) async fn condense_first(&mut self, features: &Features) -> Result<bool, String> {
        for condenser in self.equipment.condensers().iter() {
            let reasons = self.reasons(condenser, features).await?;
            if !reasons.any() {
                continue;
            }
            let branch = self.durable_branch().await?;
            let middle = (self.memory.overflows < 2)
                .then(|| condense::middle(&branch, condenser, &reasons))
                .flatten();
            let last_resort = reasons
                .pressing()
                .then(|| condense::everything(&branch))
                .flatten();
            let Some(cut) = middle.or_else(|| last_resort.clone()) else {
                self.have_patience();
                continue;
            };
            self.start_condensing(Arc::clone(condenser), cut, last_resort)?;
            return Ok(true);
        }
        Ok(false)
    }

    async fn durable_branch(&mut self) -> Result<crate::view::Branch, String> {
        self.commit();
        let (log, mark) = (Arc::clone(self.scribe.log()), self.scribe.mark());
        log.durable(mark).await.map_err(|e| e.to_string())?;
        self.scribe.branch().map_err(|e| e.to_string())
    }

    async fn reasons(
        &mut self,
        condenser: &Summarizing,
        features: &Features,
    ) -> Result<Reasons, String> {
        let requested = self.state().condensation_requested && !self.memory.given_up;
        let limit = [condenser.max_tokens, features.max_input_tokens];
        let limit = limit.into_iter().flatten().min();
        let patience = self.memory.patience;
        let known = self.memory.known;
        let view = self.scribe.view().await.map_err(|e| e.to_string())?;
        if view.len() < patience {
            return Ok(Reasons::default());
        }
        let heavy = limit.and_then(|limit| {
            let messages = view.messages();
            let tokens = match known.filter(|(shown, _)| *shown <= messages.len()) {
                Some((shown, tokens)) => tokens + condense::tokens(&messages[shown..]),
                None => condense::tokens(&messages),
            };
            (tokens > limit).then_some(Heavy { tokens, limit })
        });
        Ok(Reasons {
            requested,
            long: view.len() > condenser.max_size,
            heavy,
        })
    }

    fn start_condensing(
        &mut self,
        condenser: Arc<Summarizing>,
        cut: Cut,
        last_resort: Option<Cut>,
    ) -> Result<(), String> {
        let llm = self.equipment.llm_of(&condenser.llm);
        let llm = llm.map_err(|error| error.to_string())?;
        let usage_id = condenser.llm.usage_id.clone();
        let pressing = last_resort.is_some();
        let summary = Box::pin(async move {
            let (cut, reply) = sum_up(&*llm, &condenser, cut, last_resort).await;
            Summary {
                cut,
                usage_id,
                pressing,
                reply,
            }
        });
        self.flight = Flight::Condensing(Condensing { summary });
        Ok(())
    }

    /// Takes in a summary, or goes on without one where that is possible.
    pub(crate) fn absorb_summary(&mut self, summary: Summary) {
        let Summary {
            cut,
            usage_id,
            pressing,
            reply,
        } = summary;
        match reply {
            Ok(completion) => {
                self.record_usage(&completion, &usage_id);
                self.forget(cut, &completion);
                self.tell_waiting(&Ok(Reply::Done));
            }
            Err(mut error) => {
                error.message = self.scribe.masked(&error.message);
                tracing::warn!(%error, "the history could not be summed up");
                self.have_patience();
                self.tell_waiting(&Err(CommandError::Llm(error.clone())));
                if pressing && self.state().status() == Status::Running {
                    self.fail_llm(&error);
                }
            }
        }
    }

    /// What cannot be shortened now is looked at again when it has grown by a tenth.
    fn have_patience(&mut self) {
        self.memory.given_up = true;
        let parts = self.scribe.view_len();
        self.memory.patience = parts + 1 + parts / 10;
    }

    fn forget(&mut self, cut: Cut, completion: &Completion) {
        let condensation = Condensation {
            forgotten_event_ids: cut.forgotten,
            summary: Some(completion.message.text()),
            summary_offset: Some(cut.offset),
            llm_response_id: completion.id.clone(),
        };
        self.memory.known = None;
        self.memory.patience = 0;
        self.scribe
            .write(Source::Environment, Body::Condensation(condensation));
        self.commit();
    }

    pub(crate) fn tell_waiting(&mut self, outcome: &Result<Reply, CommandError>) {
        let mark = self.scribe.mark();
        for answer in std::mem::take(&mut self.memory.waiting) {
            match outcome {
                Ok(reply) => self.promises.answer(mark, answer, reply.clone()),
                Err(error) => drop(answer.send(Err(error.clone()))),
            }
        }
    }

    /// Nobody waits any more for a history that is not shortened after all.
    pub(crate) fn stop_condensing(&mut self) {
        let why = "the history was not shortened: the conversation was interrupted";
        self.tell_waiting(&Err(CommandError::Conflict(why.to_owned())));
    }

    /// Keeps what the model says of the size of what it was shown.
    pub(crate) fn weigh(&mut self, completion: &Completion) {
        self.memory.overflows = 0;
        let tokens = completion.tokens.prompt_tokens;
        self.memory.known = (tokens > 0).then_some((self.memory.shown, tokens));
    }

    /// Keeps how many messages the model is shown.
    pub(crate) fn show(&mut self, messages: usize) {
        self.memory.shown = messages;
        self.memory.known = None;
    }

    /// What was known of the size of the history holds no more.
    pub(crate) fn lose_weight(&mut self) {
        self.memory.known = None;
    }

    /// The model's window was too small, or it could make nothing of the history: shortens it, if that can help.
    pub(crate) fn condense_after(&mut self, kind: LlmErrorKind) -> bool {
        let helps = !self.equipment.condensers().is_empty()
            && self.memory.overflows + 1 < OVERFLOWS
            && matches!(
                kind,
                LlmErrorKind::ContextWindow | LlmErrorKind::MalformedHistory
            );
        if helps {
            self.memory.overflows += 1;
            self.request_condensation();
            self.commit();
        }
        helps
    }
}

/// Asks for the summary; where the agent cannot go on without it, of everything, shorter every time.
async fn sum_up(
    llm: &dyn Llm,
    condenser: &Summarizing,
    cut: Cut,
    last_resort: Option<Cut>,
) -> (Cut, Result<Completion, LlmError>) {
    let window = llm.features().max_input_tokens;
    let mut longest = cut.longest();
    let mut error = match ask(llm, &cut, longest, window).await {
        Ok(completion) => return (cut, Ok(completion)),
        Err(error) => error,
    };
    let Some(everything) = last_resort else {
        return (cut, Err(error));
    };
    if cut != everything {
        longest = everything.longest();
    }
    for _ in 0..condenser.hard_context_reset_max_retries {
        if !shorter_may_help(error.kind) {
            break;
        }
        longest = (longest as f64 * condenser.hard_context_reset_context_scaling) as usize;
        error = match ask(llm, &everything, longest, window).await {
            Ok(completion) => return (everything, Ok(completion)),
            Err(error) => error,
        };
    }
    (everything, Err(error))
}

async fn ask(
    llm: &dyn Llm,
    cut: &Cut,
    longest: usize,
    window: Option<u64>,
) -> Result<Completion, LlmError> {
    let asked = llm.complete(cut.prompt(longest, window), &|_| {});
    let reply = unless_it_panics(asked).await;
    let completion = reply.unwrap_or_else(|| Err(broke_down(llm.features().model)))?;
    if completion.message.text().trim().is_empty() {
        return Err(LlmError {
            kind: LlmErrorKind::NoResponse,
            provider: "the condenser".to_owned(),
            model: llm.features().model,
            status: None,
            message: "its summary was empty.".to_owned(),
            hint: "Try again, or choose another model for the condenser.".to_owned(),
        });
    }
    Ok(completion)
}

/// Whether a shorter question may be answered where a longer one was not.
fn shorter_may_help(kind: LlmErrorKind) -> bool {
    match kind {
        LlmErrorKind::ContextWindow
        | LlmErrorKind::MalformedHistory
        | LlmErrorKind::BadRequest
        | LlmErrorKind::ContentPolicy
        | LlmErrorKind::NoResponse => true,
        LlmErrorKind::Auth
        | LlmErrorKind::RateLimit
        | LlmErrorKind::Quota
        | LlmErrorKind::Timeout
        | LlmErrorKind::Unavailable
        | LlmErrorKind::Config => false,
    }
}
