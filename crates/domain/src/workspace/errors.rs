//! Why a workspace refused; variants are what the caller can do about it. Knows no status codes.

/// Why a workspace refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkspaceError {
    /// The request is wrong: ask differently.
    #[error("{0}")]
    Refused(String),
    /// The path lies outside of what may be asked for: choose one inside.
    #[error("{0} must be inside the conversation workspace")]
    Outside(&'static str),
    /// There is no such thing: look for it elsewhere.
    #[error("{0}")]
    NotFound(String),
    /// The system does not let us: choose another path, or change its permissions.
    #[error("Permission denied: {0}")]
    Forbidden(String),
    /// Too much at once: try again later.
    #[error("{0}")]
    Busy(String),
    /// Nothing can be asked any more: the workspace was closed.
    #[error("The workspace is closed")]
    Closed,
    /// The workspace itself broke: look at what the system says.
    #[error("{0}")]
    Broken(String),
}
