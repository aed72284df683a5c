//! Pursuing a goal: run after run, until a judge says that it is met or has looked often enough.

use domain::{
    CommandError, Goal, GoalStanding, GoalStatus, GoalVerdict, LlmError, Message, Reply, Status,
};
use serde_json::json;

use super::Task;
use super::asides::Purpose;
use crate::goal;

/// A goal that is pursued.
pub(crate) struct Pursuit {
    objective: String,
    max_iterations: u32,
    /// How often the judge has spoken.
    iteration: u32,
    /// Which question the judge thinks about, if it does.
    look: Option<u64>,
}

impl Task {
    pub(crate) fn goal(&mut self, goal: Goal) -> Result<Reply, CommandError> {
        match goal {
            Goal::Start {
                objective,
                max_iterations,
            } => self.start_goal(objective, max_iterations),
            Goal::Stop => {
                self.give_up_goal();
                Ok(Reply::Done)
            }
            Goal::Resume => self.resume_goal(),
        }
    }

    fn start_goal(
        &mut self,
        objective: String,
        max_iterations: u32,
    ) -> Result<Reply, CommandError> {
        if objective.trim().is_empty() {
            let why = "Goal objective must not be empty.";
            return Err(CommandError::Invalid(why.to_owned()));
        }
        if max_iterations == 0 {
            let why = "max_iterations must be >= 1.";
            return Err(CommandError::Invalid(why.to_owned()));
        }
        self.free_for_goal()?;
        let words = objective.clone();
        self.pursuit = Some(Pursuit {
            objective,
            max_iterations,
            iteration: 0,
            look: None,
        });
        self.go_for_goal(words, None)
    }

    fn resume_goal(&mut self) -> Result<Reply, CommandError> {
        let last = self.state().goal.clone();
        let over = |goal: &GoalStatus| {
            matches!(goal.status, GoalStanding::Complete | GoalStanding::Capped)
        };
        let Some(last) = last.filter(|goal| !over(goal)) else {
            let why = "there is no goal to go on with: none was started, or it is over";
            return Err(CommandError::Invalid(why.to_owned()));
        };
        self.free_for_goal()?;
        let max_iterations = last.max_iterations.max(1);
        self.pursuit = Some(Pursuit {
            objective: last.objective.clone(),
            max_iterations,
            // One more look is always left.
            iteration: last.iteration.min(max_iterations - 1),
            look: None,
        });
        self.go_for_goal(goal::RESUMED.to_owned(), None)
    }

    fn free_for_goal(&self) -> Result<(), CommandError> {
        if self.pursuit.is_some() || self.state().status() == Status::Running {
            let why = "Conversation run or goal loop already running.";
            return Err(CommandError::Conflict(why.to_owned()));
        }
        Ok(())
    }

    /// Lets everybody see how the goal stands, and sets the agent to work on it.
    fn go_for_goal(
        &mut self,
        words: String,
        verdict: Option<GoalVerdict>,
    ) -> Result<Reply, CommandError> {
        self.ready().map_err(|reason| {
            self.pursuit = None;
            CommandError::Invalid(reason)
        })?;
        self.show_goal(GoalStanding::Running, verdict);
        self.say(Message::user(words), None, true)?;
        Ok(Reply::Done)
    }

    fn show_goal(&mut self, status: GoalStanding, verdict: Option<GoalVerdict>) {
        if let Some(pursuit) = &self.pursuit {
            let shown = GoalStatus {
                active: status == GoalStanding::Running,
                status,
                iteration: pursuit.iteration,
                max_iterations: pursuit.max_iterations,
                objective: pursuit.objective.clone(),
                verdict,
            };
            self.scribe.update("goal", json!(shown));
        }
    }

    fn end_goal(&mut self, status: GoalStanding, verdict: Option<GoalVerdict>) {
        self.show_goal(status, verdict);
        self.pursuit = None;
        self.commit();
    }

    /// Nobody pursues the goal any more; it can be taken up again. A run that is under way goes on.
    pub(crate) fn give_up_goal(&mut self) {
        if self.pursuit.is_some() {
            self.end_goal(GoalStanding::Interrupted, None);
        }
    }

    /// Gives up a goal that nothing else is done for than to judge it.
    pub(crate) fn give_up_judging(&mut self) {
        if self.pursuit.as_ref().is_some_and(|p| p.look.is_some()) {
            self.give_up_goal();
        }
    }

    /// A goal that was pursued when its task ended is pursued by nobody.
    pub(crate) fn reconcile_goal(&mut self) {
        let last = self.state().goal.clone();
        if let Some(last) = last.filter(|goal| goal.active) {
            let stale = GoalStatus {
                active: false,
                status: GoalStanding::Interrupted,
                verdict: None,
                ..GoalStatus::clone(&last)
            };
            self.scribe.update("goal", json!(stale));
        }
    }

    /// Asks the judge once a run for the goal has come to its end.
    pub(crate) async fn pursue(&mut self) {
        if self.pursuit.as_ref().is_none_or(|p| p.look.is_some()) {
            return;
        }
        let status = self.state().status();
        match status {
            // The person has a say first.
            Status::Running | Status::WaitingForConfirmation | Status::Idle | Status::Deleting => {}
            Status::Paused | Status::Error => self.give_up_goal(),
            // The judge knows better than who only counts repetitions.
            Status::Finished | Status::Stuck => self.ask_judge().await,
        }
    }

    async fn ask_judge(&mut self) {
        let Some(pursuit) = &mut self.pursuit else {
            return;
        };
        self.looks += 1;
        pursuit.look = Some(self.looks);
        let objective = self.scribe.masked(&pursuit.objective);
        let asked = match (self.prompt().await, self.equipment.llm()) {
            (Ok(history), Ok(llm)) => {
                let window = llm.features().max_input_tokens;
                let prompt = goal::prompt(&objective, &history.messages, window);
                let purpose = Purpose::Judge(self.looks);
                self.ask_aside(None, prompt, purpose).is_ok()
            }
            (Err(_), _) | (_, Err(_)) => false,
        };
        if !asked {
            self.give_up_goal();
        }
    }

    /// Takes in what the judge said, if anybody still wants to know.
    pub(crate) fn absorb_verdict(&mut self, look: u64, said: Result<String, LlmError>) {
        let Some(pursuit) = self.pursuit.as_mut().filter(|p| p.look == Some(look)) else {
            return;
        };
        pursuit.look = None;
        let said = match said {
            Ok(said) => said,
            Err(error) => {
                tracing::warn!(%error, "the judge of a goal did not answer");
                return self.give_up_goal();
            }
        };
        let verdict = goal::verdict(&said);
        pursuit.iteration += 1;
        if verdict.complete {
            self.end_goal(GoalStanding::Complete, Some(verdict));
        } else if pursuit.iteration >= pursuit.max_iterations {
            self.end_goal(GoalStanding::Capped, Some(verdict));
        } else {
            let words = goal::follow_up(pursuit.iteration, &verdict);
            if self.go_for_goal(words, Some(verdict)).is_err() {
                self.give_up_goal();
            }
            self.commit();
        }
    }
}
