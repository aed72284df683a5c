//! What is left out of an archive: patterns as in `.gitignore`, the same for both formats. Reads no file.

use std::sync::Arc;

/// What tools generate, and nobody needs again.
const DEFAULTS: [&str; 13] = [
    ".git/",
    "node_modules/",
    ".venv/",
    "venv/",
    "__pycache__/",
    ".mypy_cache/",
    ".pytest_cache/",
    ".ruff_cache/",
    "dist/",
    "build/",
    ".next/",
    "target/",
    "*.pyc",
];

/// Files below `.git` that may hold credentials.
const CREDENTIALS: [&str; 5] = [
    "config",
    "config.worktree",
    "credentials",
    ".git-credentials",
    "FETCH_HEAD",
];

/// Patterns of what is left out.
#[derive(Clone, Debug)]
pub(super) struct Excludes(Arc<[String]>);

impl Excludes {
    pub(super) fn new(defaults: bool, more: &[String]) -> Self {
        let defaults = if defaults { DEFAULTS.as_slice() } else { &[] };
        let defaults = defaults.iter().map(|&pattern| pattern.to_owned());
        Self(defaults.chain(more.iter().cloned()).collect())
    }

    pub(super) fn patterns(&self) -> &[String] {
        &self.0
    }

    /// Whether a path, given by its parts, is left out. A trailing `/` makes a pattern one of directories only; one with
    /// a `/` inside begins at the root, any other fits at any depth.
    pub(super) fn hold(&self, parts: &[&str], is_directory: bool) -> bool {
        self.0.iter().any(|pattern| {
            let bare = pattern.trim_end_matches('/');
            let directories_only = pattern.ends_with('/');
            if bare.is_empty() {
                return false;
            }
            if bare.contains('/') {
                let wanted: Vec<&str> = bare.split('/').collect();
                let fits = parts.len() >= wanted.len()
                    && wanted
                        .iter()
                        .zip(parts)
                        .all(|(wanted, part)| fits(wanted, part));
                return fits && !(directories_only && !is_directory && parts.len() == wanted.len());
            }
            let able = if directories_only && !is_directory {
                parts.len().saturating_sub(1)
            } else {
                parts.len()
            };
            parts.iter().take(able).any(|part| fits(bare, part))
        })
    }

    /// The same as words for git.
    pub(super) fn pathspecs(&self) -> Vec<String> {
        let mut specs = Vec::new();
        for pattern in self.0.iter() {
            let bare = pattern.trim_end_matches('/');
            if bare.is_empty() {
                continue;
            }
            let anchor = if bare.contains('/') { "" } else { "**/" };
            if !pattern.ends_with('/') {
                specs.push(format!(":(glob,exclude){anchor}{bare}"));
            }
            specs.push(format!(":(glob,exclude){anchor}{bare}/**"));
        }
        specs
    }
}

/// Whether a path leads to credentials that git keeps; they are never packed.
pub(super) fn is_secret(parts: &[&str]) -> bool {
    let Some(at) = parts.iter().position(|part| *part == ".git") else {
        return false;
    };
    let inside = parts.get(at + 1..).unwrap_or_default();
    inside.contains(&"logs") || inside.last().is_some_and(|name| CREDENTIALS.contains(name))
}

/// Whether a name fits a pattern of `*`, `?`, `[a-z]` and `[!a-z]`.
fn fits(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut p, mut n) = (0, 0);
    // Where the last star stood, and how much it has taken.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        if pattern.get(p) == Some(&'*') {
            star = Some((p + 1, n));
            p += 1;
        } else if let Some(next) = one(&pattern, p, name.get(n).copied()) {
            p = next;
            n += 1;
        } else if let Some((behind, taken)) = star {
            star = Some((behind, taken + 1));
            p = behind;
            n = taken + 1;
        } else {
            return false;
        }
    }
    pattern
        .get(p..)
        .unwrap_or_default()
        .iter()
        .all(|c| *c == '*')
}

/// Where the pattern goes on if what stands at `p` fits the character.
fn one(pattern: &[char], p: usize, c: Option<char>) -> Option<usize> {
    let c = c?;
    match pattern.get(p)? {
        '?' => Some(p + 1),
        '[' => match class(pattern, p + 1) {
            Some((inside, next)) => {
                let (not, set) = match inside.split_first() {
                    Some(('!', rest)) => (true, rest),
                    _ => (false, inside),
                };
                (in_set(set, c) != not).then_some(next)
            }
            None => (c == '[').then_some(p + 1),
        },
        plain => (*plain == c).then_some(p + 1),
    }
}

/// What stands in brackets, and where the pattern goes on behind them.
fn class(pattern: &[char], from: usize) -> Option<(&[char], usize)> {
    let first = if pattern.get(from) == Some(&'!') {
        from + 2
    } else {
        from + 1
    };
    let end = (first..pattern.len()).find(|at| pattern.get(*at) == Some(&']'))?;
    Some((pattern.get(from..end)?, end + 1))
}

fn in_set(set: &[char], c: char) -> bool {
    let mut at = 0;
    while let Some(&low) = set.get(at) {
        match (set.get(at + 1), set.get(at + 2)) {
            (Some('-'), Some(&high)) => {
                if (low..=high).contains(&c) {
                    return true;
                }
                at += 3;
            }
            _ => {
                if low == c {
                    return true;
                }
                at += 1;
            }
        }
    }
    false
}

#[cfg(test)]
mod tests;
