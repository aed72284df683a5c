//! The history as a model is shown it: built from events, grown step by step, never of a shape that a
//! provider refuses. Knows no provider.

mod branch;
mod item;
mod laws;
mod render;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use domain::{Event, Message};

pub(crate) use branch::Branch;
pub(crate) use item::{Item, Part};
pub(crate) use laws::cuts;

/// The messages of the active branch.
#[derive(Debug, Default)]
pub struct View {
    /// Messages that no later event changes, but for words added to the last.
    settled: Arc<Vec<Arc<Message>>>,
    /// How many parts of the history those are made of.
    parts: usize,
    /// What came after them.
    tail: Vec<Item>,
    /// Where the last prompt ended: a provider may have it cached up to there.
    last_end: Option<usize>,
}

impl View {
    /// Derives the view of a whole branch, root first.
    pub fn of_branch<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut branch = Branch::default();
        for event in events {
            branch.push(event);
        }
        Self::of(branch)
    }

    /// The view of a branch that was read whole.
    pub(crate) fn of(branch: Branch) -> Self {
        Self {
            tail: branch.into_lawful(),
            ..Self::default()
        }
    }

    /// How many parts it has: what a condenser counts.
    pub(crate) fn len(&self) -> usize {
        self.parts + self.tail.len()
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
            return self.settle(lawful);
        }
        if laws::can_still_be_answered(&self.tail) {
            let mut messages = Vec::clone(&self.settled);
            render::append(&mut messages, lawful);
            return Arc::new(messages);
        }
        self.settle(lawful)
    }

    fn settle(&mut self, lawful: Vec<Item>) -> Arc<Vec<Arc<Message>>> {
        self.tail.clear();
        self.parts += lawful.len();
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
