//! Questions to a model beside the work: they wait for nothing, and nothing waits for them.

use std::sync::Arc;

use domain::{CommandError, Completion, Content, LlmError, LlmSpec, Message, Prompt, Reply, Role};

use super::Task;
use super::flight::unless_it_panics;
use super::naming::Naming;
use super::orders::Answer;
use super::thinking::broke_down;

/// A question that came back.
pub(crate) struct Aside {
    purpose: Purpose,
    usage_id: String,
    reply: Result<Completion, LlmError>,
}

/// What a question was for.
pub(crate) enum Purpose {
    /// Somebody wants to know.
    Ask(Answer),
    /// A name for the conversation.
    Name(Naming),
    /// Whether a goal is met; which look at it this is.
    Judge(u64),
}

impl Task {
    /// Asks the agent's model, or another, without anybody waiting for it here.
    pub(crate) fn ask_aside(
        &mut self,
        llm: Option<&LlmSpec>,
        prompt: Prompt,
        purpose: Purpose,
    ) -> Result<(), Box<(LlmError, Purpose)>> {
        let model = match llm {
            Some(spec) => self.equipment.llm_of(spec),
            None => self.equipment.llm(),
        };
        let model = match model {
            Ok(model) => model,
            Err(error) => return Err(Box::new((error, purpose))),
        };
        let spec = llm.unwrap_or(&self.equipment.start().agent.llm);
        let usage_id = match purpose {
            Purpose::Ask(_) => "ask-agent-llm".to_owned(),
            Purpose::Name(_) | Purpose::Judge(_) => spec.usage_id.clone(),
        };
        self.asides.spawn(async move {
            let reply = unless_it_panics(model.complete(prompt, &|_| {})).await;
            let reply = reply.unwrap_or_else(|| Err(broke_down(model.features().model)));
            Aside {
                purpose,
                usage_id,
                reply,
            }
        });
        Ok(())
    }

    /// Asks the agent something about its history, which does not hear of it.
    pub(crate) async fn ask(&mut self, question: String, answer: Answer) {
        let prompt = match self.prompt().await {
            Ok(prompt) => beside(prompt, &question),
            Err(reason) => {
                let _ = answer.send(Err(CommandError::Invalid(reason)));
                return;
            }
        };
        let asked = self.ask_aside(None, prompt, Purpose::Ask(answer));
        if let Err((error, Purpose::Ask(answer))) = asked.map_err(|refused| *refused) {
            let _ = answer.send(Err(CommandError::Llm(error)));
        }
    }

    /// Takes in what came back.
    pub(crate) fn absorb_aside(&mut self, aside: Result<Aside, tokio::task::JoinError>) {
        let Ok(Aside {
            purpose,
            usage_id,
            reply,
        }) = aside
        else {
            return;
        };
        if let Ok(completion) = &reply {
            self.record_usage(completion, &usage_id);
            self.commit();
        }
        let said = reply.map(|completion| self.scribe.masked(&completion.message.text()));
        let said = said.map_err(|mut error| {
            error.message = self.scribe.masked(&error.message);
            error
        });
        match purpose {
            Purpose::Ask(answer) => match said {
                Ok(text) => self
                    .promises
                    .answer(self.scribe.mark(), answer, Reply::Answer(text)),
                Err(error) => drop(answer.send(Err(CommandError::Llm(error)))),
            },
            Purpose::Name(naming) => self.absorb_name(naming, said),
            Purpose::Judge(look) => self.absorb_verdict(look, said),
        }
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
