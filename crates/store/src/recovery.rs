//! Opens what a crash may have left: finds the end of the last whole batch and cuts what is behind it.

use std::sync::Arc;

use domain::LogError;

use crate::disk::DiskFile;
use crate::frame::{HEADER, Header};
use crate::index::Index;
use crate::refused;
use crate::scan::{Settled, Walk};
use crate::segments::Segments;
use crate::tail::Current;

/// A log as it was found.
pub(crate) struct Found {
    pub index: Index,
    pub records: u64,
    last: Last,
}

/// The segment that grew last.
struct Last {
    file: Arc<dyn DiskFile>,
    header: Header,
    len: u64,
    settled: Settled,
}

/// Reads all segments; nothing if there is none. Changes nothing.
pub(crate) fn find(segments: &Segments) -> Result<Option<Found>, LogError> {
    let numbers = segments.list()?;
    let Some(newest) = numbers.last() else {
        return Ok(None);
    };
    if let Some(missing) = (0..=*newest).find(|n| !numbers.contains(n)) {
        return Err(segments.corrupt(missing, 0, "the file is missing, and a later one is there"));
    }
    let mut survey = Survey::default();
    let mut next = survey.open(segments, 0)?;
    for segment in 0..*newest {
        let whole = next;
        next = survey.open(segments, segment + 1)?;
        survey.read_whole(segments, &whole, next.header.previous)?;
    }
    let last = survey.read_last(segments, next)?;
    survey.index.settle();
    Ok(Some(Found {
        index: survey.index,
        records: survey.records,
        last,
    }))
}

impl Found {
    /// Cuts what is not durable, and makes sure that the rest is. What to append to is the answer.
    /// Of a newborn nothing is known to be durable, not even its first group.
    pub(crate) fn repair(
        self,
        segments: &Segments,
        newborn: bool,
    ) -> Result<(Index, u64, Current), LogError> {
        let Last {
            file,
            header,
            len,
            settled,
        } = self.last;
        let path = segments.path(header.segment);
        let untouched = settled.sealed == Some(len);
        if !untouched {
            let from = if newborn { 0 } else { settled.base };
            mend(&*file, len, settled.end, from)
                .map_err(|error| refused("repair", &path, error))?;
            if settled.base == 0 {
                segments.sync_names(header.segment)?;
            }
        }
        let current = Current {
            file,
            segment: header.segment,
            first_record: header.first_record,
            end: settled.end,
            reserved: if untouched { len } else { settled.end },
            sealed: untouched,
        };
        Ok((self.index, self.records, current))
    }
}

/// Cuts the tail, and writes the last group again: a failed sync may have left it in memory only.
fn mend(file: &dyn DiskFile, len: u64, end: u64, from: u64) -> std::io::Result<()> {
    if len != end {
        file.truncate(end)?;
    }
    if from < end {
        let size = usize::try_from(end - from).unwrap_or(usize::MAX);
        let mut group = vec![0; size];
        let got = file.read_at(&mut group, from)?;
        group.truncate(got);
        file.write_at(&group, from)?;
    }
    file.sync()
}

/// An open segment with its header.
struct Opened {
    file: Arc<dyn DiskFile>,
    header: Header,
}

#[derive(Default)]
struct Survey {
    index: Index,
    records: u64,
}

impl Survey {
    fn open(&self, segments: &Segments, segment: u32) -> Result<Opened, LogError> {
        let path = segments.path(segment);
        let file = segments
            .disk
            .open(&path)
            .or_else(|_| segments.disk.open_read(&path))
            .map_err(|error| refused("open", &path, error))?;
        let mut bytes = [0; HEADER as usize];
        file.read_at(&mut bytes, 0)
            .map_err(|error| segments.unreadable(segment, error))?;
        let header = Header::parse(&bytes).map_err(|why| segments.headless(segment, &why))?;
        if header.id != segments.id || header.segment != segment {
            return Err(segments.corrupt(segment, 0, "it belongs to another log"));
        }
        Ok(Opened { file, header })
    }

    /// Reads a segment that a later one vouches for, up to `end`.
    fn read_whole(
        &mut self,
        segments: &Segments,
        opened: &Opened,
        end: u64,
    ) -> Result<(), LogError> {
        let segment = opened.header.segment;
        let mut walk = Walk::new(&*opened.file, segments.seed(segment), end);
        self.read(segments, &opened.header, &mut walk)?;
        if walk.settled().end == end {
            return Ok(());
        }
        Err(segments.corrupt(
            segment,
            walk.at(),
            "a record does not match its checksum, and there is a later segment",
        ))
    }

    /// Reads the segment that may end in a write that was cut short.
    fn read_last(&mut self, segments: &Segments, opened: Opened) -> Result<Last, LogError> {
        let Opened { file, header } = opened;
        let segment = header.segment;
        let unreadable = |error| segments.unreadable(segment, error);
        let len = file.len().map_err(unreadable)?;
        let mut walk = Walk::new(&*file, segments.seed(segment), len);
        self.read(segments, &header, &mut walk)?;
        let settled = walk.settled();
        if settled.end < header.begun || walk.vouched().map_err(unreadable)? {
            return Err(segments.corrupt(
                segment,
                walk.at(),
                "a record does not match its checksum, and later records say that it was whole",
            ));
        }
        drop(walk);
        Ok(Last {
            file,
            header,
            len,
            settled,
        })
    }

    fn read(
        &mut self,
        segments: &Segments,
        header: &Header,
        walk: &mut Walk<'_>,
    ) -> Result<(), LogError> {
        let segment = header.segment;
        if (header.first_seq, header.first_record) != (self.index.events(), self.records) {
            return Err(segments.corrupt(segment, 0, "it does not continue the segment before it"));
        }
        self.index.begin(segment, HEADER);
        let mut batch = Vec::new();
        while let Some(frame) = walk
            .next()
            .map_err(|error| segments.unreadable(segment, error))?
        {
            if frame.event_range().is_some() {
                batch.push((frame.at, self.index.key(frame.name())));
            }
            if frame.head.is_last() {
                self.index.recovered(&batch, 0);
                batch.clear();
            }
        }
        let settled = walk.settled();
        self.index.place([], settled.end);
        self.records += u64::from(settled.records);
        Ok(())
    }
}
