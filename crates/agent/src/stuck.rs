//! Notices an agent that goes in circles. Compares fingerprints, not events.

use std::collections::VecDeque;

use domain::{EventId, StuckThresholds};

#[cfg(test)]
mod tests;

/// How far back circles are looked for.
const WINDOW: usize = 20;

/// What happened since the last word of the person.
#[derive(Clone, Debug, Default)]
pub(crate) struct Circles {
    recent: VecDeque<Seen>,
    nudged: Option<EventId>,
}

#[derive(Clone, Debug)]
enum Seen {
    Action {
        print: u64,
        tool: String,
    },
    Result {
        print: u64,
        failed: bool,
        id: EventId,
    },
    Words,
}

/// What a look at the circle says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Fine,
    /// The same call failed again and again: a word of advice, once for that error.
    Nudge {
        tool: String,
        times: usize,
    },
    Stuck,
}

impl Circles {
    pub(crate) fn action(&mut self, print: u64, tool: &str) {
        self.see(Seen::Action {
            print,
            tool: tool.to_owned(),
        });
    }

    pub(crate) fn result(&mut self, print: u64, failed: bool, id: EventId) {
        self.see(Seen::Result { print, failed, id });
    }

    pub(crate) fn agent_words(&mut self) {
        self.see(Seen::Words);
    }

    /// The engine spoke in the person's place: advice on the last error counts as given.
    pub(crate) fn engine_words(&mut self) {
        self.nudged = self.recent.iter().rev().find_map(|seen| match seen {
            Seen::Result { id, .. } => Some(id.clone()),
            Seen::Action { .. } | Seen::Words => None,
        });
    }

    /// The person spoke: everything before does not count.
    pub(crate) fn person_words(&mut self) {
        *self = Self::default();
    }

    fn see(&mut self, seen: Seen) {
        if self.recent.len() == WINDOW {
            self.recent.pop_front();
        }
        self.recent.push_back(seen);
    }

    /// Looks for a circle. A bound of zero looks for none of its kind.
    pub(crate) fn verdict(&self, limits: &StuckThresholds) -> Verdict {
        let actions: Vec<(u64, &str)> = self
            .recent
            .iter()
            .rev()
            .filter_map(|seen| match seen {
                Seen::Action { print, tool } => Some((*print, tool.as_str())),
                Seen::Result { .. } | Seen::Words => None,
            })
            .collect();
        let results: Vec<(u64, bool, &EventId)> = self
            .recent
            .iter()
            .rev()
            .filter_map(|seen| match seen {
                Seen::Result { print, failed, id } => Some((*print, *failed, id)),
                Seen::Action { .. } | Seen::Words => None,
            })
            .collect();
        let action_prints: Vec<u64> = actions.iter().map(|a| a.0).collect();
        let result_prints: Vec<u64> = results.iter().map(|r| r.0).collect();

        let streak = actions
            .iter()
            .zip(&results)
            .take_while(|(a, r)| a.0 == action_prints[0] && r.1)
            .count();
        if same(&action_prints, limits.action_observation)
            && same(&result_prints, limits.action_observation)
            || limits.action_error > 0 && streak > limits.action_error
            || limits.monologue > 0 && self.monologue() >= limits.monologue
            || alternating(&action_prints, limits.alternating_pattern)
                && alternating(&result_prints, limits.alternating_pattern)
        {
            return Verdict::Stuck;
        }
        match (actions.first(), results.first()) {
            (Some((_, tool)), Some((_, _, error)))
                if streak > 0
                    && streak == limits.action_error
                    && self.nudged.as_ref() != Some(*error) =>
            {
                Verdict::Nudge {
                    tool: (*tool).to_owned(),
                    times: streak,
                }
            }
            (_, _) => Verdict::Fine,
        }
    }

    fn monologue(&self) -> usize {
        self.recent
            .iter()
            .rev()
            .take_while(|seen| matches!(seen, Seen::Words))
            .count()
    }
}

fn same(prints: &[u64], times: usize) -> bool {
    times > 0 && prints.len() >= times && prints[..times].iter().all(|print| *print == prints[0])
}

fn alternating(prints: &[u64], times: usize) -> bool {
    times > 2 && prints.len() >= times && (0..times - 2).all(|i| prints[i] == prints[i + 2])
}
