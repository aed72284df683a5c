//! When to try again. Knows no provider and no failure but the wait it asks for.

use std::time::Duration;

use domain::LlmSpec;

/// How often, and after which waits.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    attempts: u32,
    multiplier: f64,
    shortest: f64,
    longest: f64,
}

/// A provider that asks for more is not waited for.
const PATIENCE: Duration = Duration::from_mins(10);

impl Schedule {
    pub fn new(spec: &LlmSpec) -> Self {
        Self {
            attempts: spec.num_retries.max(1),
            multiplier: spec.retry_multiplier.max(0.0),
            shortest: seconds(spec.retry_min_wait),
            longest: seconds(spec.retry_max_wait.max(spec.retry_min_wait)),
        }
    }

    /// The wait after so many failed attempts, or none if it is time to give up. What the provider asks for counts
    /// more than the schedule.
    pub fn wait(&self, failed: u32, asked: Option<Duration>) -> Option<Duration> {
        if failed >= self.attempts {
            return None;
        }
        if let Some(asked) = asked {
            return (asked <= PATIENCE).then_some(asked);
        }
        let exponent = i32::try_from(failed.saturating_sub(1)).unwrap_or(i32::MAX);
        let wait = self.multiplier * 2.0_f64.powi(exponent);
        Some(Duration::from_secs_f64(
            wait.clamp(self.shortest, self.longest),
        ))
    }
}

#[expect(clippy::cast_precision_loss, reason = "waits are far below 2^52 s")]
fn seconds(n: u64) -> f64 {
    n.min(86_400) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(spec: &LlmSpec) -> Vec<f64> {
        let schedule = Schedule::new(spec);
        let waits = (1..).map_while(|n| schedule.wait(n, None));
        waits.map(|d| d.as_secs_f64()).collect()
    }

    #[test]
    fn waits_double_between_their_bounds() {
        let mut spec = LlmSpec::default();
        assert_eq!(waits(&spec), [8.0, 16.0, 32.0, 64.0]);
        spec.num_retries = 7;
        assert_eq!(waits(&spec), [8.0, 16.0, 32.0, 64.0, 64.0, 64.0]);
        spec.retry_multiplier = 0.5;
        (spec.retry_min_wait, spec.num_retries) = (1, 4);
        assert_eq!(waits(&spec), [1.0, 1.0, 2.0]);
        for none in [0, 1] {
            spec.num_retries = none;
            assert!(waits(&spec).is_empty());
        }
        spec.num_retries = 2;
        (spec.retry_min_wait, spec.retry_max_wait) = (9, 3);
        assert_eq!(waits(&spec), [9.0]);
        spec.retry_multiplier = f64::NAN;
        assert_eq!(waits(&spec), [9.0]);
    }

    #[test]
    fn the_provider_knows_better_but_not_without_end() {
        let schedule = Schedule::new(&LlmSpec::default());
        let asked = |s| schedule.wait(1, Some(Duration::from_secs(s)));
        assert_eq!(asked(1), Some(Duration::from_secs(1)));
        assert_eq!(asked(300), Some(Duration::from_secs(300)));
        assert_eq!(asked(3600), None);
        assert_eq!(schedule.wait(5, Some(Duration::ZERO)), None);
    }
}
