//! Replies in Anthropic's messages. Knows no request.

use domain::{Delta, LlmErrorKind, Origin, ThinkingBlock};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Draft, Hear, Listener, Reply, calls, cut_short, named, not_json, piece};
use crate::cost::Tokens;
use crate::failure::Failure;
use crate::sse::Event;

#[derive(Deserialize)]
struct Whole {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    content: Option<Vec<Block>>,
    #[serde(default)]
    stop_reason: Option<String>,
    #[serde(default)]
    usage: Option<Usage>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Default, Deserialize)]
struct Block {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    thinking: Option<String>,
    #[serde(default)]
    signature: Option<String>,
    #[serde(default)]
    data: Option<String>,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    name: Option<String>,
    /// Verbatim.
    #[serde(default)]
    input: Option<Box<RawValue>>,
}

#[derive(Default, Deserialize)]
struct Usage {
    #[serde(default)]
    input_tokens: Option<u64>,
    #[serde(default)]
    output_tokens: Option<u64>,
    #[serde(default)]
    cache_read_input_tokens: Option<u64>,
    #[serde(default)]
    cache_creation_input_tokens: Option<u64>,
    #[serde(default)]
    output_tokens_details: Option<OutputDetails>,
}

#[derive(Default, Deserialize)]
struct OutputDetails {
    #[serde(default, alias = "reasoning_tokens")]
    thinking_tokens: Option<u64>,
}

#[derive(Deserialize)]
struct StreamEvent {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    message: Option<Whole>,
    #[serde(default)]
    index: usize,
    #[serde(default)]
    content_block: Option<Block>,
    #[serde(default)]
    delta: Option<BlockDelta>,
    #[serde(default)]
    usage: Option<Usage>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Default, Deserialize)]
struct BlockDelta {
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    thinking: Option<String>,
    #[serde(default)]
    signature: Option<String>,
    #[serde(default)]
    partial_json: Option<String>,
    #[serde(default)]
    stop_reason: Option<String>,
}

#[derive(Default)]
pub(super) struct Anthropic {
    id: String,
    blocks: Vec<(usize, Written)>,
    usage: Usage,
    stop: Option<String>,
    over: bool,
}

/// A block while it is written.
struct Written {
    block: Block,
    arguments: String,
}

impl Listener for Anthropic {
    fn whole(&mut self, body: &[u8]) -> Result<(), Failure> {
        let whole: Whole = serde_json::from_slice(body).map_err(|e| not_json(body, &e))?;
        if let Some(error) = whole.error {
            return Err(Failure::inside(&error));
        }
        let Some(blocks) = whole.content else {
            return Err(Failure::unreadable("the reply holds no answer."));
        };
        self.id = whole.id.unwrap_or_default();
        self.usage = whole.usage.unwrap_or_default();
        self.stop = whole.stop_reason;
        self.over = true;
        for (index, block) in blocks.into_iter().enumerate() {
            self.open(index, block);
        }
        Ok(())
    }

    fn event(&mut self, event: &Event, hear: Hear<'_>) -> Result<(), Failure> {
        let data = event.data.trim();
        if data == "[DONE]" {
            return Ok(());
        }
        let event: StreamEvent =
            serde_json::from_str(data).map_err(|e| not_json(data.as_bytes(), &e))?;
        if let Some(error) = event.error {
            return Err(Failure::inside(&error));
        }
        match event.kind.as_str() {
            "message_start" => {
                if let Some(start) = event.message {
                    self.id = start.id.unwrap_or_default();
                    self.usage.update(start.usage);
                }
            }
            "content_block_start" => {
                self.open(event.index, event.content_block.unwrap_or_default());
                self.announce(event.index, hear);
            }
            "content_block_delta" => self.grow(event.index, event.delta, hear),
            "message_delta" => {
                self.stop = event.delta.and_then(|d| d.stop_reason).or(self.stop.take());
                self.usage.update(event.usage);
            }
            "message_stop" => self.over = true,
            _ => {}
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        self.over
    }

    fn finish(self: Box<Self>) -> Result<Reply, Failure> {
        if !self.over && self.stop.is_none() {
            return Err(cut_short());
        }
        let mut reply = Reply {
            id: named(self.id),
            tokens: self.usage.tokens(),
            ..Reply::default()
        };
        let mut drafts = Vec::new();
        for (_, written) in self.blocks {
            read(written, &mut reply, &mut drafts);
        }
        reply.calls = calls(drafts, Origin::Completion);
        let empty = reply.text.is_empty() && reply.calls.is_empty();
        match self.stop.as_deref() {
            Some("refusal") if empty => Err(Failure::new(
                LlmErrorKind::ContentPolicy,
                "the model refused to answer.",
            )),
            Some("model_context_window_exceeded") if empty => Err(Failure::new(
                LlmErrorKind::ContextWindow,
                "the reply did not fit into the context window.",
            )),
            _ => Ok(reply),
        }
    }
}

impl Anthropic {
    fn open(&mut self, index: usize, block: Block) {
        let arguments = block.input.as_ref().map(|input| input.get().to_owned());
        let arguments = arguments.unwrap_or_default();
        self.blocks.push((index, Written { block, arguments }));
    }

