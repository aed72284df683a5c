//! A file's bytes on their way out, piece by piece. Knows no path rules.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use domain::{Chunks, Download, FileBody, Fut, Moment, WorkspaceError, WorkspaceResult};

use super::super::blocking;

/// How much is read at once.
const PIECE: u64 = 512 * 1024;

/// An open file as a download.
pub(in super::super) fn opened(file: File, path: &Path) -> WorkspaceResult<Download> {
    let facts = file
        .metadata()
        .map_err(|e| WorkspaceError::Broken(format!("Failed to download file: {e}")))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let modified = facts.mtime() * 1_000_000 + facts.mtime_nsec() / 1000;
    Ok(Download {
        name: name.into_owned(),
        length: facts.len(),
        modified: Some(Moment(modified)),
        tag: format!("{:x}-{:x}-{:x}", facts.ino(), modified, facts.len()),
        body: Box::new(Body {
            file: Arc::new(file),
            left: facts.len(),
        }),
    })
}

/// What is left to be read of a file.
struct Body {
    file: Arc<File>,
    left: u64,
}

impl Chunks for Body {
    fn next(&mut self) -> Fut<'_, WorkspaceResult<Option<Bytes>>> {
        Box::pin(async move {
            if self.left == 0 {
                return Ok(None);
            }
            let (file, wanted) = (self.file.clone(), self.left.min(PIECE));
            let piece = blocking(move || read(&file, wanted)).await?;
            self.left -= piece.len() as u64;
            Ok(Some(piece))
        })
    }
}

impl FileBody for Body {
    fn narrow(&mut self, skip: u64, take: u64) -> Fut<'_, WorkspaceResult<()>> {
        let (file, left) = (self.file.clone(), self.left);
        self.left = left.saturating_sub(skip).min(take);
        Box::pin(blocking(move || {
            let to = SeekFrom::Start(skip.min(left));
            (&*file).seek(to).map_err(unread).map(|_| ())
        }))
    }
}

fn read(file: &File, wanted: u64) -> WorkspaceResult<Bytes> {
    let mut piece = Vec::with_capacity(usize::try_from(wanted).unwrap_or_default());
    let mut limited = file.take(wanted);
    limited.read_to_end(&mut piece).map_err(unread)?;
    if piece.is_empty() {
        return Err(WorkspaceError::Broken(
            "The file became shorter while it was read".to_owned(),
        ));
    }
    Ok(piece.into())
}

fn unread(error: std::io::Error) -> WorkspaceError {
    WorkspaceError::Broken(format!("Failed to download file: {error}"))
}
