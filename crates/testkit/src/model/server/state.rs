//! What all connections of a model server share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::model::http::Incoming;
use crate::model::library::{Library, Stage};
use crate::model::recorded::Request;

/// A server's scripts, rules and memory.
#[derive(Debug)]
pub(super) struct State {
    stage: Mutex<Arc<Stage>>,
    /// Of those who ask for a model by name.
    named: Mutex<HashMap<String, Arc<Stage>>>,
    rules: Mutex<Rules>,
    requests: Mutex<Vec<Request>>,
    counts: watch::Sender<Counts>,
}

/// How a server judges what it is sent.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub key: Option<String>,
    pub strict: bool,
    pub records: bool,
}

/// How much has happened.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub asked: usize,
    pub abandoned: usize,
}

impl State {
    pub fn new(library: Library) -> Self {
        Self {
            stage: Mutex::new(Arc::new(Stage::new(library))),
            named: Mutex::default(),
            rules: Mutex::new(Rules {
                key: None,
                strict: true,
                records: true,
            }),
            requests: Mutex::default(),
            counts: watch::Sender::new(Counts::default()),
        }
    }

    /// What is played to those who ask under these names, the first that is known; else what is played to all.
    pub fn stage(&self, names: &[&str]) -> Arc<Stage> {
        let named = lock(&self.named);
        let known = names.iter().find_map(|name| named.get(*name));
        known.map_or_else(|| Arc::clone(&lock(&self.stage)), Arc::clone)
    }

    pub fn learn(&self, name: String, library: Library) {
        let stage = Arc::new(Stage::new(library.titled()));
        lock(&self.named).insert(name, stage);
    }

    pub fn play(&self, library: Library) {
        *lock(&self.stage) = Arc::new(Stage::new(library));
    }

    pub fn rules<T>(&self, f: impl FnOnce(&mut Rules) -> T) -> T {
        f(&mut lock(&self.rules))
    }

    pub fn requests(&self) -> Vec<Request> {
        lock(&self.requests).clone()
    }

    pub fn record(&self, incoming: &Incoming) {
        if self.rules(|rules| rules.records) {
            lock(&self.requests).push(Request::new(incoming));
        }
        self.counts.send_modify(|counts| counts.asked += 1);
    }

    pub fn abandon(&self) {
        self.counts.send_modify(|counts| counts.abandoned += 1);
    }

    pub async fn until(&self, holds: impl Fn(&Counts) -> bool) {
        let mut counts = self.counts.subscribe();
        // The sender lives in `self`, so this cannot fail.
        let _ = counts.wait_for(|counts| holds(counts)).await;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
