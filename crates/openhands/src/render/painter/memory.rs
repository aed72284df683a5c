//! What a painter keeps in mind of the events it showed: which calls wait for their results, and what is old news.

use std::collections::VecDeque;

use domain::{ActionEvent, Body, Event, EventId};

use crate::render::Line;

/// How many names are remembered as old.
const OLD: usize = 64;

/// What is kept in mind.
#[derive(Default)]
pub struct Memory {
    /// Replies that landed and actions that were answered.
    old: VecDeque<EventId>,
    waiting: Vec<Waiting>,
    /// The call that stands last on the screen.
    last: Option<String>,
}

struct Waiting {
    action: EventId,
    call: String,
    head: Vec<Line>,
}

impl Memory {
    /// A call is on the screen, under this headline.
    pub fn shown(&mut self, action: &EventId, event: &ActionEvent, head: Vec<Line>) {
        self.last = Some(event.tool_call_id.clone());
        self.waiting.push(Waiting {
            action: action.clone(),
            call: event.tool_call_id.clone(),
            head,
        });
    }

    /// Nothing that is heard of this matters any more.
    pub fn forget(&mut self, item: &EventId) {
        self.old.push_back(item.clone());
        if self.old.len() > OLD {
            self.old.pop_front();
        }
    }

    /// Whether a reply landed or was given up.
    pub fn is_old(&self, item: &EventId) -> bool {
        self.old.contains(item)
    }

    /// Whether an action was answered.
    pub fn is_answered(&self, action: &EventId) -> bool {
        self.is_old(action) && !self.waiting.iter().any(|it| it.action == *action)
    }

    /// The result of a call is on the screen; gives the action.
    pub fn answered(&mut self, call: &str) -> Option<EventId> {
        self.last = None;
        let at = self.waiting.iter().position(|it| it.call == call)?;
        let action = self.waiting.remove(at).action;
        self.forget(&action);
        Some(action)
    }

    /// The headline of a call, if something else was shown since.
    pub fn headline(&self, call: &str) -> Option<String> {
        if self.last.as_deref() == Some(call) {
            return None;
        }
        let waiting = self.waiting.iter().find(|it| it.call == call)?;
        waiting.head.first().map(Line::text)
    }
}

/// The call that an event is the result of.
pub fn call_of(event: &Event) -> Option<&str> {
    if let Body::Observation(result) = &event.body {
        Some(&result.tool_call_id)
    } else if let Body::Rejected(refusal) = &event.body {
        Some(&refusal.tool_call_id)
    } else if let Body::AgentError(error) = &event.body {
        Some(&error.tool_call_id)
    } else {
        None
    }
}
