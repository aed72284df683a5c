//! A branch as it is read, root first: what is left of it after every condensation. Knows no log.

use domain::{Body, Event};

use super::item::Item;
use super::laws::{self, Outline};

/// The parts of a branch.
#[derive(Debug, Default)]
pub(crate) struct Branch {
    /// What is not forgotten, lawful or not.
    items: Vec<Item>,
    /// Everything there ever was, in outline.
    outline: Vec<Outline>,
}

impl Branch {
    /// Takes in the next event.
    pub(crate) fn push(&mut self, event: &Event) {
        if let Body::Condensation(condensation) = &event.body {
            let items = std::mem::take(&mut self.items);
            self.items = laws::condense(items, condensation, &event.id);
        } else if let Some(item) = Item::of(event) {
            self.outline.push(Outline::of(&item));
            self.items.push(item);
        }
    }

    /// What is not forgotten, lawful or not.
    pub(crate) fn items(&self) -> &[Item] {
        &self.items
    }

    /// What of it a provider may be shown.
    pub(crate) fn lawful(&self) -> Vec<Item> {
        laws::keep_whole(&self.outline, laws::enforce(self.items.clone()))
    }

    /// The same, where nothing else is wanted.
    pub(crate) fn into_lawful(self) -> Vec<Item> {
        laws::keep_whole(&self.outline, laws::enforce(self.items))
    }
}
