//! What each command does. None of them waits for a tool or a model.

use domain::{
    Body, Command, CommandError, Content, Empty, EventId, Fact, Message, MessageEvent, Reply, Role,
    Setting, Source, Status,
};
use serde_json::Value;

use super::Task;
use super::orders::Answer;
use crate::skills;

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
            } => {
                // Whoever says something takes the lead.
                let sayable = sayable(&message);
                sayable.and_then(|()| {
                    self.give_up_goal();
                    self.say(message, sender, run)
                })
            }
            Command::Run => self.run(),
            Command::Pause => {
                self.give_up_judging();
                self.pause()
            }
            Command::Interrupt => {
                self.give_up_judging();
                self.interrupt()
            }
            Command::Confirm { accept, reason } => self.confirm(accept, &reason),
            Command::Update(setting) => self.change(setting),
            Command::Navigate(to) => self.navigate(to),
            Command::Ask(question) => return self.ask(question, answer).await,
            Command::Condense => return self.condense(answer),
            Command::Title { llm, max_length } => {
                return self.title(llm.as_deref(), max_length, answer);
            }
            Command::Goal(goal) => self.goal(goal),
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

    pub(crate) fn say(
        &mut self,
        message: Message,
        sender: Option<String>,
        run: bool,
    ) -> Result<Reply, CommandError> {
        self.ready().map_err(CommandError::Invalid)?;
        match self.state_status() {
            Status::Finished | Status::Stuck => self.set_status(Status::Idle),
            Status::WaitingForConfirmation => {
                self.set_status(Status::Idle);
                self.reject("Superseded by a new user message");
            }
            Status::Idle | Status::Running | Status::Paused | Status::Error | Status::Deleting => {}
        }
        self.name_after(&message);
        let before = self.state().ledger.activated_knowledge_skills.clone();
        let recalled = skills::recalled(self.equipment.context(), &message, &before);
        let (extended_content, activated_skills) =
            recalled.map_or_else(Default::default, |r| (vec![r.content], r.names));
        let words = MessageEvent {
            llm_message: Message::new(Role::User, message.content),
            llm_response_id: None,
            activated_skills,
            extended_content,
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
                let sealed = self.equipment.start().sealed(&*self.vault);
                self.scribe.note(&Fact::Secrets {
                    secrets: sealed.secrets,
                });
            }
            Setting::Llm(spec) => {
                let condenser_too = self.equipment.switch_llm(*spec);
                self.scribe.hide(self.equipment.secrets());
                let sealed = self.equipment.start().sealed(&*self.vault);
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
                self.equipment
                    .switch_context(agent_context, mcp_config, hook_config);
                self.scribe.hide(self.equipment.secrets());
                let sealed = self.equipment.start().sealed(&*self.vault);
                self.scribe.note(&Fact::Secrets {
                    secrets: sealed.secrets,
                });
                self.scribe.note(&Fact::Context {
                    agent_context: sealed.agent.agent_context,
                    mcp_config: sealed.agent.mcp_config,
                    hook_config: sealed.hook_config,
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

    fn state_status(&self) -> Status {
        self.state().status()
    }
}

fn sayable(message: &Message) -> Result<(), CommandError> {
    let fault = if message.role != Role::User {
        "only messages of the role `user` can be sent"
    } else if says_nothing(message) {
        "the message is empty; it needs words or a picture"
    } else {
        return Ok(());
    };
    Err(CommandError::Invalid(fault.to_owned()))
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
