//! The bytes of a log: the header of a segment, and the frames that follow it. Knows no file.
//!
//! A frame is a head of 32 bytes, the event's name, its JSON, the fact's JSON, and zeros up to the next multiple of 8.
//! Every frame says from where on its group was written (`base`). A group is written only once everything before it
//! is durable, so a sound frame vouches for all bytes before its base: damage there is corruption, while damage that
//! nothing vouches for is a write that was cut short.

#[cfg(test)]
mod tests;

use domain::{ConversationId, Draft};

/// The length of a segment's header.
pub(crate) const HEADER: u64 = 64;
/// The length of a frame's head.
pub(crate) const HEAD: usize = 32;
/// Frames start at multiples of this.
pub(crate) const ALIGN: u64 = 8;
/// The largest event, or fact, or name that fits.
pub(crate) const LARGEST: usize = 1 << 30;

const MAGIC: &[u8; 4] = b"OHSG";
const VERSION: u32 = 1;

const EVENT: u8 = 1;
const FACT: u8 = 2;
const LAST: u8 = 4;
const SEAL: u8 = 8;

/// What the checksums of a segment start from, so that no frame of another log or segment passes for one of this.
#[derive(Clone, Copy)]
pub(crate) struct Seed(u32);

impl Seed {
    pub(crate) fn new(id: ConversationId, segment: u32) -> Self {
        Self(crc32c::crc32c_append(
            crc32c::crc32c(id.0.as_bytes()),
            &segment.to_le_bytes(),
        ))
    }
}

/// How a segment begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub id: ConversationId,
    pub segment: u32,
    /// How many events there are before it.
    pub first_seq: u64,
    /// How many records there are before it.
    pub first_record: u64,
    /// How long the segment before it is.
    pub previous: u64,
    /// How long this one was when it got its name.
    pub begun: u64,
}

/// Why a header is not one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoHeader {
    Damaged,
    Newer(u32),
}

impl Header {
    pub(crate) fn encode(&self) -> [u8; HEADER as usize] {
        let mut out = [0; HEADER as usize];
        put(&mut out, 0, MAGIC);
        put(&mut out, 4, &VERSION.to_le_bytes());
        put(&mut out, 12, &self.segment.to_le_bytes());
        put(&mut out, 16, self.id.0.as_bytes());
        put(&mut out, 32, &self.first_seq.to_le_bytes());
        put(&mut out, 40, &self.first_record.to_le_bytes());
        put(&mut out, 48, &self.previous.to_le_bytes());
        put(&mut out, 56, &self.begun.to_le_bytes());
        let crc = header_crc(&out);
        put(&mut out, 8, &crc.to_le_bytes());
        out
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, NoHeader> {
        if bytes.len() < HEADER as usize
            || !bytes.starts_with(MAGIC)
            || u32_at(bytes, 8) != header_crc(bytes)
        {
            return Err(NoHeader::Damaged);
        }
        if u32_at(bytes, 4) != VERSION {
            return Err(NoHeader::Newer(u32_at(bytes, 4)));
        }
        let mut id = [0; 16];
        id.copy_from_slice(bytes.get(16..32).unwrap_or(&[0; 16]));
        Ok(Self {
            id: ConversationId(uuid::Uuid::from_bytes(id)),
            segment: u32_at(bytes, 12),
            first_seq: u64_at(bytes, 32),
            first_record: u64_at(bytes, 40),
            previous: u64_at(bytes, 48),
            begun: u64_at(bytes, 56),
        })
    }
}

fn header_crc(bytes: &[u8]) -> u32 {
    let before = bytes.get(..8).unwrap_or_default();
    let after = bytes.get(12..HEADER as usize).unwrap_or_default();
    crc32c::crc32c_append(crc32c::crc32c(before), after)
}

/// The fixed part of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    crc: u32,
    /// Which record it is, counted from the segment's first.
    pub record: u32,
    /// From where on its group was written.
    pub base: u64,
    event: u32,
    fact: u32,
    name: u16,
    flags: u8,
}

impl Head {
    /// Reads what may be a head; most bytes are not.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let flags = *bytes.get(26)?;
        let reserved = bytes.get(27..HEAD)?;
        if flags == 0 || flags >= SEAL << 1 || reserved.iter().any(|b| *b != 0) {
            return None;
        }
        Some(Self {
            crc: u32_at(bytes, 0),
            record: u32_at(bytes, 4),
            base: u64_at(bytes, 8),
            event: u32_at(bytes, 16),
            fact: u32_at(bytes, 20),
            name: u16::from_le_bytes([*bytes.get(24)?, *bytes.get(25)?]),
            flags,
        })
    }

    /// The length of the whole frame.
    pub(crate) fn size(&self) -> u64 {
        let body = u64::from(self.name) + u64::from(self.event) + u64::from(self.fact);
        (HEAD as u64 + body).next_multiple_of(ALIGN)
    }

    /// Whether its batch ends with it.
    pub(crate) fn is_last(&self) -> bool {
        self.flags & LAST != 0
    }

    /// Whether it holds no record, and only vouches for what is before it.
    pub(crate) fn is_seal(&self) -> bool {
        self.flags & SEAL != 0
    }

    /// Whether the bytes of the whole frame are those that were written.
    pub(crate) fn matches(&self, seed: Seed, frame: &[u8]) -> bool {
        self.crc == frame_crc(seed, frame)
    }
}

