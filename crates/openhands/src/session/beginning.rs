//! How a session begins: the task as it was given, the greeting, and what to do first.

use std::io::Read as _;

use domain::{Body, Command, Source, Status};

use super::stage::Stage;
use super::watch::readable;
use super::{Mood, Next, Session, accept, question, refuse};
use crate::exit::{Exit, Failure};
use crate::render::{self, Detail, Line, Tone};
use crate::{cli, demo, stdout};

/// How many events are looked at again when a conversation is taken up.
const BACK: u64 = 500;

/// What to say when there is neither a task nor a person.
pub const NOBODY_THERE: &str = "\
there is no task, and no terminal to ask at. Give a task, or - to read it from standard input:

  openhands run \"make the tests pass\"
  echo \"make the tests pass\" | openhands run -";

/// The task as text; nothing if none was given.
pub fn task(args: &cli::Run) -> Result<Option<String>, Failure> {
    let text = match args.task.as_deref() {
        None => return Ok(None),
        Some("-") => {
            let mut text = String::new();
            std::io::stdin()
                .read_to_string(&mut text)
                .map_err(|error| {
                    Failure::usage(format!("cannot read the task from standard input: {error}"))
                })?;
            text
        }
        Some(text) => text.to_owned(),
    };
    if text.trim().is_empty() {
        return Err(Failure::usage(
            "the task is empty; say what the agent should do",
        ));
    }
    Ok(Some(text))
}

impl Session<'_> {
    pub(super) fn greet(&mut self, demo_instead: bool) -> Result<(), Failure> {
        let (model, workspace) = (&self.model, &self.workspace);
        self.view.screen.say(|look| {
            let dot = look.glyphs.dot;
            let name = format!("OpenHands {}", env!("CARGO_PKG_VERSION"));
            let mut lines = vec![
                Line::new(Tone::Strong, name)
                    .and(Tone::Faint, format!("{dot}{model}{dot}{workspace}")),
            ];
            if demo_instead {
                lines.extend(self::demo_instead());
            }
            lines
        })
    }

    /// What a session begins with.
    pub(super) fn first(&mut self, args: &cli::Run, task: Option<String>) -> Result<Next, Failure> {
        let status = self.stage.status();
        if args.resume.is_some() {
            self.name_it("conversation again")?;
            self.recall()?;
        }
        let waiting = status == Status::WaitingForConfirmation;
        if (args.approve || args.reject.is_some()) && !waiting {
            return Err(Failure::usage(
                "nothing waits for confirmation in this conversation; leave out --approve and --reject",
            ));
        }
        if args.approve {
            return Ok(Next::Do(vec![accept()]));
        }
        if let Some(reason) = &args.reject {
            return Ok(Next::Do(vec![refuse(Some(reason)), Command::Run]));
        }
        if let Some(task) = task {
            return Ok(Next::Do(vec![Command::say(task)]));
        }
        if args.resume.is_none() {
            return Ok(Next::Talk(Mood::Ready));
        }
        self.go_on(status)
    }

    /// What to do with a conversation that was taken up without a word.
    fn go_on(&mut self, status: Status) -> Result<Next, Failure> {
        let begun = self.stage.spoken();
        let person = self.lines.is_some();
        Ok(match status {
            Status::WaitingForConfirmation => {
                let (account, root) = (&self.view.account, &self.workspace);
                let screen = &mut self.view.screen;
                screen.say(|look| question::waiting(account, look, root))?;
                // There is something to come back to, though nothing was asked now.
                self.worked = true;
                if person {
                    Next::Talk(Mood::Confirm)
                } else {
                    Next::Leave(Exit::Waiting)
                }
            }
            Status::Finished | Status::Idle if person => Next::Talk(Mood::Ready),
            Status::Finished => {
                stdout::aside("openhands: the conversation is finished; give it a new task\n");
                Next::Leave(Exit::Finished)
            }
            _ if !begun && person => Next::Talk(Mood::Ready),
            _ if !begun => {
                return Err(Failure::usage(
                    "nothing was asked in this conversation yet; give it a task",
                ));
            }
            // It works on its server already: there is nothing to do but to watch.
            Status::Running => Next::Do(Vec::new()),
            Status::Idle | Status::Paused | Status::Error | Status::Stuck | Status::Deleting => {
                Next::Do(vec![Command::Run])
            }
        })
    }

    /// Takes in what happened before, so that the session knows where it stands, and says the last words again.
    fn recall(&mut self) -> Result<(), Failure> {
        let Stage::Open(watch) = &mut self.stage else {
            return Ok(());
        };
        let log = watch.conversation().log();
        let news = watch.shown();
        let from = news.saturating_sub(BACK);
        let count = usize::try_from(news - from).unwrap_or(usize::MAX);
        let mut last = None;
        for entry in log.read(from, count)? {
            let event = readable(&entry)?;
            self.view.account.take(&event);
            if let Body::Message(_) = &event.body
                && event.source == Source::User
            {
                last = Some(event);
            }
        }
        self.view.account.steps = 0;
        if let Some(event) = last {
            self.view.screen.say(|look| {
                let detail = Detail::default();
                render::event(&event, look, &detail)
            })?;
        }
        watch.catch_up(&mut self.view)
    }
}

fn demo_instead() -> Vec<Line> {
    vec![
        Line::empty(),
        Line::new(
            Tone::Warning,
            "No model is set up, so you talk with the demo: a scripted model that works offline.",
        ),
        Line::new(
            Tone::Plain,
            format!("Press Enter and watch it work (\"{}\").", demo::TASK),
        ),
        Line::new(
            Tone::Faint,
            "For a real model set a key, such as ANTHROPIC_API_KEY or OPENAI_API_KEY; `openhands run --help` tells more.",
        ),
    ]
}
