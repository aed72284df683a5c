//! One call from the action to the observation: the rules of the tool, in order.

use std::collections::BTreeMap;

use domain::{CmdOutputMetadata, Content, Secret, TerminalAction, TerminalObservation};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::keeper::{Finished, Keeper};
use super::patience::{Patience, Pause};
use super::running::Running;
use super::script::{self, Errand};
use super::session::Happening;
use super::shell::Shell;
use super::token::token;
use super::waiting::{Waits, waits};
use super::{Fault, keys, surroundings, wording};

/// How much of the time before a machine is taken away a command may use.
const IDLE_SHARE: f64 = 0.9;

impl Keeper {
    /// Carries out one action.
    pub(super) async fn carry_out(
        &mut self,
        action: &TerminalAction,
        env: &BTreeMap<String, Secret>,
        progress: &mpsc::Sender<String>,
    ) -> Result<TerminalObservation, Fault> {
        if let Some(refusal) = self.refusal(action) {
            return Ok(wording::refused(&action.command, refusal));
        }
        self.settle().await?;
        if action.reset {
            return self.reset(action, env, progress).await;
        }
        if self.running.is_some() {
            return self.attend(action, progress).await;
        }
        let command = action.command.trim();
        let asks_for_more = command.is_empty() || action.is_input;
        if asks_for_more && let Some(finished) = self.finished.take() {
            let mut observation = self.conclude(action, finished);
            if !command.is_empty() {
                observation.metadata.suffix.push_str(wording::TOO_LATE);
            }
            return Ok(observation);
        }
        if asks_for_more {
            let text = if command.is_empty() {
                wording::NOTHING_TO_SHOW
            } else {
                wording::NOBODY_LISTENS
            };
            return Ok(self.placed(wording::refused(&action.command, text.to_owned())));
        }
        self.run(action, env, progress).await
    }

    fn refusal(&self, action: &TerminalAction) -> Option<String> {
        if action.reset && action.is_input {
            return Some(wording::RESET_WITH_INPUT.to_owned());
        }
        let timeout = action.timeout?;
        if !timeout.is_finite() || timeout < 0.0 {
            return Some(wording::bad_timeout(timeout));
        }
        let idle = self.config.idle_cap.filter(|idle| *idle > 0.0)?;
        let most = idle * IDLE_SHARE;
        let counts = !action.is_input && !action.command.trim().is_empty() && timeout > most;
        counts.then(|| wording::beyond_idle(timeout, idle, most))
    }

    async fn reset(
        &mut self,
        action: &TerminalAction,
        env: &BTreeMap<String, Secret>,
        progress: &mpsc::Sender<String>,
    ) -> Result<TerminalObservation, Fault> {
        self.renew().await;
        let text = wording::reset(&self.place.folder.to_string_lossy());
        if action.command.trim().is_empty() {
            self.ensure_shell()?;
            let mut observation = self.observation(action, text, Some(0));
            observation.command = Some("[RESET]".to_owned());
            return Ok(observation);
        }
        let mut observation = self.run(action, env, progress).await?;
        let said: String = observation
            .content
            .iter()
            .filter_map(Content::as_text)
            .collect();
        observation.content = vec![Content::text(format!("{text}\n\n{said}"))];
        observation.command = Some(format!("[RESET] {}", action.command));
        Ok(observation)
    }

    /// Runs a new command.
    async fn run(
        &mut self,
        action: &TerminalAction,
        env: &BTreeMap<String, Secret>,
        progress: &mpsc::Sender<String>,
    ) -> Result<TerminalObservation, Fault> {
        let earlier = self
            .finished
            .take()
            .filter(|finished| finished.seen)
            .map(|finished| wording::earlier(finished.code, &finished.text));
        let patience = self.patience(action, true);
        self.ensure_shell()?;
        self.hand_over(&action.command, env);
        let mut pause = self.wait(patience, progress).await?;
        if let Some(unheard) = self.finished.take_if(|finished| !finished.began) {
            // The shell was dead before the command reached it.
            self.notice = unheard.fate.map(|fate| wording::as_notice(&fate));
            self.ensure_shell()?;
            self.hand_over(&action.command, env);
            pause = self.wait(patience, progress).await?;
        }
        let mut observation = self.observe(action, pause);
        let notice = self.notice.take().unwrap_or_default();
        let prefix = &mut observation.metadata.prefix;
        prefix.insert_str(0, &(earlier.unwrap_or_default() + &notice));
        Ok(observation)
    }

