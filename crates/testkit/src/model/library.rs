//! Many scripts, and which conversation plays which. Knows no transport.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use super::ask::Ask;
use super::player::{Play, Player, RanOut};
use super::script::{Finished, Script};

/// Scripts by name.
///
/// A conversation whose first user message says `SCENARIO:name` plays the script of that name from its start; all
/// others share one place in the script without a name, in the order in which they ask. Requests that offer no tools
/// (titles, summaries, questions beside the conversation) play the script for asides, if there is one.
#[derive(Clone, Debug, Default)]
pub struct Library {
    unnamed: Option<Finished>,
    asides: Option<Finished>,
    named: BTreeMap<String, Finished>,
}

impl From<Script> for Library {
    fn from(script: Script) -> Self {
        Self::default().with(script)
    }
}

impl Library {
    /// No scripts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a script under its name, or for conversations that name none.
    #[must_use]
    pub fn with(mut self, script: Script) -> Self {
        let script = script.finish();
        if script.name.is_empty() {
            self.unnamed = Some(script);
        } else {
            self.named.insert(script.name.clone(), script);
        }
        self
    }

    /// Sets the script for requests that offer no tools.
    #[must_use]
    pub fn asides(mut self, script: Script) -> Self {
        self.asides = Some(script.finish());
        self
    }

    /// With a title for every request that offers no tools, unless it has other words for them.
    pub(super) fn titled(self) -> Self {
        if self.asides.is_some() {
            return self;
        }
        self.asides(Script::new().forever(Script::new().says("A scripted title")))
    }

    /// Whether a request must be read to know what to play.
    fn reads(&self) -> bool {
        self.asides.is_some()
            || !self.named.is_empty()
            || self.unnamed.as_ref().is_some_and(Finished::reads)
    }
}

/// A library being played.
#[derive(Debug)]
pub(super) struct Stage {
    library: Library,
    reads: bool,
    players: Mutex<HashMap<String, Player>>,
}

impl Stage {
    pub fn new(library: Library) -> Self {
        Self {
            reads: library.reads(),
            library,
            players: Mutex::default(),
        }
    }

    /// What to do with the next request; it is only read if that matters.
    pub fn next(&self, read: impl FnOnce() -> Ask) -> Result<Play, RanOut> {
        let ask = if self.reads { read() } else { Ask::default() };
        let (script, place) = self.library.choose(&ask)?;
        let mut players = self.players.lock().unwrap_or_else(PoisonError::into_inner);
        let player = players
            .entry(place)
            .or_insert_with(|| Player::new(script.clone()));
        player.next(&ask)
    }
}

impl Library {
    /// The script for a request, and the name of the place it is played at.
    fn choose(&self, ask: &Ask) -> Result<(&Finished, String), RanOut> {
        if let Some(asides) = self.asides.as_ref().filter(|_| ask.tools.is_empty()) {
            return Ok((asides, "\0asides".to_owned()));
        }
        if let Some(script) = ask.scenario().and_then(|name| self.named.get(name)) {
            let first = ask.first_user().unwrap_or_default();
            let key = ask.cache_key.as_deref().unwrap_or_default();
            return Ok((script, format!("{key}\0{first}")));
        }
        match &self.unnamed {
            Some(script) => Ok((script, String::new())),
            None => {
                let name = ask.scenario().unwrap_or_default();
                Err(RanOut::NoScript(name.to_owned()))
            }
        }
    }
}
