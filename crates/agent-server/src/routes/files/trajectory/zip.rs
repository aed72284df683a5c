//! A zip, written from its beginning to its end without looking back. Knows no conversation.

use std::io::Write as _;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// Deflated; the version of the format that knows directories; names in UTF-8; 1 January 1980.
const DEFLATED: u16 = 8;
const VERSION: u16 = 20;
const UTF8: u16 = 1 << 11;
const DAY: u16 = (1 << 5) | 1;

/// What stands in a count or a place that is too large for it.
const LARGE: u32 = u32::MAX;

/// What has been written so far.
#[derive(Default)]
pub(super) struct Zip {
    /// The directory, which comes last.
    directory: Vec<u8>,
    entries: u64,
    written: u64,
}

impl Zip {
    /// The bytes of one more file, or of a directory if its name ends in `/`.
    pub(super) fn entry(&mut self, name: &str, content: &[u8]) -> Vec<u8> {
        let mut check = Crc::new();
        check.update(content);
        let packed = deflated(content);
        let mut facts = Vec::new();
        two(&mut facts, &[VERSION, UTF8, DEFLATED, 0, DAY]);
        four(
            &mut facts,
            &[check.sum(), size(packed.len()), size(content.len())],
        );
        two(&mut facts, &[u16::try_from(name.len()).unwrap_or(u16::MAX)]);
        let mut bytes = b"PK\x03\x04".to_vec();
        bytes.extend(&facts);
        two(&mut bytes, &[0]);
        bytes.extend(name.as_bytes());
        bytes.extend(&packed);
        self.list(&facts, name);
        self.entries += 1;
        self.written += bytes.len() as u64;
        bytes
    }

    fn list(&mut self, facts: &[u8], name: &str) {
        let place = u32::try_from(self.written).unwrap_or(LARGE);
        let directory = &mut self.directory;
        directory.extend(b"PK\x01\x02");
        two(directory, &[VERSION]);
        directory.extend(facts);
        let more: u16 = if place == LARGE { 12 } else { 0 };
        two(directory, &[more, 0, 0, 0]);
        four(directory, &[0, place]);
        directory.extend(name.as_bytes());
        if more > 0 {
            // The place again, with room for it.
            two(directory, &[1, 8]);
            directory.extend(self.written.to_le_bytes());
        }
    }

    /// The bytes that end it.
    pub(super) fn end(&mut self) -> Vec<u8> {
        let (place, length) = (self.written, self.directory.len() as u64);
        let mut bytes = std::mem::take(&mut self.directory);
        let many = u16::try_from(self.entries).unwrap_or(u16::MAX);
        let far = u32::try_from(place).unwrap_or(LARGE);
        if many == u16::MAX || far == LARGE {
            bytes.extend(b"PK\x06\x06");
            bytes.extend(44_u64.to_le_bytes());
            two(&mut bytes, &[45, 45]);
            four(&mut bytes, &[0, 0]);
            for number in [self.entries, self.entries, length, place] {
                bytes.extend(number.to_le_bytes());
            }
            bytes.extend(b"PK\x06\x07");
            four(&mut bytes, &[0]);
            bytes.extend((place + length).to_le_bytes());
            four(&mut bytes, &[1]);
        }
        bytes.extend(b"PK\x05\x06");
        two(&mut bytes, &[0, 0, many, many]);
        four(&mut bytes, &[u32::try_from(length).unwrap_or(LARGE), far]);
        two(&mut bytes, &[0]);
        bytes
    }
}

fn deflated(content: &[u8]) -> Vec<u8> {
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::default());
    // Writing to memory cannot fail.
    let _ = packed.write_all(content);
    packed.finish().unwrap_or_default()
}

fn size(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(LARGE)
}

fn two(bytes: &mut Vec<u8>, numbers: &[u16]) {
    for number in numbers {
        bytes.extend(number.to_le_bytes());
    }
}

fn four(bytes: &mut Vec<u8>, numbers: &[u32]) {
    for number in numbers {
        bytes.extend(number.to_le_bytes());
    }
}
