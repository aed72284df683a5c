//! What can be typed after `openhands`, and the help that teaches it. Reads nothing but the arguments.

mod help;

use std::path::PathBuf;

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

/// An AI software engineer that works in your directory with a real terminal and a real editor
#[derive(Debug, Parser)]
#[command(
    name = "openhands",
    version,
    after_help = help::TOP,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub struct Cli {
    /// What to do; without one, an interactive session is opened in this directory
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Options of every command
    #[command(flatten)]
    pub common: Common,
}

/// Options of every command.
#[derive(Args, Clone, Debug, Default)]
pub struct Common {
    /// Read settings from this file instead of ~/.openhands/config.toml
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    pub config: Option<PathBuf>,
    /// When to use colours: auto (on a terminal, unless NO_COLOR is set), always or never
    #[arg(
        long,
        hide_possible_values = true,
        global = true,
        value_name = "WHEN",
        default_value_t,
        hide_default_value = true,
        value_enum,
        help_heading = "Everywhere"
    )]
    pub color: Color,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl std::fmt::Display for Color {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        })
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Give the agent a task, or talk with it
    Run(Box<Run>),
    /// Open OpenHands in the browser: the web interface and its server on one port
    Serve(Serve),
    /// Serve conversations over HTTP and WebSockets, as the agent server that OpenHands clients expect
    Agent(Agent),
    /// List, show, copy and remove conversations
    #[command(visible_alias = "conv")]
    Conversations(Conversations),
    /// Check what works on this machine, and say what to do about what does not
    Doctor(Doctor),
    /// Show what is set, and from where
    Config(ShowConfig),
}

/// Give the agent a task, or talk with it.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = help::RUN)]
pub struct Run {
    /// What to do; `-` reads it from standard input, and without it a session opens
    #[arg(value_name = "TASK", allow_hyphen_values = false)]
    pub task: Option<String>,
    /// Which model, and how to reach it
    #[command(flatten)]
    pub model: Model,
    /// Work in this directory [default: the current one]
    #[arg(short, long, value_name = "DIR")]
    pub workspace: Option<PathBuf>,
    /// Go on with a conversation: its id, the beginning of its id, or `last`
    #[arg(long, value_name = "ID")]
    pub resume: Option<String>,
    /// Work on this agent server instead of here; its session key is read from OPENHANDS_SERVER_KEY
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
    /// Ask before anything risky is done
    #[arg(long)]
    pub confirm: bool,
    /// With --resume: carry out what waits for confirmation, and go on
    #[arg(long, requires = "resume", conflicts_with = "reject")]
    pub approve: bool,
    /// With --resume: refuse what waits for confirmation, and go on
    #[arg(long, requires = "resume", value_name = "REASON")]
    pub reject: Option<String>,
    /// Stop after this many steps [default: 500]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_iterations: Option<u32>,
    /// Stop once this many US dollars are spent
    #[arg(long, value_name = "USD", value_parser = dollars)]
    pub budget: Option<f64>,
    /// Print one JSON event a line instead, and a result line at the end
    #[arg(long)]
    pub json: bool,
}

/// Open OpenHands in the browser: the web interface and its server on one port
#[derive(Args, Clone, Debug)]
#[command(after_help = help::SERVE)]
pub struct Serve {
    /// Listen on this address; pages from elsewhere are asked for the session key
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub host: Option<String>,
    /// Listen on this port; 0 takes a free one
    #[arg(short, long, value_name = "PORT", default_value_t = 3000)]
    pub port: u16,
    /// Do not open the browser
    #[arg(long)]
    pub no_browser: bool,
}

/// Serve conversations over HTTP and WebSockets, as the agent server that OpenHands clients expect
#[derive(Args, Clone, Debug)]
#[command(after_help = help::AGENT)]
pub struct Agent {
    /// Listen on this address [default: 127.0.0.1, or 0.0.0.0 once there is a session key]
    #[arg(long, value_name = "ADDRESS")]
    pub host: Option<String>,
    /// Listen on this port; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 8000)]
    pub port: u16,
}

/// Which model, and how to reach it.
#[derive(Args, Clone, Debug, Default)]
pub struct Model {
    /// The model, such as `anthropic/claude-sonnet-5-5`, `gpt-5.6`, `ollama/qwen3`, or `demo` to look around offline
    #[arg(short, long, value_name = "MODEL")]
    pub model: Option<String>,
    /// The key (others can see it in the process list; LLM_API_KEY is the better place)
    #[arg(long, value_name = "KEY")]
    pub api_key: Option<String>,
    /// Where the model is, for servers of your own
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
}

/// List, show, copy and remove conversations
#[derive(Args, Debug)]
#[command(after_help = help::CONVERSATIONS)]
pub struct Conversations {
    /// What to do with them
    #[command(subcommand)]
    pub verb: Verb,
}

/// What can be done with conversations.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// The conversations there are, newest first
    #[command(after_help = help::LIST)]
    List {
        /// Show at most this many
        #[arg(short, long, value_name = "N")]
        limit: Option<usize>,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// What was said and done
    #[command(after_help = help::SHOW)]
    Show {
        /// Its id, the beginning of its id, or `last`
        id: String,
        /// Do not shorten outputs and diffs
        #[arg(long)]
        full: bool,
        /// The events as they are stored, one a line
        #[arg(long)]
        json: bool,
    },
    /// Write a conversation to a directory that the Python OpenHands can open
    #[command(after_help = help::EXPORT)]
    Export {
        /// Its id, the beginning of its id, or `last`
        id: String,
        /// Where to; a directory named after the conversation is made in it
        #[arg(value_name = "DIR", default_value = ".")]
        to: PathBuf,
        /// Save what can still be read of a damaged conversation
        #[arg(long)]
        salvage: bool,
    },
    /// Take over a conversation that the Python OpenHands wrote
    #[command(after_help = help::IMPORT)]
    Import {
        /// Its directory: the one that holds base_state.json and events/
        #[arg(value_name = "DIR")]
        from: PathBuf,
    },
    /// Remove conversations for good
    #[command(after_help = help::DELETE)]
    Delete {
        /// Their ids, or the beginnings of their ids
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
}

/// Check what works on this machine, and say what to do about what does not
#[derive(Args, Debug)]
#[command(after_help = help::DOCTOR)]
pub struct Doctor {
    /// Which model, and how to reach it
    #[command(flatten)]
    pub model: Model,
    /// Also see whether the model's server can be reached
    #[arg(long)]
    pub online: bool,
}

/// Show what is set, and from where
#[derive(Args, Debug)]
#[command(after_help = help::CONFIG)]
pub struct ShowConfig {
    /// Which model, and how to reach it
    #[command(flatten)]
    pub model: Model,
    /// Also show what is left at its default
    #[arg(long)]
    pub all: bool,
    /// One JSON object
    #[arg(long)]
    pub json: bool,
}

/// The whole command line, for tests and for whoever documents it.
pub fn command() -> clap::Command {
    Cli::command()
}

fn dollars(text: &str) -> Result<f64, String> {
    match text.trim_start_matches('$').parse::<f64>() {
        Ok(value) if value.is_finite() && value > 0.0 => Ok(value),
        Ok(_) | Err(_) => Err("give an amount above zero, such as 0.50".to_owned()),
    }
}

#[cfg(test)]
mod tests;
