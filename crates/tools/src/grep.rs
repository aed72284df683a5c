//! The `grep` tool: which files hold a pattern. Knows no shell and changes nothing.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::LazyLock;

use domain::{Annotations, Content, GrepAction, GrepObservation, Parameters, ToolSpec};
use globset::{GlobBuilder, GlobMatcher};
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{BinaryDetection, Searcher, SearcherBuilder, Sink, SinkMatch};
use serde_json::json;

use crate::walk::{Found, Stop, Stoppable, Walk};

static PARAMETERS: LazyLock<Parameters> = LazyLock::new(|| {
    let schema = json!({
        "type": "object",
        "properties": {
            "pattern": {
                "type": "string",
                "description": "The regular expression to look for.",
            },
            "path": {
                "type": "string",
                "description": "The directory to search, as an absolute path (optional; the project if left out).",
            },
            "include": {
                "type": "string",
                "description": "Which files to search, such as \"*.js\" or \"*.{ts,tsx}\" (optional; all if left out).",
            },
        },
        "required": ["pattern"],
    });
    schema.into()
});

/// The tool as models and clients see it, in a workspace.
pub(crate) fn spec(workspace: &Path) -> ToolSpec {
    ToolSpec {
        name: "grep".to_owned(),
        description: format!(
            "Finds the files that hold a pattern and lists their paths, the newest first, at most 100.

- The pattern is a regular expression, matched line by line, whatever the case: `log.*Error`, `fn\\s+\\w+`.
- `include` narrows the search to some files: `*.js`, `*.{{ts,tsx}}`, `src/**/*.py`.
- Hidden files, binary files and what .gitignore names are passed over.
- To see the lines themselves, use `grep -n` in the terminal or view the file.

The search starts in {} unless `path` says otherwise.",
            workspace.display()
        )
        .into(),
        parameters: PARAMETERS.clone(),
        annotations: Some(Annotations {
            title: Some("grep".to_owned()),
            read_only_hint: true,
            destructive_hint: false,
            idempotent_hint: true,
            open_world_hint: false,
        }),
        kind: "GrepTool".to_owned(),
        action_kind: "GrepAction".to_owned(),
        observation_kind: "GrepObservation".to_owned(),
    }
}

/// Does what is asked, or says why not; blocks until it is done or stopped.
pub(crate) fn run(workspace: &Path, action: &GrepAction, stop: &Stop) -> GrepObservation {
    let asked = action.path.as_deref().filter(|path| !path.is_empty());
    let root = workspace.join(asked.unwrap_or_default());
    let root = root.canonicalize().unwrap_or(root);
    let result = if root.is_dir() {
        search(&root, action, stop)
    } else {
        let shown = asked.map_or_else(|| root.display().to_string(), str::to_owned);
        Err(format!("Search path '{shown}' is not a valid directory"))
    };
    let place = root.display().to_string();
    let (text, found, is_error) = match result {
        Ok(found) => (report(&found, &place, action), found, false),
        Err(refusal) => (refusal, Found::default(), true),
    };
    GrepObservation {
        content: vec![Content::text(text)],
        is_error,
        truncated: found.more || found.cut,
        matches: found.files,
        pattern: action.pattern.clone(),
        search_path: place,
        include_pattern: action.include.clone(),
    }
}

fn report(found: &Found, place: &str, action: &GrepAction) -> String {
    let pattern = &action.pattern;
    let filter = match action.include.as_deref() {
        Some(include) if !include.is_empty() => format!(" (filtered by '{include}')"),
        Some(_) | None => String::new(),
    };
    found.report(
        &format!("containing pattern '{pattern}' in '{place}'{filter}"),
        &format!("No files found containing pattern '{pattern}' in directory '{place}'{filter}"),
    )
}

fn search(root: &Path, action: &GrepAction, stop: &Stop) -> Result<Found, String> {
    let pattern = matcher(&action.pattern)?;
    let include = match action.include.as_deref() {
        Some(include) if !include.is_empty() => Some(filter(root, include)?),
        Some(_) | None => None,
    };
    let holds = |path: &Path| {
        let included = include
            .as_ref()
            .is_none_or(|include| include.is_match(path));
        // A link would name the same file twice, or lead out of the directory.
        included && !path.is_symlink() && holds(path, &pattern, stop).unwrap_or(false)
    };
    let walk = |ignored| Walk {
        root: root.to_owned(),
        hidden: false,
        ignored,
    };
    let found = walk(false).files(stop, holds);
    // Someone who names the files wants them even where git does not.
    if found.files.is_empty() && !found.cut && include.is_some() {
        return Ok(walk(true).files(stop, holds));
    }
    Ok(found)
}

fn matcher(pattern: &str) -> Result<RegexMatcher, String> {
    RegexMatcherBuilder::new()
        .case_insensitive(true)
        .line_terminator(Some(b'\n'))
        .build(pattern)
        .map_err(|e| format!("Invalid regex pattern: {e}"))
}

/// A file name pattern: at any depth when it is a bare name, from the search directory when it is a path.
fn filter(root: &Path, include: &str) -> Result<GlobMatcher, String> {
    let place = globset::escape(&root.display().to_string());
    let place = place.trim_end_matches('/');
    let depth = if include.contains('/') { "" } else { "**/" };
    let include = include.trim_start_matches('/');
    GlobBuilder::new(&format!("{place}/{depth}{include}"))
        .literal_separator(true)
        .build()
        .map(|glob| glob.compile_matcher())
        .map_err(|e| format!("Invalid include pattern: {}", e.kind()))
}

fn holds(path: &Path, pattern: &RegexMatcher, stop: &Stop) -> io::Result<bool> {
    let mut hit = Hit(false);
    let file = Stoppable(File::open(path)?, stop);
    searcher().search_reader(pattern, file, &mut hit)?;
    Ok(hit.0)
}

/// The longest line that is searched, in bytes; a file with a longer one is passed over.
const LONGEST_LINE: usize = 64 * 1024 * 1024;

fn searcher() -> Searcher {
    SearcherBuilder::new()
        .heap_limit(Some(LONGEST_LINE))
        .binary_detection(BinaryDetection::quit(0))
        .line_number(false)
        .build()
}

/// The first match is enough.
struct Hit(bool);

impl Sink for Hit {
    type Error = io::Error;

    fn matched(&mut self, _: &Searcher, _: &SinkMatch<'_>) -> io::Result<bool> {
        self.0 = true;
        Ok(false)
    }
}

#[cfg(test)]
mod tests;
