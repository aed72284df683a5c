//! What is heard of a conversation besides its events. Costs nothing while nobody listens; knows no listener by name.

use std::sync::{Arc, Mutex, Weak};

use domain::Live;
use tokio::sync::broadcast;

use crate::task::lock;

/// How much may be heard of a conversation before a slow listener misses the oldest of it.
const BACKLOG: usize = 1_024;

/// The mouth: while there is one, listeners wait for more.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bus(Arc<Channel>);

/// Where listeners join; it keeps nobody waiting.
#[derive(Clone, Debug)]
pub(crate) struct Earshot(Weak<Channel>);

/// There while somebody listens.
type Channel = Mutex<Option<broadcast::Sender<Live>>>;

impl Bus {
    /// Tells everyone; says whether anyone was there.
    pub(crate) fn send(&self, live: Live) -> bool {
        let mut channel = lock(&self.0);
        let heard = channel
            .as_ref()
            .is_some_and(|channel| channel.send(live).is_ok());
        if !heard {
            *channel = None;
        }
        heard
    }

    /// Where listeners join.
    pub(crate) fn earshot(&self) -> Earshot {
        Earshot(Arc::downgrade(&self.0))
    }
}

impl Earshot {
    /// What is heard from now on; of what has ended there is nothing to hear.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Live> {
        match self.0.upgrade() {
            Some(channel) => lock(&channel)
                .get_or_insert_with(|| broadcast::Sender::new(BACKLOG))
                .subscribe(),
            None => broadcast::Sender::new(1).subscribe(),
        }
    }

    /// Whether anyone listens.
    pub(crate) fn is_heard(&self) -> bool {
        let heard = |channel: &broadcast::Sender<Live>| channel.receiver_count() > 0;
        self.0
            .upgrade()
            .is_some_and(|channel| lock(&channel).as_ref().is_some_and(heard))
    }
}
