//! Questions in Anthropic's messages. Knows no reply.
//!
//! Turns alternate and begin and end with the user: messages of one side are put into one turn.

use std::borrow::Cow;

use domain::{Map, Message, Role, ThinkingBlock, ToolCall, ToolSchema};
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::text::{Part, embedded, parts};
use super::{Ask, CacheControl, Position, Style, mark, put};
use crate::plan::Thinking;

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block<'a> {
    Text {
        text: Cow<'a, str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cache_control: Option<CacheControl>,
    },
    Image {
        source: Source<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cache_control: Option<CacheControl>,
    },
    ToolUse {
        id: Cow<'a, str>,
        name: &'a str,
        input: Input<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cache_control: Option<CacheControl>,
    },
    ToolResult {
        tool_use_id: Cow<'a, str>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        content: Vec<Block<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cache_control: Option<CacheControl>,
    },
    #[serde(untagged)]
    Thought(&'a ThinkingBlock),
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Source<'a> {
    Base64 { media_type: &'a str, data: &'a str },
    Url { url: &'a str },
}

#[derive(Serialize)]
#[serde(untagged)]
enum Input<'a> {
    Raw(&'a RawValue),
    Broken { arguments: &'a str },
    Empty {},
}

/// What is asked for where nobody knows how much the model can write.
const OUTPUT: u64 = 16_384;
/// What stands where the user must speak and did not.
const GO_ON: &str = "Continue.";

/// Everything but tools and messages.
pub(super) fn head(ask: &Ask<'_>, style: &Style) -> Map {
    let (plan, prompt) = (ask.plan, ask.prompt);
    let output = ask.output().unwrap_or(OUTPUT);
    let mut head = Map::new();
    head.insert("model".to_owned(), json!(plan.model));
    head.insert("max_tokens".to_owned(), json!(output));
    let blocks: Vec<Block<'_>> = ask
        .leading()
        .flat_map(|m| parts(m, false, style.longest_text))
        .enumerate()
        .map(|(i, part)| block(part, mark(style.marks && i == 0)))
        .collect();
    if !blocks.is_empty() {
        head.insert("system".to_owned(), json!(blocks));
    }
    let thinks = thinking(ask, output, &mut head);
    if !thinks {
        ask.sampling(&mut head, true);
    }
    if prompt.stream {
        head.insert("stream".to_owned(), json!(true));
    }
    head
}

fn thinking(ask: &Ask<'_>, output: u64, head: &mut Map) -> bool {
    let effort = ask.plan.spec.reasoning_effort.as_deref();
    let thinking = match (ask.plan.traits.thinking, effort) {
        (Thinking::Adaptive, None | Some("none")) => return false,
        (Thinking::Adaptive, Some(effort)) => {
            let effort = if effort == "minimal" { "low" } else { effort };
            head.insert("output_config".to_owned(), json!({"effort": effort}));
            json!({"type": "adaptive", "display": "summarized"})
        }
        (Thinking::Manual | Thinking::Effort | Thinking::None, _) => {
            match ask.thinking_budget(output) {
                Some(budget) => json!({"type": "enabled", "budget_tokens": budget}),
                None => return false,
            }
        }
    };
    head.insert("thinking".to_owned(), thinking);
    true
}

pub(super) fn tools(tools: &[ToolSchema], marked: bool) -> Vec<u8> {
    #[derive(Serialize)]
    struct Tool<'a> {
        name: &'a str,
        input_schema: &'a serde_json::Value,
        description: &'a str,
        #[serde(rename = "type")]
        kind: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        cache_control: Option<CacheControl>,
    }
    let last = tools.len().saturating_sub(1);
    let list: Vec<Tool<'_>> = tools
        .iter()
        .enumerate()
        .map(|(i, tool)| Tool {
            name: &tool.name,
            input_schema: &tool.parameters,
            description: &tool.description,
            kind: "custom",
            cache_control: mark(marked && i == last),
        })
        .collect();
    let mut text = Vec::new();
    put(&mut text, &list);
    text
}

pub(super) fn message(
    at: &mut Position,
    style: &Style,
    message: &Message,
    marked: bool,
    out: &mut Vec<u8>,
) {
    if message.role == Role::System && !at.any {
        return;
    }
    let parts = parts(message, style.vision, style.longest_text);
    let marked = mark(marked);
    match (message.role, &message.tool_call_id) {
        (Role::Assistant, _) => assistant(at, style, message, parts, marked, out),
        (Role::Tool, Some(id)) => {
            let result = Block::ToolResult {
                tool_use_id: style.id(id),
                content: parts.into_iter().map(|p| block(p, None)).collect(),
                cache_control: marked,
            };
            write(at, Role::User, &[result], out);
        }
        (Role::User | Role::System | Role::Tool, _) => {
            write(at, Role::User, &spoken(parts, marked), out);
        }
    }
}

fn assistant<'a>(
    at: &mut Position,
    style: &Style,
    message: &'a Message,
    parts: Vec<Part<'a>>,
    marked: Option<CacheControl>,
    out: &mut Vec<u8>,
) {
    let parts: Vec<Part<'a>> = parts
        .into_iter()
        .filter(|part| matches!(part, Part::Text(_)))
        .collect();
    let calls = message.calls();
    if parts.is_empty() && calls.is_empty() {
        return;
    }
    if !at.any {
        write(at, Role::User, &[text(GO_ON)], out);
    }
    let thoughts = style.thoughts(at.index, &message.thinking_blocks);
    let mut blocks: Vec<Block<'a>> = thoughts.map(Block::Thought).collect();
    blocks.extend(spoken(parts, marked.filter(|_| calls.is_empty())));
    let last = calls.len().saturating_sub(1);
    for (i, call) in calls.iter().enumerate() {
        blocks.push(used(style, call, marked.filter(|_| i == last)));
    }
    write(at, Role::Assistant, &blocks, out);
}

