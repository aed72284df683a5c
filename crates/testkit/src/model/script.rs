//! The language scripts are written in. Knows no dialect and no transport.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::ask::Ask;
use super::fault::{Cause, Failure, Fault, RetryAfter};
use super::reply::{Call, Pace, Reply, Stop, Thought, Used};
use crate::gate::Gate;

/// What a model says, turn by turn.
///
/// Words such as [`says`](Self::says) and [`calls`](Self::calls) add to the turn that is being written;
/// [`then`](Self::then) begins the next one. Faults come before the reply of their turn, one request each, so a client
/// that tries again is answered. A turn with faults and no words ends with its last fault.
///
/// ```
/// use serde_json::json;
/// use testkit::model::Script;
///
/// let script = Script::new()
///     .says("Let me look.")
///     .calls("terminal", json!({"command": "cat notes.txt"}))
///     .then()
///     .fails(429).retry_after(2)
///     .says("Done.");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Script {
    name: String,
    by_history: bool,
    steps: Vec<Step>,
    turn: Option<Turn>,
}

/// A turn, or several turns over and over.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Turn(Arc<Turn>),
    Loop {
        times: Option<u64>,
        body: Arc<[Step]>,
    },
}

/// What the model does when it is asked once (and once more after each fault).
#[derive(Clone, Debug, Default)]
pub(super) struct Turn {
    pub when: Vec<Condition>,
    pub faults: Vec<Fault>,
    pub reply: Option<Reply>,
    pub pace: Pace,
}

/// What must hold of a request.
#[derive(Clone)]
pub(super) struct Condition {
    pub said: String,
    pub holds: Arc<dyn Fn(&Ask) -> bool + Send + Sync>,
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said)
    }
}

/// A script ready to be played.
#[derive(Clone, Debug)]
pub(super) struct Finished {
    pub name: String,
    pub by_history: bool,
    pub steps: Arc<[Step]>,
}

impl Finished {
    /// Whether a request must be read to play it.
    pub fn reads(&self) -> bool {
        fn conditional(step: &Step) -> bool {
            match step {
                Step::Turn(turn) => !turn.when.is_empty(),
                Step::Loop { body, .. } => body.iter().any(conditional),
            }
        }
        self.by_history || self.steps.iter().any(conditional)
    }
}

impl Script {
    /// A script that says nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A script for conversations whose first user message says `SCENARIO:name`; each plays it from the start.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// Its name; empty if it has none.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Finds its place by counting the model's replies in each request, not by remembering: what is asked again is
    /// answered again, and a conversation goes on after a restart of either side.
    #[must_use]
    pub fn by_history(mut self) -> Self {
        self.by_history = true;
        self
    }

    /// Begins the next turn.
    #[must_use]
    pub fn then(mut self) -> Self {
        if let Some(turn) = self.turn.take() {
            self.steps.push(Step::Turn(Arc::new(turn)));
        }
        self
    }

    /// Plays another script so many times.
    #[must_use]
    pub fn repeat(self, times: u64, body: Self) -> Self {
        self.again(Some(times), body)
    }

    /// Plays another script until nobody asks any more.
    #[must_use]
    pub fn forever(self, body: Self) -> Self {
        self.again(None, body)
    }

    fn again(self, times: Option<u64>, body: Self) -> Self {
        let mut script = self.then();
        script.steps.push(Step::Loop {
            times,
            body: body.finish().steps,
        });
        script
    }

    pub(super) fn finish(self) -> Finished {
        let script = self.then();
        Finished {
            name: script.name,
            by_history: script.by_history,
            steps: script.steps.into(),
        }
    }

    fn turn(mut self, f: impl FnOnce(&mut Turn)) -> Self {
        f(self.turn.get_or_insert_default());
        self
    }

    fn reply(self, f: impl FnOnce(&mut Reply)) -> Self {
        self.turn(|turn| f(turn.reply.get_or_insert_default()))
    }
}

/// What the model says.
impl Script {
    /// It says this.
    #[must_use]
    pub fn says(self, text: impl AsRef<str>) -> Self {
        self.reply(|reply| reply.text.get_or_insert_default().push_str(text.as_ref()))
    }

