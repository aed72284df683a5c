//! A request body in pieces that are shared, not copied. Knows not what it says.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

/// Pieces in their order, with their length known beforehand.
#[derive(Clone, Debug)]
pub(crate) struct Chunks {
    left: VecDeque<Bytes>,
}

impl Chunks {
    pub fn new(pieces: impl IntoIterator<Item = Bytes>) -> Self {
        Self {
            left: pieces.into_iter().filter(|p| !p.is_empty()).collect(),
        }
    }

    /// All of it in one.
    #[cfg(test)]
    pub fn whole(&self) -> Vec<u8> {
        self.left.iter().flatten().copied().collect()
    }
}

impl http_body::Body for Chunks {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.left.pop_front().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        let bytes = self.left.iter().map(|p| p.len() as u64).sum();
        SizeHint::with_exact(bytes)
    }
}
