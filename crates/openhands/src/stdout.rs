//! Standard output, the one place that writes to it. A reader that went away is an end, not an error.

use std::io::Write as _;

use crate::exit::Failure;

/// Writes text and makes sure it is seen.
pub fn write(text: &str) -> Result<(), Failure> {
    write_bytes(text.as_bytes())
}

/// Writes bytes and makes sure they are seen.
pub fn write_bytes(bytes: &[u8]) -> Result<(), Failure> {
    if bytes.is_empty() {
        return Ok(());
    }
    let mut stdout = std::io::stdout().lock();
    stdout
        .write_all(bytes)
        .and_then(|()| stdout.flush())
        .map_err(|error| Failure::output(&error))
}

/// Says something beside the output; nobody can be told if that fails.
pub fn aside(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes());
    let _ = stderr.flush();
}
