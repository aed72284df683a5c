//! Asking the model, and taking in what it says.

use std::sync::Arc;

use domain::{
    AgentError, Body, Classification, Completion, EventId, Fact, Live, LlmError, LlmErrorKind,
    Message, MessageEvent, Prompt, Risk, Role, SecurityAnalysis, Source, Status, Usage,
};

use super::Task;
use super::deltas::Deltas;
use super::flight::{Flight, Thinking, unless_it_panics};
use crate::prompt;
use crate::reply::{Called, Reader, Reply};

/// How often in a row the provider may refuse to talk about something before the run ends.
const REFUSALS: u32 = 3;

impl Task {
    /// Writes the standing instructions, if the branch has none yet.
    pub(crate) fn ready(&mut self) -> Result<(), String> {
        if self.state().prompted {
            return Ok(());
        }
        let outputs = self.scribe.log().outputs().to_owned();
        self.equipment
            .executor(&outputs)
            .map_err(|error| error.to_string())?;
        let today = self.clock.stamp().0.chars().take(10).collect::<String>();
        let prompt = prompt::system_prompt(self.equipment.start(), &self.equipment.tools(), &today);
        self.scribe.write(Source::Agent, Body::SystemPrompt(prompt));
        Ok(())
    }

    /// Starts to ask the model; a run that cannot be equipped ends with the reason.
    pub(crate) async fn think(&mut self) {
        if let Err(reason) = self.ready() {
            return self.fail("ToolSetupError", reason, None);
        }
        let llm = match self.equipment.llm() {
            Ok(llm) => llm,
            Err(error) => return self.fail_llm(&error),
        };
        let features = llm.features();
        if !features.vision && self.last_words_hold_images() {
            return self.admit_blindness(&features.model);
        }
        match self.condense_first(&features).await {
            Ok(true) => return,
            Ok(false) => {}
            Err(reason) => return self.fail("CondensationError", reason, None),
        }
        let prompt = match self.next_prompt().await {
            Ok(prompt) => prompt,
            Err(reason) => return self.fail("ToolSetupError", reason, None),
        };
        self.show(prompt.messages.len());
        let item = self.scribe.fresh_id();
        let news = self.has_news();
        let asked_at = self.state().len();
        self.asked_at = asked_at;
        self.commit();
        if self.promises.broken().is_some() {
            return;
        }
        let (log, mark) = (Arc::clone(self.scribe.log()), self.scribe.mark());
        let deltas = Deltas::new(
            item.clone(),
            self.bus.clone(),
            self.scribe.veil(),
            self.scribe.veil(),
        );
        if prompt.stream {
            let _ = self.bus.send(Live::Started {
                item: item.clone(),
                anchor: self.asked_at,
            });
        }
        let reply = Box::pin(async move {
            // Nobody pays for an answer to words that a crash could still take back.
            if news && log.durable(mark).await.is_err() {
                // The task hears of a log that failed by itself, and drops this.
                return std::future::pending().await;
            }
            let hear = |delta| deltas.hear(delta);
            let reply = unless_it_panics(llm.complete(prompt, &hear)).await;
            deltas.finish();
            reply.unwrap_or_else(|| Err(broke_down(features.model)))
        });
        self.flight = Flight::Thinking(Thinking {
            item,
            usage_id: self.equipment.start().agent.llm.usage_id.clone(),
            reply,
        });
    }

    /// The prompt of the next step. One that ended with the model's own words would ask it to go on talking.
    async fn next_prompt(&mut self) -> Result<Prompt, String> {
        let prompt = self.prompt().await?;
        if prompt
            .messages
            .last()
            .is_none_or(|last| last.role != Role::Assistant)
        {
            return Ok(prompt);
        }
        let text = "You ended your turn here, and are asked to go on. Continue with the task by calling a tool, \
                    or call `finish` if it is done.";
        self.scribe.engine_says(text.to_owned());
        self.commit();
        self.prompt().await
    }

