//! The person's turn: words for the agent, an answer to its question, or a slash command.

use domain::{Command, ConfirmationPolicy, LlmSpec, Setting, Status};

use super::line::Line as Typed;
use super::question::{self, Answer};
use super::signals::Sent;
use super::slash::{self, COMMANDS, Slash};
use super::{Mood, Next, Session, accept, opening, refuse};
use crate::demo;
use crate::exit::{Exit, Failure};
use crate::render::{Line, Tone, money, thousands, usage};
use crate::wiring::key_variables;

/// What came from the person.
enum Turn {
    Words(String),
    Interrupted,
    End,
    Leave(Exit),
}

impl Session<'_> {
    /// Asks the person until they said what to do.
    pub(super) async fn talk(&mut self, mood: Mood) -> Result<Next, Failure> {
        match mood {
            Mood::Ready => self.their_turn().await,
            Mood::Stopped => self.after_stop().await,
            Mood::Confirm => self.may_i().await,
        }
    }

    async fn their_turn(&mut self) -> Result<Next, Failure> {
        let mut warned = false;
        self.say(Line::empty())?;
        loop {
            let words = match self.ask("> ").await {
                Turn::Words(words) => words,
                Turn::Leave(exit) => return Ok(Next::Leave(exit)),
                Turn::End => return Ok(Next::Leave(Exit::Finished)),
                Turn::Interrupted if warned => return Ok(Next::Leave(Exit::Interrupted)),
                Turn::Interrupted => {
                    warned = true;
                    self.say(Line::new(Tone::Faint, "Ctrl-C again leaves, /exit too"))?;
                    continue;
                }
            };
            warned = false;
            if let Some(next) = self.heed(&words).await? {
                return Ok(next);
            }
        }
    }

    async fn after_stop(&mut self) -> Result<Next, Failure> {
        self.say(Line::new(
            Tone::Warning,
            "Stopped. Say how to go on, press Enter to go on as before, or Ctrl-C to leave.",
        ))?;
        loop {
            match self.ask("> ").await {
                Turn::Words(words) if words.trim().is_empty() => {
                    return Ok(Next::Do(vec![Command::Run]));
                }
                Turn::Words(words) => {
                    if let Some(next) = self.heed(&words).await? {
                        return Ok(next);
                    }
                }
                Turn::Interrupted | Turn::End => return Ok(Next::Leave(Exit::Interrupted)),
                Turn::Leave(exit) => return Ok(Next::Leave(exit)),
            }
        }
    }

    async fn may_i(&mut self) -> Result<Next, Failure> {
        let question = question::question(&self.view.account);
        self.say(Line::empty())?;
        self.say(question)?;
        if let Some(lines) = &self.lines {
            lines.forget_typed();
        }
        loop {
            let words = match self.ask(question::PROMPT).await {
                Turn::Words(words) => words,
                Turn::Leave(exit) => return Ok(Next::Leave(exit)),
                Turn::Interrupted | Turn::End => return Ok(Next::Leave(Exit::Interrupted)),
            };
            match question::read(&words) {
                None => {}
                Some(Answer::Yes) => return Ok(Next::Do(vec![accept()])),
                Some(Answer::Always) => {
                    let never = Setting::ConfirmationPolicy(ConfirmationPolicy::NeverConfirm);
                    return Ok(Next::Do(vec![Command::Update(never), accept()]));
                }
                Some(Answer::No(reason)) => {
                    return Ok(Next::Do(vec![refuse(reason.as_deref()), Command::Run]));
                }
            }
        }
    }

    async fn ask(&mut self, prompt: &str) -> Turn {
        let Some(lines) = &mut self.lines else {
            return Turn::End;
        };
        tokio::select! {
            biased;
            sent = self.signals.next() => match sent {
                Sent::Interrupt => Turn::Interrupted,
                Sent::End(exit) => Turn::Leave(exit),
            },
            typed = lines.read(prompt) => match typed {
                Typed::Text(words) => Turn::Words(words),
                Typed::Interrupted => Turn::Interrupted,
                Typed::End => Turn::End,
            },
        }
    }

    /// Does what a line asks for; nothing if the person is to be asked again.
    async fn heed(&mut self, words: &str) -> Result<Option<Next>, Failure> {
        if let Some(command) = slash::parse(words) {
            return match command {
                Ok(command) => self.obey(command).await,
                Err(advice) => {
                    self.say(Line::new(Tone::Bad, advice))?;
                    Ok(None)
                }
            };
        }
        let words = words.trim();
        if !words.is_empty() {
            self.view.screen.typed();
            return Ok(Some(Next::Do(vec![Command::say(words)])));
        }
        let fresh = !self.stage.spoken();
        if fresh && self.model == demo::NAME {
            return Ok(Some(Next::Do(vec![Command::say(demo::TASK)])));
        }
        Ok(None)
    }

    async fn obey(&mut self, command: Slash) -> Result<Option<Next>, Failure> {
        match command {
            Slash::Exit => return Ok(Some(Next::Leave(Exit::Finished))),
            Slash::Help => {
                for (typed, about) in COMMANDS {
                    let line = Line::new(Tone::Strong, format!("{typed:20}"));
                    self.say(line.and(Tone::Plain, *about))?;
                }
                self.say(Line::new(
                    Tone::Faint,
                    "Everything else is for the agent. A backslash at the end of a line goes on with the next one.",
                ))?;
            }
            Slash::Status => self.show_status()?,
            Slash::Cost => self.show_cost()?,
            Slash::Model(None) => {
                let model = self.model.clone();
                self.say(Line::new(Tone::Plain, model))?;
            }
            Slash::Model(Some(model)) => self.switch_model(&model).await?,
            Slash::Confirm(None) => {
                let start = self.stage.start();
                let asks = start.confirmation_policy != ConfirmationPolicy::NeverConfirm;
                let word = if asks { "on" } else { "off" };
                self.say(Line::new(Tone::Plain, word))?;
            }
            Slash::Confirm(Some(on)) => {
                let (policy, analyzer) = if on {
                    (opening::careful(), Some(opening::analyzer()))
                } else {
                    (ConfirmationPolicy::NeverConfirm, None)
                };
                self.change(Setting::ConfirmationPolicy(policy)).await?;
                self.change(Setting::SecurityAnalyzer(analyzer)).await?;
            }
        }
        Ok(None)
    }

    async fn change(&mut self, setting: Setting) -> Result<(), Failure> {
        match self.stage.change(setting).await {
            Ok(()) => Ok(()),
            Err(error) => self.say(Line::new(Tone::Bad, error.to_string())),
        }
    }

    async fn switch_model(&mut self, model: &str) -> Result<(), Failure> {
        let spec = match self.spec(model) {
            Ok(spec) => spec,
            Err(failure) => return self.say(Line::new(Tone::Bad, failure.message)),
        };
        self.model.clone_from(&spec.model);
        self.change(Setting::Llm(Box::new(spec))).await?;
        self.say(Line::new(Tone::Faint, format!("{model} from now on")))
    }

    /// The settings for another model: those that are set, with the key of its own provider.
    fn spec(&self, model: &str) -> Result<LlmSpec, Failure> {
        let config = &self.house.config;
        let same = config.model().is_some_and(|now| now == model);
        let mut spec = config.llm()?;
        spec.stream = true;
        model.clone_into(&mut spec.model);
        if !same {
            let variables = key_variables(model);
            let key = variables.iter().find_map(|name| self.house.env.get(name));
            let key = key.map(|key| key.trim().into());
            spec.api_key = key.or(spec.api_key);
        }
        opening::check(&self.rooms.workshop, &spec)?;
        Ok(spec)
    }

    fn show_status(&mut self) -> Result<(), Failure> {
        let start = self.stage.start();
        let asks = match start.confirmation_policy {
            ConfirmationPolicy::NeverConfirm => "never",
            ConfirmationPolicy::AlwaysConfirm => "always",
            ConfirmationPolicy::ConfirmRisky { .. } => "before anything risky",
        };
        let budget = start.max_budget_per_run;
        let rows = [
            ("conversation", self.stage.id().to_string()),
            ("status", described(self.stage.status()).to_owned()),
            ("model", self.model.clone()),
            ("directory", self.workspace.clone()),
            ("events", thousands(self.stage.events())),
            ("asks", asks.to_owned()),
            ("step limit", thousands(u64::from(start.max_iterations))),
            ("budget", budget.map_or("none".to_owned(), money)),
        ];
        self.table(&rows)
    }

    fn show_cost(&mut self) -> Result<(), Failure> {
        let stats = self.stage.stats();
        self.view.screen.say(|look| {
            let mut lines = Vec::new();
            for (id, metrics) in &stats.usage_to_metrics {
                let alone = domain::Stats {
                    usage_to_metrics: [(id.clone(), metrics.clone())].into(),
                };
                let name = format!("{:20}", metrics.model_name);
                lines.push(Line::new(Tone::Strong, name).and(Tone::Plain, usage(&alone, look)));
            }
            let sum = Line::new(Tone::Strong, format!("{:20}", "together"));
            lines.push(sum.and(Tone::Plain, usage(&stats, look)));
            lines
        })
    }

    fn table(&mut self, rows: &[(&str, String)]) -> Result<(), Failure> {
        for (name, value) in rows {
            let line = Line::new(Tone::Faint, format!("{name:14}"));
            self.say(line.and(Tone::Plain, value.clone()))?;
        }
        Ok(())
    }

    fn say(&mut self, line: Line) -> Result<(), Failure> {
        self.view.screen.say(|_| vec![line])
    }
}

/// A status in the words of a person.
pub fn described(status: Status) -> &'static str {
    match status {
        Status::Idle => "idle",
        Status::Running => "working",
        Status::Paused => "stopped by you",
        Status::WaitingForConfirmation => "waiting for your word",
        Status::Finished => "finished",
        Status::Error => "stopped by an error",
        Status::Stuck => "stopped: going in circles",
        Status::Deleting => "being removed",
    }
}
