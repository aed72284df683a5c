//! Which shell a command needs. Starts nothing.

use std::fs::File;
use std::path::{Path, PathBuf};

use tokio::process::Command;

/// What sets a program free from the terminal that we were started in, so that it cannot stop to read from it.
const FREE: &str = "/usr/bin/setsid";

/// The shell for commands that say nothing a shell would have to understand: it starts in half the time.
const PLAIN: &str = "/bin/sh";

/// Words that are commands of bash alone, or that shells understand differently.
const WORDS: [&str; 73] = [
    ".",
    "[",
    "alias",
    "bg",
    "bind",
    "break",
    "builtin",
    "caller",
    "case",
    "cd",
    "command",
    "compgen",
    "complete",
    "compopt",
    "continue",
    "coproc",
    "declare",
    "dirs",
    "disown",
    "do",
    "done",
    "echo",
    "elif",
    "else",
    "enable",
    "esac",
    "eval",
    "exec",
    "export",
    "fc",
    "fg",
    "fi",
    "for",
    "function",
    "getopts",
    "hash",
    "help",
    "history",
    "if",
    "in",
    "jobs",
    "kill",
    "let",
    "local",
    "logout",
    "mapfile",
    "popd",
    "printf",
    "pushd",
    "read",
    "readarray",
    "readonly",
    "return",
    "select",
    "set",
    "shift",
    "shopt",
    "source",
    "suspend",
    "test",
    "then",
    "time",
    "times",
    "trap",
    "type",
    "typeset",
    "ulimit",
    "umask",
    "unalias",
    "unset",
    "until",
    "wait",
    "while",
];

/// The shells of commands.
#[derive(Clone, Debug)]
pub(crate) struct Shells {
    whole: PathBuf,
    plain: Option<PathBuf>,
    free: Option<PathBuf>,
}

impl Shells {
    /// `whole` for everything, and a faster one where it makes no difference.
    pub(crate) fn new(whole: PathBuf, environment: &[(String, String)]) -> Self {
        // What bash is told to do at its start, or to know, another shell would not do or know.
        let told = |name: &str| name == "BASH_ENV" || name.starts_with("BASH_FUNC_");
        let told = environment.iter().any(|(name, _)| told(name));
        let is_bash = whole.ends_with("bash");
        let plain = Path::new(PLAIN);
        Self {
            plain: (is_bash && !told && plain.exists()).then(|| plain.to_owned()),
            whole,
            free: free(),
        }
    }

    /// The shell for a command, not started yet, as the leader of a group of its own.
    pub(crate) fn start(&self, command: &str) -> Command {
        let shell = match &self.plain {
            Some(plain) if is_plain(command) => plain,
            Some(_) | None => &self.whole,
        };
        if let Some(free) = &self.free {
            let mut program = Command::new(free);
            program.arg(shell);
            return program;
        }
        let mut program = Command::new(shell);
        program.process_group(0);
        program
    }

    /// The name of the shell for people.
    pub(crate) fn name(&self) -> &str {
        self.whole.to_str().unwrap_or("the shell")
    }
}

/// The program that sets others free, if there is a terminal to be freed from.
fn free() -> Option<PathBuf> {
    let free = Path::new(FREE);
    let bound = File::open("/dev/tty").is_ok();
    (bound && free.exists()).then(|| free.to_owned())
}

/// Whether a command is a program's name and plain words.
fn is_plain(command: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || " _-./,:@%+".contains(c);
    let first = command.split(' ').find(|word| !word.is_empty());
    command.chars().all(plain) && first.is_some_and(|word| !WORDS.contains(&word))
}

#[cfg(test)]
mod tests;
