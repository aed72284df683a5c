//! Names that somebody may have meant. Knows no provider's habits.

use super::providers;
use crate::table::{Table, stem};

/// Up to three models that can be used and are named much like this one, nearest first.
pub(crate) fn near(model: &str, table: &Table) -> Vec<String> {
    let wanted = model.trim().to_lowercase();
    let bar = 1 + wanted.len() / 4;
    let mut found: Vec<(usize, String)> = table
        .names()
        .filter_map(|(name, provider)| usable(name, provider))
        .filter_map(|name| {
            let lower = name.to_lowercase();
            let off = if wanted.contains('/') {
                distance(&lower, &wanted)
            } else {
                distance(stem(&lower), &wanted)
            };
            (off <= bar).then_some((off, name))
        })
        .collect();
    found.sort_by(|(a, x), (b, y)| (a, x.len(), x).cmp(&(b, y.len(), y)));
    found.dedup();
    found.into_iter().take(3).map(|(_, name)| name).collect()
}

/// The prefix of a provider that is named much like this one.
pub(crate) fn near_prefix(prefix: &str) -> Option<&'static str> {
    let prefix = prefix.to_lowercase();
    let names = providers().iter().map(|p| p.name);
    let best = names.min_by_key(|name| distance(name, &prefix))?;
    (distance(best, &prefix) <= 1 + prefix.len() / 3).then_some(best)
}

/// The name with its provider in front, if that provider can be used.
fn usable(name: &str, provider: &str) -> Option<String> {
    providers().iter().find(|p| p.name == provider)?;
    let prefixed = name
        .split_once('/')
        .is_some_and(|(prefix, _)| prefix.eq_ignore_ascii_case(provider));
    Some(if prefixed {
        name.to_owned()
    } else {
        format!("{provider}/{name}")
    })
}

/// How many letters have to be put, taken or changed.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
