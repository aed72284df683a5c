//! Directories as the model is shown them: two levels, hidden entries only counted. Knows no file's content.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::view::LIMIT;
use crate::clip;

const NOTICE: &str = "<response clipped><NOTE>Due to the max output limit, only part of this directory is shown. View its subdirectories one by one, or use `ls -la` in the terminal.</NOTE>\n";

/// What is in a directory.
pub(crate) fn listing(path: &Path) -> io::Result<String> {
    let name = path.display();
    let (visible, hidden) = entries(path)?;
    let mut out = format!(
        "Here's the files and directories up to 2 levels deep in {name}, excluding hidden items:\n"
    );
    out.push_str(&clipped(tree(path, &visible).join("\n")));
    if hidden > 0 {
        out.push_str(&format!(
            "\n\n{hidden} hidden files/directories in this directory are excluded. You can use 'ls -la {name}' to see them."
        ));
    }
    Ok(out)
}

fn tree(path: &Path, visible: &[PathBuf]) -> Vec<String> {
    let mut lines = vec![shown(path)];
    for entry in visible {
        lines.push(shown(entry));
        if entry.is_dir() {
            // A subdirectory that cannot be read is still named.
            let below = entries(entry).map(|(visible, _)| visible);
            lines.extend(below.unwrap_or_default().iter().map(|p| shown(p)));
        }
    }
    lines
}

/// The visible entries, sorted, and how many hidden ones there are.
fn entries(path: &Path) -> io::Result<(Vec<PathBuf>, usize)> {
    let mut visible = Vec::new();
    let mut hidden = 0;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            hidden += 1;
        } else {
            visible.push(entry.path());
        }
    }
    visible.sort();
    Ok((visible, hidden))
}

fn shown(path: &Path) -> String {
    let name = path.display().to_string();
    if path.is_dir() && !name.ends_with('/') {
        format!("{name}/")
    } else {
        name
    }
}

fn clipped(text: String) -> String {
    match clip::ends(&text, LIMIT) {
        Some((head, tail)) => format!("{head}{NOTICE}{tail}"),
        None => text,
    }
}