    /// The history and the tools as they are.
    pub(crate) async fn prompt(&mut self) -> Result<Prompt, String> {
        let outputs = self.scribe.log().outputs().to_owned();
        self.equipment
            .executor(&outputs)
            .map_err(|error| error.to_string())?;
        let tools = self.equipment.schemas();
        let start = self.equipment.start();
        let origin = start.forked_from.as_ref();
        let cache_key = origin
            .and_then(|o| o.cache_key.clone())
            .unwrap_or_else(|| start.id.to_string());
        let stream = start.agent.llm.stream;
        let view = self
            .scribe
            .view()
            .await
            .map_err(|error| error.to_string())?;
        let messages = view.messages();
        let cache_marks = view.cache_marks(&messages);
        Ok(Prompt {
            messages,
            tools,
            cache_marks,
            cache_key: Some(cache_key),
            stream,
        })
    }

    fn last_words_hold_images(&self) -> bool {
        self.state()
            .last_words
            .as_ref()
            .is_some_and(|words| words.images)
    }

    fn admit_blindness(&mut self, model: &str) {
        let text = format!(
            "I received your image, but {model} cannot see images. Switch to a model that can, or describe it in words."
        );
        let words = MessageEvent {
            llm_message: Message::new(Role::Assistant, vec![domain::Content::text(text)]),
            llm_response_id: None,
            activated_skills: Vec::new(),
            extended_content: Vec::new(),
            sender: None,
            critic_result: None,
        };
        self.scribe.write(Source::Agent, Body::Message(words));
        self.set_status(Status::Finished);
        self.commit();
    }

    pub(crate) fn absorb_reply(
        &mut self,
        item: EventId,
        usage_id: &str,
        reply: Result<Completion, LlmError>,
    ) {
        match reply {
            Ok(completion) => {
                self.refusals = 0;
                self.rebuilt = false;
                self.weigh(&completion);
                self.record_usage(&completion, usage_id);
                self.absorb_completion(item, completion);
            }
            Err(error) => {
                let _ = self.bus.send(Live::Aborted {
                    item,
                    reason: error.kind.code().to_owned(),
                });
                self.absorb_llm_error(&error);
            }
        }
    }

    fn absorb_completion(&mut self, item: EventId, completion: Completion) {
        let reply = self.read_reply(completion);
        match reply {
            Reply::Calls(calls) => self.write_calls(item, calls),
            Reply::Words(words) => {
                self.scribe
                    .write_as(item, Source::Agent, Body::Message(words));
                self.finish();
                self.commit();
            }
            Reply::Nothing(words) => {
                self.scribe
                    .write_as(item, Source::Agent, Body::Message(words));
                let text = "Your last reply held neither words nor a tool call. Go on with the task by calling a tool, \
                            or call `finish` if it is done.";
                self.scribe.engine_says(text.to_owned());
                self.commit();
            }
        }
    }

    fn read_reply(&self, completion: Completion) -> Reply {
        let tools = self.equipment.tools();
        let state = self.state();
        let reader = Reader {
            tools: &tools,
            judges_risk: self.equipment.judges_risk(),
            taken: &|name| state.knows(name),
            fresh: &|| self.clock.uuid().as_simple().to_string(),
        };
        reader.read(completion)
    }

    /// Records what a call used, and the new totals.
    pub(crate) fn record_usage(&mut self, completion: &Completion, usage_id: &str) {
        let usage = Usage {
            usage_id: usage_id.to_owned(),
            tokens: completion.tokens.clone(),
            cost: completion.cost,
            latency: completion.latency,
            timestamp: self.clock.micros() as f64 / 1e6,
        };
        self.scribe.note(&Fact::Used { usage });
        let totals = self.state().stats.snapshot();
        self.scribe.update("stats", totals);
    }

