//! Pages of events: names are sifted in memory, and only what is shown is read. Changes nothing.

use domain::{BashEvent, BashEventKind, BashEventPage, BashEventSortOrder, BashSearch, Moment};

use super::super::name::{Kind, Name};
use super::Ledger;
use super::index::Entry;

/// The page that was asked for.
pub(super) fn page(ledger: &Ledger, search: &BashSearch) -> BashEventPage {
    let names = sifted(ledger, search);
    let from = search.page.as_deref().and_then(Name::parse);
    let from = from.and_then(|first| names.iter().position(|entry| entry.name == first));
    let mut page = BashEventPage {
        items: Vec::new(),
        next_page_id: None,
    };
    for entry in names.iter().skip(from.unwrap_or(0)) {
        if known_to_be_old(entry, search) {
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

/// The names that fit, in the order asked for.
fn sifted(ledger: &Ledger, search: &BashSearch) -> Vec<Entry> {
    let mut names = ledger.index().among(search.command);
    names.retain(|entry| fits(&entry.name, search));
    if search.sort == BashEventSortOrder::TimestampDesc {
        names.reverse();
    }
    names
}

fn fits(name: &Name, search: &BashSearch) -> bool {
    let kind = search.kind.is_none_or(|kind| match kind {
        BashEventKind::BashCommand => name.kind == Kind::Command,
        BashEventKind::BashOutput => matches!(name.kind, Kind::Output(_)),
    });
    let since = search.since.is_none_or(|moment: Moment| name.at >= moment);
    let until = search.until.is_none_or(|moment: Moment| name.at < moment);
    kind && since && until
}

fn known_to_be_old(entry: &Entry, search: &BashSearch) -> bool {
    matches!((entry.order, search.after_order), (Some(order), Some(after)) if order <= after)
}

fn is_old(event: &BashEvent, search: &BashSearch) -> bool {
    match (event, search.after_order) {
        (BashEvent::Output(output), Some(after)) => output.order <= after,
        _ => false,
    }
}
