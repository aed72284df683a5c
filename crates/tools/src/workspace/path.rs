//! Where a path leads, and whether one may go there. Reads links; opens nothing.

use std::io;
use std::path::{Component, Path, PathBuf};

use domain::{WorkspaceError, WorkspaceResult};

/// How many links are followed before a path is taken for a circle.
const LINKS: usize = 40;

/// What may be asked for: everything, or what lies below a directory.
#[derive(Clone, Debug, Default)]
pub(super) struct Bounds {
    root: Option<PathBuf>,
}

impl Bounds {
    pub(super) fn new(root: Option<&Path>) -> Self {
        Self {
            root: root.map(resolved),
        }
    }

    /// The path, if it may be asked for as `parameter`.
    pub(super) fn check(&self, parameter: &'static str, path: &str) -> WorkspaceResult<PathBuf> {
        if path.contains('\0') {
            return Err(WorkspaceError::Refused(
                "Path must not contain null bytes".to_owned(),
            ));
        }
        let path = PathBuf::from(path);
        match &self.root {
            Some(root) if !path.is_absolute() || !resolved(&path).starts_with(root) => {
                Err(WorkspaceError::Outside(parameter))
            }
            Some(_) | None => Ok(path),
        }
    }

    /// The same for paths that must be absolute.
    pub(super) fn absolute(&self, parameter: &'static str, path: &str) -> WorkspaceResult<PathBuf> {
        let path = self.check(parameter, path)?;
        if path.is_absolute() {
            Ok(path)
        } else {
            Err(WorkspaceError::Refused("Path must be absolute".to_owned()))
        }
    }

    /// Whether a command may start there. Seen from this process, as the system would.
    pub(super) fn start(&self, directory: &str) -> bool {
        self.root.as_ref().is_none_or(|root| {
            let whole = std::path::absolute(directory).unwrap_or_default();
            resolved(&whole).starts_with(root)
        })
    }
}

/// The path without links and dots, as far as it exists; the rest as it was written.
pub(super) fn resolved(path: &Path) -> PathBuf {
    let mut links = LINKS;
    follow(PathBuf::new(), path, &mut links)
}

fn follow(mut done: PathBuf, path: &Path, links: &mut usize) -> PathBuf {
    for component in path.components() {
        match component {
            Component::Prefix(_) | Component::RootDir => done.push(component),
            Component::CurDir => {}
            Component::ParentDir => {
                done.pop();
            }
            Component::Normal(name) => {
                done.push(name);
                let Ok(target) = std::fs::read_link(&done) else {
                    continue;
                };
                if *links > 0 {
                    *links -= 1;
                    done.pop();
                    done = follow(done, &target, links);
                }
            }
        }
    }
    done
}

/// What the system said, without its number.
pub(super) fn said(error: &io::Error) -> String {
    let whole = error.to_string();
    whole
        .split(" (os error")
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// What the system said of a path, in the words that clients know.
pub(super) fn said_of(error: &io::Error, path: &Path) -> String {
    let number = error.raw_os_error().unwrap_or_default();
    format!("[Errno {number}] {}: '{}'", said(error), path.display())
}
