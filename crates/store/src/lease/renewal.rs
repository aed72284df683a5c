//! The thread that gives signs of life while its owner lives.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use super::Leases;
use crate::held;

/// Signs of life, until it is dropped.
pub(crate) struct Renewal {
    leases: Arc<Leases>,
    over: Arc<(Mutex<bool>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

impl Renewal {
    /// Gives a sign of life three times in the time agreed.
    pub(crate) fn start(leases: Arc<Leases>) -> std::io::Result<Self> {
        let over = Arc::<(Mutex<bool>, Condvar)>::default();
        let (theirs, told) = (Arc::clone(&leases), Arc::clone(&over));
        let thread = thread::Builder::new()
            .name("store-leases".to_owned())
            .stack_size(128 * 1024)
            .spawn(move || renew(&theirs, &told))?;
        Ok(Self {
            leases,
            over,
            thread: Some(thread),
        })
    }

    /// Gives none but the first: whoever asks for another one gives it.
    pub(crate) fn by_hand(leases: Arc<Leases>) -> Self {
        Self {
            leases,
            over: Arc::default(),
            thread: None,
        }
    }
}

fn renew(leases: &Leases, (over, told): &(Mutex<bool>, Condvar)) {
    let pause = leases.terms.ttl / 3;
    let mut ended = held(over);
    while !*ended {
        ended = told
            .wait_timeout(ended, pause)
            .unwrap_or_else(PoisonError::into_inner)
            .0;
        if !*ended && leases.renew().is_err() {
            // The next one may come through; until then every write makes sure by itself.
        }
    }
}

impl Drop for Renewal {
    fn drop(&mut self) {
        *held(&self.over.0) = true;
        self.over.1.notify_all();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            // It has nothing more to say.
        }
        self.leases.end();
    }
}
