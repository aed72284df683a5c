//! Naming a conversation after its first words, without anybody waiting for it.

use domain::{
    Body, CommandError, Event, Fact, LlmError, LlmSpec, LogError, Message, Reply, Source,
    TITLE_LENGTH,
};

use super::Task;
use super::asides::Purpose;
use super::orders::Answer;
use crate::title;

/// A name that is asked for.
pub(crate) struct Naming {
    words: String,
    max_length: usize,
    /// Who wants to know it; without anybody, the conversation takes it.
    answer: Option<Answer>,
}

impl Task {
    /// Asks for a name after the words of the person, if the conversation wants one and has none.
    pub(crate) fn name_after(&mut self, message: &Message) {
        let start = self.state().start.clone();
        let words = message.text();
        if !start.autotitle || start.title.is_some() || self.naming || words.trim().is_empty() {
            return;
        }
        self.naming = true;
        let llm = self.equipment.start().title_llm.clone();
        self.ask_for_name(
            llm.as_deref(),
            Naming {
                words,
                max_length: TITLE_LENGTH,
                answer: None,
            },
        );
    }

    /// Asks for a name that the conversation does not take by itself.
    pub(crate) fn title(&mut self, llm: Option<&LlmSpec>, max_length: usize, answer: Answer) {
        match self.first_words() {
            Ok(Some(words)) => self.ask_for_name(
                llm,
                Naming {
                    words,
                    max_length,
                    answer: Some(answer),
                },
            ),
            Ok(None) => {
                let why = "No user messages found in conversation events";
                let _ = answer.send(Err(CommandError::Conflict(why.to_owned())));
            }
            Err(error) => drop(answer.send(Err(error.into()))),
        }
    }

    fn ask_for_name(&mut self, llm: Option<&LlmSpec>, naming: Naming) {
        let template = self.state().start.title_prompt.clone();
        let words = self.scribe.masked(&naming.words);
        let prompt = title::prompt(&words, template.as_deref(), naming.max_length);
        let asked = self.ask_aside(llm, prompt, Purpose::Name(naming));
        if let Err((error, Purpose::Name(naming))) = asked.map_err(|refused| *refused) {
            self.absorb_name(naming, Err(error));
        }
    }

    /// Takes in a name; where the model gave none, the beginning of the words is one.
    pub(crate) fn absorb_name(&mut self, naming: Naming, said: Result<String, LlmError>) {
        let Naming {
            words,
            max_length,
            answer,
        } = naming;
        let name = said
            .inspect_err(|error| tracing::warn!(%error, "no model named the conversation"))
            .ok()
            .and_then(|said| title::in_answer(&said, max_length));
        let name =
            name.unwrap_or_else(|| title::from_words(&self.scribe.masked(&words), max_length));
        match answer {
            Some(answer) => self
                .promises
                .answer(self.scribe.mark(), answer, Reply::Answer(name)),
            None => self.take_name(name),
        }
    }

    /// A name that somebody gave in the meantime stays.
    fn take_name(&mut self, title: String) {
        self.naming = false;
        if self.state().start.title.is_none() {
            self.scribe.note(&Fact::Title { title });
            self.commit();
        }
    }

    /// The first words of the person in the log.
    fn first_words(&self) -> Result<Option<String>, LogError> {
        let Some(mut from) = self.state().first_user_message else {
            return Ok(None);
        };
        loop {
            let entries = self.scribe.log().read(from, 64)?;
            let Some(last) = entries.last().map(|entry| entry.seq) else {
                return Ok(None);
            };
            let words = entries
                .iter()
                .filter_map(|entry| entry.event().ok())
                .find_map(|event| spoken(&event));
            if words.is_some() {
                return Ok(words);
            }
            from = last + 1;
        }
    }
}

fn spoken(event: &Event) -> Option<String> {
    let Body::Message(words) = &event.body else {
        return None;
    };
    let text = words.llm_message.text();
    (event.source == Source::User && !text.trim().is_empty()).then_some(text)
}