    fn hand_over(&mut self, command: &str, env: &BTreeMap<String, Secret>) {
        let Some(session) = &mut self.session else {
            return;
        };
        let env: Vec<(&str, &str)> = env
            .iter()
            .filter(|(name, _)| surroundings::is_name(name))
            .filter_map(|(name, secret)| Some((name.as_str(), secret.expose()?)))
            .collect();
        let secrets = env.iter().map(|(name, _)| (*name).to_owned()).collect();
        let running = Running::new(token(), token(), secrets);
        session.begin();
        let Some(shell) = &mut session.shell else {
            return;
        };
        let dialect = shell.dialect();
        shell.say(&dialect.errand(&Errand {
            command,
            status: self.status,
            env,
            started: &running.started_word,
        }));
        shell.say(&script::question(&running.ended_word));
        self.running = Some(running);
    }

    /// Types into the running command, or waits for more of it, or says that it still runs.
    async fn attend(
        &mut self,
        action: &TerminalAction,
        progress: &mpsc::Sender<String>,
    ) -> Result<TerminalObservation, Fault> {
        let empty = action.command.trim().is_empty();
        // Nobody has a program called `C-c`.
        let key = keys::control(&action.command);
        if !empty && !action.is_input && key.is_none() {
            let mut observation = self.observe(action, Pause::Quiet);
            observation.metadata.suffix = wording::busy(&action.command);
            observation.is_error = true;
            return Ok(observation);
        }
        if !empty {
            self.type_in(&action.command, key);
        } else if let Some(running) = &mut self.running {
            running.touch();
        }
        let patience = self.patience(action, !empty);
        let pause = self.wait(patience, progress).await?;
        Ok(self.observe(action, pause))
    }

    fn type_in(&mut self, input: &str, key: Option<u8>) {
        let (Some(session), Some(running)) = (&mut self.session, &mut self.running) else {
            return;
        };
        running.touch();
        running.key = key;
        if key == Some(keys::INTERRUPT) && session.pty.modes().signals {
            running.pressed(session.foreground());
            session.interrupt();
            return;
        }
        session.type_keys(&keys::typed(input, session.display.keyboard()));
    }

    fn patience(&self, action: &TerminalAction, active: bool) -> Patience {
        Patience {
            since: Instant::now(),
            limit: action.timeout,
            quiet: self.config.soft_timeout,
            longest: self.config.longest_wait,
            active,
        }
    }

    async fn wait(
        &mut self,
        patience: Patience,
        progress: &mpsc::Sender<String>,
    ) -> Result<Pause, Fault> {
        loop {
            self.settle().await?;
            let Some(running) = &mut self.running else {
                self.pass_on_last(progress);
                return Ok(Pause::Ended);
            };
            let screen = self
                .session
                .as_ref()
                .is_some_and(|session| session.display.keyboard().full_screen);
            let end = patience.end(running.touched, screen);
            if let Some((_, pause)) = end.filter(|(at, _)| Instant::now() >= *at) {
                return Ok(pause);
            }
            if self.config.notice_prompts && running.peeks() {
                let seems = self.asks(patience);
                if self
                    .running
                    .as_mut()
                    .is_some_and(|running| running.seems(seems))
                {
                    return Ok(Pause::Asks);
                }
            }
            let peek = self
                .running
                .as_ref()
                .filter(|_| self.config.notice_prompts)
                .map(Running::peek_at);
            let until = [end.map(|(at, _)| at), peek].into_iter().flatten().min();
            if let Happening::Output = self.event(until).await? {
                self.pass_on(progress);
            }
        }
    }

