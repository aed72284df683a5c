//! What is said to the shell: the lines that run a command and those that ask how it went.
//!
//! The shell reads them from a private socket at its standard input and answers there; programs have the terminal
//! instead, and never see the socket. Knows no process.

use std::path::Path;

/// `_oh_1` says that a command begins, and sets `$?`; `_oh_2` says how it went and where the shell is.
const FUNCTIONS: &str = "\
_oh_1() { \\command printf '\\036%s\\0' \"$1\" >&0; return $2; }
_oh_2() { \\command printf '\\036%s\\0%s\\0%s\\0%s\\0' \"$1\" \"$?\" \"${PWD-}\" \"${PATH-}\" >&0; }
";

/// The longest command that goes into the shell's history.
const HISTORY_LIMIT: usize = 4096;

/// Which shell it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Everything works.
    Bash,
    /// A plain POSIX shell: no history, and `exit` keeps only what is exported.
    Posix,
}

/// What a new shell has to know.
#[derive(Debug)]
pub(super) struct Greeting<'a> {
    /// Where to write what is left to the next shell.
    pub(super) will: &'a Path,
    /// Where an earlier shell's state is to be found.
    pub(super) inheritance: &'a Path,
    /// What bash sources to exit.
    pub(super) leave: &'a Path,
    /// A file to read first.
    pub(super) rc: Option<&'a Path>,
    /// Set when there is such a state: names that are not to come back with it.
    pub(super) restore: Option<&'a [String]>,
}

/// One command on its way to the shell.
#[derive(Debug)]
pub(super) struct Errand<'a> {
    /// What to run.
    pub(super) command: &'a str,
    /// The exit code that `$?` shall begin with.
    pub(super) status: i64,
    /// Variables for this command alone.
    pub(super) env: Vec<(&'a str, &'a str)>,
    /// The word that says it has begun.
    pub(super) started: &'a str,
}

impl Dialect {
    /// Which shell a program is, by its name; nothing for one that speaks another language.
    pub(super) fn of(shell: &Path) -> Option<Self> {
        let name = shell.file_name().unwrap_or_default().to_string_lossy();
        match name.as_ref() {
            "sh" | "ash" | "dash" | "ksh" | "mksh" | "yash" => Some(Self::Posix),
            name => name.starts_with("bash").then_some(Self::Bash),
        }
    }

    /// How it is started: nothing read at the start, no line editing, jobs under control.
    pub(super) fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Bash => &["--noprofile", "--norc", "--noediting", "-i"],
            Self::Posix => &["-i"],
        }
    }

    /// The first lines a shell hears.
    pub(super) fn greeting(self, greeting: &Greeting<'_>) -> String {
        let quoted = |path: &Path| quote(&path.to_string_lossy());
        let (will, leave) = (quoted(greeting.will), quoted(greeting.leave));
        let mut lines = String::new();
        if let Some(rc) = greeting.rc {
            let rc = quoted(rc);
            lines.push_str(&format!("\\command . {rc} <>/dev/tty >/dev/null 2>&1\n"));
        }
        if let Some(forget) = greeting.restore {
            lines.push_str(&format!("\\command . {}\n", quoted(greeting.inheritance)));
            for name in forget {
                lines.push_str(&format!("\\command unset {name}\n"));
            }
        }
        lines.push_str("PS1= PS2=\n\\command unset PROMPT_COMMAND TMOUT\n");
        lines.push_str(FUNCTIONS);
        match self {
            Self::Bash => {
                lines.push_str("set +H +o history\nhistory -c\nunset HISTFILE\nHISTSIZE=1000\n");
                lines.push_str(&keep(&will, "\\command export -p; \\command declare -f"));
                lines.push_str(&format!(
                    "exit() {{ local _oh_code=$?; if ((BASH_SUBSHELL == 0)); then _oh_keep; fi; \
                     \\command . {leave} \"$@\"; builtin exit \"${{@:-$_oh_code}}\"; }}\n"
                ));
            }
            Self::Posix => lines.push_str(&keep(&will, "\\command export -p")),
        }
        lines.push_str("trap _oh_keep EXIT\n");
        lines
    }

    /// The lines that run a command, with the terminal as its input and output.
    pub(super) fn errand(self, errand: &Errand<'_>) -> String {
        let command = quote(errand.command);
        let mut line = String::with_capacity(command.len() + 200);
        if self == Self::Bash && errand.command.len() <= HISTORY_LIMIT {
            line.push_str("\\command history -s -- ");
            line.push_str(&command);
            line.push(';');
        }
        line.push_str(&format!("_oh_1 {} {} && :;", errand.started, errand.status));
        for (name, value) in &errand.env {
            line.push_str(&format!("{name}={} ", quote(value)));
        }
        line.push_str("\\command eval ");
        line.push_str(&command);
        line.push_str(" <>/dev/tty >&0 2>&0\n");
        line
    }
}

/// The line that asks how the command before it went; the answer begins with `word`.
///
/// A signal can make a shell drop the first part of a line it is reading and take the rest for a command. So this one
/// has no quotes that a rest could leave open, and its words are digits, which no program is called.
pub(super) fn question(word: &str) -> String {
    format!("_oh_2 {word}\n")
}

/// Reads the answer to a question: exit code, folder, search path.
pub(super) fn answer<'a>(said: &'a [u8], word: &str) -> Option<[&'a [u8]; 3]> {
    let body = after(said, word)?;
    let mut fields = body.split(|byte| *byte == 0);
    let fields = [
        fields.next()?,
        fields.next()?,
        fields.next()?,
        // What follows the last end mark: the answer is whole.
        fields.next()?,
    ];
    Some([fields[0], fields[1], fields[2]])
}

/// Whether a word was said.
pub(super) fn hears(said: &[u8], word: &str) -> bool {
    after(said, word).is_some()
}

fn after<'a>(said: &'a [u8], word: &str) -> Option<&'a [u8]> {
    let opening = [b"\x1e", word.as_bytes(), b"\0"].concat();
    let at = said
        .windows(opening.len())
        .position(|window| window == opening)?;
    Some(&said[at + opening.len()..])
}

/// A function that writes down where the shell is and what it exports.
fn keep(will: &str, dump: &str) -> String {
    format!(
        "_oh_keep() {{ {{ {{ \\command printf '%s\\0' \"$PWD\"; {dump}; }} >|{will}; }} 2>/dev/null; }}\n"
    )
}

/// The text as one word of the shell; a shell has no way to say a null byte.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\0', "").replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests;
