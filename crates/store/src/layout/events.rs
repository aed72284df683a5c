//! `events/event-00042-<id>.json`: one file an event. Knows names and bytes, and only the common fields of an event.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use domain::{Event, EventId, Head};
use serde::de::IgnoredAny;

use super::{LayoutError, failed, invalid};

/// The events of a directory.
#[derive(Default)]
pub(super) struct Events {
    pub all: Vec<(EventId, Bytes)>,
    /// The last one that the head of the tree moved to.
    pub leaf: Option<EventId>,
    /// What was skipped, for people.
    pub notes: Vec<String>,
}

/// Reads all events in the order of their numbers.
pub(super) fn read(dir: &Path) -> Result<Events, LayoutError> {
    let files = list(dir)?;
    let mut events = Events::default();
    let mut seen = HashSet::new();
    let mut expected = 0;
    for (place, (number, path)) in files.iter().enumerate() {
        if *number > expected {
            let missing = format!("events {expected} to {} are missing", number - 1);
            events.notes.push(missing);
        }
        expected = number + 1;
        let bytes = fs::read(path).map_err(failed("read", path))?;
        if place + 1 == files.len() && is_cut(&bytes) {
            let note = format!("{} was cut short and is left out", path.display());
            events.notes.push(note);
            continue;
        }
        let (event, json) = parse(path, &bytes)?;
        if !seen.insert(event.id.clone()) {
            let again = format!("{} repeats an event and is left out", path.display());
            events.notes.push(again);
            continue;
        }
        if event.body.moves_leaf() {
            events.leaf = Some(event.id.clone());
        }
        events.all.push((event.id, json));
    }
    Ok(events)
}

fn list(dir: &Path) -> Result<Vec<(u64, PathBuf)>, LayoutError> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed("list", dir)(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed("list", dir))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy());
        if let Some(number) = name.as_deref().and_then(number) {
            files.push((number, path));
        }
    }
    files.sort_unstable();
    Ok(files)
}

/// The number in the name of an event's file; nothing in any other name.
fn number(name: &str) -> Option<u64> {
    let rest = name.strip_prefix("event-")?.strip_suffix(".json")?;
    let (digits, id) = rest.split_once('-')?;
    let is_number = digits.len() >= 5 && digits.bytes().all(|b| b.is_ascii_digit());
    if is_number && is_id(id) {
        digits.parse().ok()
    } else {
        None
    }
}

/// Whether the original takes that for an event's id in a file's name.
fn is_id(text: &str) -> bool {
    text.len() >= 8 && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

/// The last file may have been cut short by a crash.
fn is_cut(bytes: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(bytes).is_err()
}

fn parse(path: &Path, bytes: &[u8]) -> Result<(Event, Bytes), LayoutError> {
    let json = Bytes::from(on_one_line(bytes));
    let event = Event::parse(&json).map_err(|error| invalid(path, error))?;
    Ok((event, json))
}

/// The same JSON without line breaks, which only stand between its parts. On one line already, it stays as it is.
fn on_one_line(bytes: &[u8]) -> Vec<u8> {
    let bytes = bytes.trim_ascii();
    if !bytes.iter().any(|b| matches!(b, b'\n' | b'\r')) {
        return bytes.to_vec();
    }
    let mut line = Vec::with_capacity(bytes.len());
    let (mut quoted, mut escaped) = (false, false);
    for byte in bytes {
        if quoted || !byte.is_ascii_whitespace() {
            line.push(*byte);
        }
        if *byte == b'"' && !escaped {
            quoted = !quoted;
        }
        escaped = quoted && *byte == b'\\' && !escaped;
    }
    line
}

/// What the file of an event is called.
pub(super) fn file_name(seq: u64, json: &[u8]) -> Result<String, LayoutError> {
    let unfit = |detail: String| LayoutError::Unfit { seq, detail };
    let id = Head::parse(json)
        .map_err(|error| unfit(error.to_string()))?
        .id
        .to_string();
    if !is_id(&id) {
        return Err(unfit(format!(
            "the original names files after events, and takes only hexadecimal ids, not {id:?}"
        )));
    }
    Ok(format!("event-{seq:05}-{id}.json"))
}
