//! The tree that events form by their parents, and the branch that is active. Holds places, not events.

use std::collections::HashMap;

use domain::EventId;

#[cfg(test)]
mod tests;

/// All events by place; a place is a sequence number of the log.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    places: HashMap<EventId, u32>,
    leaf: Option<u32>,
}

#[derive(Clone, Debug)]
struct Node {
    id: EventId,
    parent: Option<u32>,
    /// State updates hang beside the branch.
    branch: bool,
}

impl Tree {
    /// How many events there are.
    pub(crate) fn len(&self) -> u64 {
        self.nodes.len() as u64
    }

    /// Adds an event. One without a parent follows its neighbour in the log, as in logs older than the tree; one whose
    /// parent is not in the log follows the leaf.
    pub(crate) fn grow(&mut self, id: EventId, parent: Option<&EventId>, branch: bool) {
        let place = self.nodes.len() as u32;
        let parent = match parent {
            Some(id) if id.is_root() => None,
            Some(id) => self.places.get(id).copied().or(self.leaf),
            None => place.checked_sub(1),
        };
        self.places.insert(id.clone(), place);
        self.nodes.push(Node { id, parent, branch });
        if branch {
            self.leaf = Some(place);
        }
    }

    /// The event that the next one follows.
    pub(crate) fn leaf(&self) -> Option<&EventId> {
        self.leaf
            .and_then(|place| self.nodes.get(place as usize))
            .map(|node| &node.id)
    }

    /// Whether the head was moved before every event.
    pub(crate) fn head_is_empty(&self) -> bool {
        self.leaf.is_none() && self.nodes.iter().any(|node| node.branch)
    }

    /// The parent to write into the next event.
    pub(crate) fn next_parent(&self) -> Option<EventId> {
        match self.leaf() {
            Some(id) => Some(id.clone()),
            None if self.nodes.is_empty() => None,
            None => Some(EventId::root()),
        }
    }

    /// Moves the head; `None` is before every event. Says whether the event exists.
    pub(crate) fn navigate(&mut self, to: Option<&EventId>) -> bool {
        match to {
            None => self.leaf = None,
            Some(id) => match self.places.get(id) {
                Some(place) => self.leaf = Some(*place),
                None => return false,
            },
        }
        true
    }

    /// The place of an event.
    pub(crate) fn place(&self, id: &EventId) -> Option<u64> {
        self.places.get(id).map(|place| u64::from(*place))
    }

    /// Places of the active branch, from the root to the leaf.
    pub(crate) fn branch(&self) -> Vec<u64> {
        self.path(self.leaf)
    }

    /// Places from the root to an event.
    pub(crate) fn path_to(&self, id: &EventId) -> Option<Vec<u64>> {
        self.places.get(id).map(|place| self.path(Some(*place)))
    }

    fn path(&self, mut at: Option<u32>) -> Vec<u64> {
        let mut path = Vec::new();
        while let Some(place) = at {
            let Some(node) = self.nodes.get(place as usize) else {
                break;
            };
            if node.branch {
                path.push(u64::from(place));
            }
            // A parent always stands before its child; anything else would be a cycle.
            at = node.parent.filter(|parent| *parent < place);
        }
        path.reverse();
        path
    }
}