fn frame_crc(seed: Seed, frame: &[u8]) -> u32 {
    crc32c::crc32c_append(seed.0, frame.get(4..).unwrap_or_default())
}

/// A sound frame, borrowed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    /// Where it starts in its segment.
    pub at: u64,
    pub head: Head,
    bytes: &'a [u8],
}

impl<'a> Frame<'a> {
    pub(crate) fn new(at: u64, head: Head, bytes: &'a [u8]) -> Self {
        Self { at, head, bytes }
    }

    /// The name of its event.
    pub(crate) fn name(&self) -> &'a [u8] {
        self.part(0, usize::from(self.head.name))
    }

    /// Where its event's JSON is within it.
    pub(crate) fn event_range(&self) -> Option<std::ops::Range<usize>> {
        let start = HEAD + usize::from(self.head.name);
        (self.head.flags & EVENT != 0).then(|| start..start + self.head.event as usize)
    }

    /// Its event's JSON.
    pub(crate) fn event(&self) -> Option<&'a [u8]> {
        self.event_range().and_then(|range| self.bytes.get(range))
    }

    /// Its fact's JSON.
    pub(crate) fn fact(&self) -> Option<&'a [u8]> {
        let start = usize::from(self.head.name) + self.head.event as usize;
        (self.head.flags & FACT != 0).then(|| self.part(start, self.head.fact as usize))
    }

    fn part(&self, start: usize, len: usize) -> &'a [u8] {
        self.bytes
            .get(HEAD + start..HEAD + start + len)
            .unwrap_or_default()
    }
}

/// Writes one record after what is in `out`.
pub(crate) fn encode(
    out: &mut Vec<u8>,
    seed: Seed,
    record: u32,
    base: u64,
    draft: &Draft,
    last: bool,
) {
    let mut flags = if last { LAST } else { 0 };
    let mut name = String::new();
    let mut event: &[u8] = &[];
    if let Some((id, json)) = &draft.event {
        flags |= EVENT;
        name = id.to_string();
        event = json;
    }
    let mut fact: &[u8] = &[];
    if let Some(json) = &draft.fact {
        flags |= FACT;
        fact = json;
    }
    write(
        out,
        seed,
        record,
        base,
        flags,
        [name.as_bytes(), event, fact],
    );
}

/// Writes a frame that only vouches for what is before it.
pub(crate) fn encode_seal(out: &mut Vec<u8>, seed: Seed, record: u32, base: u64) {
    write(out, seed, record, base, LAST | SEAL, [&[], &[], &[]]);
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "no part is longer than LARGEST, which the log checks when it is handed one"
)]
fn write(out: &mut Vec<u8>, seed: Seed, record: u32, base: u64, flags: u8, parts: [&[u8]; 3]) {
    let start = out.len();
    let [name, event, fact] = parts;
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&record.to_le_bytes());
    out.extend_from_slice(&base.to_le_bytes());
    out.extend_from_slice(&(event.len() as u32).to_le_bytes());
    out.extend_from_slice(&(fact.len() as u32).to_le_bytes());
    out.extend_from_slice(&(name.len() as u16).to_le_bytes());
    out.extend_from_slice(&[flags, 0, 0, 0, 0, 0]);
    for part in parts {
        out.extend_from_slice(part);
    }
    let size = (out.len() - start).next_multiple_of(ALIGN as usize);
    out.resize(start + size, 0);
    if let Some(frame) = out.get_mut(start..) {
        let crc = frame_crc(seed, frame);
        put(frame, 0, &crc.to_le_bytes());
    }
}

fn put(out: &mut [u8], at: usize, bytes: &[u8]) {
    if let Some(place) = out.get_mut(at..at + bytes.len()) {
        place.copy_from_slice(bytes);
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes
        .get(at..)
        .and_then(|rest| rest.first_chunk())
        .map_or(0, |four| u32::from_le_bytes(*four))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes
        .get(at..)
        .and_then(|rest| rest.first_chunk())
        .map_or(0, |eight| u64::from_le_bytes(*eight))
}
