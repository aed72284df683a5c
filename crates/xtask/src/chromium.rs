//! The browser that the web interface is tested in. Knows no test.

use std::path::PathBuf;

use anyhow::bail;

use crate::needs;

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

/// Its whole path: the tests start it without looking around.
fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .flat_map(|dir| NAMES.iter().map(move |name| dir.join(name)))
        .chain([PathBuf::from(ON_A_MAC)])
        .find(|path| path.is_file())
}
