//! What the rooms say to those who look for a fault: off unless `RUST_LOG` asks for it. Knows no room.

use tracing_subscriber::EnvFilter;

use crate::environment::Environment;
use crate::exit::Failure;

/// The variable that says what to log, such as `warn` or `agent=debug,store=info`.
const FILTER: &str = "RUST_LOG";

/// Sends log lines to standard error, if they are wanted.
pub fn start(env: &Environment) -> Result<(), Failure> {
    let Some(wanted) = env.get(FILTER) else {
        return Ok(());
    };
    let filter = EnvFilter::try_new(wanted).map_err(|error| {
        Failure::usage(format!(
            "{FILTER}={wanted} cannot be read: {error}; `warn` or `agent=debug` would work"
        ))
    })?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init()
        .map_err(|error| Failure::error(format!("cannot log: {error}")))
}
