//! Which directory is meant: the one named, or the only repository below it. Reads no file.

use std::path::{Path, PathBuf};

/// How far below a repository is looked for.
const DEPTH: usize = 3;

/// Directories that hold other people's repositories.
const VENDORED: [&str; 4] = ["node_modules", "venv", "site-packages", "vendor"];

/// The directory to pack.
pub(super) fn of(directory: &Path) -> PathBuf {
    if directory.join(".git").exists() {
        return directory.to_owned();
    }
    let mut found = Vec::new();
    look(directory, DEPTH, &mut found);
    match found.pop() {
        // With several, nobody can say which is meant.
        Some(only) if found.is_empty() => only,
        _ => directory.to_owned(),
    }
}

fn look(directory: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let skipped = name.starts_with('.') || VENDORED.contains(&name.as_ref());
        if skipped || found.len() > 1 || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        if entry.path().join(".git").exists() {
            found.push(entry.path());
        } else if depth > 1 {
            look(&entry.path(), depth - 1, found);
        }
    }
}
