//! Writes a conversation the way the original keeps it: whole, or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use domain::{Glance, Log, Map, Vault};
use serde_json::Value;

use super::{BASE_STATE, EVENTS, LayoutError, META, events, failed, invalid, outputs, state};

/// How many events are in memory at once.
const PAGE: usize = 256;

/// Writes a conversation into a directory, which must be empty or not there: `<conversations>/<32 hex digits>` if the
/// original is to find it. Secrets are sealed, or masked without a key.
pub fn export(
    log: &dyn Log,
    glance: &Glance,
    dir: &Path,
    vault: &dyn Vault,
) -> Result<(), LayoutError> {
    let dir = std::path::absolute(dir).map_err(failed("find", dir))?;
    let parent = dir
        .parent()
        .ok_or_else(|| LayoutError::Occupied(dir.clone()))?;
    if holds_something(&dir)? {
        return Err(LayoutError::Occupied(dir));
    }
    fs::create_dir_all(parent).map_err(failed("create", parent))?;
    let draft = beside(&dir);
    let written = write(log, glance, &draft, &dir, vault).and_then(|()| put(&draft, &dir));
    if written.is_err() && draft.exists() {
        fs::remove_dir_all(&draft).map_err(failed("remove", &draft))?;
    }
    written
}

fn holds_something(dir: &Path) -> Result<bool, LayoutError> {
    match fs::read_dir(dir) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Ok(true),
        Err(error) => Err(failed("list", dir)(error)),
    }
}

/// What the directory is called while it is written.
fn beside(dir: &Path) -> PathBuf {
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    dir.with_file_name(format!(".{name}.{}.partial", std::process::id()))
}

fn put(draft: &Path, dir: &Path) -> Result<(), LayoutError> {
    let parent = dir.parent().unwrap_or(dir);
    let parent = File::open(parent).map_err(failed("open", parent))?;
    sync_all_files(&parent).map_err(failed("sync", draft))?;
    fs::rename(draft, dir).map_err(failed("create", dir))?;
    parent.sync_all().map_err(failed("sync", dir))
}

/// One sync for thousands of small files.
#[cfg(target_os = "linux")]
fn sync_all_files(on: &File) -> io::Result<()> {
    Ok(rustix::fs::syncfs(on)?)
}

#[cfg(not(target_os = "linux"))]
fn sync_all_files(_on: &File) -> io::Result<()> {
    rustix::fs::sync();
    Ok(())
}

fn write(
    log: &dyn Log,
    glance: &Glance,
    draft: &Path,
    dir: &Path,
    vault: &dyn Vault,
) -> Result<(), LayoutError> {
    make_dir(draft)?;
    let events = draft.join(EVENTS);
    make_dir(&events)?;
    let (count, has_branch) = write_events(log, &events)?;
    write_file(&events.join(".eventlog.lock"), &[])?;
    write_file(&events.join(format!(".eventlog-len-{count}.marker")), &[])?;
    let directory = dir.display().to_string();
    let base = state::base_state(glance, vault, &directory, has_branch);
    write_map(&draft.join(BASE_STATE), base)?;
    write_map(&draft.join(META), state::meta(glance))?;
    outputs::hand_over(log.outputs(), draft)
}

/// Writes a file for each event; says how many, and whether any is in the tree.
fn write_events(log: &dyn Log, dir: &Path) -> Result<(u64, bool), LayoutError> {
    let mut next = 0;
    let mut has_branch = false;
    loop {
        let page = log.read(next, PAGE)?;
        let Some(last) = page.last() else {
            return Ok((next, has_branch));
        };
        next = last.seq + 1;
        for entry in page {
            let name = events::file_name(entry.seq, &entry.json)?;
            let path = dir.join(name);
            write_file(&path, &entry.json)?;
            let event = entry.event().map_err(|error| invalid(&path, error))?;
            has_branch |= event.body.moves_leaf();
        }
    }
}

fn write_map(path: &Path, map: Map) -> Result<(), LayoutError> {
    write_file(path, Value::Object(map).to_string().as_bytes())
}

fn make_dir(path: &Path) -> Result<(), LayoutError> {
    let made = DirBuilder::new().mode(0o700).create(path);
    made.map_err(failed("create", path))
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), LayoutError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let mut file = options.open(path).map_err(failed("create", path))?;
    file.write_all(bytes).map_err(failed("write", path))
}
