//! The files of the web interface, as they lie in the binary. Knows no request.

use std::io::Read as _;

/// Every file: its name, its bytes, and whether they are packed.
const FILES: &[(&str, &[u8], bool)] = include!(concat!(env!("OUT_DIR"), "/ui.rs"));

/// One file.
#[derive(Clone, Copy)]
pub(super) struct File {
    /// Its bytes.
    pub(super) bytes: &'static [u8],
    /// Whether they are packed with gzip.
    pub(super) packed: bool,
}

impl File {
    /// Its bytes as they are meant.
    pub(super) fn unpacked(self) -> Vec<u8> {
        if !self.packed {
            return self.bytes.to_vec();
        }
        let mut plain = Vec::new();
        // It was packed when this was built; what cannot be unpacked is nothing.
        let read = flate2::read::GzDecoder::new(self.bytes).read_to_end(&mut plain);
        read.map(|_| plain).unwrap_or_default()
    }
}

/// Whether there is an interface.
pub(super) fn there() -> bool {
    !FILES.is_empty()
}

/// A file by its name.
pub(super) fn find(name: &str) -> Option<File> {
    let place = FILES
        .binary_search_by(|(known, ..)| (*known).cmp(name))
        .ok()?;
    let (_, bytes, packed) = FILES.get(place)?;
    Some(File {
        bytes,
        packed: *packed,
    })
}
