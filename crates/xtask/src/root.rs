//! The folder the repository lives in, and the folders in it that tasks may write to.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// The top folder of the repository.
#[derive(Clone, Debug)]
pub struct Root(PathBuf);

impl Root {
    /// Finds it: from where cargo says this package is, else upwards from the current folder.
    pub fn find() -> anyhow::Result<Self> {
        let start = match env::var_os("CARGO_MANIFEST_DIR") {
            Some(package) => PathBuf::from(package),
            None => env::current_dir().context("the current folder is gone")?,
        };
        start
            .ancestors()
            .find(|dir| holds_workspace(dir))
            .map(|dir| Self(dir.to_owned()))
            .with_context(|| {
                format!(
                    "{} is not inside the repository; run `cargo xtask` from a checkout",
                    start.display()
                )
            })
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A file or folder in it.
    pub fn join(&self, path: impl AsRef<Path>) -> PathBuf {
        self.0.join(path)
    }

    /// Where cargo builds.
    pub fn target(&self) -> PathBuf {
        match env::var_os("CARGO_TARGET_DIR") {
            Some(dir) => self.join(PathBuf::from(dir)),
            None => self.join("target"),
        }
    }

    /// Where tasks keep what is slow to get again: the user's cache, so that a fresh checkout finds it.
    pub fn cache(&self) -> PathBuf {
        let own = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let cache = own.or_else(|| env::home_dir().map(|home| home.join(".cache")));
        match cache.filter(|dir| dir.is_absolute()) {
            Some(dir) => dir.join("openhands-xtask"),
            None => self.join(".cache"),
        }
    }
}

fn holds_workspace(dir: &Path) -> bool {
    fs::read_to_string(dir.join("Cargo.toml")).is_ok_and(|text| text.contains("[workspace]"))
}
