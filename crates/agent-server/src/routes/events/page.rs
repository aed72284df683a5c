//! Pages of a log: the bytes of its events, as they are.

use bytes::Bytes;
use domain::{Action, Body, Entry, EventId, Head, Log, LogError, Source};
use schemars::JsonSchema;
use serde::Deserialize;

use super::filter::Filter;

/// How many events are looked at at once.
const STRIDE: usize = 256;

/// Which page.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Search {
    page_id: Option<String>,
    #[serde(default = "hundred")]
    #[schemars(range(max = 100), extend("exclusiveMinimum" = 0))]
    limit: usize,
    #[serde(flatten)]
    filter: Filter,
    #[serde(default)]
    sort_order: EventSortOrder,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, JsonSchema)]
enum EventSortOrder {
    #[default]
    #[serde(rename = "TIMESTAMP")]
    Timestamp,
    #[serde(rename = "TIMESTAMP_DESC")]
    TimestampDesc,
}

fn hundred() -> usize {
    100
}

impl Search {
    /// The page, written.
    pub(super) fn page(&self, log: &dyn Log) -> Result<Bytes, LogError> {
        let (entries, next) = self.entries(log)?;
        let size: usize = entries.iter().map(|entry| entry.json.len() + 1).sum();
        let mut json = Vec::with_capacity(size + 128);
        json.extend_from_slice(b"{\"items\":[");
        for (index, entry) in entries.iter().enumerate() {
            if index > 0 {
                json.push(b',');
            }
            json.extend_from_slice(&entry.json);
        }
        json.extend_from_slice(b"],\"next_page_id\":");
        let next = next.and_then(|entry| Some(Head::parse(&entry.json).ok()?.id.to_string()));
        json.extend_from_slice(serde_json::json!(next).to_string().as_bytes());
        json.push(b'}');
        Ok(json.into())
    }

    /// The events of the page, and the first one of the next.
    fn entries(&self, log: &dyn Log) -> Result<(Vec<Entry>, Option<Entry>), LogError> {
        // A page that nobody knows is the first one.
        let first = match self.page_id.as_deref() {
            Some(page) => log.find(&EventId::new(page))?,
            None => None,
        };
        let mut found = Vec::new();
        let wanted = self.limit + 1;
        let ready = (!self.filter.open()).then(|| self.filter.ready());
        let mut walk = Walk::new(log, first, self.sort_order);
        while found.len() < wanted {
            let entries = walk.step(if ready.is_some() { STRIDE } else { wanted })?;
            if entries.is_empty() {
                break;
            }
            let passes = |entry: &Entry| ready.as_ref().is_none_or(|ready| ready.passes(entry));
            found.extend(entries.into_iter().filter(passes));
        }
        found.truncate(wanted);
        let next = (found.len() == wanted).then(|| found.pop()).flatten();
        Ok((found, next))
    }
}

/// A walk through a log, a stride at a time.
struct Walk<'a> {
    log: &'a dyn Log,
    /// The next place to look at; nothing at the end.
    place: Option<u64>,
    back: bool,
}

impl<'a> Walk<'a> {
    fn new(log: &'a dyn Log, first: Option<u64>, order: EventSortOrder) -> Self {
        let back = order == EventSortOrder::TimestampDesc;
        let end = || {
            if back {
                log.len().checked_sub(1)
            } else {
                Some(0)
            }
        };
        Self {
            log,
            place: first.or_else(end),
            back,
        }
    }

    fn step(&mut self, stride: usize) -> Result<Vec<Entry>, LogError> {
        let Some(place) = self.place else {
            return Ok(Vec::new());
        };
        if !self.back {
            let entries = self.log.read(place, stride)?;
            self.place = Some(place + entries.len() as u64);
            return Ok(entries);
        }
        let first = (place + 1).saturating_sub(stride as u64);
        let count = usize::try_from(place + 1 - first).unwrap_or(stride);
        let mut entries = self.log.read(first, count)?;
        entries.truncate(count);
        entries.reverse();
        self.place = first.checked_sub(1);
        Ok(entries)
    }
}

/// How many events pass.
pub(super) fn count(log: &dyn Log, filter: &Filter) -> Result<u64, LogError> {
    if filter.open() {
        return Ok(log.len());
    }
    let ready = filter.ready();
    let mut walk = Walk::new(log, None, EventSortOrder::Timestamp);
    let mut count = 0;
    loop {
        let entries = walk.step(STRIDE)?;
        if entries.is_empty() {
            return Ok(count);
        }
        count += entries.iter().filter(|entry| ready.passes(entry)).count() as u64;
    }
}

/// What the agent said last: when it finished, or in a message.
pub(super) fn last_words(log: &dyn Log) -> Result<String, LogError> {
    let mut walk = Walk::new(log, None, EventSortOrder::TimestampDesc);
    loop {
        let entries = walk.step(STRIDE)?;
        if entries.is_empty() {
            return Ok(String::new());
        }
        if let Some(words) = entries.iter().find_map(words_of) {
            return Ok(words);
        }
    }
}

fn words_of(entry: &Entry) -> Option<String> {
    let event = entry.event().ok()?;
    if let Body::Action(action) = &event.body {
        let Some(Action::Finish(finish)) = &action.action else {
            return None;
        };
        return Some(finish.message.clone());
    }
    match (&event.body, event.source) {
        (Body::Message(message), Source::Agent) => Some(message.llm_message.text()),
        _ => None,
    }
}
