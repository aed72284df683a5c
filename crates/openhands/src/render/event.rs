//! One event as lines. Exhaustive over the kinds; what has nothing to say to a person gives no line.

use domain::{ActionEvent, Body, Event, MessageEvent, RejectionSource, Role, Source};

use super::action::headline;
use super::flow::Flow;
use super::observation::observation;
use super::{Cleaner, Line, Look, Tone};

/// How much of an event to show.
#[derive(Clone, Debug, Default)]
pub struct Detail {
    /// Everything, however long.
    pub full: bool,
    /// The directory that paths are shown relative to.
    pub root: Option<String>,
    /// The words of this event are on the screen already.
    pub words_shown: bool,
    /// The lines of output that are on the screen already.
    pub shown: Vec<String>,
}

/// The lines of an event, an empty one first where a new thought begins.
pub fn event(event: &Event, look: &Look, detail: &Detail) -> Vec<Line> {
    match &event.body {
        Body::Message(message) => self::message(event.source, message, look, detail),
        Body::Action(action) => self::action(action, look, detail),
        Body::Observation(result) => observation(&result.observation, look, detail),
        Body::Rejected(rejected) => {
            let by = match rejected.rejection_source {
                RejectionSource::User => "refused",
                RejectionSource::Hook => "refused by a hook",
            };
            bad(&format!("{by}: {}", rejected.rejection_reason), look)
        }
        Body::AgentError(error) => bad(&error.error, look),
        Body::ConversationError(error) => {
            let mut lines = bad(&format!("{} ({})", error.detail, error.code), look);
            lines.insert(0, Line::empty());
            lines
        }
        Body::ServerError(error) => bad(&format!("{} ({})", error.detail, error.code), look),
        Body::Pause(_) => note("paused"),
        Body::Interrupt(_) => note("interrupted"),
        Body::Condensation(condensation) => note(&format!(
            "the history was shortened: {} events gave way to a summary",
            condensation.forgotten_event_ids.len()
        )),
        Body::Hook(hook) if hook.blocked || !hook.success => {
            let why = hook.reason.as_deref().or(hook.error.as_deref());
            let why = why.unwrap_or("no reason given");
            bad(&format!("hook `{}`: {why}", hook.hook_command), look)
        }
        Body::AcpToolCall(call) => {
            let status = call.status.as_deref().unwrap_or("started");
            note(&format!("{} ({status})", call.title))
        }
        Body::SystemPrompt(prompt) if detail.full => {
            note(&format!("{} tools are on offer", prompt.tools.len()))
        }
        Body::Foreign { kind, .. } if detail.full => note(&format!("an event of kind {kind}")),
        Body::SystemPrompt(_)
        | Body::CondensationRequest(_)
        | Body::CondensationSummary(_)
        | Body::StateUpdate(_)
        | Body::Hook(_)
        | Body::SecurityAnalysis(_)
        | Body::Token(_)
        | Body::StreamingDelta(_)
        | Body::CompletionLog(_)
        | Body::Foreign { .. } => Vec::new(),
    }
}

/// The words of an event that a model may have streamed before it was whole.
pub fn words(body: &Body) -> Option<String> {
    let text = if let Body::Action(action) = body {
        thought(action)
    } else if let Body::Message(message) = body
        && message.llm_message.role == Role::Assistant
    {
        message.llm_message.text()
    } else {
        return None;
    };
    let text = Cleaner::whole(text.trim());
    (!text.is_empty()).then_some(text)
}

fn thought(action: &ActionEvent) -> String {
    let blocks = action.thought.iter().map(|block| block.text.as_str());
    blocks.collect::<Vec<_>>().join("\n")
}

fn message(source: Source, message: &MessageEvent, look: &Look, detail: &Detail) -> Vec<Line> {
    let text = Cleaner::whole(message.llm_message.text().trim());
    let mut lines = Vec::new();
    if let Some(reasoning) = message.llm_message.reasoning_content.as_deref() {
        lines.extend(reasoned(reasoning, look, detail));
    }
    if text.is_empty() || detail.words_shown {
        return lines;
    }
    lines.push(Line::empty());
    match (message.llm_message.role, source) {
        (Role::User, Source::User) => lines.extend(said(&text, look)),
        (Role::Assistant, _) => lines.extend(prose(&text, Tone::Plain, look)),
        (Role::User | Role::System | Role::Tool, _) => {
            lines.extend(prose(&text, Tone::Faint, look));
        }
    }
    lines
}

/// The person's words, marked so that they are found when scrolling back.
fn said(text: &str, look: &Look) -> Vec<Line> {
    let mark = look.glyphs.person;
    let indent = " ".repeat(mark.chars().count());
    let lines = text.lines().enumerate();
    lines
        .map(|(at, line)| {
            let mark = if at == 0 { mark } else { &indent };
            Line::new(Tone::Person, format!("{mark} {line}"))
        })
        .collect()
}

fn action(action: &ActionEvent, look: &Look, detail: &Detail) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(reasoning) = action.reasoning_content.as_deref() {
        lines.extend(reasoned(reasoning, look, detail));
    }
    let thought = Cleaner::whole(thought(action).trim());
    if !thought.is_empty() && !detail.words_shown {
        lines.push(Line::empty());
        lines.extend(prose(&thought, Tone::Plain, look));
    }
    let head = headline(action, look, detail);
    if !head.is_empty() {
        lines.push(Line::empty());
    }
    lines.extend(head);
    lines
}

fn reasoned(reasoning: &str, look: &Look, detail: &Detail) -> Vec<Line> {
    if !detail.full || detail.words_shown {
        return Vec::new();
    }
    let mut lines = vec![Line::empty()];
    let text = Cleaner::whole(reasoning.trim());
    lines.extend(prose(&text, Tone::Faint, look));
    lines
}

/// Text broken between words.
pub fn prose(text: &str, tone: Tone, look: &Look) -> Vec<Line> {
    let mut flow = Flow::new(look.width);
    let mut broken = flow.feed(text);
    broken.push_str(&flow.finish());
    broken.lines().map(|line| Line::new(tone, line)).collect()
}

fn bad(text: &str, look: &Look) -> Vec<Line> {
    let text = format!("{} {}", look.glyphs.bad, Cleaner::whole(text.trim()));
    prose(&text, Tone::Bad, look)
}

fn note(text: &str) -> Vec<Line> {
    vec![Line::new(
        Tone::Faint,
        format!("({})", Cleaner::whole(text)),
    )]
}

#[cfg(test)]
mod tests;
