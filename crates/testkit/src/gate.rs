//! A gate that scripted models and tools wait at until the test lets them pass. Measures no time.

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

/// A closed gate; clones are the same gate.
#[derive(Clone, Debug)]
pub struct Gate(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    passes: Semaphore,
    arrived: watch::Sender<usize>,
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self(Arc::new(Inner {
            passes: Semaphore::new(0),
            arrived: watch::Sender::new(0),
        }))
    }

    /// Lets everyone pass, from now on.
    pub fn open(&self) {
        self.0.passes.close();
    }

    /// Lets one pass: who waits, or the next to come.
    pub fn pass_one(&self) {
        self.0.passes.add_permits(1);
    }

    /// Resolves once `count` have come to the gate since it was made, whether or not they passed.
    pub async fn reached(&self, count: usize) {
        let mut arrived = self.0.arrived.subscribe();
        // The sender lives in `self`, so this cannot fail.
        let _ = arrived.wait_for(|n| *n >= count).await;
    }

    /// Comes to the gate and waits until it may pass.
    pub async fn wait(&self) {
        self.0.arrived.send_modify(|n| *n += 1);
        // A closed semaphore is an open gate.
        if let Ok(permit) = self.0.passes.acquire().await {
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests;
