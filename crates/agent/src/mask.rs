//! Keeps the values of secrets out of everything that is recorded, streamed or said. Knows no event but its JSON.

mod forms;
mod json;
mod veil;

#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;

pub(crate) use veil::Veil;

/// What stands in a secret's place.
pub(crate) const HIDDEN: &str = "<secret-hidden>";

/// The values to hide, in every form they may take.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mask {
    /// Longest first.
    forms: Arc<[String]>,
}

impl Mask {
    /// Hides these values too. What was hidden once stays hidden: an old key may still be in some text.
    pub(crate) fn add<'a>(&mut self, values: impl IntoIterator<Item = &'a str>) {
        let mut forms = self.forms.to_vec();
        forms.extend(values.into_iter().flat_map(forms::of));
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        self.forms = forms.into();
    }

    /// Whether there is nothing to hide.
    pub(crate) fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }

    /// Whether a text holds a secret.
    fn stands_in(&self, text: &str) -> bool {
        self.forms.iter().any(|form| text.contains(form.as_str()))
    }

    /// Text with every secret hidden.
    pub(crate) fn text(&self, text: &str) -> String {
        let found = self.found(text);
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        for range in found {
            out.push_str(&text[from..range.start]);
            out.push_str(HIDDEN);
            from = range.end;
        }
        out.push_str(&text[from..]);
        out
    }

    /// Where secrets stand: in order, those that overlap as one. What stands in a secret's place is none.
    fn found(&self, text: &str) -> Vec<Range<usize>> {
        let mut all: Vec<Range<usize>> = self
            .forms
            .iter()
            .flat_map(|form| text.match_indices(form.as_str()))
            .map(|(at, form)| at..at + form.len())
            .collect();
        if all.is_empty() {
            return all;
        }
        let hidden: Vec<Range<usize>> = text
            .match_indices(HIDDEN)
            .map(|(at, _)| at..at + HIDDEN.len())
            .collect();
        all.retain(|range| {
            !hidden
                .iter()
                .any(|h| h.start <= range.start && range.end <= h.end)
        });
        all.sort_by_key(|range| range.start);
        let mut merged: Vec<Range<usize>> = Vec::with_capacity(all.len());
        for range in all {
            match merged.last_mut() {
                Some(last) if range.start < last.end => last.end = last.end.max(range.end),
                Some(_) | None => merged.push(range),
            }
        }
        merged
    }
}
