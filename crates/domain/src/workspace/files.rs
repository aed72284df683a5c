//! Files of a workspace as they are asked for and answered. Knows no disk.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::FileBody;

/// What became of an upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileUploadResult {
    /// Always: a failure is an error.
    #[serde(default = "yes")]
    pub success: bool,
    /// Number of bytes written to the destination.
    pub file_size: u64,
}

fn yes() -> bool {
    true
}

/// A file on its way out.
pub struct Download {
    /// The last part of its path.
    pub name: String,
    /// How many bytes it has.
    pub length: u64,
    /// When it was last changed.
    pub modified: Option<super::Moment>,
    /// Changes when the file does.
    pub tag: String,
    /// Its bytes.
    pub body: Box<dyn FileBody>,
}

/// A place in the file picker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileBrowserEntry {
    /// What a person reads.
    pub label: String,
    /// Where it is.
    pub path: String,
}

/// Where a person looks for workspaces first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HomeResponse {
    /// The person's own directory.
    pub home: String,
    /// The directories in it.
    #[serde(default)]
    pub favorites: Vec<FileBrowserEntry>,
    /// Where the file systems begin.
    #[serde(default)]
    pub locations: Vec<FileBrowserEntry>,
}

/// Which directories are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubdirectorySearch {
    /// The directory they lie in.
    pub path: String,
    /// The `next_page_id` of the page before.
    pub page: Option<String>,
    /// How many, at most.
    pub limit: usize,
    /// Whether those with a leading dot are wanted.
    pub include_hidden: bool,
}

/// A directory in a directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SubdirectoryEntry {
    /// The last part of its path.
    pub name: String,
    /// Its path.
    pub path: String,
}

/// A page of directories.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SubdirectoryPage {
    /// The directories, by name.
    pub items: Vec<SubdirectoryEntry>,
    /// The name of the first directory on the next page, if there is one.
    #[serde(default)]
    pub next_page_id: Option<String>,
}

/// How a directory becomes one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum ArchiveFormat {
    /// A patch against a commit.
    #[serde(rename = "git-delta")]
    GitDelta,
    /// The files themselves, compressed.
    #[serde(rename = "tar.gz")]
    TarGz,
}

impl ArchiveFormat {
    /// How names of such files end.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::GitDelta => ".patch",
            Self::TarGz => ".tar.gz",
        }
    }

    /// What such files are.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::GitDelta => "text/x-patch",
            Self::TarGz => "application/gzip",
        }
    }
}

/// Which directory is wanted as one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveRequest {
    /// The directory; if it is no repository but holds exactly one, that one is meant.
    pub path: String,
    /// How.
    pub format: ArchiveFormat,
    /// The commit a patch is made against; the branch's origin if none is named.
    pub base: Option<String>,
    /// Whether what tools generate is left out.
    pub use_default_excludes: bool,
    /// Patterns of what else is left out.
    pub exclude: Vec<String>,
}

/// A directory as one file.
pub struct Archive {
    /// The file; its name ends as its format asks for.
    pub file: Download,
    /// The format.
    pub format: ArchiveFormat,
    /// What is known of the repository.
    pub origin: ArchiveOrigin,
}

/// Where an archive comes from, as far as it is a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArchiveOrigin {
    /// Where the repository was cloned from, without credentials.
    pub remote: Option<String>,
    /// Its branch; `DETACHED` if it is on none.
    pub branch: Option<String>,
    /// Its newest commit.
    pub head: Option<String>,
    /// Where it lies.
    pub root: Option<String>,
    /// The commit a patch applies to.
    pub base_commit: Option<String>,
    /// How that commit was named; `auto` if it was not.
    pub base_ref: Option<String>,
}
