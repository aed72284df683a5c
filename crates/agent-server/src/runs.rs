//! How many conversations may work at once.

use domain::{Conversation, Status};
use http_kit::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts the conversations that work.
pub(crate) struct Runs {
    most: usize,
    working: Arc<AtomicUsize>,
}

/// A place among those that work, given back when dropped.
pub(crate) struct Place(Arc<AtomicUsize>);

impl Runs {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            working: Arc::default(),
        }
    }

    /// How many work now.
    pub(crate) fn working(&self) -> usize {
        self.working.load(Ordering::Relaxed)
    }

    /// A place for one more, or 429.
    pub(crate) fn enter(&self) -> Result<Place, Error> {
        let entered = self
            .working
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |working| {
                (working < self.most).then_some(working + 1)
            });
        match entered {
            Ok(_) => Ok(Place(Arc::clone(&self.working))),
            Err(_) => Err(Error::too_many(format!(
                "Maximum concurrent runs ({}) reached. Wait for a running conversation to end.",
                self.most
            ))),
        }
    }
}

impl Place {
    /// Keeps the place until the conversation rests.
    pub(crate) async fn until_rest(self, conversation: Arc<dyn Conversation>) {
        let rests = |status| status != Status::Running;
        conversation.settled(&rests).await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
