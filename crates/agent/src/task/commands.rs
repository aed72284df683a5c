//! What each command does. None of them waits for a tool or a model.

use domain::{
    Body, Command, CommandError, Completion, Content, Empty, EventId, Fact, LlmError, Message,
    MessageEvent, Prompt, Reply, Role, Setting, Source, Status,
};
use serde_json::Value;
use std::sync::Arc;

use super::Task;
use super::flight::unless_it_panics;
use super::orders::Answer;
use super::thinking::broke_down;

/// A question beside the conversation that came back.
pub(crate) struct Aside {
    answer: Answer,
    reply: Result<Completion, LlmError>,
}

impl Task {
    /// Does what is asked; the answer follows when it is durable.
    pub(crate) async fn obey(&mut self, command: Command, answer: Answer) {
        if let Some(error) = self.promises.broken() {
            let _ = answer.send(Err(CommandError::Log(error.clone())));
            return;
        }
        let done = match command {
            Command::Say {
                message,
                sender,
                run,
            } => self.say(message, sender, run),
            Command::Run => self.run(),
            Command::Pause => self.pause(),
            Command::Interrupt => self.interrupt(),
            Command::Confirm { accept, reason } => self.confirm(accept, &reason),
            Command::Update(setting) => self.change(setting),
            Command::Navigate(to) => self.navigate(to),
            Command::Ask(question) => return self.ask(question, answer).await,
            Command::Condense => return self.condense(answer),
            Command::Title { .. } | Command::Goal(_) => Err(CommandError::Conflict(
                "this conversation cannot do that yet".to_owned(),
            )),
        };
        self.commit();
        match done {
            Ok(reply) => {
                let mark = self.scribe.mark();
                self.promise_status();
                self.promises.answer(mark, answer, reply);
            }
            Err(error) => {
                let _ = answer.send(Err(error));
            }
        }
    }

    fn say(
        &mut self,
        message: Message,
        sender: Option<String>,
        run: bool,
    ) -> Result<Reply, CommandError> {
        if message.role != Role::User {
            return Err(CommandError::Invalid(
                "only messages of the role `user` can be sent".to_owned(),
            ));
        }
        if says_nothing(&message) {
            return Err(CommandError::Invalid(
                "the message is empty; it needs words or a picture".to_owned(),
            ));
        }
        self.ready().map_err(CommandError::Invalid)?;
        match self.state_status() {
            Status::Finished | Status::Stuck => self.set_status(Status::Idle),
            Status::WaitingForConfirmation => {
                self.set_status(Status::Idle);
                self.reject("Superseded by a new user message");
            }
            Status::Idle | Status::Running | Status::Paused | Status::Error | Status::Deleting => {}
        }
        let words = MessageEvent {
            llm_message: Message::new(Role::User, message.content),
            llm_response_id: None,
            activated_skills: Vec::new(),
            extended_content: Vec::new(),
            sender,
            critic_result: None,
        };
        let id = self.scribe.write(Source::User, Body::Message(words));
        self.scribe
            .update("last_user_message_id", Value::from(id.to_string()));
        if run {
            self.set_status(Status::Running);
        }
        Ok(Reply::Said(id))
    }

    fn run(&mut self) -> Result<Reply, CommandError> {
        match self.state_status() {
            Status::Idle
            | Status::Paused
            | Status::Error
            | Status::Stuck
            | Status::WaitingForConfirmation => {
                self.ready().map_err(CommandError::Invalid)?;
                self.set_status(Status::Running);
                Ok(Reply::Done)
            }
            Status::Finished => Ok(Reply::Done),
            Status::Running => Err(CommandError::Conflict(
                "the conversation is running already".to_owned(),
            )),
            Status::Deleting => Err(CommandError::Conflict(
                "the conversation is being deleted".to_owned(),
            )),
        }
    }

    fn pause(&mut self) -> Result<Reply, CommandError> {
        if matches!(self.state_status(), Status::Idle | Status::Running) {
            self.set_status(Status::Paused);
            self.scribe.write(Source::User, Body::Pause(Empty {}));
        }
        Ok(Reply::Done)
    }

    fn interrupt(&mut self) -> Result<Reply, CommandError> {
        if self.cut_off(Some(())) {
            self.scribe.write(Source::User, Body::Interrupt(Empty {}));
        }
        Ok(Reply::Done)
    }

    fn confirm(&mut self, accept: bool, reason: &str) -> Result<Reply, CommandError> {
        if self.state_status() != Status::WaitingForConfirmation {
            return Err(CommandError::Conflict(
                "nothing waits for confirmation".to_owned(),
            ));
        }
        if accept {
            self.set_status(Status::Running);
        } else {
            self.set_status(Status::Idle);
            self.reject(reason);
        }
        Ok(Reply::Done)
    }

