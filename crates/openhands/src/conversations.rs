//! `openhands conversations`: what there is, what was said, copies in and out, and removal.

mod copies;
mod glance;
mod summary;

use std::io::{BufRead as _, IsTerminal as _};
use std::time::Instant;

use domain::{ConversationId, Journal, Log};

use crate::cli::{Conversations, Verb};
use crate::exit::{Exit, Failure};
use crate::render::{self, Line, Look, Painter, Tone};
use crate::session::readable;
use crate::wiring::{House, short};
use crate::{json_output, stdout};

use summary::Summary;

/// How many events are read at once.
const PAGE: usize = 256;

/// Runs `openhands conversations`.
pub fn run(house: &House, args: &Conversations, look: &Look) -> Result<Exit, Failure> {
    let files = house.files()?;
    match &args.verb {
        Verb::List { limit, json } => list(&files, limit.unwrap_or(usize::MAX), *json, look),
        Verb::Show { id, full, json } => {
            let id = house.find(&files, id)?;
            show(&*files.peek(id)?, *full, *json, look)
        }
        Verb::Export { id, to, salvage } => {
            let id = house.find(&files, id)?;
            copies::export(house, &files, id, to, *salvage)
        }
        Verb::Import { from } => copies::import(house, &files, from),
        Verb::Delete { ids, yes } => delete(house, &files, ids, *yes),
    }
}

fn list(journal: &dyn Journal, limit: usize, json: bool, look: &Look) -> Result<Exit, Failure> {
    let all = journal.list()?;
    if all.is_empty() && !json {
        stdout::aside("there is no conversation yet; start one with `openhands run`\n");
    }
    for id in all.into_iter().take(limit) {
        let summary = Summary::read(journal, id);
        let text = if json {
            summary.json()
        } else {
            render::print(&[summary.line(look)], look)
        };
        stdout::write(&text)?;
    }
    Ok(Exit::Finished)
}

fn show(log: &dyn Log, full: bool, json: bool, look: &Look) -> Result<Exit, Failure> {
    let mut painter = Painter::new(*look, summary::workspace(log)).full(full);
    let mut from = 0;
    loop {
        let page = log.read(from, PAGE)?;
        let Some(last) = page.last() else {
            return Ok(Exit::Finished);
        };
        from = last.seq + 1;
        for entry in page {
            if json {
                stdout::write_bytes(&json_output::line(&entry))?;
            } else {
                let event = readable(&entry)?;
                painter.event(&event, Instant::now());
                stdout::write(&painter.take())?;
            }
        }
    }
}

fn delete(
    house: &House,
    journal: &dyn Journal,
    names: &[String],
    yes: bool,
) -> Result<Exit, Failure> {
    // All names are looked up before anything is removed: a typing mistake removes nothing.
    let mut ids: Vec<ConversationId> = Vec::new();
    for name in names {
        let id = house.find(journal, name)?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    if !yes && !agreed(journal, &ids)? {
        stdout::aside("nothing was removed\n");
        return Ok(Exit::Error);
    }
    for id in ids {
        journal.delete(id)?;
        stdout::write(&format!("removed {}\n", short(id)))?;
    }
    Ok(Exit::Finished)
}

fn agreed(journal: &dyn Journal, ids: &[ConversationId]) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage(
            "removing cannot be undone, and nobody is there to ask; say --yes",
        ));
    }
    for id in ids {
        let line = Summary::read(journal, *id).line(&Look::plain());
        stdout::aside(&format!("{}\n", line.text()));
    }
    stdout::aside("Remove for good? [y/N] ");
    let mut answer = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(|error| Failure::error(format!("cannot read the answer: {error}")))?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// A line under a heading, for those who only need to know that it worked.
fn done(what: &str) -> Result<Exit, Failure> {
    let line = Line::new(Tone::Plain, what);
    stdout::write(&render::print(&[line], &Look::plain()))?;
    Ok(Exit::Finished)
}
