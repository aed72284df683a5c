//! What rests beside the events: whole outputs and the task list. Copied as it is.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{LayoutError, failed};

const OUTPUTS: &str = "observations";
const TASKS: &str = "TASKS.json";

/// Takes over what rests beside the events of the original. `ours` is where a log keeps its outputs.
pub(super) fn take_over(original: &Path, ours: &Path) -> Result<(), LayoutError> {
    copy_dir(&original.join(OUTPUTS), ours)?;
    copy_tasks(original, beside(ours))
}

/// Writes what rests beside a log the way the original keeps it.
pub(super) fn hand_over(ours: &Path, original: &Path) -> Result<(), LayoutError> {
    copy_dir(ours, &original.join(OUTPUTS))?;
    copy_tasks(beside(ours), original)
}

fn beside(outputs: &Path) -> &Path {
    outputs.parent().unwrap_or(outputs)
}

fn copy_tasks(from: &Path, to: &Path) -> Result<(), LayoutError> {
    let tasks = from.join(TASKS);
    if tasks.is_file() {
        copy_file(&tasks, &to.join(TASKS))?;
    }
    Ok(())
}

/// Copies files and directories; links and devices are none of a conversation's outputs.
fn copy_dir(from: &Path, to: &Path) -> Result<(), LayoutError> {
    let entries = match fs::read_dir(from) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed("list", from)(error)),
    };
    for entry in entries {
        let entry = entry.map_err(failed("list", from))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().map_err(failed("look at", &source))?;
        if kind.is_dir() {
            copy_dir(&source, &target)?;
        } else if kind.is_file() {
            copy_file(&source, &target)?;
        }
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> Result<(), LayoutError> {
    if let Some(dir) = to.parent() {
        fs::create_dir_all(dir).map_err(failed("create", dir))?;
    }
    fs::copy(from, to).map_err(failed("copy to", to))?;
    fs::set_permissions(to, Permissions::from_mode(0o600)).map_err(failed("protect", to))?;
    let copied = File::open(to).map_err(failed("open", to))?;
    copied.sync_all().map_err(failed("sync", to))
}
