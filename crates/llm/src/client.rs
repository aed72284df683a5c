//! A model that can be asked: attempts, waits and the error that is left in the end. Knows no dialect.

mod attempt;
mod explain;

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::{Completion, Delta, Features, Fut, Llm, LlmError, LlmErrorKind, LlmSpec, Prompt};
use tokio::time::Instant;

use crate::failure::Failure;
use crate::http::Http;
use crate::plan::Plan;
use crate::retry::Schedule;
use crate::tweaks::Tweaks;
use crate::wire::Memory;
use crate::{Config, Dialect};
use attempt::Attempt;

/// One model, as one conversation asks it.
pub struct Client {
    plan: Plan,
    http: Http,
    schedule: Schedule,
    memory: Memory,
    /// What the provider was found not to take.
    learned: Mutex<Tweaks>,
}

/// How often one question is changed to please the provider.
const CHANGES: u32 = 8;

impl Client {
    /// A client with the built-in table.
    pub fn new(spec: &LlmSpec, http: &Http) -> Result<Self, LlmError> {
        Self::with(spec, http, &Config::default())
    }

    /// A client; fails if the configuration cannot work. Nothing is sent yet.
    pub fn with(spec: &LlmSpec, http: &Http, config: &Config) -> Result<Self, LlmError> {
        Ok(Self {
            plan: Plan::new(spec, config)?,
            http: http.clone(),
            schedule: Schedule::new(spec),
            memory: Memory::default(),
            learned: Mutex::default(),
        })
    }

    /// Whether it could be asked right away: the error is the one `complete` would give before anything is sent.
    pub fn ready(&self) -> Result<(), LlmError> {
        if self.plan.lacks_key() {
            let failure = Failure::new(LlmErrorKind::Auth, "there is no API key.");
            return Err(explain::error(&self.plan, &failure, 0));
        }
        Ok(())
    }

    /// In which dialect the model is asked.
    pub fn dialect(&self) -> Dialect {
        self.plan.dialect
    }

    async fn ask(
        &self,
        prompt: &Prompt,
        deltas: &(dyn Fn(Delta) + Send + Sync),
    ) -> Result<Completion, LlmError> {
        self.ready()?;
        let mut tweaks = self.learned().clone();
        let (mut attempts, mut failed, mut changes) = (0, 0, 0);
        loop {
            attempts += 1;
            deltas(Delta::Attempt(attempts));
            let attempt = Attempt {
                plan: &self.plan,
                http: &self.http,
                memory: &self.memory,
                prompt,
                tweaks: &tweaks,
            };
            let started = Instant::now();
            let mut parameters = Vec::new();
            let failure = match attempt.run(&mut parameters, deltas).await {
                Ok(reply) => return Ok(self.completion(reply, started.elapsed())),
                Err(failure) => failure,
            };
            let better = self.adapted(&tweaks, &failure, &parameters, prompt);
            if let Some(better) = better.filter(|_| changes < CHANGES) {
                changes += 1;
                let reason = explain::line(&self.plan, &failure);
                tracing::info!(%reason, "a model call is changed to what the provider takes");
                tweaks = better;
                continue;
            }
            failed += 1;
            let wait = failure
                .retries()
                .then(|| self.schedule.wait(failed, failure.wait))
                .flatten();
            let Some(wait) = wait else {
                return Err(explain::error(&self.plan, &failure, failed));
            };
            tweaks.warm |= failure.kind == LlmErrorKind::NoResponse;
            self.rest(&failure, failed, wait, deltas).await;
        }
    }

    /// Waits before the next attempt.
    async fn rest(
        &self,
        failure: &Failure,
        failed: u32,
        wait: Duration,
        deltas: &(dyn Fn(Delta) + Send + Sync),
    ) {
        let reason = explain::line(&self.plan, failure);
        tracing::warn!(failed, ?wait, %reason, "a model call failed and is tried again");
        deltas(Delta::Retry { reason, wait });
        tokio::time::sleep(wait).await;
    }

    /// A request the provider may take after it refused this one.
    fn adapted(
        &self,
        tweaks: &Tweaks,
        failure: &Failure,
        parameters: &[String],
        prompt: &Prompt,
    ) -> Option<Tweaks> {
        if !self.plan.spec.drop_params {
            return None;
        }
        let better = tweaks.after(failure, parameters, prompt.messages.len())?;
        *self.learned() = better.lasting();
        Some(better)
    }

    fn learned(&self) -> std::sync::MutexGuard<'_, Tweaks> {
        self.learned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn completion(&self, reply: attempt::Answer, took: Duration) -> Completion {
        let attempt::Answer { reply, cost } = reply;
        let plan = &self.plan;
        let id = reply.id.clone();
        let cost = cost
            .or(reply.cost)
            .unwrap_or_else(|| plan.rates.cost(&reply.tokens));
        Completion {
            tokens: reply.tokens.usage(&plan.spec.model, plan.limits.input, &id),
            message: reply.message(),
            id,
            cost,
            latency: took.as_secs_f64(),
        }
    }
}

impl fmt::Debug for Client {
    /// Names the model only: headers and addresses may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client")
            .field(&self.plan.spec.model)
            .finish()
    }
}

impl Llm for Client {
    fn complete<'a>(
        &'a self,
        prompt: Prompt,
        deltas: &'a (dyn Fn(Delta) + Send + Sync),
    ) -> Fut<'a, Result<Completion, LlmError>> {
        Box::pin(async move { self.ask(&prompt, deltas).await })
    }

    fn features(&self) -> Features {
        self.plan.features()
    }
}
