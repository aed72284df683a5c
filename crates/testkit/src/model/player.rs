//! One conversation's place in a script. Knows no transport.

use std::sync::Arc;

use super::ask::Ask;
use super::fault::Fault;
use super::script::{Finished, Step, Turn};

/// What to do with one request.
#[derive(Clone, Debug)]
pub(super) struct Play {
    pub script: Arc<str>,
    /// Which reply of the conversation it is, from 0.
    pub number: u64,
    pub fault: Option<Fault>,
    pub turn: Arc<Turn>,
}

/// A script that has nothing to say to a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RanOut {
    /// It is at its end.
    #[error(
        "the script {script:?} ran out at turn {turn}: it was asked once more than it has turns; add a turn, or end it with `forever`"
    )]
    End {
        /// The script.
        script: String,
        /// The turn it was asked for, from 1.
        turn: u64,
    },
    /// No turn of its loop fits.
    #[error(
        "the script {script:?} ran out at turn {turn}: no turn left fits the request ({tried})"
    )]
    NoFit {
        /// The script.
        script: String,
        /// The turn it was asked for, from 1.
        turn: u64,
        /// The conditions that did not hold.
        tried: String,
    },
    /// There is no script for the conversation.
    #[error("there is no script {0:?}, and no script without a name to take its place")]
    NoScript(String),
}

/// A place in a script.
#[derive(Debug)]
pub(super) struct Player {
    script: Finished,
    name: Arc<str>,
    frames: Vec<Frame>,
    replies: u64,
    pending: Option<(Arc<Turn>, usize)>,
}

#[derive(Debug)]
struct Frame {
    steps: Arc<[Step]>,
    at: usize,
    /// How many more passes; nothing means without end.
    left: Option<u64>,
    /// Whether a turn was taken since the pass began: a pass without one would never end.
    taken: bool,
}

impl Player {
    pub fn new(script: Finished) -> Self {
        let name = script.name.as_str().into();
        let frames = vec![Frame::new(&script.steps, Some(0))];
        Self {
            script,
            name,
            frames,
            replies: 0,
            pending: None,
        }
    }

    /// What to do with the next request.
    pub fn next(&mut self, ask: &Ask) -> Result<Play, RanOut> {
        if self.script.by_history && ask.replies() != self.replies {
            self.seek(ask);
        }
        let (turn, attempt) = match self.pending.take() {
            Some(pending) => pending,
            None => (self.advance(ask)?, 0),
        };
        let number = self.replies;
        let fault = turn.faults.get(attempt).cloned();
        let last = attempt + 1 >= turn.faults.len() && turn.reply.is_none();
        if fault.is_none() {
            self.replies += 1;
        } else if !last {
            self.pending = Some((Arc::clone(&turn), attempt + 1));
        }
        Ok(Play {
            script: Arc::clone(&self.name),
            number,
            fault,
            turn,
        })
    }

    /// Goes to the place after as many replies as the history holds.
    fn seek(&mut self, ask: &Ask) {
        *self = Self::new(self.script.clone());
        for number in 0..ask.replies() {
            let past = ask.before_reply(number);
            while let Ok(turn) = self.advance(&past) {
                if turn.reply.is_some() {
                    break;
                }
            }
            self.replies += 1;
        }
    }

    fn advance(&mut self, ask: &Ask) -> Result<Arc<Turn>, RanOut> {
        let mut refused: Vec<String> = Vec::new();
        while let Some(frame) = self.frames.last_mut() {
            let Some(step) = frame.steps.get(frame.at).cloned() else {
                if !frame.rewind() {
                    self.frames.pop();
                }
                continue;
            };
            frame.at += 1;
            match step {
                Step::Turn(turn) => match turn.when.iter().find(|c| !(c.holds)(ask)) {
                    Some(condition) => refused.push(condition.said.clone()),
                    None => {
                        self.frames.iter_mut().for_each(|frame| frame.taken = true);
                        return Ok(turn);
                    }
                },
                Step::Loop { times: Some(0), .. } => {}
                Step::Loop { times, body } => {
                    let left = times.map(|times| times - 1);
                    self.frames.push(Frame::new(&body, left));
                }
            }
        }
        Err(self.ran_out(refused))
    }

    fn ran_out(&self, mut refused: Vec<String>) -> RanOut {
        let script = self.script.name.clone();
        let turn = self.replies + 1;
        if refused.is_empty() {
            return RanOut::End { script, turn };
        }
        refused.dedup();
        let tried = refused
            .iter()
            .map(|said| format!("not {said}"))
            .collect::<Vec<_>>()
            .join(", ");
        RanOut::NoFit {
            script,
            turn,
            tried,
        }
    }
}

impl Frame {
    fn new(steps: &Arc<[Step]>, left: Option<u64>) -> Self {
        Self {
            steps: Arc::clone(steps),
            at: 0,
            left,
            taken: false,
        }
    }

    /// Begins the next pass, if there is one and the last was not in vain.
    fn rewind(&mut self) -> bool {
        if !self.taken || self.left == Some(0) {
            return false;
        }
        self.left = self.left.map(|left| left - 1);
        self.at = 0;
        self.taken = false;
        true
    }
}

#[cfg(test)]
mod tests;