    fn announce(&self, index: usize, hear: Hear<'_>) {
        let Some((_, written)) = self.blocks.last() else {
            return;
        };
        let block = &written.block;
        for text in block.text.iter().filter(|t| !t.is_empty()) {
            hear(Delta::Text(piece(text, &self.id)));
        }
        if block.kind == "tool_use" {
            self.call(index, "", hear);
        }
    }

    fn grow(&mut self, index: usize, delta: Option<BlockDelta>, hear: Hear<'_>) {
        let delta = delta.unwrap_or_default();
        let found = self.blocks.iter_mut().rfind(|(at, _)| *at == index);
        let Some((_, Written { block, arguments })) = found else {
            return;
        };
        if let Some(text) = delta.text {
            block.text.get_or_insert_default().push_str(&text);
            hear(Delta::Text(piece(&text, &self.id)));
        }
        if let Some(text) = delta.thinking {
            block.thinking.get_or_insert_default().push_str(&text);
            hear(Delta::Reasoning(piece(&text, &self.id)));
        }
        if let Some(signature) = delta.signature {
            block.signature.get_or_insert_default().push_str(&signature);
        }
        if let Some(json) = delta.partial_json {
            // The block begins with an empty object in the place of what follows.
            if block.input.take().is_some() {
                arguments.clear();
            }
            arguments.push_str(&json);
            self.call(index, &json, hear);
        }
    }

    fn call(&self, index: usize, arguments: &str, hear: Hear<'_>) {
        let calls = self
            .blocks
            .iter()
            .filter(|(_, w)| w.block.kind == "tool_use");
        let found = calls.enumerate().find(|(_, (at, _))| *at == index);
        if let Some((index, (_, written))) = found {
            hear(Delta::Call {
                index,
                name: written.block.name.clone().unwrap_or_default(),
                arguments: arguments.to_owned(),
            });
        }
    }
}

fn read(written: Written, reply: &mut Reply, drafts: &mut Vec<Draft>) {
    let Written { block, arguments } = written;
    match block.kind.as_str() {
        "text" => reply.text.push_str(&block.text.unwrap_or_default()),
        "thinking" => {
            let thinking = block.thinking.unwrap_or_default();
            reply.reasoning.push_str(&thinking);
            reply.thoughts.push(ThinkingBlock::Thinking {
                thinking,
                signature: block.signature,
            });
        }
        "redacted_thinking" => {
            let data = block.data.unwrap_or_default();
            reply
                .thoughts
                .push(ThinkingBlock::RedactedThinking { data });
        }
        "tool_use" => drafts.push(Draft {
            id: block.id.unwrap_or_default(),
            item: None,
            name: block.name.unwrap_or_default(),
            arguments,
        }),
        _ => {}
    }
}

impl Usage {
    /// Later counts are the truer ones; what is not repeated stays.
    fn update(&mut self, later: Option<Self>) {
        let Some(later) = later else { return };
        self.input_tokens = later.input_tokens.or(self.input_tokens);
        self.output_tokens = later.output_tokens.or(self.output_tokens);
        self.cache_read_input_tokens = later
            .cache_read_input_tokens
            .or(self.cache_read_input_tokens);
        self.cache_creation_input_tokens = later
            .cache_creation_input_tokens
            .or(self.cache_creation_input_tokens);
        self.output_tokens_details = later
            .output_tokens_details
            .or(self.output_tokens_details.take());
    }

    /// Anthropic counts cached tokens beside the others; everybody else among them.
    fn tokens(&self) -> Tokens {
        let read = self.cache_read_input_tokens.unwrap_or(0);
        let write = self.cache_creation_input_tokens.unwrap_or(0);
        let details = self.output_tokens_details.as_ref();
        Tokens {
            prompt: self.input_tokens.unwrap_or(0) + read + write,
            completion: self.output_tokens.unwrap_or(0),
            cache_read: read,
            cache_write: write,
            reasoning: details.and_then(|d| d.thinking_tokens).unwrap_or(0),
        }
    }
}
