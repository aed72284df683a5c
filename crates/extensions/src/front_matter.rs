//! Markdown with named values above it; knows no kind of extension.

use crate::yaml::{self, NotYaml, Yaml};

/// A Markdown file taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    values: Yaml,
    /// The text below, without the blank lines around it.
    pub body: String,
}

impl Page {
    /// Takes a file apart. One without values, or with an unfinished block of them, is all body.
    pub fn parse(text: &str) -> Result<Self, NotYaml> {
        let text = text.trim();
        let Some((above, body)) = split(text) else {
            return Ok(Self {
                values: Yaml::Map(Vec::new()),
                body: text.to_owned(),
            });
        };
        // Where a tab after a colon is refused, it is taken for the blank that was meant.
        let read = yaml::parse(above).or_else(|error| match above.contains(":\t") {
            true => yaml::parse(&above.replace(":\t", ": ")),
            false => Err(error),
        })?;
        let values = read.pairs().map(<[_]>::to_vec).unwrap_or_default();
        Ok(Self {
            values: Yaml::Map(values),
            body: body.trim().to_owned(),
        })
    }

    /// The value of a name, if it is given; null is given.
    pub fn get(&self, name: &str) -> Option<&Yaml> {
        self.values.get(name)
    }

    /// The value of a name, if it is given and not null.
    pub fn some(&self, name: &str) -> Option<&Yaml> {
        self.get(name).filter(|value| **value != Yaml::Null)
    }

    /// All names and values, in order.
    pub fn pairs(&self) -> impl Iterator<Item = (&Yaml, &Yaml)> {
        let pairs = self.values.pairs().unwrap_or_default();
        pairs.iter().map(|(name, value)| (name, value))
    }

    /// Whether every name is a text.
    pub fn is_named(&self) -> bool {
        self.pairs().all(|(name, _)| matches!(name, Yaml::Text(_)))
    }
}

/// What stands between the first two fences, and what follows.
fn split(text: &str) -> Option<(&str, &str)> {
    let first = text.lines().next().filter(|line| is_fence(line))?;
    let above = &text[first.len()..];
    let mut at = 0;
    for line in above.split_inclusive('\n') {
        if at > 0 && is_fence(line) {
            return Some((&above[..at], &above[at + line.len()..]));
        }
        at += line.len();
    }
    None
}

fn is_fence(line: &str) -> bool {
    let line = line.trim_end();
    line.len() >= 3 && line.bytes().all(|b| b == b'-')
}

#[cfg(test)]
mod tests;
