//! The history as a model is shown it: built from events, grown step by step, never of a shape that a
//! provider refuses. Knows no provider.

mod item;
mod laws;
mod render;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use domain::{Body, Event, Message};

use item::Item;

/// The messages of the active branch.
#[derive(Debug, Default)]
pub struct View {
    /// Messages that no later event changes, but for words added to the last.
    settled: Arc<Vec<Arc<Message>>>,
    /// What came after them.
    tail: Vec<Item>,
    /// Where the last prompt ended: a provider may have it cached up to there.
    last_end: Option<usize>,
}

impl View {
    /// Derives the view of a whole branch, root first.
    pub fn of_branch<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut items = Vec::new();
        let mut everything = Vec::new();
        for event in events {
            if let Body::Condensation(condensation) = &event.body {
                items = laws::condense(items, condensation, &event.id);
            } else if let Some(item) = Item::of(event) {
                everything.push(item.clone());
                items.push(item);
            }
        }
        let tail = laws::keep_whole(&everything, laws::enforce(items));
        Self {
            settled: Arc::default(),
            tail,
            last_end: None,
        }
    }

    /// Adds an event to the end of the branch.
    pub fn push(&mut self, event: &Event) {
        self.tail.extend(Item::of(event));
    }

    /// The messages to send. Costs only what came since the last call.
    pub fn messages(&mut self) -> Arc<Vec<Arc<Message>>> {
        if self.tail.is_empty() {
            return Arc::clone(&self.settled);
        }
        let before = self.tail.len();
        let lawful = laws::enforce(self.tail.clone());
        if lawful.len() == before {
            self.tail.clear();
            render::append(Arc::make_mut(&mut self.settled), lawful);
            return Arc::clone(&self.settled);
        }
        if laws::can_still_be_answered(&self.tail) {
            let mut messages = Vec::clone(&self.settled);
            render::append(&mut messages, lawful);
            return Arc::new(messages);
        }
        self.tail.clear();
        render::append(Arc::make_mut(&mut self.settled), lawful);
        Arc::clone(&self.settled)
    }

    /// The messages up to whose end a provider should cache: where the last prompt ended, and where this one does.
    pub fn cache_marks(&mut self, messages: &[Arc<Message>]) -> Vec<usize> {
        let end = messages.len().checked_sub(1);
        let mut marks: Vec<usize> = self
            .last_end
            .into_iter()
            .chain(end)
            .filter(|at| *at < messages.len())
            .collect();
        marks.dedup();
        self.last_end = end;
        marks
    }
}
