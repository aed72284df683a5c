//! What can go wrong before the first action: all of it is mended by asking for other tools or another place.

use std::path::PathBuf;

/// Why the tools of a conversation cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Ask for one of those there are.
    #[error("There is no tool named '{name}'. There are: {known}.")]
    UnknownTool {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// Leave the settings out, or mend them.
    #[error("The settings of the tool '{tool}' cannot be used: {reason}.")]
    Settings {
        /// The tool.
        tool: String,
        /// What is wrong with them.
        reason: String,
    },
    /// Create the directory, or choose another.
    #[error("The workspace {} cannot be used: {reason}. Create the directory or choose another.", path.display())]
    Workspace {
        /// The directory.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
}
