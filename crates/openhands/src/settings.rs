//! `openhands config`: what is set, and from where.

use serde_json::json;

use crate::cli::ShowConfig;
use crate::exit::{Exit, Failure};
use crate::render::{self, Line, Look, Tone};
use crate::stdout;
use crate::wiring::House;

/// Runs `openhands config`.
pub fn run(house: &House, args: &ShowConfig, look: &Look) -> Result<Exit, Failure> {
    let text = if args.json {
        as_json(house, args.all)
    } else {
        render::print(&as_lines(house, args.all), look)
    };
    stdout::write(&text)?;
    Ok(Exit::Finished)
}

fn as_json(house: &House, all: bool) -> String {
    let config = &house.config;
    let value = json!({
        "home": { "value": config.home.display().to_string(), "source": config.home_source.to_string() },
        "file": { "path": config.file.display().to_string(), "exists": config.file_exists },
        "settings": config.rows(all),
        "warnings": config.warnings,
    });
    format!("{value:#}\n")
}

fn as_lines(house: &House, all: bool) -> Vec<Line> {
    let config = &house.config;
    let there = if config.file_exists {
        ""
    } else {
        " (not there)"
    };
    let mut lines = vec![
        pair(
            "home",
            &config.home.display().to_string(),
            &config.home_source.to_string(),
        ),
        pair("file", &format!("{}{there}", config.file.display()), ""),
        Line::empty(),
    ];
    let rows = config.rows(all);
    if rows.is_empty() {
        lines.push(Line::new(
            Tone::Plain,
            "Nothing is set: no key, no model. `openhands config --help` shows how; `--all` shows every setting.",
        ));
    }
    for row in &rows {
        let value = match row.value.as_str() {
            Some(text) => text.to_owned(),
            None if row.value.is_null() => "(none)".to_owned(),
            None => row.value.to_string(),
        };
        let source = match row.source.as_str() {
            "default" => format!("default; {}", row.variable),
            source => source.to_owned(),
        };
        lines.push(pair(row.name, &value, &source));
    }
    lines
}

fn pair(name: &str, value: &str, source: &str) -> Line {
    let line = Line::new(Tone::Strong, format!("{name:32}")).and(Tone::Plain, value);
    if source.is_empty() {
        line
    } else {
        line.and(Tone::Faint, format!("  ({source})"))
    }
}
