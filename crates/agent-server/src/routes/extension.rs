//! How what the room of extensions refuses is answered. Knows no resource.

use axum::http::StatusCode;
use extensions::ExtensionError;
use http_kit::Error;

/// How one kind of extension speaks of what went wrong.
pub(super) struct Voice {
    /// What one is called: `Skill`.
    pub(super) what: &'static str,
    /// Said when it is installed already.
    pub(super) taken: &'static str,
    /// Said when its source cannot be read.
    pub(super) unreachable: &'static str,
    /// Said when its source is not what it should be.
    pub(super) invalid: &'static str,
}

impl Voice {
    /// How a refused installation is answered.
    pub(super) fn uninstalled(&self, error: &ExtensionError) -> Error {
        match error {
            ExtensionError::Taken(_) => Error::conflict(self.taken),
            ExtensionError::Unreachable(_) | ExtensionError::Late => Error::bad(self.unreachable),
            ExtensionError::Absent(_) | ExtensionError::Invalid(_) => unfit(self.invalid),
            ExtensionError::NotInstalled(name) => self.missing(name),
            ExtensionError::Missing(what) => Error::not_implemented(what),
            ExtensionError::Storage { .. } => Error::internal(error),
        }
    }

    /// How a refused refresh is answered: what is installed stays as it was.
    pub(super) fn unrefreshed(&self, name: &str, error: &ExtensionError) -> Error {
        let what = self.what.to_lowercase();
        match error {
            ExtensionError::Unreachable(_) | ExtensionError::Late => Error::bad(format!(
                "Failed to fetch the source of {what} '{name}'. The installed copy was kept."
            )),
            ExtensionError::Absent(_) | ExtensionError::Invalid(_) => unfit(format!(
                "The source of {what} '{name}' no longer holds a valid {what}. The installed copy was kept."
            )),
            ExtensionError::Taken(_)
            | ExtensionError::NotInstalled(_)
            | ExtensionError::Missing(_)
            | ExtensionError::Storage { .. } => self.uninstalled(error),
        }
    }

    fn missing(&self, name: &str) -> Error {
        Error::not_found(format!("{} '{name}' is not installed", self.what))
    }
}

/// 422 with a text.
pub(super) fn unfit(text: impl Into<String>) -> Error {
    Error::new(StatusCode::UNPROCESSABLE_ENTITY, text)
}

/// How a failure that nobody asked for is answered.
pub(super) fn failed(error: ExtensionError) -> Error {
    Error::internal(&error)
}
