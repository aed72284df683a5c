//! Reads a segment from its first frame on, and tells a write that was cut short from damage. Changes nothing.

use std::io;

use crate::disk::DiskFile;
use crate::frame::{ALIGN, Frame, HEAD, HEADER, Head, Seed};

const WINDOW: usize = 256 * 1024;

/// A walk over the frames of a segment, as far as they are sound and follow one another.
pub(crate) struct Walk<'a> {
    window: Window<'a>,
    seed: Seed,
    at: u64,
    record: u32,
    group: u64,
    settled: Settled,
}

/// The end of the last whole batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settled {
    /// Where it is; a seal is behind it.
    pub end: u64,
    /// From where on nothing later vouches for it.
    pub base: u64,
    /// How many records there are up to it.
    pub records: u32,
    /// Where the seal ends, if there is one.
    pub sealed: Option<u64>,
}

impl<'a> Walk<'a> {
    /// Starts behind the header; looks no further than `end`.
    pub(crate) fn new(file: &'a dyn DiskFile, seed: Seed, end: u64) -> Self {
        Self {
            window: Window::new(file, end),
            seed,
            at: HEADER,
            record: 0,
            group: 0,
            settled: Settled {
                end: HEADER,
                base: 0,
                records: 0,
                sealed: None,
            },
        }
    }

    /// Starts behind what is known already: at the end of a batch, with so many records before it.
    pub(crate) fn behind(mut self, end: u64, records: u32) -> Self {
        self.at = end;
        self.record = records;
        self.settled.end = end;
        self.settled.records = records;
        self
    }

    /// The next frame; nothing where the sound ones end.
    pub(crate) fn next(&mut self) -> io::Result<Option<Frame<'_>>> {
        let at = self.at;
        let Some(head) = self.window.sound(self.seed, at)? else {
            return Ok(None);
        };
        if !self.follows(&head) {
            return Ok(None);
        }
        self.step(&head);
        let bytes = self.window.get(at, head.size())?;
        Ok(bytes.map(|bytes| Frame::new(at, head, bytes)))
    }

    /// Goes on behind damage, at the next sound frame, wherever it belongs.
    pub(crate) fn resume(&mut self) -> io::Result<bool> {
        let mut at = self.at;
        while at + HEAD as u64 <= self.window.end {
            if let Some(head) = self.window.sound(self.seed, at)? {
                self.at = at;
                self.group = head.base;
                self.record = head.record;
                return Ok(true);
            }
            at += ALIGN;
        }
        Ok(false)
    }

    /// Whether only zeros follow.
    pub(crate) fn is_blank(&mut self) -> io::Result<bool> {
        let mut at = self.at;
        while at < self.window.end {
            let len = (self.window.end - at).min(WINDOW as u64);
            let bytes = self.window.get(at, len)?;
            if bytes.is_none_or(|bytes| bytes.iter().any(|b| *b != 0)) {
                return Ok(false);
            }
            at += len;
        }
        Ok(true)
    }

    /// Where the sound frames end.
    pub(crate) fn at(&self) -> u64 {
        self.at
    }

    /// Where the last whole batch ends.
    pub(crate) fn settled(&self) -> Settled {
        self.settled
    }

    /// Whether a later frame says that the byte at which the walk ended was durable once.
    pub(crate) fn vouched(&mut self) -> io::Result<bool> {
        let bad = self.at;
        let mut at = bad;
        while at + HEAD as u64 <= self.window.end {
            if let Some(head) = self.window.head(at)?
                && head.base > bad
                && head.base <= at
                && self.window.sound(self.seed, at)?.is_some()
            {
                return Ok(true);
            }
            at += ALIGN;
        }
        Ok(false)
    }

    fn follows(&self, head: &Head) -> bool {
        let same_group = head.base == self.group;
        let next_group = head.base == self.at && self.settled.end == self.at;
        head.record == self.record && (same_group || next_group)
    }

    fn step(&mut self, head: &Head) {
        let start = self.at;
        self.at += head.size();
        self.group = head.base;
        if head.is_seal() {
            self.settled.base = start;
            self.settled.sealed = Some(self.at);
            return;
        }
        self.record += 1;
        if head.is_last() {
            self.settled = Settled {
                end: self.at,
                base: head.base,
                records: self.record,
                sealed: None,
            };
        }
    }
}

/// A stretch of a file in memory.
struct Window<'a> {
    file: &'a dyn DiskFile,
    end: u64,
    start: u64,
    bytes: Vec<u8>,
}

impl<'a> Window<'a> {
    fn new(file: &'a dyn DiskFile, end: u64) -> Self {
        Self {
            file,
            end,
            start: 0,
            bytes: Vec::new(),
        }
    }

    /// The head at a place, if there may be one whose frame fits.
    fn head(&mut self, at: u64) -> io::Result<Option<Head>> {
        let end = self.end;
        let head = self.get(at, HEAD as u64)?.and_then(Head::parse);
        Ok(head.filter(|head| at + head.size() <= end))
    }

    /// The head at a place, if its frame is sound.
    fn sound(&mut self, seed: Seed, at: u64) -> io::Result<Option<Head>> {
        let Some(head) = self.head(at)? else {
            return Ok(None);
        };
        let frame = self.get(at, head.size())?;
        Ok(frame
            .is_some_and(|frame| head.matches(seed, frame))
            .then_some(head))
    }

    fn get(&mut self, at: u64, len: u64) -> io::Result<Option<&[u8]>> {
        if at + len > self.end {
            return Ok(None);
        }
        let held = self.start + self.bytes.len() as u64;
        if at < self.start || at + len > held {
            self.load(at, len)?;
        }
        let from = as_index(at - self.start);
        Ok(self.bytes.get(from..from + as_index(len)))
    }

    fn load(&mut self, at: u64, len: u64) -> io::Result<()> {
        let want = len.max(WINDOW as u64).min(self.end - at);
        self.bytes.resize(as_index(want), 0);
        let got = self.file.read_at(&mut self.bytes, at)?;
        self.bytes.truncate(got);
        self.start = at;
        Ok(())
    }
}

fn as_index(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}
