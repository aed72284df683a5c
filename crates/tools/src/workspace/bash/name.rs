//! The names of event files: when, what, whose and which, in this order. Knows no disk.

use std::fmt;

use domain::{BashEvent, BashId, Moment};

/// What a file holds, as far as its name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    /// When it was recorded.
    pub(super) at: Moment,
    /// What it is.
    pub(super) kind: Kind,
    /// The event.
    pub(super) id: BashId,
}

/// What an event is, and for an output whose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Command,
    Error,
    Output(BashId),
}

impl Name {
    pub(super) fn of(event: &BashEvent) -> Self {
        let kind = match event {
            BashEvent::Command(_) => Kind::Command,
            BashEvent::Error(_) => Kind::Error,
            BashEvent::Output(output) => Kind::Output(output.command_id),
        };
        Self {
            at: event.timestamp(),
            kind,
            id: event.id(),
        }
    }

    /// Reads a name; files of any other name are none of ours.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('_');
        let at = Moment::from_digits(parts.next()?)?;
        let kind = parts.next()?;
        let ids: Vec<BashId> = parts.map(hex).collect::<Option<_>>()?;
        let (kind, id) = match (kind, ids.as_slice()) {
            ("BashCommand", &[id]) => (Kind::Command, id),
            ("BashError", &[id]) => (Kind::Error, id),
            ("BashOutput", &[command, id]) => (Kind::Output(command), id),
            _ => return None,
        };
        Some(Self { at, kind, id })
    }

    /// The command it belongs to, if it is what one wrote.
    pub(super) fn command(&self) -> Option<BashId> {
        match self.kind {
            Kind::Output(command) => Some(command),
            Kind::Command | Kind::Error => None,
        }
    }
}

fn hex(text: &str) -> Option<BashId> {
    (text.len() == 32).then(|| BashId::parse(text)).flatten()
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, id) = (self.at.digits(), self.id);
        match self.kind {
            Kind::Command => write!(f, "{at}_BashCommand_{id}"),
            Kind::Error => write!(f, "{at}_BashError_{id}"),
            Kind::Output(command) => write!(f, "{at}_BashOutput_{command}_{id}"),
        }
    }
}
