//! Reads a log that is not opened, from its note on. Builds no index and changes nothing.

use std::io;

use domain::{LogError, Past, Record};

use crate::disk::DiskFile;
use crate::frame::{HEAD, HEADER, Head, Header};
use crate::log::record;
use crate::note::{self, Reach};
use crate::scan::Walk;
use crate::segments::Segments;

type Each<'a> = &'a mut dyn FnMut(Past) -> Result<(), LogError>;

/// Hands out the note, if one holds, and every durable record since; nothing if there is no log.
pub(crate) fn recall(segments: &Segments, each: Each<'_>) -> Result<Option<Reach>, LogError> {
    let Some((mut reach, mut file)) = begin(segments, each)? else {
        return Ok(None);
    };
    loop {
        let next = next(segments, reach.segment)?;
        let end = next.as_ref().map(|(header, _)| header.previous);
        reach = follow(segments, &*file, reach, end, each)?;
        match next {
            Some((header, later)) => {
                reach = Reach::begin(header.segment, reach.events);
                file = later;
            }
            None => return Ok(Some(reach)),
        }
    }
}

type Open = std::sync::Arc<dyn DiskFile>;

/// Where to start: behind the note, unless it speaks of what is not there.
fn begin(segments: &Segments, each: Each<'_>) -> Result<Option<(Reach, Open)>, LogError> {
    if let Some((reach, words)) = note::read(segments)
        && let Some(file) = open(segments, reach.segment)?
        && file.len().is_ok_and(|len| len >= reach.end)
    {
        each(Past::Note(words))?;
        return Ok(Some((reach, file)));
    }
    Ok(open(segments, 0)?.map(|file| (Reach::begin(0, 0), file)))
}

fn open(segments: &Segments, segment: u32) -> Result<Option<Open>, LogError> {
    match segments.disk.open_read(&segments.path(segment)) {
        Ok(file) => Ok(Some(file)),
        Err(error) if is_absence(&error) => Ok(None),
        Err(error) => Err(segments.unopened(segment, error)),
    }
}

fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// The segment behind another one, if there is one.
fn next(segments: &Segments, segment: u32) -> Result<Option<(Header, Open)>, LogError> {
    let Some(file) = open(segments, segment + 1)? else {
        return Ok(None);
    };
    let header = header(segments, segment + 1, &*file)?;
    Ok(Some((header, file)))
}

/// The header of a segment, if it is the one that belongs there.
pub(crate) fn header(
    segments: &Segments,
    segment: u32,
    file: &dyn DiskFile,
) -> Result<Header, LogError> {
    let mut bytes = [0; HEADER as usize];
    file.read_at(&mut bytes, 0)
        .map_err(|error| segments.unreadable(segment, error))?;
    match Header::parse(&bytes) {
        Ok(header) if header.id == segments.id && header.segment == segment => Ok(header),
        Ok(_) => Err(segments.corrupt(segment, 0, "it belongs to another log")),
        Err(why) => Err(segments.headless(segment, &why)),
    }
}

/// Hands out the whole batches of one segment from a place on, up to `end` if a later segment says where that is.
fn follow(
    segments: &Segments,
    file: &dyn DiskFile,
    from: Reach,
    end: Option<u64>,
    each: Each<'_>,
) -> Result<Reach, LogError> {
    let segment = from.segment;
    let unreadable = |error| segments.unreadable(segment, error);
    if from.end == HEADER {
        header(segments, segment, file)?;
    }
    if end.is_none() && is_rest(file, from.end).map_err(unreadable)? {
        return Ok(from);
    }
    let len = match end {
        Some(end) => end,
        None => file.len().map_err(unreadable)?,
    };
    let mut walk = Walk::new(file, segments.seed(segment), len).behind(from.end, from.record);
    let mut reach = from;
    let mut batch = Vec::new();
    let mut seq = from.events;
    while let Some(frame) = walk.next().map_err(unreadable)? {
        if frame.head.is_seal() {
            continue;
        }
        batch.push(record(&frame, &mut seq));
        if frame.head.is_last() {
            hand_out(&mut batch, each)?;
            reach.events = seq;
        }
    }
    let settled = walk.settled();
    reach.end = settled.end;
    reach.record = settled.records;
    let sound = match end {
        Some(end) => settled.end == end,
        None => walk.is_blank().map_err(unreadable)? || !walk.vouched().map_err(unreadable)?,
    };
    if sound {
        return Ok(reach);
    }
    Err(segments.corrupt(
        segment,
        walk.at(),
        "a record does not match its checksum, and later ones say that it was whole",
    ))
}

fn hand_out(batch: &mut Vec<Record>, each: Each<'_>) -> Result<(), LogError> {
    batch
        .drain(..)
        .try_for_each(|record| each(Past::Record(record)))
}

/// Whether no frame but a seal stands there: a log at rest is known by that, without reading it.
fn is_rest(file: &dyn DiskFile, at: u64) -> io::Result<bool> {
    let mut bytes = [0; HEAD];
    let got = file.read_at(&mut bytes, at)?;
    let head = bytes.get(..got).and_then(Head::parse);
    Ok(match head {
        Some(head) => head.is_seal(),
        None => got == 0 || bytes.iter().all(|byte| *byte == 0),
    })
}