    fn write_calls(&mut self, item: EventId, calls: Vec<Called>) {
        let mut item = Some(item);
        let mut batch = Vec::with_capacity(calls.len());
        let mut errors = Vec::new();
        for Called { action, error } in calls {
            let id = item.take().unwrap_or_else(|| self.scribe.fresh_id());
            if let Some(error) = error {
                errors.push((action.tool_name.clone(), action.tool_call_id.clone(), error));
            } else {
                batch.push((id.clone(), action.security_risk, action.tool_name.clone()));
                self.remember(id.clone(), action.clone());
            }
            self.scribe
                .write_as(id, Source::Agent, Body::Action(Box::new(action)));
        }
        for (tool_name, tool_call_id, error) in errors {
            let classification = Some(Classification::agent_mistake());
            let error = AgentError {
                tool_name,
                tool_call_id,
                error,
                classification,
            };
            self.scribe.write(Source::Agent, Body::AgentError(error));
        }
        self.ask_if_risky(&batch);
        self.commit();
    }

    /// Stops the whole batch for the person's word, if the policy wants it.
    fn ask_if_risky(&mut self, batch: &[(EventId, Risk, String)]) {
        let harmless = matches!(batch, [(_, _, tool)] if tool == "finish" || tool == "think");
        if batch.is_empty() || harmless {
            return;
        }
        let start = std::sync::Arc::clone(&self.state().start);
        if let Some(analyzer) = prompt::analyzer(&start) {
            let analysis = SecurityAnalysis {
                analyzer: analyzer.to_owned(),
                policy: start.confirmation_policy.kind().to_owned(),
                risks: batch
                    .iter()
                    .map(|(id, risk, _)| (id.clone(), *risk))
                    .collect(),
                details: std::collections::BTreeMap::new(),
            };
            self.scribe
                .write(Source::Environment, Body::SecurityAnalysis(analysis));
        }
        if batch
            .iter()
            .any(|(_, risk, _)| start.confirmation_policy.asks(*risk))
        {
            self.set_status(Status::WaitingForConfirmation);
        }
    }

    /// The agent is done, unless somebody said something since it was last asked.
    pub(crate) fn finish(&mut self) {
        if self.has_news() {
            // A history that ends with the model's own words would ask it to go on talking.
            let text = "The user's last message came while you were writing this and stands above it. \
                        Act on it now.";
            self.scribe.engine_says(text.to_owned());
        } else if matches!(
            self.state().status(),
            // There is nothing left to pause.
            Status::Running | Status::Paused
        ) {
            self.set_status(Status::Finished);
        }
    }

    fn has_news(&self) -> bool {
        let state = self.state();
        state
            .last_words
            .as_ref()
            .is_some_and(|words| words.place >= self.asked_at)
    }

    fn absorb_llm_error(&mut self, error: &LlmError) {
        match error.kind {
            LlmErrorKind::ContentPolicy if self.refusals + 1 < REFUSALS => {
                self.refusals += 1;
                let text = "The model's provider refused to answer this under its content policy. Go on with the task in \
                            other words, or say why you cannot.";
                self.scribe.engine_says(text.to_owned());
                self.commit();
            }
            LlmErrorKind::MalformedHistory if !self.rebuilt => {
                self.rebuilt = true;
                self.scribe.forget_view();
            }
            LlmErrorKind::ContextWindow | LlmErrorKind::MalformedHistory
                if self.condense_after(error.kind) => {}
            LlmErrorKind::ContentPolicy
            | LlmErrorKind::MalformedHistory
            | LlmErrorKind::ContextWindow
            | LlmErrorKind::Auth
            | LlmErrorKind::RateLimit
            | LlmErrorKind::Quota
            | LlmErrorKind::Timeout
            | LlmErrorKind::Unavailable
            | LlmErrorKind::BadRequest
            | LlmErrorKind::NoResponse
            | LlmErrorKind::Config => self.fail_llm(error),
        }
    }

    pub(crate) fn fail_llm(&mut self, error: &LlmError) {
        let detail = self.scribe.masked(&error.to_string());
        self.fail(error.kind.code(), detail, Some(error.kind.classification()));
    }
}

pub(super) fn broke_down(model: String) -> LlmError {
    LlmError {
        kind: LlmErrorKind::NoResponse,
        provider: "the model's client".to_owned(),
        model,
        status: None,
        message: "it broke down; this is a fault of the program, not of the model.".to_owned(),
        hint: "Try again, and report it if it happens again.".to_owned(),
    }
}
