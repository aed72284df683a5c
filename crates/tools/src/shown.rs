//! What a model is shown of an observation. Knows no provider.

use domain::{Content, Observation};

/// The block that goes before what a failed tool says.
pub(crate) const FAILED: &str = "[An error occurred during execution.]\n";

/// The blocks a model is shown for an observation.
pub fn for_model(observation: &Observation) -> Vec<Content> {
    let (content, is_error) = observation.content();
    let heading = is_error.then(|| Content::text(FAILED));
    heading.into_iter().chain(content).collect()
}
