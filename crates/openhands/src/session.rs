//! `openhands run`: one task, or a conversation in turns. Decides what happens next; shows, asks and reads through others.

mod account;
mod ending;
mod line;
mod opening;
mod question;
mod screen;
mod signals;
mod slash;
mod stage;
mod talk;
mod watch;

use std::io::{IsTerminal as _, Read as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{Command, Status};

use crate::cli;
use crate::exit::{Exit, Failure};
use crate::json_output::Outcome;
use crate::render::{Line, Look, Tone};
use crate::wiring::{House, Rooms, resume_command, short};
use crate::{demo, stdout};

pub use account::Account;
pub use watch::readable;

use line::Lines;
use screen::Screen;
use signals::Signals;
use stage::Stage;
use watch::{Rest, View, Watch};

/// How long a conversation may take to put its things away when everybody leaves.
const FAREWELL: Duration = Duration::from_secs(5);

/// What to do next.
enum Next {
    /// Ask this of the conversation, and watch.
    Do(Vec<Command>),
    /// Ask the person.
    Talk(Mood),
    /// Leave.
    Leave(Exit),
}

/// Why the person is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    /// It is their turn.
    Ready,
    /// They stopped the agent.
    Stopped,
    /// The agent wants to know whether it may.
    Confirm,
}

/// One session.
struct Session<'a> {
    house: &'a House,
    rooms: &'a Rooms,
    stage: Stage,
    view: View,
    signals: Signals,
    lines: Option<Lines>,
    /// The directory it works in.
    workspace: String,
    /// The model it uses.
    model: String,
    /// A task was given: leave when it is done.
    one_shot: bool,
    config_file: Option<PathBuf>,
    /// The agent was asked something in this session.
    worked: bool,
}

/// Runs `openhands run`.
pub async fn run(
    house: &House,
    common: &cli::Common,
    args: &cli::Run,
    look: Look,
) -> Result<Exit, Failure> {
    let person = std::io::stdin().is_terminal() && look.live && !args.json;
    let task = task(args)?;
    if task.is_none() && args.resume.is_none() && !person {
        return Err(Failure::usage(NOBODY_THERE));
    }
    let signals = Signals::listen()?;
    let rooms = house.open(look.live && !args.json)?;
    let (stage, model, demo_instead) = match &args.resume {
        Some(name) => {
            let again = opening::resume(house, &rooms, args, name).await?;
            let watch = Watch::new(&again.conversation, again.news_from);
            (Stage::Open(watch), again.model, false)
        }
        None => {
            let plan = opening::plan(house, &rooms, person && task.is_none())?;
            let model = plan.start.agent.llm.model.clone();
            (
                Stage::Planned(Box::new(plan.start)),
                model,
                plan.demo_instead,
            )
        }
    };
    let workspace = stage.start().workspace.working_dir.clone();
    let screen = if args.json {
        Screen::Json
    } else {
        Screen::text(look, &workspace)
    };
    let mut session = Session {
        house,
        rooms: &rooms,
        stage,
        view: View {
            screen,
            account: Account::default(),
        },
        signals,
        lines: person.then(Lines::new),
        workspace,
        model,
        one_shot: task.is_some() || args.approve || args.reject.is_some(),
        config_file: common.config.clone(),
        worked: false,
    };
    let ended = session.play(args, task, demo_instead).await;
    session.end(ended).await
}

const NOBODY_THERE: &str = "\
there is no task, and no terminal to ask at. Give a task, or - to read it from standard input:

  openhands run \"make the tests pass\"
  echo \"make the tests pass\" | openhands run -";

