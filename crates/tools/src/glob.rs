//! The `glob` tool: which files have a name. Knows no shell and changes nothing.

use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

use domain::{Annotations, Content, GlobAction, GlobObservation, Parameters, ToolSpec};
use globset::{GlobBuilder, GlobMatcher};
use serde_json::json;

use crate::walk::{Found, Stop, Walk};

static PARAMETERS: LazyLock<Parameters> = LazyLock::new(|| {
    let schema = json!({
        "type": "object",
        "properties": {
            "pattern": {
                "type": "string",
                "description": "The pattern of the names to look for.",
            },
            "path": {
                "type": "string",
                "description": "The directory to search, as an absolute path (optional; the project if left out).",
            },
        },
        "required": ["pattern"],
    });
    schema.into()
});

/// The tool as models and clients see it, in a workspace.
pub(crate) fn spec(workspace: &Path) -> ToolSpec {
    ToolSpec {
        name: "glob".to_owned(),
        description: format!(
            "Finds files by their names and lists their paths, the newest first, at most 100.

- `*` and `?` stay within one directory, `**` spans many, `{{a,b}}` is either: `**/*.js`, `src/**/*.{{ts,tsx}}`, `test_*.py`.
- A pattern without a slash is looked for at every depth.
- Hidden files are found only by patterns that name them (`.github/**`); what .gitignore names only when nothing else fits.

The search starts in {} unless `path` or an absolute pattern says otherwise.",
            workspace.display()
        )
        .into(),
        parameters: PARAMETERS.clone(),
        annotations: Some(Annotations {
            title: Some("glob".to_owned()),
            read_only_hint: true,
            destructive_hint: false,
            idempotent_hint: true,
            open_world_hint: false,
        }),
        kind: "GlobTool".to_owned(),
        action_kind: "GlobAction".to_owned(),
        observation_kind: "GlobObservation".to_owned(),
    }
}

/// Does what is asked, or says why not; blocks until it is done or stopped.
pub(crate) fn run(
    workspace: &Path,
    home: Option<&Path>,
    action: &GlobAction,
    stop: &Stop,
) -> GlobObservation {
    let asked = workspace.join(action.path.as_deref().unwrap_or_default());
    let aim = Aim::take(&asked, home, &action.pattern);
    let place = real(&aim.place);
    let result = if place.is_dir() {
        aim.search(stop)
    } else {
        Err(format!(
            "Search path '{}' is not a valid directory",
            place.display()
        ))
    };
    let place = place.display().to_string();
    let (text, found, is_error) = match result {
        Ok(found) => (report(&found, &place, action), found, false),
        Err(refusal) => (refusal, Found::default(), true),
    };
    GlobObservation {
        content: vec![Content::text(text)],
        is_error,
        truncated: found.more || found.cut,
        files: found.files,
        pattern: action.pattern.clone(),
        search_path: place,
    }
}

fn report(found: &Found, place: &str, action: &GlobAction) -> String {
    let pattern = &action.pattern;
    found.report(
        &format!("matching pattern '{pattern}' in '{place}'"),
        &format!("No files found matching pattern '{pattern}' in directory '{place}'"),
    )
}

fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// A pattern, taken apart.
#[derive(Debug, PartialEq)]
struct Aim {
    /// The directory that is said to be searched.
    place: PathBuf,
    /// The directory below which anything can fit: starting there saves a walk, and reaches what git ignores.
    start: PathBuf,
    /// The pattern from there on.
    rest: String,
}

impl Aim {
    fn take(asked: &Path, home: Option<&Path>, pattern: &str) -> Self {
        let pattern = if pattern.is_empty() { "**/*" } else { pattern };
        let full = match (pattern.strip_prefix("~/"), home) {
            (Some(below), Some(home)) => home.join(below),
            (Some(_) | None, _) => PathBuf::from(pattern),
        };
        if !pattern.contains('/') {
            return Self {
                place: asked.to_owned(),
                start: asked.to_owned(),
                rest: format!("**/{pattern}"),
            };
        }
        let (start, rest) = plain_start(asked, &full);
        let place = if full.is_absolute() { &start } else { asked };
        Self {
            place: place.to_owned(),
            start,
            rest,
        }
    }

    fn search(&self, stop: &Stop) -> Result<Found, String> {
        let start = real(&self.start);
        let matcher = matcher(&start, &self.rest)?;
        let named = |path: &Path| matcher.is_match(path);
        let walk = |ignored| Walk {
            root: start.clone(),
            hidden: self.rest.split('/').any(|part| part.starts_with('.')),
            ignored,
        };
        let found = walk(false).files(stop, named);
        if found.files.is_empty() && !found.cut {
            return Ok(walk(true).files(stop, named));
        }
        Ok(found)
    }
}

/// The directory a pattern spells out, and the pattern below it. What exists by its very name is no wildcard.
fn plain_start(asked: &Path, pattern: &Path) -> (PathBuf, String) {
    let mut parts = pattern.components();
    let mut start = asked.to_owned();
    loop {
        let rest = parts.as_path().to_string_lossy().into_owned();
        let Some(part) = parts.next() else {
            return (start, "**/*".to_owned());
        };
        let next = start.join(part);
        let spelled = !is_wild(part) || next.exists();
        let last = parts.as_path().as_os_str().is_empty();
        match (spelled, last) {
            (false, _) => return (start, rest),
            (true, true) if !next.is_dir() => return (start, globset::escape(&rest)),
            (true, _) => start = next,
        }
    }
}

fn is_wild(part: Component<'_>) -> bool {
    let part = part.as_os_str().as_encoded_bytes();
    part.iter().any(|b| b"*?[{".contains(b))
}

/// Matches absolute paths below `start`.
fn matcher(start: &Path, pattern: &str) -> Result<GlobMatcher, String> {
    let place = globset::escape(&start.display().to_string());
    let whole = format!("{}/{pattern}", place.trim_end_matches('/'));
    let glob = GlobBuilder::new(&whole).literal_separator(true).build();
    let glob = glob.map_err(|e| format!("Invalid glob pattern: {}", e.kind()))?;
    Ok(glob.compile_matcher())
}

#[cfg(test)]
mod tests;
