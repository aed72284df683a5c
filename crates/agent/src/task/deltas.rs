//! What is heard of a reply while it is made, secrets hidden. Knows no event but the one it will be.

use std::sync::{Arc, Mutex};

use domain::{Delta, EventId, Live, Piece};

use super::lock;
use crate::bus::Bus;
use crate::mask::Veil;

/// Passes on what a model says while it says it, secrets hidden.
pub(super) struct Deltas {
    item: EventId,
    bus: Bus,
    text: Mutex<(Veil, Option<Piece>)>,
    reasoning: Mutex<(Veil, Option<Piece>)>,
}

impl Deltas {
    pub(super) fn new(item: EventId, bus: Bus, text: Veil, reasoning: Veil) -> Arc<Self> {
        Arc::new(Self {
            item,
            bus,
            text: Mutex::new((text, None)),
            reasoning: Mutex::new((reasoning, None)),
        })
    }

    pub(super) fn hear(&self, delta: Delta) {
        match delta {
            Delta::Text(piece) => {
                if let Some(piece) = veiled(&self.text, piece) {
                    self.send(Delta::Text(piece));
                }
            }
            Delta::Reasoning(piece) => {
                if let Some(piece) = veiled(&self.reasoning, piece) {
                    self.send(Delta::Reasoning(piece));
                }
            }
            Delta::Attempt(number) => {
                self.forget();
                self.send(Delta::Attempt(number));
            }
            Delta::Retry { reason, wait } => {
                self.forget();
                let reason = lock(&self.text).0.whole(&reason);
                self.send(Delta::Retry { reason, wait });
            }
            // Arguments come in pieces too small to hide a secret in; those who hide nothing may see them grow.
            Delta::Call {
                index,
                name,
                arguments,
            } => {
                let open = lock(&self.text).0.is_open();
                let arguments = if open { arguments } else { String::new() };
                self.send(Delta::Call {
                    index,
                    name,
                    arguments,
                });
            }
        }
    }

    /// Drops what was held back of an attempt that does not count.
    fn forget(&self) {
        lock(&self.text).0.finish();
        lock(&self.reasoning).0.finish();
    }

    /// Lets go of what was held back because it might have been the beginning of a secret.
    pub(super) fn finish(&self) {
        if let Some(piece) = rest(&self.reasoning) {
            self.send(Delta::Reasoning(piece));
        }
        if let Some(piece) = rest(&self.text) {
            self.send(Delta::Text(piece));
        }
    }

    fn send(&self, delta: Delta) {
        let _ = self.bus.send(Live::Delta {
            item: self.item.clone(),
            delta,
        });
    }
}

fn veiled(veil: &Mutex<(Veil, Option<Piece>)>, piece: Piece) -> Option<Piece> {
    let mut veil = lock(veil);
    let content = veil.0.push(&piece.content);
    let shown = Piece { content, ..piece };
    veil.1 = Some(Piece {
        content: String::new(),
        ..shown.clone()
    });
    (!shown.content.is_empty()).then_some(shown)
}

fn rest(veil: &Mutex<(Veil, Option<Piece>)>) -> Option<Piece> {
    let mut veil = lock(veil);
    let content = veil.0.finish();
    let like = veil.1.take()?;
    (!content.is_empty()).then_some(Piece { content, ..like })
}
