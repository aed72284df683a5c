//! Hides secrets in text that comes in pieces, also where a piece ends inside one. Knows no listener.

use tokio::sync::watch;

use super::Mask;

/// A filter for one stream. A secret that is added later is hidden from then on.
#[derive(Debug)]
pub(crate) struct Veil {
    mask: watch::Receiver<Mask>,
    held: String,
}

impl Veil {
    pub(crate) fn new(mask: watch::Receiver<Mask>) -> Self {
        Self {
            mask,
            held: String::new(),
        }
    }

    /// Whether there is nothing to hide.
    pub(crate) fn is_open(&self) -> bool {
        self.mask.borrow().is_empty()
    }

    /// A text that comes whole, with every secret hidden.
    pub(crate) fn whole(&self, text: &str) -> String {
        self.mask.borrow().text(text)
    }

    /// Takes a piece and gives what is safe to show.
    pub(crate) fn push(&mut self, piece: &str) -> String {
        let mask = self.mask.borrow();
        if mask.is_empty() {
            return std::mem::take(&mut self.held) + piece;
        }
        self.held.push_str(piece);
        let end = mask.safe_end(&self.held);
        let rest = self.held.split_off(end);
        mask.text(&std::mem::replace(&mut self.held, rest))
    }

    /// Gives what was held back.
    pub(crate) fn finish(&mut self) -> String {
        let held = std::mem::take(&mut self.held);
        self.whole(&held)
    }
}

impl Mask {
    /// How much of a text no later piece can turn into a secret.
    fn safe_end(&self, text: &str) -> usize {
        let longest = self.forms.first().map_or(0, String::len);
        let from = (text.len() + 1).saturating_sub(longest);
        let begins = |tail: &str| {
            let more = |form: &&String| form.len() > tail.len();
            self.forms
                .iter()
                .take_while(more)
                .any(|form| form.starts_with(tail))
        };
        let end = (from..text.len())
            .filter(|at| text.is_char_boundary(*at))
            .find(|at| begins(&text[*at..]))
            .unwrap_or(text.len());
        // A secret that is whole already is not cut by another one that may have begun in it.
        let cut = self
            .found(text)
            .into_iter()
            .find(|r| r.start < end && end < r.end);
        cut.map_or(end, |range| range.start)
    }
}
