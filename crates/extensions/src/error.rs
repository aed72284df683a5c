//! What can go wrong here, sorted by what the caller can do about it; knows no status code.

/// Why an extension could not be had.
#[derive(Debug, thiserror::Error)]
pub enum ExtensionError {
    /// There is one of that name already; overwrite it by asking for that.
    #[error("`{0}` is already installed; ask to overwrite it")]
    Taken(String),
    /// Nothing of that name is installed.
    #[error("`{0}` is not installed")]
    NotInstalled(String),
    /// The source could not be read or fetched; check it, or the network.
    #[error("{0}")]
    Unreachable(String),
    /// The source holds no extension at that place.
    #[error("{0}")]
    Absent(String),
    /// The source was read and is not what it should be.
    #[error("{0}")]
    Invalid(String),
    /// Git did not end in time.
    #[error("git did not end in time")]
    Late,
    /// This part of the product is not built yet.
    #[error("{0}")]
    Missing(String),
    /// The folder of what is installed cannot be written.
    #[error("cannot keep {what}: {why}")]
    Storage {
        /// The file or folder.
        what: String,
        /// What the system said.
        why: std::io::Error,
    },
}

impl ExtensionError {
    pub(crate) fn invalid(why: impl Into<String>) -> Self {
        Self::Invalid(why.into())
    }

    pub(crate) fn unreachable(why: impl Into<String>) -> Self {
        Self::Unreachable(why.into())
    }
}
