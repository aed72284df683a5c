//! A scripted model behind the port itself, without a network. Measures no time and waits only at gates.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::{
    Completion, Content, Delta, Features, Fut, Llm, LlmError, LlmErrorKind, Message, Origin, Piece,
    Prompt, ReasoningItem, Role, ThinkingBlock, TokenUsage, ToolCall,
};

use super::ask::Ask;
use super::dialect::Dialect;
use super::fault::{Cause, Failure, Fault, RetryAfter};
use super::library::{Library, Stage};
use super::player::{Play, RanOut};
use super::reply::{Reply, Stop, Thought, pieces};

/// A model in this process that plays scripts and remembers what it was asked.
#[derive(Debug)]
pub struct InProcess {
    stage: Stage,
    features: Features,
    dialect: Dialect,
    retries: u32,
    records: bool,
    prompts: Mutex<Vec<Prompt>>,
}

impl InProcess {
    /// A model that plays a script, or a library of them.
    pub fn new(scripts: impl Into<Library>) -> Self {
        Self {
            stage: Stage::new(scripts.into()),
            features: Features {
                model: "scripted".to_owned(),
                ..Features::default()
            },
            dialect: Dialect::Chat,
            retries: 0,
            records: true,
            prompts: Mutex::default(),
        }
    }

    /// What it says it can do.
    #[must_use]
    pub fn with_features(mut self, features: Features) -> Self {
        self.features = features;
        self
    }