    /// Whether the command waits for somebody to type.
    fn asks(&self, patience: Patience) -> bool {
        let (Some(session), Some(running)) = (&self.session, &self.running) else {
            return false;
        };
        let (Some(shell), Some(group)) = (&session.shell, session.pty.foreground()) else {
            return false;
        };
        if !running.started || session.has_unread_keys() {
            return false;
        }
        let modes = session.pty.modes();
        // Whole lines that are not shown: a password. Its program may be one that we may not look into.
        if modes.lines && !modes.echo {
            return true;
        }
        match waits(shell.pid(), group, session.pty.path()) {
            Waits::Surely => true,
            Waits::Perhaps => {
                patience.active
                    && patience.limit.is_none()
                    && running.is_long_silent()
                    && (!modes.lines || session.display.is_mid_line())
            }
            Waits::No => false,
        }
    }

    fn pass_on(&mut self, progress: &mpsc::Sender<String>) {
        let (Some(session), Some(running)) = (&mut self.session, &mut self.running) else {
            return;
        };
        running.touch();
        tell(progress, session.display.live());
    }

    fn pass_on_last(&mut self, progress: &mpsc::Sender<String>) {
        if let Some(finished) = &mut self.finished {
            tell(progress, std::mem::take(&mut finished.live));
        }
    }

    fn observe(&mut self, action: &TerminalAction, pause: Pause) -> TerminalObservation {
        if let (Pause::Ended, Some(finished)) = (pause, self.finished.take()) {
            return self.conclude(action, finished);
        }
        let (mut text, mut continued) = (String::new(), false);
        if let (Some(session), Some(running)) = (&mut self.session, &mut self.running) {
            text = session.display.report();
            continued = std::mem::replace(&mut running.seen, true);
        }
        let mut observation = self.observation(action, text, Some(-1));
        if let Some(session) = &self.session {
            let shell = session.shell.as_ref().map(Shell::pid);
            let pid = session.foreground().or(shell);
            observation.metadata.pid = pid.map_or(-1, |pid| pid.as_raw_nonzero().get().into());
        }
        if continued {
            observation.metadata.prefix = wording::CONTINUED.to_owned();
        }
        observation.metadata.suffix = match pause {
            Pause::Asks => wording::asking(),
            Pause::Shows => wording::showing(),
            Pause::Long => wording::long(self.config.longest_wait.as_secs_f64()),
            Pause::Late(limit) => wording::late(limit),
            Pause::Quiet | Pause::Ended => wording::quiet(self.config.soft_timeout.as_secs_f64()),
        };
        observation
    }

    /// The observation of a command that has ended.
    fn conclude(&self, action: &TerminalAction, finished: Finished) -> TerminalObservation {
        let mut observation = self.observation(action, finished.text, Some(finished.code));
        if finished.seen {
            observation.metadata.prefix = wording::CONTINUED.to_owned();
        }
        observation.metadata.suffix = wording::completed(finished.code, finished.key);
        if let Some(fate) = finished.fate {
            observation.metadata.suffix.push_str(&fate);
        }
        observation
    }

    fn observation(
        &self,
        action: &TerminalAction,
        text: String,
        code: Option<i64>,
    ) -> TerminalObservation {
        self.placed(TerminalObservation {
            content: vec![Content::text(text)],
            is_error: false,
            command: Some(action.command.clone()),
            exit_code: code,
            timeout: false,
            metadata: CmdOutputMetadata {
                exit_code: code.unwrap_or(-1),
                pid: self.place.pid,
                username: self.user.clone(),
                hostname: self.host.clone(),
                working_dir: Some(self.place.folder.to_string_lossy().into_owned()),
                py_interpreter_path: self.place.python.clone(),
                prefix: String::new(),
                suffix: String::new(),
            },
            full_output_save_dir: None,
        })
    }

    /// Says where long output goes, when there is output.
    fn placed(&self, mut observation: TerminalObservation) -> TerminalObservation {
        let says = |block: &Content| block.as_text().is_some_and(|text| !text.is_empty());
        if observation.content.iter().any(says) {
            observation.full_output_save_dir = self
                .config
                .outputs
                .as_ref()
                .map(|folder| folder.to_string_lossy().into_owned());
        }
        observation
    }
}

/// Tells whoever watches; if that is slower than the command, the observation will have it.
fn tell(progress: &mpsc::Sender<String>, live: String) {
    if !live.is_empty() {
        progress.try_send(live).ok();
    }
}
