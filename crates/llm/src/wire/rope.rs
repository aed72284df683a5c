//! A long text that grows at its end, is cut back a little now and then, and is sent without being copied. Knows not
//! what it says.

use bytes::Bytes;

/// Full pieces are frozen and shared; only what is behind the last is copied.
#[derive(Debug, Default)]
pub(super) struct Rope {
    frozen: Vec<Bytes>,
    frozen_len: usize,
    tail: Vec<u8>,
}

const PIECE: usize = 64 * 1024;

impl Rope {
    pub fn len(&self) -> usize {
        self.frozen_len + self.tail.len()
    }

    /// Lets the caller write at the end.
    pub fn write<T>(&mut self, write: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        let written = write(&mut self.tail);
        if self.tail.len() >= PIECE {
            let piece = Bytes::from(std::mem::take(&mut self.tail));
            self.frozen_len += piece.len();
            self.frozen.push(piece);
        }
        written
    }

    /// Forgets everything behind the first `len` bytes.
    pub fn truncate(&mut self, len: usize) {
        self.tail.truncate(len.saturating_sub(self.frozen_len));
        while self.frozen_len > len {
            let Some(last) = self.frozen.pop() else {
                return;
            };
            self.frozen_len -= last.len();
            if self.frozen_len < len {
                let kept = last.slice(..len - self.frozen_len);
                self.frozen_len += kept.len();
                self.frozen.push(kept);
                return;
            }
        }
    }

    /// The whole text, in pieces.
    pub fn pieces(&self) -> impl Iterator<Item = Bytes> {
        let tail = Bytes::copy_from_slice(&self.tail);
        self.frozen.iter().cloned().chain([tail])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_reads_like_one_text(steps in prop::collection::vec((any::<bool>(), 0usize..90_000, any::<u8>()), 1..12)) {
            let mut rope = Rope::default();
            let mut plain = Vec::new();
            for (grow, n, byte) in steps {
                if grow {
                    rope.write(|out| out.extend(std::iter::repeat_n(byte, n)));
                    plain.extend(std::iter::repeat_n(byte, n));
                } else {
                    let len = n.min(plain.len());
                    rope.truncate(len);
                    plain.truncate(len);
                }
                prop_assert_eq!(rope.len(), plain.len());
                let whole: Vec<u8> = rope.pieces().flatten().collect();
                prop_assert!(whole == plain);
            }
        }
    }
}