    /// Whose way of reasoning its messages show.
    #[must_use]
    pub fn speaking(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// How many faults that may go away it tries again after, announcing each without waiting.
    #[must_use]
    pub fn retrying(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// Forgets what it was asked, so that long runs cost no memory.
    #[must_use]
    pub fn forgetful(mut self) -> Self {
        self.records = false;
        self
    }

    /// What it was asked so far, in order; attempts of one call count once.
    pub fn prompts(&self) -> Vec<Prompt> {
        self.recorded().clone()
    }

    /// How often it was asked so far; a forgetful model does not know.
    pub fn asked(&self) -> usize {
        self.recorded().len()
    }

    fn recorded(&self) -> std::sync::MutexGuard<'_, Vec<Prompt>> {
        self.prompts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(
        &self,
        prompt: Prompt,
        deltas: &(dyn Fn(Delta) + Send + Sync),
    ) -> Result<Completion, LlmError> {
        if self.records {
            self.recorded().push(prompt.clone());
        }
        for attempt in 1.. {
            if prompt.stream {
                deltas(Delta::Attempt(attempt));
            }
            let play = self
                .stage
                .next(|| Ask::from(&prompt))
                .map_err(|ran_out| self.ran_out(&ran_out))?;
            if let Some(gate) = &play.turn.pace.gate {
                gate.wait().await;
            }
            let error = match &play.fault {
                Some(fault) => self.fail(fault).await,
                None => match self.reply(&play, prompt.stream.then_some(deltas)) {
                    Ok(completion) => return Ok(completion),
                    Err(error) => error,
                },
            };
            if attempt > self.retries || !retryable(error.kind) {
                return Err(error);
            }
            deltas(Delta::Retry {
                reason: error.message,
                wait: play.fault.as_ref().map_or(Duration::ZERO, wait),
            });
        }
        Err(self.error(LlmErrorKind::NoResponse, None, "too many attempts"))
    }

    fn reply(
        &self,
        play: &Play,
        deltas: Option<&(dyn Fn(Delta) + Send + Sync)>,
    ) -> Result<Completion, LlmError> {
        let nothing = Reply::default();
        let reply = play.turn.reply.as_ref().unwrap_or(&nothing);
        self.refuse_empty(reply)?;
        let id = reply_id(play);
        let message = self.message(reply, play);
        if let Some(deltas) = deltas {
            stream(&message, &id, play.turn.pace.piece, deltas);
        }
        Ok(Completion {
            tokens: TokenUsage {
                model: self.features.model.clone(),
                prompt_tokens: reply.used.input,
                completion_tokens: reply.used.output,
                cache_read_tokens: reply.used.cached,
                cache_write_tokens: reply.used.written,
                reasoning_tokens: reply.used.reasoning,
                context_window: self.features.max_input_tokens.unwrap_or_default(),
                per_turn_token: reply.used.input + reply.used.output,
                response_id: id.clone(),
            },
            cost: reply.used.cost,
            latency: 0.0,
            message,
            id,
        })
    }

    /// A reply without anything in it is none, to whoever uses the port.
    fn refuse_empty(&self, reply: &Reply) -> Result<(), LlmError> {
        if reply.text.is_some() || !reply.calls.is_empty() || !reply.thoughts.is_empty() {
            return Ok(());
        }
        let (kind, words) = match &reply.stop {
            Stop::Refused(_) => return Ok(()),
            Stop::Natural | Stop::Length => (LlmErrorKind::NoResponse, "the reply was empty"),
            Stop::Filtered => (LlmErrorKind::ContentPolicy, "a filter stopped the reply"),
        };
        Err(self.error(kind, None, words))
    }

    fn message(&self, reply: &Reply, play: &Play) -> Message {
        let text = match &reply.stop {
            Stop::Refused(words) => Some(words.clone()),
            Stop::Natural | Stop::Length | Stop::Filtered => reply.text.clone(),
        };
        let mut message = Message::new(
            Role::Assistant,
            text.into_iter().map(Content::text).collect(),
        );
        let calls = reply
            .calls
            .iter()
            .enumerate()
            .map(|(index, call)| ToolCall {
                id: call.id.clone().unwrap_or_else(|| call_id(play, index)),
                responses_item_id: (self.dialect == Dialect::Responses)
                    .then(|| format!("fc_{}_{index}", play.number)),
                name: call.tool.clone(),
                arguments: call.arguments.clone(),
                origin: match self.dialect {
                    Dialect::Responses => Origin::Responses,
                    Dialect::Chat | Dialect::Anthropic => Origin::Completion,
                },
            });
        message.tool_calls = Some(calls.collect::<Vec<_>>()).filter(|calls| !calls.is_empty());
        self.reason(&mut message, reply, play);
        message
    }

    fn reason(&self, message: &mut Message, reply: &Reply, play: &Play) {
        let made_up = || format!("seal-{}-{}", play.script, play.number);
        let mut open: Vec<String> = Vec::new();
        let mut seals = Vec::new();
        for thought in &reply.thoughts {
            match thought {
                Thought::Open { text, seal } => {
                    open.push(text.clone());
                    seals.push(seal.clone().unwrap_or_else(made_up));
                    if self.dialect == Dialect::Anthropic || seal.is_some() {
                        message.thinking_blocks.push(ThinkingBlock::Thinking {
                            thinking: text.clone(),
                            signature: seals.last().cloned(),
                        });
                    }
                }
                Thought::Sealed(data) => {
                    seals.push(data.clone());
                    message
                        .thinking_blocks
                        .push(ThinkingBlock::RedactedThinking { data: data.clone() });
                }
            }
        }
        if self.dialect == Dialect::Responses && !reply.thoughts.is_empty() {
            message.thinking_blocks.clear();
            message.responses_reasoning_item = Some(ReasoningItem {
                id: Some(format!("rs_{}", play.number)),
                summary: open.clone(),
                encrypted_content: seals.pop(),
                ..ReasoningItem::default()
            });
        }
        message.reasoning_content = Some(open.join("\n")).filter(|text| !text.is_empty());
    }

    async fn fail(&self, fault: &Fault) -> LlmError {
        match fault {
            Fault::Fails(failure) | Fault::Breaks { failure, .. } => self.failure(failure),
            Fault::Hangs | Fault::Stalls { .. } => std::future::pending().await,
            Fault::Cuts { .. } | Fault::HangsUp => self.error(
                LlmErrorKind::Unavailable,
                None,
                "the connection ended before the reply did",
            ),
            Fault::Noise
            | Fault::Garbage
            | Fault::Html { .. }
            | Fault::WrongType
            | Fault::LongLine { .. } => self.error(
                LlmErrorKind::NoResponse,
                None,
                "the reply could not be read",
            ),
        }
    }

    fn failure(&self, failure: &Failure) -> LlmError {
        let (kind, status, words) = match failure.cause {
            Cause::BadRequest => (LlmErrorKind::BadRequest, 400, "the request is not valid"),
            Cause::ContextWindow => (LlmErrorKind::ContextWindow, 400, "the prompt is too long"),
            Cause::MalformedHistory => {
                let words = "a tool call has no result";
                (LlmErrorKind::MalformedHistory, 400, words)
            }
            Cause::Auth => (LlmErrorKind::Auth, 401, "the key is not valid"),
            Cause::NoModel => (LlmErrorKind::Config, 404, "there is no such model"),
            Cause::RateLimit => (LlmErrorKind::RateLimit, 429, "too many requests"),
            Cause::Quota => (LlmErrorKind::Quota, 429, "the account is used up"),
            Cause::ContentPolicy => (LlmErrorKind::ContentPolicy, 400, "this is not answered"),
            Cause::Overloaded => (LlmErrorKind::Unavailable, 529, "the model is overloaded"),
            Cause::Internal => (LlmErrorKind::Unavailable, 500, "the model is broken"),
            Cause::Timeout => (LlmErrorKind::Timeout, 504, "it took too long"),
        };
        let words = failure.message.as_deref().unwrap_or(words);
        self.error(kind, failure.status.or(Some(status)), words)
    }

    fn ran_out(&self, ran_out: &RanOut) -> LlmError {
        self.error(LlmErrorKind::BadRequest, Some(400), &ran_out.to_string())
    }

    fn error(&self, kind: LlmErrorKind, status: Option<u16>, message: &str) -> LlmError {
        LlmError {
            kind,
            provider: "testkit".to_owned(),
            model: self.features.model.clone(),
            status,
            message: message.to_owned(),
            hint: String::new(),
        }
    }
}

impl Llm for InProcess {
    fn complete<'a>(
        &'a self,
        prompt: Prompt,
        deltas: &'a (dyn Fn(Delta) + Send + Sync),
    ) -> Fut<'a, Result<Completion, LlmError>> {
        Box::pin(self.answer(prompt, deltas))
    }

