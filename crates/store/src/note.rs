//! The note beside a log: what it sums up to, and how far. Never synced, so it may be stale, torn or absent; a log never
//! needs it. Knows nothing of what it says.

use std::io;
use std::path::{Path, PathBuf};

use bytes::{BufMut, Bytes, BytesMut};
use domain::{LogError, Reached};

use crate::disk::Disk;
use crate::frame::HEADER;
use crate::refused;
use crate::segments::Segments;

const MAGIC: &[u8; 8] = b"OHNOTE01";
/// What stands before the words: the magic, their checksum, and how far they reach.
const HEAD: usize = 8 + 4 + Reach::LEN;

/// How far something reaches into a log: behind the last record of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reach {
    pub segment: u32,
    /// Where in the segment the next group would start.
    pub end: u64,
    /// How many records of the segment are before it.
    pub record: u32,
    /// How many events of the log are before it.
    pub events: u64,
}

impl Reach {
    const LEN: usize = 4 + 8 + 4 + 8;

    /// Before the first record of a segment.
    pub(crate) fn begin(segment: u32, events: u64) -> Self {
        Self {
            segment,
            end: HEADER,
            record: 0,
            events,
        }
    }

    pub(crate) fn encode(&self) -> [u8; Self::LEN] {
        let mut out = [0; Self::LEN];
        let mut rest = out.as_mut_slice();
        rest.put_u32_le(self.segment);
        rest.put_u64_le(self.end);
        rest.put_u32_le(self.record);
        rest.put_u64_le(self.events);
        out
    }

    pub(crate) fn parse(mut bytes: &[u8]) -> Option<Self> {
        use bytes::Buf;
        (bytes.len() == Self::LEN).then(|| Self {
            segment: bytes.get_u32_le(),
            end: bytes.get_u64_le(),
            record: bytes.get_u32_le(),
            events: bytes.get_u64_le(),
        })
    }
}

impl From<Reach> for Reached {
    fn from(reach: Reach) -> Self {
        Self(Bytes::copy_from_slice(&reach.encode()))
    }
}

/// The note of the conversation in a directory.
pub(crate) fn file(home: &Path) -> PathBuf {
    home.join("note")
}

/// Writes a note in place of the one there was.
pub(crate) fn write(segments: &Segments, reach: Reach, words: &[u8]) -> Result<(), LogError> {
    let (path, unborn) = (segments.note_file(), segments.unborn_note());
    let reach = reach.encode();
    let crc = crc32c::crc32c_append(crc32c::crc32c(&reach), words);
    let mut bytes = BytesMut::with_capacity(HEAD + words.len());
    bytes.put_slice(MAGIC);
    bytes.put_u32_le(crc);
    bytes.put_slice(&reach);
    bytes.put_slice(words);
    let disk = &*segments.disk;
    put(disk, &unborn, &bytes)
        .and_then(|()| disk.rename(&unborn, &path))
        .inspect_err(|_| {
            // Half a note is of no use, and takes room that may be short.
            let _ = disk.remove(&unborn);
        })
        .map_err(|error| refused("write", &path, error))
}

fn put(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    disk.create(path)?.write_at(bytes, 0)
}

/// The note beside a log, if there is one that is whole.
pub(crate) fn read(segments: &Segments) -> Option<(Reach, Bytes)> {
    let file = segments.disk.open_read(&segments.note_file()).ok()?;
    let len = usize::try_from(file.len().ok()?).ok()?;
    let mut bytes = vec![0; len];
    let got = file.read_at(&mut bytes, 0).ok()?;
    bytes.truncate(got);
    parse(Bytes::from(bytes))
}

fn parse(bytes: Bytes) -> Option<(Reach, Bytes)> {
    let head = bytes.get(..HEAD)?;
    let crc = u32::from_le_bytes(*head.get(8..)?.first_chunk()?);
    if !head.starts_with(MAGIC) || crc32c::crc32c(bytes.get(12..)?) != crc {
        return None;
    }
    let reach = Reach::parse(head.get(12..)?)?;
    Some((reach, bytes.slice(HEAD..)))
}