    /// It calls a tool.
    #[must_use]
    pub fn calls(self, tool: impl Into<String>, arguments: Value) -> Self {
        self.reply(|reply| reply.calls.push(Call::new(tool, &arguments)))
    }

    /// It calls a tool with arguments as they stand here, broken or not.
    #[must_use]
    pub fn calls_raw(self, tool: impl Into<String>, arguments: impl Into<String>) -> Self {
        self.reply(|reply| {
            reply.calls.push(Call {
                id: None,
                tool: tool.into(),
                arguments: arguments.into(),
            });
        })
    }

    /// The last call has this id.
    #[must_use]
    pub fn with_id(self, id: impl Into<String>) -> Self {
        self.reply(|reply| {
            if let Some(call) = reply.calls.last_mut() {
                call.id = Some(id.into());
            }
        })
    }

    /// It thinks this before it speaks.
    #[must_use]
    pub fn thinks(self, text: impl Into<String>) -> Self {
        self.reply(|reply| {
            reply.thoughts.push(Thought::Open {
                text: text.into(),
                seal: None,
            });
        })
    }

    /// The last thought has this signature, or this encrypted content.
    #[must_use]
    pub fn sealed(self, with: impl Into<String>) -> Self {
        self.reply(|reply| {
            if let Some(Thought::Open { seal, .. }) = reply.thoughts.last_mut() {
                *seal = Some(with.into());
            }
        })
    }

    /// It thinks something nobody may read.
    #[must_use]
    pub fn thinks_sealed(self, data: impl Into<String>) -> Self {
        self.reply(|reply| reply.thoughts.push(Thought::Sealed(data.into())))
    }

    /// It answers with an empty reply.
    #[must_use]
    pub fn says_nothing(self) -> Self {
        self.reply(|_| {})
    }

    /// It may say no more than this.
    #[must_use]
    pub fn runs_out_of_tokens(self) -> Self {
        self.reply(|reply| reply.stop = Stop::Length)
    }

    /// A filter stops it here.
    #[must_use]
    pub fn is_filtered(self) -> Self {
        self.reply(|reply| reply.stop = Stop::Filtered)
    }

    /// It refuses in these words.
    #[must_use]
    pub fn refuses(self, words: impl Into<String>) -> Self {
        self.reply(|reply| reply.stop = Stop::Refused(words.into()))
    }

    /// It says it took in and gave out so many tokens.
    #[must_use]
    pub fn uses(self, input: u64, output: u64) -> Self {
        self.used(|used| {
            used.input = input;
            used.output = output;
        })
    }

    /// Of what went in, so much was read from the cache and so much written to it.
    #[must_use]
    pub fn caches(self, read: u64, written: u64) -> Self {
        self.used(|used| {
            used.cached = read;
            used.written = written;
        })
    }

    /// Of what came out, so much was reasoning.
    #[must_use]
    pub fn reasons(self, tokens: u64) -> Self {
        self.used(|used| used.reasoning = tokens)
    }

    /// It cost so much, in US dollars; only heard in process.
    #[must_use]
    pub fn costs(self, dollars: f64) -> Self {
        self.used(|used| used.cost = dollars)
    }

    fn used(self, f: impl FnOnce(&mut Used)) -> Self {
        self.reply(|reply| f(&mut reply.used))
    }
}

/// How its reply comes.
impl Script {
    /// It waits so long before each event of a stream, or before the answer.
    #[must_use]
    pub fn slowly(self, delay: Duration) -> Self {
        self.turn(|turn| turn.pace.delay = delay)
    }

    /// Each delta holds so many characters.
    #[must_use]
    pub fn in_pieces_of(self, characters: usize) -> Self {
        self.turn(|turn| turn.pace.piece = characters)
    }

    /// So many bytes are sent at once, wherever that cuts.
    #[must_use]
    pub fn in_packets_of(self, bytes: usize) -> Self {
        self.turn(|turn| turn.pace.packet = Some(bytes.max(1)))
    }

    /// It does not answer before the gate lets it pass.
    #[must_use]
    pub fn waits_at(self, gate: &Gate) -> Self {
        self.turn(|turn| turn.pace.gate = Some(gate.clone()))
    }
}

