//! What must happen next: a pure function of the state. Does nothing itself.

use domain::Status;

use crate::state::{Pending, State};
use crate::stuck::Verdict;

/// The one thing to do.
#[derive(Debug, PartialEq)]
pub enum Effect<'a> {
    /// Nothing, until somebody asks for something.
    Rest,
    /// Carry out these calls.
    Run(Vec<&'a Pending>),
    /// Ask the model.
    Complete,
    /// Tell the agent that the same call keeps failing.
    Nudge {
        /// The tool it keeps calling.
        tool: String,
        /// How often so far.
        times: usize,
    },
    /// End the run.
    Stop(Stop),
}

/// Why a run ends without the agent having finished.
#[derive(Clone, Debug, PartialEq)]
pub enum Stop {
    /// It goes in circles.
    Stuck,
    /// It took as many steps as it may.
    Iterations(u32),
    /// It cost as much as it may.
    Budget {
        /// The bound, in US dollars.
        limit: f64,
        /// What was spent.
        spent: f64,
    },
}

impl State {
    /// Names the one thing to do.
    pub fn next(&self) -> Effect<'_> {
        if self.status() != Status::Running {
            return Effect::Rest;
        }
        let runnable = self.runnable();
        if !runnable.is_empty() {
            return Effect::Run(runnable);
        }
        if let Some(stop) = self.limit() {
            return Effect::Stop(stop);
        }
        if !self.start.stuck_detection {
            return Effect::Complete;
        }
        match self.circles.verdict(&self.start.stuck_thresholds) {
            Verdict::Fine => Effect::Complete,
            Verdict::Nudge { tool, times } => Effect::Nudge { tool, times },
            Verdict::Stuck => Effect::Stop(Stop::Stuck),
        }
    }

    /// A budget is looked at before every step, also the first: what is spent stays spent.
    fn limit(&self) -> Option<Stop> {
        if let Some(limit) = self.start.max_budget_per_run {
            let spent = self.stats.cost();
            if spent >= limit {
                return Some(Stop::Budget { limit, spent });
            }
        }
        let limit = self.start.max_iterations;
        (self.iterations >= limit).then_some(Stop::Iterations(limit))
    }
}
