//! Where this room reads and installs; knows no environment, the binary fills it in.

use std::path::{Path, PathBuf};

/// The folders of the person who owns this place.
#[derive(Clone, Debug)]
pub struct Places {
    /// The home folder: `~` in sources, and the place of `~/.agents`.
    pub home: PathBuf,
    /// The folder of what this person keeps, `~/.openhands` unless moved.
    pub own: PathBuf,
    /// A local copy of the public extensions, read instead of fetching them (`EXTENSIONS_PATH`).
    pub public: Option<PathBuf>,
    /// The branch, tag or commit of the public extensions (`EXTENSIONS_REF`).
    pub public_ref: String,
}

impl Places {
    /// The usual places of somebody with this home folder.
    #[must_use]
    pub fn of_home(home: &Path) -> Self {
        Self {
            home: home.to_owned(),
            own: home.join(".openhands"),
            public: None,
            public_ref: "main".to_owned(),
        }
    }

    /// The folder that a person means, with `~` spelled out.
    #[must_use]
    pub fn expand(&self, source: &str) -> PathBuf {
        match source.strip_prefix('~') {
            Some("") => self.home.clone(),
            Some(rest) if rest.starts_with('/') => self.home.join(rest.trim_start_matches('/')),
            Some(_) | None => PathBuf::from(source),
        }
    }

    /// The folders of a person's own skills; the earlier one wins a name.
    pub(crate) fn user_skills(&self) -> [PathBuf; 3] {
        [
            self.home.join(".agents/skills"),
            self.own.join("skills"),
            self.own.join("microagents"),
        ]
    }

    /// The folders of a person's own plugins; the earlier one wins a name.
    pub(crate) fn user_plugins(&self) -> [PathBuf; 2] {
        [self.home.join(".agents/plugins"), self.own.join("plugins")]
    }

    /// The folders of a person's own sub-agents; the earlier one wins a name.
    pub(crate) fn user_agents(&self) -> [PathBuf; 2] {
        [self.home.join(".agents/agents"), self.own.join("agents")]
    }

    pub(crate) fn installed_skills(&self) -> PathBuf {
        self.own.join("skills/installed")
    }

    pub(crate) fn installed_plugins(&self) -> PathBuf {
        self.own.join("plugins/installed")
    }

    pub(crate) fn installed_canvas(&self) -> PathBuf {
        self.own.join("canvas-extensions/installed")
    }

    /// Where a kind of fetched source is kept: `extensions`, `plugins`, `skills` or `git`.
    pub(crate) fn cache(&self, kind: &str) -> PathBuf {
        self.own.join("cache").join(kind)
    }
}