    fn change(&mut self, setting: Setting) -> Result<Reply, CommandError> {
        match setting {
            Setting::ConfirmationPolicy(policy) => {
                let value = serde_json::to_value(policy)
                    .map_err(|e| CommandError::Invalid(e.to_string()))?;
                self.scribe.update("confirmation_policy", value);
            }
            Setting::SecurityAnalyzer(analyzer) => {
                self.equipment.switch_analyzer(analyzer.clone());
                self.scribe
                    .update("security_analyzer", analyzer.unwrap_or(Value::Null));
            }
            Setting::Secrets(secrets) => {
                self.equipment.add_secrets(secrets);
                self.scribe.hide(self.equipment.secrets());
                let sealed = super::recovery::sealed(self.equipment.start(), &*self.vault);
                self.scribe.note(&Fact::Secrets {
                    secrets: sealed.secrets,
                });
            }
            Setting::Llm(spec) => {
                let condenser_too = self.equipment.switch_llm(*spec);
                self.scribe.hide(self.equipment.secrets());
                let sealed = super::recovery::sealed(self.equipment.start(), &*self.vault);
                self.scribe.note(&Fact::Llm {
                    spec: Box::new(sealed.agent.llm),
                    condenser: sealed.agent.condenser.filter(|_| condenser_too),
                });
                self.lose_weight();
            }
            Setting::Context {
                agent_context,
                mcp_config,
                hook_config,
            } => {
                self.equipment.switch_context(
                    agent_context.clone(),
                    mcp_config.clone(),
                    hook_config.clone(),
                );
                self.scribe.note(&Fact::Context {
                    agent_context,
                    mcp_config,
                    hook_config,
                });
            }
            Setting::Tags(tags) => {
                check_tags(&tags)?;
                self.scribe.update("tags", serde_json::json!(tags));
            }
            Setting::Title(title) => {
                let title = self.scribe.masked(&title);
                self.scribe.note(&Fact::Title { title });
            }
            Setting::MaxIterations(max_iterations) => {
                if max_iterations == 0 {
                    return Err(CommandError::Invalid(
                        "a run needs at least one step".to_owned(),
                    ));
                }
                let max_budget_per_run = self.state().start.max_budget_per_run;
                self.scribe.note(&Fact::Limits {
                    max_iterations,
                    max_budget_per_run,
                });
            }
            Setting::Budget(max_budget_per_run) => {
                if max_budget_per_run.is_some_and(|limit| !limit.is_finite() || limit < 0.0) {
                    return Err(CommandError::Invalid(
                        "a budget is a number of US dollars, zero or more".to_owned(),
                    ));
                }
                let max_iterations = self.state().start.max_iterations;
                self.scribe.note(&Fact::Limits {
                    max_iterations,
                    max_budget_per_run,
                });
            }
        }
        Ok(Reply::Done)
    }

    fn navigate(&mut self, to: Option<EventId>) -> Result<Reply, CommandError> {
        if self.state_status() == Status::Running {
            let advice =
                "the conversation is running; pause or interrupt it before moving its head";
            return Err(CommandError::Conflict(advice.to_owned()));
        }
        if let Some(id) = &to
            && self.state().tree.place(id).is_none()
        {
            return Err(CommandError::NotFound(format!(
                "there is no event {id} in this conversation"
            )));
        }
        self.cut_off(None);
        // Whoever comes back to this branch finds every call answered.
        self.reject("The conversation was taken up at another point before this was confirmed");
        self.scribe.note(&Fact::Head { event: to });
        self.lose_weight();
        if self.state_status() != Status::Idle {
            self.set_status(Status::Idle);
        }
        Ok(Reply::Done)
    }

    async fn ask(&mut self, question: String, answer: Answer) {
        let llm = match self.equipment.llm() {
            Ok(llm) => llm,
            Err(error) => {
                let _ = answer.send(Err(CommandError::Llm(error)));
                return;
            }
        };
        let prompt = match self.prompt().await {
            Ok(prompt) => prompt,
            Err(reason) => {
                let _ = answer.send(Err(CommandError::Invalid(reason)));
                return;
            }
        };
        let prompt = beside(prompt, &question);
        self.asides.spawn(async move {
            let reply = unless_it_panics(llm.complete(prompt, &|_| {})).await;
            let reply = reply.unwrap_or_else(|| Err(broke_down(llm.features().model)));
            Aside { answer, reply }
        });
    }

    pub(crate) fn answer_aside(&mut self, aside: Result<Aside, tokio::task::JoinError>) {
        let Ok(Aside { answer, reply }) = aside else {
            return;
        };
        match reply {
            Ok(completion) => {
                self.record_usage(&completion, "ask-agent-llm");
                self.commit();
                let text = self.scribe.masked(&completion.message.text());
                self.promises
                    .answer(self.scribe.mark(), answer, Reply::Answer(text));
            }
            Err(mut error) => {
                error.message = self.scribe.masked(&error.message);
                let _ = answer.send(Err(CommandError::Llm(error)));
            }
        }
    }

    fn state_status(&self) -> Status {
        self.state().status()
    }
}

/// The history with a question at its end, and no way to act.
fn beside(prompt: Prompt, question: &str) -> Prompt {
    let text = format!(
        "A question beside the task. Answer it in words from what you know so far; call no tool.\n\n{question}"
    );
    let mut messages = Vec::clone(&prompt.messages);
    match messages.last_mut() {
        Some(last) if last.role == Role::User => {
            Arc::make_mut(last).content.push(Content::text(text));
        }
        Some(_) | None => messages.push(Arc::new(Message::user(text))),
    }
    Prompt {
        messages: Arc::new(messages),
        stream: false,
        ..prompt
    }
}

fn says_nothing(message: &Message) -> bool {
    message.content.iter().all(|block| match block {
        Content::Text { text, .. } => text.trim().is_empty(),
        Content::Image { image_urls, .. } => image_urls.is_empty(),
    })
}

pub(crate) fn check_tags(
    tags: &std::collections::BTreeMap<String, String>,
) -> Result<(), CommandError> {
    for (key, value) in tags {
        if key.is_empty()
            || !key
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        {
            return Err(CommandError::Invalid(format!(
                "tag key `{key}` may hold only lower-case letters and digits"
            )));
        }
        if value.chars().count() > 256 {
            return Err(CommandError::Invalid(format!(
                "the value of tag `{key}` is longer than 256 characters"
            )));
        }
    }
    Ok(())
}
