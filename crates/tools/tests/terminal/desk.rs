//! A terminal in a scratch directory, and short ways to use it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use domain::{Secret, TerminalAction, TerminalObservation};
use tempfile::TempDir;
use tools::terminal::{Config, Terminal};

/// A terminal and the directory it works in.
pub struct Desk {
    pub terminal: Terminal,
    pub home: TempDir,
}

/// The usual terminal in a fresh directory, with the environment of the tests.
pub fn config(home: &TempDir) -> Config {
    let mut config = Config::new(home.path());
    config.env = std::env::vars_os().collect();
    config.outputs = Some(home.path().join("outputs"));
    config.nice = None;
    config
}

/// A usual terminal.
pub fn desk() -> Desk {
    with(|_| {})
}

/// A terminal set up otherwise.
pub fn with(change: impl FnOnce(&mut Config)) -> Desk {
    let home = TempDir::new().unwrap();
    let mut config = config(&home);
    change(&mut config);
    Desk {
        terminal: Terminal::new(config),
        home,
    }
}

/// A command to run.
pub fn command(text: &str) -> TerminalAction {
    TerminalAction {
        command: text.to_owned(),
        is_input: false,
        timeout: None,
        reset: false,
    }
}

/// Text or a key to type.
pub fn input(text: &str) -> TerminalAction {
    TerminalAction {
        is_input: true,
        ..command(text)
    }
}

/// A command with a time limit.
pub fn timed(text: &str, seconds: f64) -> TerminalAction {
    TerminalAction {
        timeout: Some(seconds),
        ..command(text)
    }
}

impl Desk {
    /// Carries out an action.
    pub async fn act(&self, action: TerminalAction) -> TerminalObservation {
        self.act_with(action, &[]).await
    }

    /// Carries out an action with secrets.
    pub async fn act_with(
        &self,
        action: TerminalAction,
        env: &[(&str, &str)],
    ) -> TerminalObservation {
        let env: BTreeMap<String, Secret> = env
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Secret::Plain((*value).to_owned())))
            .collect();
        // Nothing here takes long; a terminal that hangs shall fail its test instead of hanging it.
        let run = self.terminal.run(&action, &env, &|_| {});
        tokio::time::timeout(Duration::from_secs(120), run)
            .await
            .unwrap_or_else(|_| panic!("no answer to {action:?}"))
            .unwrap()
    }

    /// Runs a command.
    pub async fn run(&self, text: &str) -> TerminalObservation {
        self.act(command(text)).await
    }

    /// Runs a command and returns what it said.
    pub async fn says(&self, text: &str) -> String {
        self.run(text).await.said()
    }

    /// Types something and returns what came back.
    pub async fn types(&self, text: &str) -> String {
        self.act(input(text)).await.said()
    }

    /// The directory, as the shell would name it.
    pub fn path(&self) -> PathBuf {
        self.home.path().canonicalize().unwrap()
    }
}

/// The output in an observation.
pub trait Said {
    /// The text.
    fn said(&self) -> String;
}

impl Said for TerminalObservation {
    fn said(&self) -> String {
        self.content
            .iter()
            .filter_map(|block| block.as_text())
            .collect()
    }
}
