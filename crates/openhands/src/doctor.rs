//! `openhands doctor`: what works on this machine, and what to do about what does not.

mod checks;
mod network;

use crate::cli::Doctor;
use crate::exit::{Exit, Failure};
use crate::render::{self, Line, Look, Tone};
use crate::stdout;
use crate::wiring::House;

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It works.
    Fine,
    /// It works, but something could be better.
    Doubtful,
    /// It does not work.
    Broken,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub what: &'static str,
    /// How it is.
    pub health: Health,
    /// What was found.
    pub found: String,
    /// What to do, if something is to be done.
    pub remedy: String,
}

impl Finding {
    /// It works.
    pub fn fine(what: &'static str, found: impl Into<String>) -> Self {
        Self {
            what,
            health: Health::Fine,
            found: found.into(),
            remedy: String::new(),
        }
    }

    /// Something could be better.
    pub fn doubtful(
        what: &'static str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            what,
            health: Health::Doubtful,
            found: found.into(),
            remedy: remedy.into(),
        }
    }

    /// It does not work.
    pub fn broken(what: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            what,
            health: Health::Broken,
            found: found.into(),
            remedy: remedy.into(),
        }
    }

    fn lines(&self, look: &Look) -> Vec<Line> {
        let (tone, word) = match self.health {
            Health::Fine => (Tone::Good, "ok"),
            Health::Doubtful => (Tone::Warning, "warn"),
            Health::Broken => (Tone::Bad, "fail"),
        };
        let mut lines = vec![
            Line::new(tone, format!("{word:5}"))
                .and(Tone::Strong, format!("{:12}", self.what))
                .and(Tone::Plain, self.found.clone()),
        ];
        if !self.remedy.is_empty() {
            let arrow = " ".repeat(17);
            lines.push(Line::new(Tone::Faint, arrow).and(Tone::Plain, self.remedy.clone()));
        }
        let _ = look;
        lines
    }
}

/// Runs `openhands doctor`.
pub async fn run(house: &House, args: &Doctor, look: &Look) -> Result<Exit, Failure> {
    let mut findings = checks::all(house);
    if args.online {
        findings.push(network::reachable(house).await);
    }
    for finding in &findings {
        stdout::write(&render::print(&finding.lines(look), look))?;
    }
    let broken = count(&findings, Health::Broken);
    let doubtful = count(&findings, Health::Doubtful);
    let (tone, sum) = match (broken, doubtful) {
        (0, 0) => (Tone::Good, "everything works".to_owned()),
        (0, _) => (Tone::Good, format!("works, with {doubtful} to look at")),
        (_, _) => (Tone::Bad, format!("{broken} failed, {doubtful} to look at")),
    };
    stdout::write(&render::print(&[Line::empty(), Line::new(tone, sum)], look))?;
    Ok(if broken == 0 {
        Exit::Finished
    } else {
        Exit::Error
    })
}

fn count(findings: &[Finding], health: Health) -> usize {
    findings
        .iter()
        .filter(|finding| finding.health == health)
        .count()
}
