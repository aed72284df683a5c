//! What the rooms say to those who look for a fault: off unless `RUST_LOG` asks for it. Knows no room.

use tracing_subscriber::EnvFilter;

use crate::environment::Environment;
use crate::exit::Failure;

/// The variable that says what to log, such as `warn` or `agent=debug,store=info`.
const FILTER: &str = "RUST_LOG";

/// The variable that wants log lines as JSON objects, for programs that gather them; also what happens, not only faults.
const JSON: &str = "LOG_JSON";

/// What is told when lines are gathered and nobody says what to log.
const GATHERED: &str = "info";

/// Sends log lines to standard error, if they are wanted.
pub fn start(env: &Environment) -> Result<(), Failure> {
    let json = matches!(env.get(JSON), Some("1" | "true" | "True" | "TRUE"));
    let Some(wanted) = env.get(FILTER).or(json.then_some(GATHERED)) else {
        return Ok(());
    };
    let filter = EnvFilter::try_new(wanted).map_err(|error| {
        Failure::usage(format!(
            "{FILTER}={wanted} cannot be read: {error}; `warn` or `agent=debug` would work"
        ))
    })?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let started = if json {
        lines.json().flatten_event(true).try_init()
    } else {
        lines.try_init()
    };
    started.map_err(|error| Failure::error(format!("cannot log: {error}")))
}
