//! Reduces litellm's model table to the one this crate is built with.
//!
//! `cargo run -p llm --example reduce -- model_prices_and_context_window_backup.json > crates/llm/data/models.tsv`
//! The input is in the wheel of the Python package `litellm`.

use std::io::Write;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("name the JSON file")?;
    let table = llm::Table::reduce(&std::fs::read_to_string(path)?)?;
    std::io::stdout().write_all(table.as_bytes())?;
    Ok(())
}
