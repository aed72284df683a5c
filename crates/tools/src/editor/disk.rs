//! Files as the editor meets them: read within bounds, replaced as a whole or not at all. Knows no text.

use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

use rustix::fs::OFlags;

use super::refusal::Refusal;

/// The largest file that is read, in bytes.
pub(crate) const LIMIT: u64 = 10 * 1024 * 1024;

/// What stands at a path.
pub(crate) enum Place {
    /// Nothing.
    Nothing,
    /// A directory.
    Directory,
    /// A file, or something that looks like one.
    File,
}

/// Looks where `path` leads.
pub(crate) fn look(path: &Path) -> Result<Place, Refusal> {
    use io::ErrorKind as Kind;
    match fs::metadata(path) {
        Ok(meta) if meta.is_dir() => Ok(Place::Directory),
        Ok(_) => Ok(Place::File),
        Err(e) if matches!(e.kind(), Kind::NotFound | Kind::NotADirectory) => Ok(Place::Nothing),
        Err(e) => Err(Refusal::read(path, e)),
    }
}

/// All bytes of a file within bounds.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Refusal> {
    let failed = |e| Refusal::read(path, e);
    // Asked before opening, since opening a device may set it to work.
    fit(path, &fs::metadata(path).map_err(failed)?)?;
    let file = open(path).map_err(failed)?;
    let meta = file.metadata().map_err(failed)?;
    fit(path, &meta)?;
    let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or_default());
    // Files that grow, and those of /proc, hold more than they say.
    let read = file.take(LIMIT + 1).read_to_end(&mut bytes);
    if read.map_err(failed)? as u64 > LIMIT {
        return Err(too_large(path, LIMIT + 1));
    }
    Ok(bytes)
}

fn open(path: &Path) -> io::Result<File> {
    // Without waiting: a pipe put in the file's place must not hold the editor.
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

fn fit(path: &Path, meta: &Metadata) -> Result<(), Refusal> {
    if !meta.is_file() {
        return Err(Refusal::Unfit {
            path: path.to_owned(),
            reason: "It is not a regular file (a device, pipe or socket); use the terminal for it."
                .to_owned(),
        });
    }
    if meta.len() > LIMIT {
        return Err(too_large(path, meta.len()));
    }
    Ok(())
}

fn too_large(path: &Path, size: u64) -> Refusal {
    const MEGA: u64 = 1024 * 1024;
    let tenths = (size * 10).div_ceil(MEGA);
    Refusal::Unfit {
        path: path.to_owned(),
        reason: format!(
            "File is too large ({}.{}MB). Maximum allowed size is {}MB. Use `grep -n`, `head`, `tail` or `sed -n` in the terminal to see parts of it.",
            tenths / 10,
            tenths % 10,
            LIMIT / MEGA,
        ),
    }
}

/// Makes a new file, and the directories it needs; on failure none of them stays.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = resolve(path);
    let parent = parent(&path);
    let missing: Vec<&Path> = parent.ancestors().take_while(|dir| !dir.exists()).collect();
    let made = fs::create_dir_all(parent).and_then(|()| {
        let file = beside(&path, bytes)?;
        file.persist_noclobber(&path).map_err(|e| e.error)
    });
    if let Err(e) = made {
        for dir in missing {
            // Never removes what others have put there meanwhile.
            let _ = fs::remove_dir(dir);
        }
        return Err(e);
    }
    Ok(())
}

/// Puts `bytes` in place of what the file holds, in one step; links are followed, mode and owner stay.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = resolve(path);
    let before = fs::metadata(&path)?;
    let file = beside(&path, bytes)?;
    let now = file.as_file().metadata()?;
    if (now.uid(), now.gid()) != (before.uid(), before.gid()) {
        // Only root can give files away; for anyone else the file becomes theirs, as with any editor.
        let _ = std::os::unix::fs::fchown(file.as_file(), Some(before.uid()), Some(before.gid()));
    }
    file.as_file()
        .set_permissions(Permissions::from_mode(before.mode() & 0o7777))?;
    file.persist(&path).map_err(|e| e.error)?;
    Ok(())
}

/// A full temporary file in the same directory; it is gone when dropped.
fn beside(path: &Path, bytes: &[u8]) -> io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::Builder::new()
        .prefix(".edit-")
        .suffix(".tmp")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(parent(path))
        .map_err(|e| io::Error::new(e.kind(), source(&e)))?;
    file.write_all(bytes)?;
    Ok(file)
}

/// The error below, without the name of the temporary file.
fn source(error: &io::Error) -> String {
    let inner = error.get_ref().and_then(std::error::Error::source);
    inner.map_or_else(|| error.to_string(), ToString::to_string)
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
}

/// Where a path really leads, as far as it exists.
pub(crate) fn resolve(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    // A link to nothing leads to where its file would be.
    let mut path = path.to_owned();
    for _ in 0..40 {
        match fs::read_link(&path) {
            Ok(next) => path = parent(&path).join(next),
            Err(_) => break,
        }
    }
    let found = path
        .ancestors()
        .find_map(|a| Some((a, a.canonicalize().ok()?)));
    match found {
        Some((known, real)) => real.join(path.strip_prefix(known).unwrap_or(&path)),
        None => path,
    }
}

/// The path as it is shown: no doubled, trailing or pointless parts; nothing is looked up.
pub(crate) fn tidy(path: &str) -> PathBuf {
    let parts = Path::new(path).components();
    let tidy: PathBuf = parts.filter(|c| *c != Component::CurDir).collect();
    if tidy.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        tidy
    }
}
