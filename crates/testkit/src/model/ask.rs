//! What a model was asked, in no provider's words: enough to choose a script and to decide a condition.

mod body;

use domain::{Prompt, Role};

/// One thing said in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// By the person.
    User(String),
    /// By the model; one reply, whatever it consists of.
    Assistant {
        /// Its text.
        text: String,
        /// The tools it called.
        calls: Vec<String>,
    },
    /// By a tool.
    Result {
        /// The call it answers.
        call: String,
        /// Its text.
        text: String,
    },
}

/// A request to a model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// The model asked for.
    pub model: String,
    /// The standing instructions.
    pub system: String,
    /// The history.
    pub history: Vec<Said>,
    /// The tools on offer.
    pub tools: Vec<String>,
    /// What lets the calls of one conversation share a cache.
    pub cache_key: Option<String>,
}

impl Ask {
    /// The first words of the person.
    pub fn first_user(&self) -> Option<&str> {
        self.history.iter().find_map(|said| match said {
            Said::User(text) => Some(text.as_str()),
            Said::Assistant { .. } | Said::Result { .. } => None,
        })
    }

    /// The last words of the person.
    pub fn last_user(&self) -> Option<&str> {
        self.history.iter().rev().find_map(|said| match said {
            Said::User(text) => Some(text.as_str()),
            Said::Assistant { .. } | Said::Result { .. } => None,
        })
    }

    /// What the tools answered to the last reply; nothing if it called none.
    pub fn last_results(&self) -> impl Iterator<Item = &str> {
        self.history
            .iter()
            .rev()
            .take_while(|said| !matches!(said, Said::Assistant { .. }))
            .filter_map(|said| match said {
                Said::Result { text, .. } => Some(text.as_str()),
                Said::User(_) | Said::Assistant { .. } => None,
            })
    }

    /// How many replies of the model are in the history.
    pub fn replies(&self) -> u64 {
        let replies = self.history.iter();
        let replies = replies.filter(|said| matches!(said, Said::Assistant { .. }));
        replies.count() as u64
    }

    /// Whether anything in it holds the text.
    pub fn mentions(&self, needle: &str) -> bool {
        self.system.contains(needle)
            || self.history.iter().any(|said| match said {
                Said::User(text) | Said::Result { text, .. } | Said::Assistant { text, .. } => {
                    text.contains(needle)
                }
            })
    }

    /// The name after `SCENARIO:` in the first words of the person.
    pub fn scenario(&self) -> Option<&str> {
        let (_, after) = self.first_user()?.split_once("SCENARIO:")?;
        let name = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        let end = after.find(|c| !name(c)).unwrap_or(after.len());
        Some(&after[..end]).filter(|name| !name.is_empty())
    }

    /// The request as it was before the reply of that number, counted from 0.
    pub(super) fn before_reply(&self, number: u64) -> Self {
        let mut seen = 0;
        let mut history = Vec::new();
        for said in &self.history {
            if matches!(said, Said::Assistant { .. }) {
                if seen == number {
                    break;
                }
                seen += 1;
            }
            history.push(said.clone());
        }
        Self {
            history,
            ..self.clone()
        }
    }
}

impl From<&Prompt> for Ask {
    fn from(prompt: &Prompt) -> Self {
        let mut ask = Self {
            tools: prompt.tools.iter().map(|tool| tool.name.clone()).collect(),
            cache_key: prompt.cache_key.clone(),
            ..Self::default()
        };
        for message in prompt.messages.iter() {
            let text = message.text();
            match message.role {
                Role::System => ask.system.push_str(&text),
                Role::User => ask.history.push(Said::User(text)),
                Role::Assistant => ask.history.push(Said::Assistant {
                    text,
                    calls: message.calls().iter().map(|c| c.name.clone()).collect(),
                }),
                Role::Tool => ask.history.push(Said::Result {
                    call: message.tool_call_id.clone().unwrap_or_default(),
                    text,
                }),
            }
        }
        ask
    }
}
