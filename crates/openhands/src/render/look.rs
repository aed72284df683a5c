//! What the terminal can show: colours, width, and which signs. Decided once, from the environment.

use std::io::IsTerminal as _;

use crate::cli::Color;
use crate::environment::Environment;

/// What the terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Whether colours are wanted.
    pub color: bool,
    /// Whether someone watches: spinners and live text make sense.
    pub live: bool,
    /// How wide it is; nothing where lines are not to be broken.
    pub width: Option<usize>,
    /// Which signs to use.
    pub glyphs: Glyphs,
}

/// Signs that not every terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyphs {
    /// Before the person's words.
    pub person: &'static str,
    /// Before something done with a tool other than the terminal.
    pub deed: &'static str,
    /// Before output.
    pub gutter: &'static str,
    /// It went well.
    pub good: &'static str,
    /// It went wrong.
    pub bad: &'static str,
    /// Something is missing here.
    pub more: &'static str,
    /// Between two facts on one line.
    pub dot: &'static str,
    /// What stands in for a task by how far it is: to do, in progress, done.
    pub tasks: [&'static str; 3],
    /// The pictures of a spinner.
    pub spinner: &'static [&'static str],
}

const UNICODE: Glyphs = Glyphs {
    person: "\u{203a}",
    deed: "\u{25cf}",
    gutter: "\u{2502} ",
    good: "\u{2713}",
    bad: "\u{2717}",
    more: "\u{2026}",
    dot: " \u{b7} ",
    tasks: ["\u{25cb}", "\u{25d0}", "\u{25cf}"],
    spinner: &[
        "\u{280b}", "\u{2819}", "\u{2839}", "\u{2838}", "\u{283c}", "\u{2834}", "\u{2826}",
        "\u{2827}", "\u{2807}", "\u{280f}",
    ],
};

const ASCII: Glyphs = Glyphs {
    person: ">",
    deed: "*",
    gutter: "| ",
    good: "ok",
    bad: "failed:",
    more: "...",
    dot: ", ",
    tasks: ["[ ]", "[~]", "[x]"],
    spinner: &["-", "\\", "|", "/"],
};

impl Look {
    /// For a pipe or a file: no colours, no width, nothing that moves.
    pub fn plain() -> Self {
        Self {
            color: false,
            live: false,
            width: None,
            glyphs: UNICODE,
        }
    }

    /// For standard output as it is.
    pub fn of_stdout(color: Color, env: &Environment) -> Self {
        let stdout = std::io::stdout();
        let dumb = env.get("TERM").is_none_or(|term| term == "dumb");
        let live = stdout.is_terminal() && !dumb;
        Self {
            color: match color {
                Color::Auto => live && env.get("NO_COLOR").is_none(),
                Color::Always => true,
                Color::Never => false,
            },
            live,
            width: if live { columns_of_stdout() } else { None },
            glyphs: if speaks_unicode(env) { UNICODE } else { ASCII },
        }
    }

    /// How wide the terminal is now; windows change.
    pub fn current_width(&self) -> Option<usize> {
        columns_of_stdout().or(self.width)
    }

    /// The width to write in; wide enough for anything where lines are not to be broken.
    pub fn columns(&self) -> usize {
        self.width.unwrap_or(usize::MAX)
    }
}

fn columns_of_stdout() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

/// Whether the locale is one of UTF-8. Without any locale at all, most terminals still are.
pub fn speaks_unicode(env: &Environment) -> bool {
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| env.get(name))
        .is_none_or(|locale| {
            let locale = locale.to_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_locale_that_is_set_decides() {
        for (env, unicode) in [
            (vec![], true),
            (vec![("LANG", "en_US.UTF-8")], true),
            (vec![("LANG", "C")], false),
            (vec![("LANG", "C"), ("LC_ALL", "C.utf8")], true),
            (vec![("LC_ALL", ""), ("LC_CTYPE", "POSIX")], false),
        ] {
            let environment: Environment = env
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            assert_eq!(speaks_unicode(&environment), unicode, "{env:?}");
        }
    }
}
