//! A file that is in memory already, as one that is pulled in pieces. Knows no extension.

use bytes::Bytes;
use domain::{Chunks, FileBody, Fut, WorkspaceResult};

/// The bytes that are left.
pub(super) struct Held(pub(super) Bytes);

impl Chunks for Held {
    fn next(&mut self) -> Fut<'_, WorkspaceResult<Option<Bytes>>> {
        let rest = std::mem::take(&mut self.0);
        Box::pin(async move { Ok((!rest.is_empty()).then_some(rest)) })
    }
}

impl FileBody for Held {
    fn narrow(&mut self, skip: u64, take: u64) -> Fut<'_, WorkspaceResult<()>> {
        let within = |at: u64| usize::try_from(at).map_or(self.0.len(), |at| at.min(self.0.len()));
        let (from, to) = (within(skip), within(skip.saturating_add(take)));
        self.0 = self.0.slice(from..to);
        Box::pin(async { Ok(()) })
    }
}
