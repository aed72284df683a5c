//! `--model demo`: a model that follows a script, offline. It looks at the history like any model and calls real tools;
//! what it fixes is really broken and really fixed. Knows no network.

mod project;
mod scene;
mod story;

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{
    Completion, Content, Delta, Features, Fut, Llm, LlmError, Message, Origin, Piece, Prompt, Role,
    TokenUsage, ToolCall,
};

use story::{Step, next};

/// The name by which it is chosen.
pub const NAME: &str = "demo";

/// What to say to it to see everything.
pub const TASK: &str = "Fix the failing test of the demo project.";

/// The scripted model.
#[derive(Clone, Copy, Debug, Default)]
pub struct Demo {
    pace: Duration,
}

impl Demo {
    /// A model that waits this long between two words.
    pub fn new(pace: Duration) -> Self {
        Self { pace }
    }

    /// A model that speaks as fast as a person reads.
    pub fn for_people() -> Self {
        Self::new(Duration::from_millis(25))
    }

    async fn answer(&self, prompt: Prompt, deltas: &(dyn Fn(Delta) + Send + Sync)) -> Completion {
        let began = Instant::now();
        let Step { words, calls } = next(&prompt.messages);
        // Counting replies names each one, also after a restart.
        let turn = prompt
            .messages
            .iter()
            .filter(|message| message.role == Role::Assistant)
            .count();
        let id = format!("demo-{turn}");
        let calls: Vec<ToolCall> = calls
            .into_iter()
            .enumerate()
            .map(|(at, (tool, arguments))| ToolCall {
                id: format!("call_{turn}_{at}"),
                responses_item_id: None,
                name: tool.to_owned(),
                arguments: arguments.to_string(),
                origin: Origin::Completion,
            })
            .collect();
        if prompt.stream {
            self.speak(&id, &words, &calls, deltas).await;
        }
        let tokens = usage(&prompt.messages, &words, &calls, &id);
        let content = match words.as_str() {
            "" => Vec::new(),
            words => vec![Content::text(words)],
        };
        let mut message = Message::new(Role::Assistant, content);
        message.tool_calls = (!calls.is_empty()).then_some(calls);
        Completion {
            id,
            message,
            tokens,
            cost: 0.0,
            latency: began.elapsed().as_secs_f64(),
        }
    }

    async fn speak(
        &self,
        id: &str,
        words: &str,
        calls: &[ToolCall],
        deltas: &(dyn Fn(Delta) + Send + Sync),
    ) {
        deltas(Delta::Attempt(1));
        self.pause(8).await;
        for word in words.split_inclusive(' ') {
            deltas(Delta::Text(Piece {
                content: word.to_owned(),
                chunk_id: id.to_owned(),
                choice_index: 0,
            }));
            self.pause(1).await;
        }
        for (index, call) in calls.iter().enumerate() {
            deltas(Delta::Call {
                index,
                name: call.name.clone(),
                arguments: call.arguments.clone(),
            });
            self.pause(4).await;
        }
    }

    async fn pause(&self, words: u32) {
        if !self.pace.is_zero() {
            tokio::time::sleep(self.pace * words).await;
        }
    }
}

impl Llm for Demo {
    fn complete<'a>(
        &'a self,
        prompt: Prompt,
        deltas: &'a (dyn Fn(Delta) + Send + Sync),
    ) -> Fut<'a, Result<Completion, LlmError>> {
        Box::pin(async move { Ok(self.answer(prompt, deltas).await) })
    }

    fn features(&self) -> Features {
        Features {
            model: NAME.to_owned(),
            vision: false,
            max_input_tokens: None,
            max_output_tokens: None,
        }
    }
}

/// Four characters count as a token, as a rule of thumb.
fn usage(messages: &[Arc<Message>], words: &str, calls: &[ToolCall], id: &str) -> TokenUsage {
    let tokens = |characters: usize| (characters as u64).div_ceil(4);
    let prompt: usize = messages.iter().map(|message| message.text().len()).sum();
    let arguments: usize = calls.iter().map(|call| call.arguments.len()).sum();
    let (prompt_tokens, completion_tokens) = (tokens(prompt), tokens(words.len() + arguments));
    TokenUsage {
        model: NAME.to_owned(),
        prompt_tokens,
        completion_tokens,
        per_turn_token: prompt_tokens + completion_tokens,
        response_id: id.to_owned(),
        ..TokenUsage::default()
    }
}

#[cfg(test)]
mod tests;
