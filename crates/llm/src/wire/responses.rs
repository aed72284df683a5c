//! Questions in OpenAI's Responses. Knows no reply.

use std::borrow::Cow;

use domain::{Map, Message, ReasoningItem, Role, ToolCall, ToolSchema};
use serde::Serialize;
use serde_json::{Value, json};

use super::text::{Part, joined, parts};
use super::{Ask, Position, Style, put, set};

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Item<'a> {
    Message {
        role: &'static str,
        content: Vec<Block<'a>>,
    },
    Reasoning {
        id: &'a str,
        summary: Vec<Block<'a>>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        content: Vec<Block<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        encrypted_content: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        status: Option<&'a str>,
    },
    FunctionCall {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<Cow<'a, str>>,
        call_id: Cow<'a, str>,
        name: &'a str,
        arguments: &'a str,
    },
    FunctionCallOutput {
        call_id: Cow<'a, str>,
        output: Output<'a>,
    },
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block<'a> {
    InputText {
        text: Cow<'a, str>,
    },
    OutputText {
        text: Cow<'a, str>,
    },
    SummaryText {
        text: &'a str,
    },
    ReasoningText {
        text: &'a str,
    },
    InputImage {
        image_url: &'a str,
        detail: &'static str,
    },
}

#[derive(Serialize)]
#[serde(untagged)]
enum Output<'a> {
    Text(String),
    Blocks(Vec<Block<'a>>),
}

/// The longest id an item may have.
const LONGEST_ID: usize = 64;

/// Everything but tools and messages.
pub(super) fn head(ask: &Ask<'_>, style: &Style) -> Map {
    let (plan, prompt) = (ask.plan, ask.prompt);
    let spec = &plan.spec;
    let mut head = Map::new();
    head.insert("model".to_owned(), json!(plan.model));
    let leading = ask.leading().map(|m| {
        let parts = parts(m, false, style.longest_text);
        joined(&parts).trim().to_owned()
    });
    let instructions: Vec<String> = leading.filter(|text| !text.is_empty()).collect();
    if !instructions.is_empty() {
        let text = instructions.join("\n\n---\n\n");
        head.insert("instructions".to_owned(), json!(text));
    }
    set(&mut head, "max_output_tokens", ask.output());
    ask.sampling(&mut head, false);
    head.insert("store".to_owned(), json!(false));
    if plan.traits.reasoning {
        if spec.enable_encrypted_reasoning {
            let include = json!(["reasoning.encrypted_content"]);
            head.insert("include".to_owned(), include);
        }
        set(&mut head, "reasoning", reasoning(ask));
    }
    ask.cache_options(&mut head);
    if !prompt.tools.is_empty() {
        head.insert("tool_choice".to_owned(), json!("auto"));
    }
    if prompt.stream {
        head.insert("stream".to_owned(), json!(true));
    }
    head
}

fn reasoning(ask: &Ask<'_>) -> Option<Value> {
    let spec = &ask.plan.spec;
    let effort = spec.reasoning_effort.as_ref().filter(|e| !e.is_empty())?;
    let mut reasoning = Map::new();
    set(&mut reasoning, "effort", Some(effort));
    set(&mut reasoning, "summary", spec.reasoning_summary.as_ref());
    Some(Value::Object(reasoning))
}

pub(super) fn tools(tools: &[ToolSchema]) -> Vec<u8> {
    #[derive(Serialize)]
    struct Tool<'a> {
        #[serde(rename = "type")]
        kind: &'static str,
        #[serde(flatten)]
        schema: &'a ToolSchema,
        strict: bool,
    }
    let list: Vec<Tool<'_>> = tools
        .iter()
        .map(|schema| Tool {
            kind: "function",
            schema,
            strict: false,
        })
        .collect();
    let mut text = Vec::new();
    put(&mut text, &list);
    text
}

pub(super) fn message(at: &mut Position, style: &Style, message: &Message, out: &mut Vec<u8>) {
    match message.role {
        Role::System if !at.any => {}
        Role::System => said(at, style, message, "developer", out),
        Role::User => said(at, style, message, "user", out),
        Role::Assistant => assistant(at, style, message, out),
        Role::Tool => match &message.tool_call_id {
            Some(id) => result(at, style, message, id, out),
            None => said(at, style, message, "user", out),
        },
    }
}

fn said(
    at: &mut Position,
    style: &Style,
    message: &Message,
    role: &'static str,
    out: &mut Vec<u8>,
) {
    let parts = parts(message, style.vision, style.longest_text);
    let mut content: Vec<Block<'_>> = parts.into_iter().map(input).collect();
    if content.is_empty() {
        let text = Cow::Borrowed("");
        content.push(Block::InputText { text });
    }
    at.item(out, &Item::Message { role, content });
}

fn input(part: Part<'_>) -> Block<'_> {
    match part {
        Part::Text(text) => Block::InputText { text },
        Part::Picture(image_url) => Block::InputImage {
            image_url,
            detail: "auto",
        },
    }
}

/// Reasoning goes right before what it led to.
fn assistant(at: &mut Position, style: &Style, message: &Message, out: &mut Vec<u8>) {
    let item = message.responses_reasoning_item.as_ref();
    let text = parts(message, false, style.longest_text);
    if text.is_empty() && message.calls().is_empty() {
        return;
    }
    let known = at.index >= style.thoughts_from;
    if let Some(reasoning) = item.filter(|_| known).and_then(thought) {
        at.item(out, &reasoning);
    }
    if !text.is_empty() {
        let content = text.into_iter().filter_map(|part| match part {
            Part::Text(text) => Some(Block::OutputText { text }),
            Part::Picture(_) => None,
        });
        let content = content.collect();
        let role = "assistant";
        at.item(out, &Item::Message { role, content });
    }
    for call in message.calls() {
        at.item(out, &called(style, call));
    }
}

fn thought(item: &ReasoningItem) -> Option<Item<'_>> {
    let texts = item.content.iter().flatten();
    Some(Item::Reasoning {
        id: item.id.as_deref()?,
        summary: item
            .summary
            .iter()
            .map(|text| Block::SummaryText { text })
            .collect(),
        content: texts.map(|text| Block::ReasoningText { text }).collect(),
        encrypted_content: item.encrypted_content.as_deref().filter(|c| !c.is_empty()),
        status: item.status.as_deref(),
    })
}

fn called<'a>(style: &Style, call: &'a ToolCall) -> Item<'a> {
    let call_id = style.id(&call.id);
    let own = call.responses_item_id.as_deref().map(Cow::Borrowed);
    let id = own.unwrap_or_else(|| {
        if call_id.starts_with("fc") {
            call_id.clone()
        } else {
            Cow::Owned(format!("fc_{call_id}"))
        }
    });
    Item::FunctionCall {
        id: Some(id).filter(|id| id.len() <= LONGEST_ID),
        call_id,
        name: &call.name,
        arguments: if call.arguments.trim().is_empty() {
            "{}"
        } else {
            &call.arguments
        },
    }
}

/// A call has one output, whatever it consists of.
fn result(at: &mut Position, style: &Style, message: &Message, id: &str, out: &mut Vec<u8>) {
    let parts = parts(message, style.vision, style.longest_text);
    let pictures = parts.iter().any(|part| matches!(part, Part::Picture(_)));
    let output = if pictures {
        Output::Blocks(parts.into_iter().map(input).collect())
    } else {
        Output::Text(joined(&parts))
    };
    let call_id = style.id(id);
    at.item(out, &Item::FunctionCallOutput { call_id, output });
}
