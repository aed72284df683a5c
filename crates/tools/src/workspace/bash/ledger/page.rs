//! Pages of events: names are sifted in memory, and only what is shown is read. Changes nothing.

use std::collections::VecDeque;

use domain::{BashEvent, BashEventKind, BashEventPage, BashEventSortOrder, BashSearch};

use super::super::name::{Kind, Name};
use super::Ledger;
use super::index::Entry;

/// How many names are looked at before others may use the index again.
const BATCH: u64 = 256;

/// The page that was asked for.
pub(super) fn page(ledger: &Ledger, search: &BashSearch) -> BashEventPage {
    let mut page = BashEventPage {
        items: Vec::new(),
        next_page_id: None,
    };
    let mut walk = Walk::new(ledger, search);
    while let Some(entry) = walk.next(ledger) {
        if !fits(&entry, search) {
            continue;
        }
        let Some(event) = ledger.read(&entry.name) else {
            continue;
        };
        if is_old(&event, search) {
            continue;
        }
        if page.items.len() == search.limit {
            page.next_page_id = Some(entry.name.to_string());
            break;
        }
        page.items.push(event);
    }
    page
}

/// A walk over names, in the order asked for.
struct Walk {
    ready: VecDeque<Entry>,
    /// The places whose names are not ready yet: from the first to before the second.
    left: (u64, u64),
    back: bool,
}

impl Walk {
    fn new(ledger: &Ledger, search: &BashSearch) -> Self {
        let back = search.sort == BashEventSortOrder::TimestampDesc;
        let first = search.page.as_deref().and_then(Name::parse);
        let index = ledger.index();
        let listed = match search.command {
            Some(command) => Some(index.outputs(command)),
            None => index.unsorted(),
        };
        let Some(mut names) = listed else {
            let mut left = index.between(search.since, search.until);
            let place = first.and_then(|name| index.place(&name));
            if let Some(place) = place.filter(|place| (left.0..left.1).contains(place)) {
                left = if back {
                    (left.0, place + 1)
                } else {
                    (place, left.1)
                };
            }
            return Self {
                ready: VecDeque::new(),
                left,
                back,
            };
        };
        if back {
            names.reverse();
        }
        names.retain(|entry| fits(entry, search) || Some(entry.name) == first);
        let from = first.and_then(|first| names.iter().position(|entry| entry.name == first));
        Self {
            ready: names.split_off(from.unwrap_or(0)).into(),
            left: (0, 0),
            back,
        }
    }

    fn next(&mut self, ledger: &Ledger) -> Option<Entry> {
        while self.ready.is_empty() && self.left.0 < self.left.1 {
            let (from, to) = self.left;
            if self.back {
                let start = from.max(to.saturating_sub(BATCH));
                self.ready = ledger.index().names(start, to).into_iter().rev().collect();
                self.left = (from, start);
            } else {
                let end = to.min(from.saturating_add(BATCH));
                self.ready = ledger.index().names(from, end).into();
                self.left = (end, to);
            }
        }
        self.ready.pop_front()
    }
}

/// Whether an event may be wanted, as far as is known without reading it.
fn fits(entry: &Entry, search: &BashSearch) -> bool {
    let name = &entry.name;
    let kind = search.kind.is_none_or(|kind| match kind {
        BashEventKind::BashCommand => name.kind == Kind::Command,
        BashEventKind::BashOutput => matches!(name.kind, Kind::Output(_)),
    });
    let since = search.since.is_none_or(|moment| name.at >= moment);
    let until = search.until.is_none_or(|moment| name.at < moment);
    let old = matches!(
        (entry.order, search.after_order),
        (Some(order), Some(after)) if order <= after
    );
    kind && since && until && !old
}

fn is_old(event: &BashEvent, search: &BashSearch) -> bool {
    match (event, search.after_order) {
        (BashEvent::Output(output), Some(after)) => output.order <= after,
        _ => false,
    }
}
