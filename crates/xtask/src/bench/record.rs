//! BENCHMARKS.md: the table goes between two marks, what people wrote around it stays.

use std::fs;

use anyhow::{Context as _, bail};

use super::{Row, machine, table};
use crate::Root;

const FILE: &str = "BENCHMARKS.md";
const BEGIN: &str = "<!-- figures: written by `cargo xtask bench --write` -->";
const END: &str = "<!-- /figures -->";

/// Puts the table into BENCHMARKS.md, naming the machine.
pub fn write(root: &Root, rows: &[Row]) -> anyhow::Result<()> {
    let path = root.join(FILE);
    let old = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(_) => format!("# Benchmarks\n\n{BEGIN}\n{END}\n"),
    };
    let figures = format!("Machine: {}.\n\n{}", machine(root.path()), table(rows));
    let new = replaced(&old, &figures)?;
    fs::write(&path, new).with_context(|| format!("cannot write {}", path.display()))?;
    println!("written to {FILE}");
    Ok(())
}

/// The text with what stands between the marks replaced.
pub fn replaced(text: &str, figures: &str) -> anyhow::Result<String> {
    let Some((before, rest)) = text.split_once(BEGIN) else {
        bail!("{FILE} lacks the line `{BEGIN}`; put it where the table goes");
    };
    let Some((_, after)) = rest.split_once(END) else {
        bail!("{FILE} lacks the line `{END}` below the table");
    };
    Ok(format!("{before}{BEGIN}\n\n{figures}\n{END}{after}"))
}
