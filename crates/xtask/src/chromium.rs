//! The browser that the web interface is tested in. Knows no test.

use std::path::{Path, PathBuf};

use anyhow::bail;

use crate::needs;
use crate::program;

/// What Chromium and its siblings are called.
const NAMES: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// Where it is on a Mac.
const ON_A_MAC: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/// A browser, from the system's packages if there is none and this system lets us.
pub fn chromium() -> anyhow::Result<PathBuf> {
    if let Some(found) = find() {
        return Ok(found);
    }
    if needs::may_install() {
        needs::install(&["chromium"])?;
    }
    match find() {
        Some(found) => Ok(found),
        None => bail!(
            "Chromium is missing, so the web interface is not tested; install it first (Debian: `apt-get install chromium`)"
        ),
    }
}

fn find() -> Option<PathBuf> {
    let named = NAMES.iter().find(|name| program::exists(name));
    named
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(ON_A_MAC)).filter(|path| Path::exists(path)))
}
