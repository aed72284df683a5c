//! Replies in OpenAI's chat completions, and what servers that imitate it make of them. Knows no request.

use domain::{Delta, LlmErrorKind, Origin, ThinkingBlock};
use serde::Deserialize;
use serde_json::Value;

use super::{Draft, Hear, Listener, Reply, calls, cut_short, named, not_json, piece};
use crate::cost::Tokens;
use crate::failure::Failure;
use crate::sse::Event;
use crate::wire::THOUGHT;

#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    choices: Option<Vec<Choice>>,
    #[serde(default)]
    usage: Option<Usage>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    index: u32,
    #[serde(default)]
    message: Option<Turn>,
    #[serde(default)]
    delta: Option<Turn>,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Default, Deserialize)]
struct Turn {
    #[serde(default)]
    content: Option<Value>,
    #[serde(default)]
    refusal: Option<String>,
    #[serde(default)]
    reasoning_content: Option<String>,
    #[serde(default)]
    reasoning: Option<Value>,
    #[serde(default)]
    thinking_blocks: Option<Vec<Thought>>,
    #[serde(default)]
    tool_calls: Option<Vec<CallPiece>>,
}

#[derive(Deserialize)]
struct Thought {
    #[serde(default)]
    thinking: Option<String>,
    #[serde(default)]
    signature: Option<String>,
    #[serde(default)]
    data: Option<String>,
}

#[derive(Deserialize)]
struct CallPiece {
    #[serde(default)]
    index: Option<usize>,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    function: Option<FunctionPiece>,
    #[serde(default)]
    extra_content: Option<Value>,
}

#[derive(Default, Deserialize)]
struct FunctionPiece {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    arguments: Option<Value>,
}

#[derive(Deserialize)]
struct Usage {
    #[serde(default)]
    prompt_tokens: Option<u64>,
    #[serde(default)]
    completion_tokens: Option<u64>,
    #[serde(default)]
    prompt_tokens_details: Option<PromptDetails>,
    #[serde(default)]
    completion_tokens_details: Option<CompletionDetails>,
    #[serde(default)]
    prompt_cache_hit_tokens: Option<u64>,
    #[serde(default)]
    cached_tokens: Option<u64>,
    #[serde(default)]
    cost: Option<f64>,
}

#[derive(Default, Deserialize)]
struct PromptDetails {
    #[serde(default)]
    cached_tokens: Option<u64>,
    #[serde(default)]
    cache_creation_tokens: Option<u64>,
    #[serde(default)]
    cache_write_tokens: Option<u64>,
}

#[derive(Default, Deserialize)]
struct CompletionDetails {
    #[serde(default)]
    reasoning_tokens: Option<u64>,
}

#[derive(Default)]
pub(super) struct Chat {
    id: String,
    text: String,
    reasoning: String,
    thoughts: Vec<ThinkingBlock>,
    drafts: Vec<(Option<usize>, Draft)>,
    tokens: Tokens,
    cost: Option<f64>,
    finish: Option<String>,
    done: bool,
    seen: bool,
}

impl Listener for Chat {
    fn whole(&mut self, body: &[u8]) -> Result<(), Failure> {
        let chunk: Chunk = serde_json::from_slice(body).map_err(|e| not_json(body, &e))?;
        self.chunk(chunk, &mut |_| {})?;
        self.done = true;
        Ok(())
    }

    fn event(&mut self, event: &Event, hear: Hear<'_>) -> Result<(), Failure> {
        let data = event.data.trim();
        if data == "[DONE]" {
            self.done = true;
            return Ok(());
        }
        let chunk = serde_json::from_str(data).map_err(|e| not_json(data.as_bytes(), &e))?;
        self.chunk(chunk, hear)
    }

    fn is_over(&self) -> bool {
        self.done
    }

    fn has_all(&self) -> bool {
        self.done || self.finish.is_some()
    }

    fn finish(self: Box<Self>) -> Result<Reply, Failure> {
        if !self.has_all() {
            return Err(cut_short());
        }
        if !self.seen {
            return Err(Failure::unreadable("the reply holds no answer."));
        }
        let drafts: Vec<Draft> = self.drafts.into_iter().map(|(_, draft)| draft).collect();
        let empty = self.text.is_empty() && drafts.is_empty();
        if empty && self.finish.as_deref() == Some("content_filter") {
            let message = "the reply was withheld by the content filter.";
            return Err(Failure::new(LlmErrorKind::ContentPolicy, message));
        }
        Ok(Reply {
            id: named(self.id),
            text: self.text,
            reasoning: self.reasoning,
            thoughts: self.thoughts,
            item: None,
            calls: calls(drafts, Origin::Completion),
            tokens: self.tokens,
            cost: self.cost,
        })
    }
}

impl Chat {
    fn chunk(&mut self, chunk: Chunk, hear: Hear<'_>) -> Result<(), Failure> {
        if let Some(error) = chunk.error.filter(|e| !e.is_null()) {
            return Err(Failure::inside(&error));
        }
        if self.id.is_empty() {
            self.id = chunk.id.unwrap_or_default();
        }
        if let Some(usage) = chunk.usage {
            self.cost = usage.cost.or(self.cost);
            self.tokens = usage.tokens();
        }
        for choice in chunk.choices.into_iter().flatten() {
            if choice.index > 0 {
                continue;
            }
            let Choice { message, delta, .. } = choice;
            if let Some(turn) = message.or(delta) {
                self.seen = true;
                self.turn(turn, hear);
            }
            self.finish = choice.finish_reason.or(self.finish.take());
        }
        Ok(())
    }