/// When the turn is taken; otherwise the next one is tried.
impl Script {
    /// Only if a tool answered the last reply with something that holds this.
    #[must_use]
    pub fn when_last_tool_result_contains(self, text: impl Into<String>) -> Self {
        let text = text.into();
        let said = format!("the last tool result contains {text:?}");
        self.when(said, move |ask| {
            ask.last_results().any(|result| result.contains(&text))
        })
    }

    /// Only if the last words of the person hold this.
    #[must_use]
    pub fn when_last_user_message_contains(self, text: impl Into<String>) -> Self {
        let text = text.into();
        let said = format!("the last user message contains {text:?}");
        self.when(said, move |ask| {
            ask.last_user().is_some_and(|user| user.contains(&text))
        })
    }

    /// Only if anything in the request holds this.
    #[must_use]
    pub fn when_asked_with(self, text: impl Into<String>) -> Self {
        let text = text.into();
        let said = format!("the request contains {text:?}");
        self.when(said, move |ask| ask.mentions(&text))
    }

    /// Only if such a tool is on offer.
    #[must_use]
    pub fn when_offered(self, tool: impl Into<String>) -> Self {
        let tool = tool.into();
        let said = format!("the tool {tool:?} is on offer");
        self.when(said, move |ask| ask.tools.contains(&tool))
    }

    /// Only if this holds; `said` names it in messages.
    #[must_use]
    pub fn when(
        self,
        said: impl Into<String>,
        holds: impl Fn(&Ask) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.turn(|turn| {
            turn.when.push(Condition {
                said: said.into(),
                holds: Arc::new(holds),
            });
        })
    }
}

/// How it fails before it answers: one request a fault.
impl Script {
    /// It fails with this.
    #[must_use]
    pub fn faults(self, fault: Fault) -> Self {
        self.turn(|turn| turn.faults.push(fault))
    }

    /// It answers with this status and an error in the provider's words.
    #[must_use]
    pub fn fails(self, status: u16) -> Self {
        self.faults(Fault::Fails(Failure::status(status)))
    }

    /// It answers with the provider's error for this.
    #[must_use]
    pub fn fails_for(self, cause: Cause) -> Self {
        self.faults(Fault::Fails(Failure::of(cause)))
    }

    /// The last error has these words.
    #[must_use]
    pub fn with_words(self, message: impl Into<String>) -> Self {
        self.failure(|failure| failure.message = Some(message.into()))
    }

    /// The last error asks to come back in so many seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        self.retry(RetryAfter::Seconds(seconds))
    }

    /// The last error asks to come back then.
    #[must_use]
    pub fn retry(self, after: RetryAfter) -> Self {
        self.failure(|failure| failure.retry_after = Some(after))
    }

    /// The last fault comes so many times in all.
    #[must_use]
    pub fn times(self, count: usize) -> Self {
        self.turn(|turn| {
            if let Some(fault) = turn.faults.last().cloned() {
                turn.faults
                    .extend(std::iter::repeat_n(fault, count.saturating_sub(1)));
            }
        })
    }

    /// It is cut off after so many events of its stream, or in the middle of its body.
    #[must_use]
    pub fn cuts_after(self, events: usize) -> Self {
        self.faults(Fault::Cuts { after: events })
    }

    /// An error comes inside the stream after so many events.
    #[must_use]
    pub fn breaks_after(self, events: usize) -> Self {
        self.faults(Fault::Breaks {
            after: events,
            failure: Failure::of(Cause::Overloaded),
        })
    }

    /// It falls silent after so many events of its stream.
    #[must_use]
    pub fn stalls_after(self, events: usize) -> Self {
        self.faults(Fault::Stalls { after: events })
    }

    /// It takes the request and never answers.
    #[must_use]
    pub fn hangs(self) -> Self {
        self.faults(Fault::Hangs)
    }

    fn failure(self, f: impl FnOnce(&mut Failure)) -> Self {
        self.turn(|turn| match turn.faults.last_mut() {
            Some(Fault::Fails(failure) | Fault::Breaks { failure, .. }) => f(failure),
            Some(
                Fault::Cuts { .. }
                | Fault::Hangs
                | Fault::Stalls { .. }
                | Fault::HangsUp
                | Fault::Noise
                | Fault::Garbage
                | Fault::Html { .. }
                | Fault::WrongType
                | Fault::LongLine { .. },
            )
            | None => {}
        })
    }
}