/// Ends the open turn; the user has the last word.
pub(super) fn close(at: &mut Position, out: &mut Vec<u8>) {
    if at.open != Some(Role::User) {
        write(at, Role::User, &[text(GO_ON)], out);
    }
    out.extend_from_slice(b"]}");
}

fn write(at: &mut Position, role: Role, blocks: &[Block<'_>], out: &mut Vec<u8>) {
    for block in blocks {
        if at.open == Some(role) {
            out.push(b',');
        } else {
            if at.open.is_some() {
                out.extend_from_slice(b"]},");
            }
            let open: &[u8] = match role {
                Role::Assistant => b"{\"role\":\"assistant\",\"content\":[",
                Role::User | Role::System | Role::Tool => b"{\"role\":\"user\",\"content\":[",
            };
            out.extend_from_slice(open);
            at.open = Some(role);
            at.any = true;
        }
        put(out, block);
    }
}

fn spoken<'a>(parts: Vec<Part<'a>>, marked: Option<CacheControl>) -> Vec<Block<'a>> {
    let last = parts.len().saturating_sub(1);
    let parts = parts.into_iter().enumerate();
    let blocks = parts.map(|(i, part)| block(part, marked.filter(|_| i == last)));
    blocks.collect()
}

fn block(part: Part<'_>, cache_control: Option<CacheControl>) -> Block<'_> {
    match part {
        Part::Text(text) => Block::Text {
            text,
            cache_control,
        },
        Part::Picture(url) => Block::Image {
            source: embedded(url).map_or(Source::Url { url }, |(media_type, data)| {
                Source::Base64 { media_type, data }
            }),
            cache_control,
        },
    }
}

fn text(text: &str) -> Block<'_> {
    Block::Text {
        text: Cow::Borrowed(text),
        cache_control: None,
    }
}

fn used<'a>(style: &Style, call: &'a ToolCall, cache_control: Option<CacheControl>) -> Block<'a> {
    let arguments = call.arguments.trim();
    let raw = serde_json::from_str::<&RawValue>(arguments).ok();
    let input = match raw.filter(|raw| raw.get().starts_with('{')) {
        Some(raw) => Input::Raw(raw),
        None if arguments.is_empty() => Input::Empty {},
        None => Input::Broken { arguments },
    };
    Block::ToolUse {
        id: style.id(&call.id),
        name: &call.name,
        input,
        cache_control,
    }
}
