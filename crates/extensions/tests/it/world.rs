//! A home and a workspace of their own for each test, and git as it is.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use domain::{Clock, Stamp};
use extensions::{Extensions, Git, GitEnd, GitFault, Places};
use tempfile::TempDir;
use uuid::Uuid;

/// The folders of one test.
pub struct World {
    root: TempDir,
    pub extensions: Extensions,
}

impl World {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// A world whose places differ from the usual.
    pub fn with(change: impl FnOnce(&mut Places)) -> Self {
        let root = tempfile::tempdir().unwrap();
        let home = root.path().join("home");
        std::fs::create_dir_all(root.path().join("work")).unwrap();
        let mut places = Places::of_home(&home);
        // Whatever a test fetches, it fetches from a folder.
        places.public = Some(root.path().join("public"));
        change(&mut places);
        let extensions = Extensions::new(places, Vec::new(), Arc::new(RealGit), Arc::new(Noon));
        Self { root, extensions }
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    pub fn spelled(&self, path: &str) -> String {
        self.path(path).to_str().unwrap().to_owned()
    }

    /// Writes a file below the root: `home/..`, `work/..` or anything else.
    pub fn file(&self, path: &str, text: impl AsRef<[u8]>) -> &Self {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    pub fn link(&self, path: &str, target: impl AsRef<Path>) -> &Self {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target, path).unwrap();
        self
    }

    pub fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap()
    }

    /// Makes a folder a repository with all that is in it committed; says the commit.
    pub fn repository(&self, path: &str) -> String {
        let folder = self.path(path);
        let identity = ["-c", "user.name=t", "-c", "user.email=t@localhost"];
        for words in [
            &["init", "--quiet", "--initial-branch=main"][..],
            &["add", "--all"],
            &["commit", "--quiet", "--allow-empty", "--message=x"],
        ] {
            let end = Command::new("git")
                .args(identity)
                .args(words)
                .current_dir(&folder)
                .output()
                .unwrap();
            assert!(end.status.success(), "{end:?}");
        }
        let end = Command::new("git")
            .args(["rev-parse", "HEAD"])
            .current_dir(&folder)
            .output()
            .unwrap();
        String::from_utf8(end.stdout).unwrap().trim().to_owned()
    }
}

struct RealGit;

impl Git for RealGit {
    fn run(&self, words: &[&str], folder: &Path, _: Duration) -> Result<GitEnd, GitFault> {
        let end = Command::new("git")
            .args(words)
            .current_dir(folder)
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .map_err(|e| GitFault::Absent(e.to_string()))?;
        Ok(GitEnd {
            ok: end.status.success(),
            output: end.stdout,
            complaint: String::from_utf8_lossy(&end.stderr).into_owned(),
        })
    }
}

struct Noon;

impl Clock for Noon {
    fn stamp(&self) -> Stamp {
        Stamp("2026-01-02T12:00:00.000000".to_owned())
    }

    fn micros(&self) -> i64 {
        1_767_355_200_000_000
    }

    fn uuid(&self) -> Uuid {
        Uuid::nil()
    }
}
