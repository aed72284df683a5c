//! What is sent: a request in one of three dialects. Knows no connection and no reply.

mod anthropic;
mod body;
mod chat;
mod memory;
mod responses;
mod rope;
mod style;
mod text;

use std::sync::Arc;

use bytes::Bytes;
use domain::{Map, Message, Prompt, Role};
use serde::Serialize;
use serde_json::{Value, json};

use crate::dialect::Dialect;
use crate::plan::{Plan, Thinking};
use crate::tweaks::Tweaks;

pub(crate) use body::Chunks;
pub(crate) use memory::Memory;
pub(crate) use style::Style;
pub(crate) use text::THOUGHT;

/// A question to a model.
#[derive(Clone, Copy)]
pub(crate) struct Ask<'a> {
    pub plan: &'a Plan,
    pub prompt: &'a Prompt,
    pub tweaks: &'a Tweaks,
}

/// A question as it is sent.
#[derive(Debug)]
pub(crate) struct Request {
    pub body: Chunks,
    /// The names of what is sent beside messages and tools.
    pub parameters: Vec<String>,
}

impl Ask<'_> {
    /// Writes the request; what was written for an earlier question of the same conversation is used again.
    pub fn request(&self, memory: &Memory) -> Request {
        let style = Style::new(self.plan, self.tweaks);
        let head = self.head(&style);
        let parameters = head.keys().cloned().collect();
        let mut open = Vec::new();
        put(&mut open, &head);
        open.pop();
        let tools = memory.tools(&self.prompt.tools, style.dialect, style.marks);
        if !tools.is_empty() {
            open.extend_from_slice(b",\"tools\":");
            open.extend_from_slice(&tools);
        }
        open.extend_from_slice(match style.dialect {
            Dialect::Responses => b",\"input\":[",
            Dialect::Chat | Dialect::Anthropic => b",\"messages\":[",
        });
        let mut chunks = vec![Bytes::from(open)];
        chunks.extend(memory.messages(&style, &self.prompt.messages, self.marks()));
        chunks.push(Bytes::from_static(b"]}"));
        Request {
            body: Chunks::new(chunks),
            parameters,
        }
    }

    fn head(&self, style: &Style) -> Map {
        let mut head = match style.dialect {
            Dialect::Chat => chat::head(self),
            Dialect::Responses => responses::head(self, style),
            Dialect::Anthropic => anthropic::head(self, style),
        };
        for (name, value) in &self.plan.spec.litellm_extra_body {
            head.insert(name.clone(), value.clone());
        }
        head.retain(|name, _| !self.tweaks.dropped.contains(&name.as_str()));
        head
    }

    /// A provider takes four marks; tools and instructions have theirs.
    fn marks(&self) -> &[usize] {
        let marks = &self.prompt.cache_marks;
        &marks[marks.len().saturating_sub(2)..]
    }

    /// The instructions before anything else is said.
    fn leading(&self) -> impl Iterator<Item = &Message> {
        let messages = self.prompt.messages.iter().map(Arc::as_ref);
        messages.take_while(|m| m.role == Role::System)
    }

    /// How much the model may write, where that is known.
    fn output(&self) -> Option<u64> {
        let limits = [self.plan.limits.output, self.tweaks.most];
        limits.into_iter().flatten().min()
    }

    fn sampling(&self, head: &mut Map, top_k: bool) {
        let spec = &self.plan.spec;
        let warm = self.tweaks.warm && spec.temperature == Some(0.0);
        let temperature = if warm { Some(1.0) } else { spec.temperature };
        if self.plan.traits.sampling {
            set(head, "temperature", temperature);
            set(head, "top_p", spec.top_p);
            let whole = spec.top_k.map(whole);
            set(head, "top_k", whole.filter(|_| top_k || !spec.drop_params));
        }
    }

    fn cache_options(&self, head: &mut Map) {
        let plan = self.plan;
        let retention = plan.spec.prompt_cache_retention.as_ref();
        let retention = retention.filter(|_| plan.traits.cache_retention);
        set(head, "prompt_cache_retention", retention);
        let key = self.prompt.cache_key.as_ref();
        set(
            head,
            "prompt_cache_key",
            key.filter(|_| plan.traits.cache_key),
        );
    }

    /// How many tokens to think with, for models that are told so.
    fn thinking_budget(&self, output: u64) -> Option<u64> {
        let spec = &self.plan.spec;
        let wanted = match self.plan.traits.thinking {
            Thinking::Manual => spec.extended_thinking_budget.filter(|n| *n > 0)?,
            Thinking::Effort => match spec.reasoning_effort.as_deref()? {
                "none" => return None,
                "minimal" | "low" => 1_024,
                "medium" => 2_048,
                "high" => 4_096,
                "xhigh" => 8_192,
                _ => 16_384,
            },
            Thinking::Adaptive | Thinking::None => return None,
        };
        let budget = wanted.min(output.saturating_sub(1));
        (budget >= 1_024 && self.thoughts_are_whole()).then_some(budget)
    }

    /// A reply that called tools must come back with its thoughts, if thinking is to go on.
    fn thoughts_are_whole(&self) -> bool {
        let messages = &self.prompt.messages;
        let last = messages.iter().rposition(|m| m.role == Role::Assistant);
        last.is_none_or(|at| {
            let message = &messages[at];
            message.calls().is_empty()
                || at >= self.tweaks.thoughts_from
                    && message.thinking_blocks.iter().any(style::is_signed)
        })
    }
}

/// Where in a list of messages the next one is written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Position {
    index: usize,
    any: bool,
    /// The turn that is still open.
    open: Option<Role>,
    /// Images of tool results that wait for a message that may hold them.
    pictures: Bytes,
}

impl Position {
    /// Writes one message after the others.
    pub fn message(&mut self, style: &Style, message: &Message, marked: bool, out: &mut Vec<u8>) {
        match style.dialect {
            Dialect::Chat => chat::message(self, style, message, marked, out),
            Dialect::Responses => responses::message(self, style, message, out),
            Dialect::Anthropic => anthropic::message(self, style, message, marked, out),
        }
        self.index += 1;
    }

    /// Writes what is still missing after the last.
    pub fn close(&self, style: &Style, out: &mut Vec<u8>) {
        let mut end = self.clone();
        match style.dialect {
            Dialect::Chat => chat::flush(&mut end, out),
            Dialect::Responses => {}
            Dialect::Anthropic => anthropic::close(&mut end, out),
        }
    }

    /// Writes one item of the list.
    fn item(&mut self, out: &mut Vec<u8>, item: &impl Serialize) {
        if std::mem::replace(&mut self.any, true) {
            out.push(b',');
        }
        put(out, item);
    }
}

/// Writes a value that never fails to serialise.
fn put(out: &mut Vec<u8>, value: &impl Serialize) {
    let before = out.len();
    if serde_json::to_writer(&mut *out, value).is_err() {
        out.truncate(before);
        out.extend_from_slice(b"null");
    }
}

fn set(head: &mut Map, name: &str, value: Option<impl Serialize>) {
    if let Some(value) = value {
        head.insert(name.to_owned(), json!(value));
    }
}

/// `40.0` as `40`: it is a number of candidates.
#[expect(
    clippy::cast_possible_truncation,
    reason = "only whole numbers in range are cast"
)]
fn whole(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 1e9 {
        json!(number as i64)
    } else {
        json!(number)
    }
}

/// The mark after which a provider caches.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum CacheControl {
    Ephemeral,
}

fn mark(marked: bool) -> Option<CacheControl> {
    marked.then_some(CacheControl::Ephemeral)
}

#[cfg(test)]
mod tests;