/// The task as text; nothing if none was given.
fn task(args: &cli::Run) -> Result<Option<String>, Failure> {
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
    async fn play(
        &mut self,
        args: &cli::Run,
        task: Option<String>,
        demo_instead: bool,
    ) -> Result<Exit, Failure> {
        self.greet(demo_instead)?;
        let mut next = self.first(args, task)?;
        loop {
            next = match next {
                Next::Leave(exit) => return Ok(exit),
                Next::Talk(mood) => self.talk(mood).await?,
                Next::Do(commands) => self.work(commands).await?,
            };
        }
    }

    fn greet(&mut self, demo_instead: bool) -> Result<(), Failure> {
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

    /// Says which conversation this is, for whoever wants to come back to it.
    fn name_it(&mut self, word: &str) -> Result<(), Failure> {
        let id = self.stage.id();
        if matches!(self.view.screen, Screen::Json) {
            stdout::aside(&format!("conversation {id}\n"));
            return Ok(());
        }
        let line = Line::new(Tone::Faint, format!("{word} {}", short(id)));
        self.view.screen.say(|_| vec![line])
    }

    /// What a session begins with.
    fn first(&mut self, args: &cli::Run, task: Option<String>) -> Result<Next, Failure> {
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
            Status::Idle
            | Status::Running
            | Status::Paused
            | Status::Error
            | Status::Stuck
            | Status::Deleting => Next::Do(vec![Command::Run]),
        })
    }

    /// Takes in what happened before, so that the session knows where it stands, and says the last words again.
    fn recall(&mut self) -> Result<(), Failure> {
        const BACK: u64 = 500;
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
            if let domain::Body::Message(_) = &event.body
                && event.source == domain::Source::User
            {
                last = Some(event);
            }
        }
        self.view.account.steps = 0;
        if let Some(event) = last {
            self.view.screen.say(|look| {
                let detail = crate::render::Detail::default();
                crate::render::event(&event, look, &detail)
            })?;
        }
        watch.catch_up(&mut self.view)
    }

    /// Asks things of the conversation and watches what comes of it.
    async fn work(&mut self, commands: Vec<Command>) -> Result<Next, Failure> {
        let began = Instant::now();
        self.view.account.steps = 0;
        self.worked = true;
        if self.stage.begin(&self.rooms.conversations).await? {
            self.name_it("conversation")?;
        }
        let Stage::Open(watch) = &mut self.stage else {
            return Ok(Next::Talk(Mood::Ready));
        };
        for command in commands {
            if let Err(error) = watch.conversation().command(command).await {
                return self.refused(error.into());
            }
        }
        let rest = watch.until_rest(&mut self.view, &mut self.signals).await?;
        match rest {
            Rest::Leave(exit) => Ok(Next::Leave(exit)),
            Rest::Stopped(_) if self.lines.is_some() => Ok(Next::Talk(Mood::Stopped)),
            Rest::Stopped(_) => Ok(Next::Leave(Exit::Interrupted)),
            Rest::Settled(Status::WaitingForConfirmation) if self.lines.is_some() => {
                Ok(Next::Talk(Mood::Confirm))
            }
            Rest::Settled(status) => {
                let account = &self.view.account;
                let took = began.elapsed();
                let screen = &mut self.view.screen;
                screen.say(|look| ending::footer(status, account, took, look))?;
                if self.one_shot || self.lines.is_none() {
                    Ok(Next::Leave(ending::exit(status, &self.view.account)))
                } else {
                    Ok(Next::Talk(Mood::Ready))
                }
            }
        }
    }

    /// A command was refused: a person can say something else, a script cannot.
    fn refused(&mut self, failure: Failure) -> Result<Next, Failure> {
        if self.one_shot || self.lines.is_none() {
            return Err(failure);
        }
        self.view.screen.say(|look| {
            vec![Line::new(
                Tone::Bad,
                format!("{} {failure}", look.glyphs.bad),
            )]
        })?;
        Ok(Next::Talk(Mood::Ready))
    }

    /// Puts everything away, and says how to go on if there is something to go on with.
    async fn end(mut self, ended: Result<Exit, Failure>) -> Result<Exit, Failure> {
        // The terminal is given back before anything is written to it.
        self.lines = None;
        let closed = tokio::select! {
            closed = put_away(&mut self.stage, &mut self.view) => closed,
            () = tokio::time::sleep(FAREWELL) => Ok(()),
            _ = self.signals.next() => Ok(()),
        };
        let ended = ended.and_then(|exit| closed.map(|()| exit));
        match ended {
            Ok(exit) => self.last_words(exit, None).map(|()| exit),
            Err(failure) => {
                if self.worked && matches!(self.view.screen, Screen::Json) {
                    self.last_words(failure.exit, Some(&failure))?;
                }
                Err(failure)
            }
        }
    }

    fn last_words(&mut self, exit: Exit, failure: Option<&Failure>) -> Result<(), Failure> {
        let (id, status) = (self.stage.id(), self.stage.status());
        let unfinished = !matches!(exit, Exit::Finished) || status != Status::Finished;
        let resume = resume_command(id, self.config_file.as_deref());
        if matches!(self.view.screen, Screen::Json) {
            let resume = unfinished.then_some(resume);
            let outcome = Outcome::new(id, status, exit, &self.view.account, resume);
            let outcome = outcome.with_failure(failure);
            return stdout::write(&outcome.line());
        }
        // After a hang-up there is nobody left to tell.
        if matches!(exit, Exit::HungUp | Exit::Pipe) || !(self.worked && unfinished) {
            return Ok(());
        }
        self.view.screen.rest()?;
        self.view.screen.say(|_| ending::farewell(&resume))?;
        if exit == Exit::Waiting {
            self.view.screen.say(|_| {
                let how = format!("answer with: {resume} --approve, or --reject \"why not\"");
                vec![Line::new(Tone::Faint, how)]
            })?;
        }
        Ok(())
    }
}

/// Stops what still runs, shows what came of that, and closes the conversation.
async fn put_away(stage: &mut Stage, view: &mut View) -> Result<(), Failure> {
    let Stage::Open(watch) = stage else {
        return Ok(());
    };
    let conversation = Arc::clone(watch.conversation());
    if conversation.glance().status == Status::Running
        && conversation.command(Command::Interrupt).await.is_ok()
    {
        watch.catch_up(view)?;
    }
    Ok(conversation.close().await?)
}

fn accept() -> Command {
    Command::Confirm {
        accept: true,
        reason: String::new(),
    }
}

fn refuse(reason: Option<&str>) -> Command {
    match reason.map(str::trim).filter(|reason| !reason.is_empty()) {
        Some(reason) => Command::Confirm {
            accept: false,
            reason: reason.to_owned(),
        },
        None => Command::reject(),
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