    fn turn(&mut self, turn: Turn, hear: Hear<'_>) {
        let other = match turn.reasoning {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let reasoning = turn.reasoning_content.or(other);
        self.reason(&reasoning.unwrap_or_default(), hear);
        match turn.content {
            Some(Value::String(text)) => self.say(&text, hear),
            Some(Value::Array(blocks)) => {
                for block in &blocks {
                    self.block(block, hear);
                }
            }
            _ => {}
        }
        self.say(&turn.refusal.unwrap_or_default(), hear);
        for thought in turn.thinking_blocks.into_iter().flatten() {
            self.think(thought);
        }
        for call in turn.tool_calls.into_iter().flatten() {
            self.call(call, hear);
        }
    }

    fn say(&mut self, text: &str, hear: Hear<'_>) {
        if !text.is_empty() {
            self.text.push_str(text);
            hear(Delta::Text(piece(text, &self.id)));
        }
    }

    fn reason(&mut self, text: &str, hear: Hear<'_>) {
        if !text.is_empty() {
            self.reasoning.push_str(text);
            hear(Delta::Reasoning(piece(text, &self.id)));
        }
    }

    /// Some answer in blocks, with thoughts among them.
    fn block(&mut self, block: &Value, hear: Hear<'_>) {
        let text = |block: &Value, key: &str| {
            let text = block.get(key).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        match block.get("type").and_then(Value::as_str) {
            Some("text") => self.say(&text(block, "text"), hear),
            Some("thinking") => match block.get("thinking") {
                Some(Value::Array(inner)) => {
                    for block in inner {
                        self.reason(&text(block, "text"), hear);
                    }
                }
                _ => self.reason(&text(block, "thinking"), hear),
            },
            _ => {}
        }
    }

    /// Thoughts come in pieces; a signature ends one.
    fn think(&mut self, piece: Thought) {
        if let Some(data) = piece.data {
            self.thoughts.push(ThinkingBlock::RedactedThinking { data });
            return;
        }
        let open = matches!(
            self.thoughts.last(),
            Some(ThinkingBlock::Thinking {
                signature: None,
                ..
            })
        );
        if !open {
            self.thoughts.push(ThinkingBlock::Thinking {
                thinking: String::new(),
                signature: None,
            });
        }
        if let Some(ThinkingBlock::Thinking {
            thinking,
            signature,
        }) = self.thoughts.last_mut()
        {
            thinking.push_str(&piece.thinking.unwrap_or_default());
            *signature = piece.signature.filter(|s| !s.is_empty());
        }
    }

    fn call(&mut self, call: CallPiece, hear: Hear<'_>) {
        let id = call.id.unwrap_or_default();
        let function = call.function.unwrap_or_default();
        let name = function.name.unwrap_or_default();
        let index = self.place(call.index, &id, &name);
        let draft = &mut self.drafts[index].1;
        if draft.id.is_empty() {
            draft.id = id;
        }
        if draft.name.is_empty() {
            draft.name = name;
        }
        let signature = call.extra_content.as_ref();
        let signature = signature.and_then(|e| e.pointer("/google/thought_signature"));
        if let Some(signature) = signature.and_then(Value::as_str) {
            sign(&mut draft.id, signature);
        }
        let arguments = match function.arguments {
            Some(Value::String(text)) => text,
            None | Some(Value::Null) => String::new(),
            Some(other) => other.to_string(),
        };
        draft.arguments.push_str(&arguments);
        hear(Delta::Call {
            index,
            name: draft.name.clone(),
            arguments,
        });
    }

    /// Which call a piece belongs to. Some servers give no index, or every call the same.
    fn place(&mut self, index: Option<usize>, id: &str, name: &str) -> usize {
        let known = match index {
            Some(index) => {
                let same = |d: &(Option<usize>, Draft)| d.0 == Some(index);
                self.drafts.iter().rposition(same)
            }
            None if id.is_empty() && name.is_empty() => self.drafts.len().checked_sub(1),
            None => self.drafts.iter().rposition(|(_, d)| is_same(d, id)),
        };
        let known = known.filter(|at| id.is_empty() || is_same(&self.drafts[*at].1, id));
        known.unwrap_or_else(|| {
            self.drafts.push((index, Draft::default()));
            self.drafts.len() - 1
        })
    }
}

fn is_same(draft: &Draft, id: &str) -> bool {
    let plain = draft.id.split(THOUGHT).next().unwrap_or_default();
    !id.is_empty() && (plain == id || plain.is_empty())
}

/// The signature of the thought behind a call has no place of its own: it travels with the call's id.
fn sign(id: &mut String, signature: &str) {
    if id.is_empty() {
        *id = format!("call_{}", uuid::Uuid::new_v4().simple());
    }
    if !id.contains(THOUGHT) && !signature.is_empty() {
        id.push_str(THOUGHT);
        id.push_str(signature);
    }
}

impl Usage {
    fn tokens(&self) -> Tokens {
        let prompt = self.prompt_tokens_details.as_ref();
        let completion = self.completion_tokens_details.as_ref();
        let cached = prompt.and_then(|p| p.cached_tokens);
        let cached = cached.filter(|n| *n > 0);
        Tokens {
            prompt: self.prompt_tokens.unwrap_or(0),
            completion: self.completion_tokens.unwrap_or(0),
            cache_read: cached
                .or(self.prompt_cache_hit_tokens)
                .or(self.cached_tokens)
                .unwrap_or(0),
            cache_write: prompt
                .and_then(|p| p.cache_creation_tokens.or(p.cache_write_tokens))
                .unwrap_or(0),
            reasoning: completion.and_then(|c| c.reasoning_tokens).unwrap_or(0),
        }
    }
}
