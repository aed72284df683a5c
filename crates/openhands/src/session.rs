//! `openhands run`: one task, or a conversation in turns. Decides what happens next; shows, asks and reads through others.

mod account;
mod beginning;
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

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::time::Instant;

use domain::{Command, Status};

use crate::cli;
use crate::exit::{Exit, Failure};
use crate::render::{Line, Look, Tone};
use crate::wiring::{House, Rooms, short};
use crate::{remote, stdout};

pub use account::Account;
pub use watch::readable;

use line::Lines;
use screen::Screen;
use signals::Signals;
use stage::Stage;
use watch::{Rest, View, Watch};

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
    let task = beginning::task(args)?;
    if task.is_none() && args.resume.is_none() && !person {
        return Err(Failure::usage(beginning::NOBODY_THERE));
    }
    let signals = Signals::listen()?;
    let live = look.live && !args.json;
    let rooms = match &args.server {
        Some(server) => remote::open(house, server, live)?,
        None => house.open(live)?,
    };
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

    /// Asks things of the conversation and watches what comes of it.
    async fn work(&mut self, commands: Vec<Command>) -> Result<Next, Failure> {
        let began = Instant::now();
        self.view.account.steps = 0;
        self.worked = true;
        if self.stage.begin(&*self.rooms.conversations).await? {
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
