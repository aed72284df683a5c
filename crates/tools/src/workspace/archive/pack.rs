//! The files of a directory in a compressed tar. Links are neither followed nor packed. Knows no repository.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use tar::{Builder, EntryType, Header};

use super::exclude::{Excludes, is_secret};

/// What says what was packed.
const MANIFEST: &str = "archive_manifest.json";

/// Packs a directory into a file.
pub(super) fn pack(root: &Path, excludes: &Excludes, file: File) -> io::Result<File> {
    let top = root.file_name().unwrap_or_default().to_string_lossy();
    let writer = GzEncoder::new(BufWriter::new(file), Compression::default());
    let mut packing = Packing {
        tar: Builder::new(writer),
        excludes,
        top: top.into_owned(),
        files: 0,
        bytes: 0,
        has_manifest: false,
    };
    packing.directory(root, &mut Vec::new())?;
    packing.manifest()?;
    let writer = packing.tar.into_inner()?.finish()?;
    writer.into_inner().map_err(io::IntoInnerError::into_error)
}

struct Packing<'a, W: Write> {
    tar: Builder<W>,
    excludes: &'a Excludes,
    /// The directory in which everything lies once it is unpacked.
    top: String,
    files: u64,
    bytes: u64,
    /// The workspace has a file where the manifest would lie; it goes first.
    has_manifest: bool,
}

impl<W: Write> Packing<'_, W> {
    /// Packs what lies in a directory, `parts` below the root. What cannot be read is left out: people work here.
    fn directory(&mut self, path: &Path, parts: &mut Vec<String>) -> io::Result<()> {
        let Ok(facts) = path.symlink_metadata() else {
            return Ok(());
        };
        if !facts.is_dir() {
            return Ok(());
        }
        let mut header = header(&facts, EntryType::Directory, 0);
        // A trailing slash is how a tar says that this is a directory.
        let inside = self.inside(parts).join("");
        self.tar.append_data(&mut header, inside, io::empty())?;
        for (name, path) in sorted(path) {
            parts.push(name);
            self.entry(&path, parts)?;
            parts.pop();
        }
        Ok(())
    }

    fn entry(&mut self, path: &Path, parts: &mut Vec<String>) -> io::Result<()> {
        let Ok(facts) = path.symlink_metadata() else {
            return Ok(());
        };
        let names: Vec<&str> = parts.iter().map(String::as_str).collect();
        if self.excludes.hold(&names, facts.is_dir()) || is_secret(&names) {
            Ok(())
        } else if facts.is_dir() {
            self.directory(path, parts)
        } else if facts.is_file() {
            self.file(path, parts)
        } else {
            Ok(())
        }
    }

    fn file(&mut self, path: &Path, parts: &[String]) -> io::Result<()> {
        let Ok(file) = File::open(path) else {
            return Ok(());
        };
        let Ok(facts) = file.metadata() else {
            return Ok(());
        };
        if !facts.is_file() {
            return Ok(());
        }
        let size = facts.len();
        let mut header = header(&facts, EntryType::Regular, size);
        // The header has promised a size: a file that shrinks is filled up, one that grows is cut.
        let exact = Lenient(file).chain(io::repeat(0)).take(size);
        self.tar
            .append_data(&mut header, self.inside(parts), exact)?;
        self.has_manifest |= matches!(parts, [only] if only == MANIFEST);
        self.files += 1;
        self.bytes += size;
        Ok(())
    }

    fn manifest(&mut self) -> io::Result<()> {
        if self.has_manifest {
            return Ok(());
        }
        let manifest = serde_json::to_vec_pretty(&json!({
            "excludes": self.excludes.patterns(),
            "file_count": self.files,
            "format": "tar.gz",
            "source": self.top,
            "total_bytes": self.bytes,
        }))?;
        let mut header = Header::new_gnu();
        header.set_size(manifest.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        let inside = self.inside(&[MANIFEST.to_owned()]);
        self.tar
            .append_data(&mut header, inside, manifest.as_slice())
    }

    fn inside(&self, parts: &[String]) -> PathBuf {
        let mut path = PathBuf::from(&self.top);
        path.extend(parts);
        path
    }
}

fn header(facts: &std::fs::Metadata, kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(facts.mode() & 0o7777);
    header.set_uid(facts.uid().into());
    header.set_gid(facts.gid().into());
    header.set_mtime(u64::try_from(facts.mtime()).unwrap_or(0));
    header.set_size(size);
    header
}

/// What lies in a directory, by name; names that are no text cannot be asked for either.
fn sorted(path: &Path) -> Vec<(String, PathBuf)> {
    let Ok(entries) = std::fs::read_dir(path) else {
        return Vec::new();
    };
    let mut entries: Vec<(String, PathBuf)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            Some((entry.file_name().into_string().ok()?, entry.path()))
        })
        .collect();
    entries.sort();
    entries
}

/// A file whose end is where it cannot be read any further.
struct Lenient(File);

impl Read for Lenient {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => Ok(0),
            read => read,
        }
    }
}
