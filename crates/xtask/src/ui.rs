//! The web interface: the pinned build from npm, laid out where `openhands` is made from. Knows nothing of how it is served.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::program::{self, output};
use crate::{Root, node};

/// The package whose build it is.
const PACKAGE: &str = "@openhands/agent-canvas";

/// What a build brings along for its own developers.
const LEFT_OUT: &[&str] = &["mockServiceWorker.js"];

/// What shrinks when it is compressed.
const TEXTS: &[&str] = &["css", "js", "json", "svg", "txt", "webmanifest", "xml"];

/// Where the layout says which packages it was made from.
const PIN: &str = ".pin";

/// Lays the interface out in `target/ui`, if it does not lie there already.
///
/// That is the build as it is, with the package's licence; beside each text that shrinks lies `<name>.gz`, except beside
/// `index.html`, which is completed whenever it is served.
pub fn ui(root: &Root) -> anyhow::Result<PathBuf> {
    let place = root.target().join("ui");
    let pins = fs::read_to_string(root.join("ui/package-lock.json"))
        .context("cannot read ui/package-lock.json")?;
    if fs::read_to_string(place.join(PIN)).is_ok_and(|pinned| pinned == pins) {
        return Ok(place);
    }
    let package = node::packages(root, "ui")?.join(PACKAGE);
    let fresh = place.with_extension("new");
    remove(&fresh)?;
    let mut texts = Vec::new();
    copy(&package.join("build"), &fresh, &mut texts)?;
    copy_file(&package.join("LICENSE"), &fresh.join("LICENSE"))?;
    compress(&fresh, &texts)?;
    // Last, so that a layout that was cut off is made again.
    fs::write(fresh.join(PIN), pins).context("cannot finish target/ui")?;
    remove(&place)?;
    fs::rename(&fresh, &place).with_context(|| format!("cannot make {}", place.display()))?;
    println!("{PACKAGE} lies in {}", place.display());
    Ok(place)
}

/// Copies a folder; names the texts in it.
fn copy(from: &Path, to: &Path, texts: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    let entries = fs::read_dir(from).with_context(|| format!("cannot list {}", from.display()))?;
    for entry in entries {
        let entry = entry?;
        let (path, copied) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy(&path, &copied, texts)?;
        } else if !LEFT_OUT.iter().any(|name| entry.file_name() == *name) {
            copy_file(&path, &copied)?;
            let extension = copied.extension().and_then(OsStr::to_str);
            if extension.is_some_and(|extension| TEXTS.contains(&extension)) {
                texts.push(copied);
            }
        }
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::copy(from, to)
        .map(drop)
        .with_context(|| format!("cannot copy {}", from.display()))
}

/// Leaves `<name>.gz` beside each, all in one go, and not at all where there is no gzip.
fn compress(folder: &Path, texts: &[PathBuf]) -> anyhow::Result<()> {
    if program::exists("gzip") {
        // Without name and time, the same bytes come of the same text.
        let mut gzip = Command::new("gzip");
        output(
            gzip.current_dir(folder)
                .args(["-9", "-n", "-k", "--"])
                .args(texts),
        )?;
    }
    Ok(())
}

fn remove(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)
            .with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}
