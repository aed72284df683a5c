//! What a model is shown of an observation. Knows no provider.

use domain::{Content, Observation};

use crate::terminal;

/// The block that goes before what a failed tool says.
pub(crate) const FAILED: &str = "[An error occurred during execution.]\n";

/// The blocks a model is shown for an observation.
pub fn for_model(observation: &Observation) -> Vec<Content> {
    let (content, is_error) = if let Observation::Terminal(done) = observation {
        (
            vec![Content::text(terminal::for_model(done))],
            done.is_error,
        )
    } else {
        observation.content()
    };
    let heading = is_error.then(|| Content::text(FAILED));
    heading.into_iter().chain(content).collect()
}
