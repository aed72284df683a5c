//! Why something about a person's settings could not be done, by what the caller can do about it.

use domain::ShelfError;

use crate::fault::Faults;
use crate::launch::Unresolved;

/// Why something could not be done. The texts are those clients know.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing: name another.
    #[error("{0}")]
    NotFound(String),
    /// What is there stands in the way: change that first.
    #[error("{0}")]
    Conflict(String),
    /// What was said cannot be done: say something else.
    #[error("{0}")]
    Refused(String),
    /// What was said means nothing: say it otherwise.
    #[error("{0}")]
    Invalid(String),
    /// What was said has faults at certain places.
    #[error("{0}")]
    Faulty(#[from] Faults),
    /// No agent can be started as asked.
    #[error("{0}")]
    Launch(String),
    /// What an agent profile refers to is not there.
    #[error("{}", .0.problems().join("; "))]
    Unresolved(Unresolved),
    /// Somebody else is at it: try again.
    #[error("{0}")]
    Busy(String),
    /// There is no key to seal secrets with: configure one.
    #[error(
        "Encryption not available: OH_SECRET_KEY is not configured. Cannot return encrypted secrets."
    )]
    NoKey,
    /// A document cannot be read as what it should be; it is left as it is. Mend it, or restore its key.
    #[error("{0}")]
    Damaged(String),
    /// This build cannot do it; the text says what is missing.
    #[error("{0}")]
    Missing(String),
    /// The disk refused.
    #[error("{0}")]
    Disk(#[source] ShelfError),
}

impl From<ShelfError> for Error {
    fn from(error: ShelfError) -> Self {
        match error {
            ShelfError::Busy(_) => Self::Busy("Profile store is busy. Please retry.".to_owned()),
            ShelfError::Name(_) | ShelfError::Io { .. } => Self::Disk(error),
        }
    }
}

impl Error {
    /// What damage becomes; anything else stays as it is.
    #[must_use]
    pub(crate) fn on_damage(self, change: impl FnOnce(String) -> Self) -> Self {
        if let Self::Damaged(reason) = self {
            change(reason)
        } else {
            self
        }
    }
}
