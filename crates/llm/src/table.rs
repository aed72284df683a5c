//! What is known of models without asking: limits, abilities and prices. Knows no wire and no network.
//!
//! The data is a sorted text compiled into the program and searched in place: nothing is parsed, unpacked or held in
//! memory until a model is looked up, and then only its one line.

mod entry;
mod families;
mod names;
mod search;

use std::collections::BTreeMap;

use serde_json::Value;

pub use entry::{Model, Price, Tier};
pub(crate) use names::stem;

/// Reduced from the model table of litellm; see `data/NOTICE`.
const BUILT_IN: &str = include_str!("../data/models.tsv");

/// Why a table of models could not be used.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// It is not the JSON of a table: correct the file.
    #[error("the model table is not a JSON object of models: {0}")]
    Shape(String),
    /// One of its models cannot be read: correct that entry.
    #[error("the model table's entry for `{name}` is not usable: {reason}")]
    Entry {
        /// The model.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Prices, limits and abilities of models, by name.
#[derive(Clone, Debug, Default)]
pub struct Table {
    overrides: BTreeMap<String, Model>,
}

impl Table {
    /// The table with some models changed or added, in the JSON that litellm uses: `{"<model>": {"max_input_tokens":
    /// .., "input_cost_per_token": ..}}`. What an entry leaves out stays as it was.
    pub fn with_override(mut self, json: &str) -> Result<Self, TableError> {
        for (name, model) in parse(json)? {
            let known = self.exact(&name).unwrap_or_default();
            self.overrides.insert(name, model.or(known));
        }
        Ok(self)
    }

    /// What is known of a model: by its full name, by ever shorter forms of it or, failing that, by its family.
    pub fn find(&self, name: &str) -> Option<Model> {
        let forms = names::forms(name);
        let listed = forms.iter().find_map(|form| self.exact(form));
        listed.or_else(|| families::guess(name))
    }

    /// Every name of the table, with its provider; in no useful order.
    pub fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        let built_in = BUILT_IN.lines().filter_map(|line| {
            let mut cells = line.split('\t');
            Some((cells.next()?, cells.next().unwrap_or_default()))
        });
        let own = self.overrides.iter();
        built_in.chain(own.map(|(name, model)| (name.as_str(), model.provider.as_str())))
    }

    fn exact(&self, name: &str) -> Option<Model> {
        let name = name.to_lowercase();
        let own = self.overrides.get(&name).cloned();
        own.or_else(|| search::line(BUILT_IN, &name).and_then(Model::parse))
    }

    /// Reduces the JSON of litellm's table to the sorted text this crate is built with.
    pub fn reduce(json: &str) -> Result<String, TableError> {
        let mut lines: Vec<(String, String)> = parse_as_written(json)?
            .into_iter()
            .filter(|(_, model)| !model.provider.is_empty())
            .map(|(name, model)| (name.to_lowercase(), model.line(&name)))
            .collect();
        lines.sort();
        let mut text = String::new();
        for (_, line) in lines {
            text.push_str(&line);
            text.push('\n');
        }
        Ok(text)
    }
}

fn parse(json: &str) -> Result<Vec<(String, Model)>, TableError> {
    let models = parse_as_written(json)?;
    let lower = models.into_iter().map(|(n, m)| (n.to_lowercase(), m));
    Ok(lower.collect())
}

fn parse_as_written(json: &str) -> Result<Vec<(String, Model)>, TableError> {
    let table: BTreeMap<String, Value> =
        serde_json::from_str(json).map_err(|e| TableError::Shape(e.to_string()))?;
    let mut models = Vec::new();
    for (name, entry) in table {
        if name == "sample_spec" || !entry::talks(&entry) {
            continue;
        }
        match Model::from_json(&entry) {
            Ok(model) => models.push((name, model)),
            Err(reason) => return Err(TableError::Entry { name, reason }),
        }
    }
    Ok(models)
}

#[cfg(test)]
mod tests;
