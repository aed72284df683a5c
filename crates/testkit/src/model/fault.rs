//! How a model fails instead of answering. Each fault uses up one request.

/// A failed answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An error in the provider's words.
    Fails(Failure),
    /// The stream begins, and after so many events an error comes inside it.
    Breaks {
        /// How many events come before.
        after: usize,
        /// The error.
        failure: Failure,
    },
    /// The connection ends after so many events of the stream, or in the middle of the body.
    Cuts {
        /// How many events come before.
        after: usize,
    },
    /// The request is taken and never answered.
    Hangs,
    /// The stream falls silent after so many events and stays open.
    Stalls {
        /// How many events come before.
        after: usize,
    },
    /// The connection ends before any answer.
    HangsUp,
    /// Bytes that are no HTTP.
    Noise,
    /// An answer in good HTTP whose body is neither JSON nor events.
    Garbage,
    /// A page for people, as a proxy sends it.
    Html {
        /// The status it comes with.
        status: u16,
    },
    /// The right body under a wrong content type.
    WrongType,
    /// One line of so many bytes, which never ends.
    LongLine {
        /// How many bytes.
        bytes: usize,
    },
}

/// An error in the provider's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The HTTP status; nothing means what the provider uses for this cause.
    pub status: Option<u16>,
    /// What is wrong.
    pub cause: Cause,
    /// Words to use instead of the provider's.
    pub message: Option<String>,
    /// When to come back.
    pub retry_after: Option<RetryAfter>,
}

impl Failure {
    /// An error with nothing but its cause.
    pub fn of(cause: Cause) -> Self {
        Self {
            status: None,
            cause,
            message: None,
            retry_after: None,
        }
    }

    /// An error with a status and the cause that usually goes with it.
    pub fn status(status: u16) -> Self {
        Self {
            status: Some(status),
            ..Self::of(Cause::of_status(status))
        }
    }
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The request is not understood.
    BadRequest,
    /// The history is too long.
    ContextWindow,
    /// The history is put together wrongly: calls without results.
    MalformedHistory,
    /// The key is refused.
    Auth,
    /// There is no such model.
    NoModel,
    /// Too many requests.
    RateLimit,
    /// The account is used up.
    Quota,
    /// The provider will not answer this.
    ContentPolicy,
    /// The provider is at its limits.
    Overloaded,
    /// The provider is broken.
    Internal,
    /// It took too long.
    Timeout,
}

impl Cause {
    /// What a status usually means.
    pub fn of_status(status: u16) -> Self {
        match status {
            401 | 403 => Self::Auth,
            404 => Self::NoModel,
            402 => Self::Quota,
            408 | 504 => Self::Timeout,
            429 => Self::RateLimit,
            503 | 529 => Self::Overloaded,
            500..=599 => Self::Internal,
            _ => Self::BadRequest,
        }
    }
}

/// When to come back, as `Retry-After` says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// In so many seconds.
    Seconds(u64),
    /// At a moment so many seconds after the request, written as an HTTP date.
    Date(u64),
    /// In a header of the provider's own, in milliseconds.
    Millis(u64),
    /// Something no client can read.
    Text(String),
}