    fn features(&self) -> Features {
        self.features.clone()
    }
}

/// The reply's id where the script gives none.
pub(super) fn reply_id(play: &Play) -> String {
    format!("resp_{}_{}", slug(play), play.number)
}

/// A call's id where the script gives none.
pub(super) fn call_id(play: &Play, index: usize) -> String {
    format!("call_{}_{}_{index}", slug(play), play.number)
}

fn slug(play: &Play) -> &str {
    if play.script.is_empty() {
        "script"
    } else {
        &play.script
    }
}

fn stream(message: &Message, id: &str, size: usize, deltas: &(dyn Fn(Delta) + Send + Sync)) {
    let piece = |text: &str| Piece {
        content: text.to_owned(),
        chunk_id: id.to_owned(),
        choice_index: 0,
    };
    for text in pieces(
        message.reasoning_content.as_deref().unwrap_or_default(),
        size,
    ) {
        deltas(Delta::Reasoning(piece(text)));
    }
    for text in pieces(&message.text(), size) {
        deltas(Delta::Text(piece(text)));
    }
    for (index, call) in message.calls().iter().enumerate() {
        for arguments in pieces(&call.arguments, size) {
            deltas(Delta::Call {
                index,
                name: call.name.clone(),
                arguments: arguments.to_owned(),
            });
        }
    }
}

fn retryable(kind: LlmErrorKind) -> bool {
    match kind {
        LlmErrorKind::RateLimit
        | LlmErrorKind::Timeout
        | LlmErrorKind::Unavailable
        | LlmErrorKind::NoResponse => true,
        LlmErrorKind::ContextWindow
        | LlmErrorKind::MalformedHistory
        | LlmErrorKind::Auth
        | LlmErrorKind::Quota
        | LlmErrorKind::BadRequest
        | LlmErrorKind::ContentPolicy
        | LlmErrorKind::Config => false,
    }
}

fn wait(fault: &Fault) -> Duration {
    let (Fault::Fails(failure) | Fault::Breaks { failure, .. }) = fault else {
        return Duration::ZERO;
    };
    match &failure.retry_after {
        Some(RetryAfter::Seconds(seconds) | RetryAfter::Date(seconds)) => {
            Duration::from_secs(*seconds)
        }
        Some(RetryAfter::Millis(millis)) => Duration::from_millis(*millis),
        Some(RetryAfter::Text(_)) | None => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests;
