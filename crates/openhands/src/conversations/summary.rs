//! A conversation in one line, read from the two ends of its log. One that cannot be read says why instead.

use domain::{Body, ConversationId, Entry, Event, Fact, Journal, Log, LogError, Source, Start};
use serde_json::{Value, json};

use crate::render::{Line, Look, Tone, thousands};
use crate::wiring::short;

/// How many events from the beginning may come before the first words.
const FRONT: usize = 16;
/// How many events from the end are looked through for the status.
const BACK: u64 = 256;

/// A conversation in one line.
pub struct Summary {
    id: ConversationId,
    state: Result<Known, String>,
}

struct Known {
    title: String,
    status: String,
    model: String,
    workspace: String,
    events: u64,
    last: String,
}

impl Summary {
    /// Looks at a conversation, whoever has it open.
    pub fn read(journal: &dyn Journal, id: ConversationId) -> Self {
        let state = journal
            .peek(id)
            .and_then(|log| known(&*log))
            .map_err(|error| error.to_string());
        Self { id, state }
    }

    /// For people.
    pub fn line(&self, look: &Look) -> Line {
        let name = Line::new(Tone::Strong, short(self.id));
        let line = match &self.state {
            Ok(known) => {
                let status = match known.status.as_str() {
                    "finished" => Tone::Good,
                    "error" | "stuck" => Tone::Bad,
                    _ => Tone::Warning,
                };
                // Events carry microseconds; a list needs minutes.
                let last: String = known.last.chars().take(16).collect();
                name.and(Tone::Faint, format!("  {:16}  ", last.replace('T', " ")))
                    .and(status, format!("{:10}", short_status(&known.status)))
                    .and(Tone::Faint, format!("{:>7}  ", thousands(known.events)))
                    .and(Tone::Plain, known.title.clone())
            }
            Err(error) => name.and(Tone::Bad, format!("  {error}")),
        };
        line.cut(look.columns(), look)
    }

    /// For scripts.
    pub fn json(&self) -> String {
        let id = self.id.to_string();
        let value = match &self.state {
            Ok(known) => json!({
                "id": id,
                "title": known.title,
                "status": known.status,
                "model": known.model,
                "workspace": known.workspace,
                "events": known.events,
                "last_event_at": known.last,
            }),
            Err(error) => json!({ "id": id, "error": error }),
        };
        format!("{value}\n")
    }
}

fn short_status(status: &str) -> &str {
    match status {
        "waiting_for_confirmation" => "waiting",
        other => other,
    }
}

/// The directory that a conversation works in.
pub fn workspace(log: &dyn Log) -> Option<String> {
    let (start, _) = facts(log).ok()?;
    Some(start?.workspace.working_dir)
}

/// What a conversation was started with, and its name if it was given one at once.
fn facts(log: &dyn Log) -> Result<(Option<Box<Start>>, Option<String>), LogError> {
    let mut start = None;
    let mut title = None;
    let mut left = FRONT;
    let mut enough = false;
    let read = log.replay(&mut |record| {
        let fact = record
            .fact
            .as_deref()
            .and_then(|fact| Fact::parse(fact).ok());
        match fact {
            Some(Fact::Created { start: created }) => start = Some(created),
            Some(Fact::Title { title: given }) => title = Some(given),
            Some(_) | None => {}
        }
        left -= 1;
        if left == 0 {
            // The only way to stop reading early.
            enough = true;
            return Err(LogError::Closed(String::new()));
        }
        Ok(())
    });
    match read {
        Err(error) if !enough => Err(error),
        Ok(()) | Err(_) => Ok((start, title)),
    }
}

fn known(log: &dyn Log) -> Result<Known, LogError> {
    let (start, title) = facts(log)?;
    let events = log.len();
    let front = log.read(0, FRONT)?;
    let back = log.read(
        events.saturating_sub(BACK),
        usize::try_from(BACK).unwrap_or(0),
    )?;
    let named = start.as_ref().and_then(|start| start.title.clone());
    Ok(Known {
        title: title
            .or(named)
            .or_else(|| words(&front))
            .unwrap_or_default(),
        status: status(&back).unwrap_or_else(|| "idle".to_owned()),
        model: start
            .as_ref()
            .map(|start| start.agent.llm.model.clone())
            .unwrap_or_default(),
        workspace: start
            .map(|start| start.workspace.working_dir)
            .unwrap_or_default(),
        events,
        last: back.last().and_then(stamp).unwrap_or_default(),
    })
}

fn words(front: &[Entry]) -> Option<String> {
    front.iter().find_map(|entry| {
        let event = entry.event().ok()?;
        match event {
            Event {
                source: Source::User,
                body: Body::Message(message),
                ..
            } => {
                let text = message.llm_message.text();
                let line = text.lines().find(|line| !line.trim().is_empty())?;
                Some(line.trim().chars().take(120).collect())
            }
            _ => None,
        }
    })
}

fn status(back: &[Entry]) -> Option<String> {
    back.iter().rev().find_map(|entry| {
        let value: Value = serde_json::from_slice(&entry.json).ok()?;
        let is_status =
            value["kind"] == "ConversationStateUpdateEvent" && value["key"] == "execution_status";
        let status = if is_status {
            &value["value"]
        } else if value["key"] == "full_state" {
            &value["value"]["execution_status"]
        } else {
            return None;
        };
        status.as_str().map(str::to_owned)
    })
}

fn stamp(entry: &Entry) -> Option<String> {
    let head = domain::Head::parse(&entry.json).ok()?;
    Some(head.timestamp.into_owned())
}
