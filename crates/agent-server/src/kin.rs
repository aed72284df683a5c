//! Which conversation has started which others. Read once from the catalogue, then kept up.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::{CommandError, ConversationId, Conversations};
use tokio::sync::OnceCell;

/// The children of all conversations that have some.
#[derive(Default)]
pub(crate) struct Kin(OnceCell<Mutex<HashMap<ConversationId, Vec<ConversationId>>>>);

impl Kin {
    async fn known(
        &self,
        all: &dyn Conversations,
    ) -> Result<&Mutex<HashMap<ConversationId, Vec<ConversationId>>>, CommandError> {
        self.0
            .get_or_try_init(|| async {
                let mut known: HashMap<_, Vec<_>> = HashMap::new();
                for card in all.catalogue().await?.iter().rev() {
                    if let Some(parent) = card.parent {
                        known.entry(parent).or_default().push(card.id);
                    }
                }
                Ok(Mutex::new(known))
            })
            .await
    }

    /// The children of one, oldest first.
    pub(crate) async fn of(
        &self,
        all: &dyn Conversations,
        parent: ConversationId,
    ) -> Result<Vec<ConversationId>, CommandError> {
        let known = self.known(all).await?;
        let known = known.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(known.get(&parent).cloned().unwrap_or_default())
    }

    /// One was born.
    pub(crate) async fn born(
        &self,
        all: &dyn Conversations,
        parent: ConversationId,
        child: ConversationId,
    ) -> Result<(), CommandError> {
        let known = self.known(all).await?;
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        let children = known.entry(parent).or_default();
        if !children.contains(&child) {
            children.push(child);
        }
        Ok(())
    }

    /// One is gone. Its children stay, without a parent that could be asked for them.
    pub(crate) fn gone(&self, id: ConversationId) {
        if let Some(known) = self.0.get() {
            let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
            known.remove(&id);
            for children in known.values_mut() {
                children.retain(|child| *child != id);
            }
        }
    }
}
