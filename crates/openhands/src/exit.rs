//! How a command ends: the code a script sees, and the one message a person sees. Knows no command.

use std::fmt;
use std::process::ExitCode;

use domain::{CommandError, LlmError, LogError};

/// The codes that scripts can rely on; `openhands run --help` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The agent finished, or the command did what it was asked.
    Finished,
    /// An error stopped it.
    Error,
    /// The command line or the configuration is wrong.
    Usage,
    /// The agent went in circles.
    Stuck,
    /// A limit was reached.
    Limit,
    /// Something waits for confirmation, and nobody is there to ask.
    Waiting,
    /// The terminal went away.
    HungUp,
    /// Ctrl-C.
    Interrupted,
    /// Whoever reads the output went away.
    Pipe,
    /// SIGTERM.
    Terminated,
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Finished => 0,
            Self::Error => 1,
            Self::Usage => 2,
            Self::Stuck => 3,
            Self::Limit => 4,
            Self::Waiting => 5,
            Self::HungUp => 129,
            Self::Interrupted => 130,
            Self::Pipe => 141,
            Self::Terminated => 143,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a command could not do what it was asked: what happened, to which thing, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The code.
    pub exit: Exit,
    /// What happened, and what to do.
    pub message: String,
}

impl Failure {
    /// Something went wrong.
    pub fn error(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Error,
            message: message.into(),
        }
    }

    /// The person asked for something that cannot be.
    pub fn usage(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Usage,
            message: message.into(),
        }
    }

    /// Standard output refused; when its reader only went away, nobody needs to be told.
    pub fn output(error: &std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self {
                exit: Exit::Pipe,
                message: String::new(),
            };
        }
        Self::error(format!("cannot write to standard output: {error}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<LogError> for Failure {
    fn from(error: LogError) -> Self {
        let exit = match error {
            LogError::NotFound(_) => Exit::Usage,
            LogError::Exists(_)
            | LogError::Busy { .. }
            | LogError::Duplicate(_)
            | LogError::Corrupt { .. }
            | LogError::Io { .. }
            | LogError::Closed(_) => Exit::Error,
        };
        Self {
            exit,
            message: error.to_string(),
        }
    }
}

impl From<LlmError> for Failure {
    fn from(error: LlmError) -> Self {
        let exit = match error.kind {
            domain::LlmErrorKind::Config => Exit::Usage,
            domain::LlmErrorKind::ContextWindow
            | domain::LlmErrorKind::MalformedHistory
            | domain::LlmErrorKind::Auth
            | domain::LlmErrorKind::RateLimit
            | domain::LlmErrorKind::Quota
            | domain::LlmErrorKind::Timeout
            | domain::LlmErrorKind::Unavailable
            | domain::LlmErrorKind::BadRequest
            | domain::LlmErrorKind::ContentPolicy
            | domain::LlmErrorKind::NoResponse => Exit::Error,
        };
        Self {
            exit,
            message: error.to_string(),
        }
    }
}

impl From<CommandError> for Failure {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Log(error) => error.into(),
            CommandError::Llm(error) => error.into(),
            CommandError::Invalid(message) | CommandError::NotFound(message) => {
                Self::usage(message)
            }
            CommandError::Conflict(_) | CommandError::Busy | CommandError::Closed => {
                Self::error(error.to_string())
            }
        }
    }
}
