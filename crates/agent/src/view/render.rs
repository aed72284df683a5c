//! Lawful parts become messages: one assistant message a batch, its results right behind it in call order.

use std::collections::HashMap;
use std::sync::Arc;

use domain::{Content, Message, Role, ToolCall};

use super::item::{Item, Lead, Part};

/// Appends the messages of some parts.
pub(crate) fn append(messages: &mut Vec<Arc<Message>>, mut items: Vec<Item>) {
    let mut results: HashMap<String, Message> = HashMap::new();
    for item in &mut items {
        if let Part::Result { call, message } = &mut item.part {
            let nothing = Message::new(Role::Tool, Vec::new());
            results.insert(call.clone(), std::mem::replace(message, nothing));
        }
    }
    let mut batch = Batch::default();
    for item in items {
        match item.part {
            Part::System(message) => {
                batch.close(messages, &mut results);
                messages.push(Arc::new(message));
            }
            Part::Words(message) => {
                batch.close(messages, &mut results);
                speak(messages, message);
            }
            Part::Call { reply, call, lead } => {
                if batch.reply != reply {
                    batch.close(messages, &mut results);
                }
                batch.add(reply, call, *lead);
            }
            Part::Result { call, .. } => {
                batch.unanswered.retain(|id| *id != call);
                if batch.unanswered.is_empty() {
                    batch.close(messages, &mut results);
                }
            }
        }
    }
    batch.close(messages, &mut results);
}

/// Calls that stand together: of one reply, and not all answered before the next one came.
#[derive(Default)]
struct Batch {
    reply: String,
    calls: Vec<ToolCall>,
    lead: Lead,
    unanswered: Vec<String>,
}

impl Batch {
    fn add(&mut self, reply: String, call: ToolCall, lead: Lead) {
        if self.calls.is_empty() {
            self.lead = lead;
            self.reply = reply;
        }
        self.unanswered.push(call.id.clone());
        self.calls.push(call);
    }

    fn close(&mut self, messages: &mut Vec<Arc<Message>>, results: &mut HashMap<String, Message>) {
        let Self { calls, lead, .. } = std::mem::take(self);
        if calls.is_empty() {
            return;
        }
        let answers: Vec<Message> = calls
            .iter()
            .filter_map(|call| results.remove(&call.id))
            .collect();
        messages.push(Arc::new(assistant(calls, lead)));
        messages.extend(answers.into_iter().map(Arc::new));
    }
}

fn assistant(calls: Vec<ToolCall>, lead: Lead) -> Message {
    let mut message = Message::new(Role::Assistant, lead.thought);
    message.tool_calls = Some(calls);
    message.reasoning_content = lead.reasoning;
    message.thinking_blocks = lead.thinking;
    message.responses_reasoning_item = lead.item;
    message
}

fn speak(messages: &mut Vec<Arc<Message>>, message: Message) {
    if says_nothing(&message) {
        return;
    }
    match messages.last_mut() {
        Some(last) if last.role == Role::User && message.role == Role::User => {
            Arc::make_mut(last).content.extend(message.content);
        }
        Some(_) | None => messages.push(Arc::new(message)),
    }
}

fn says_nothing(message: &Message) -> bool {
    let blank = |block: &Content| block.as_text().is_some_and(|text| text.trim().is_empty());
    message.content.iter().all(blank)
        && message.thinking_blocks.is_empty()
        && message.reasoning_content.is_none()
        && message.responses_reasoning_item.is_none()
        && message.calls().is_empty()
}
