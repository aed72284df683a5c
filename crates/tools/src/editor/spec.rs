//! What models are told about the file editor.

use std::path::Path;
use std::sync::LazyLock;

use domain::{Annotations, Parameters, ToolSpec};
use serde_json::json;

static PARAMETERS: LazyLock<Parameters> = LazyLock::new(|| parameters().into());

/// The tool as models and clients see it, in a workspace.
pub(crate) fn spec(workspace: &Path) -> ToolSpec {
    ToolSpec {
        name: "file_editor".to_owned(),
        description: description(workspace).into(),
        parameters: PARAMETERS.clone(),
        annotations: Some(Annotations {
            title: Some("file_editor".to_owned()),
            read_only_hint: false,
            destructive_hint: true,
            idempotent_hint: false,
            open_world_hint: false,
        }),
        kind: "FileEditorTool".to_owned(),
        action_kind: "FileEditorAction".to_owned(),
        observation_kind: "FileEditorObservation".to_owned(),
    }
}

fn description(workspace: &Path) -> String {
    format!(
        "Views, creates and edits text files. Paths are absolute; the project is in {}.

Commands
- view: a file with numbered lines (as `cat -n` prints them), a picture (png, jpg, gif, webp, bmp), or a directory two levels deep without hidden entries. Long files are clipped: give `view_range`, or find the lines first with `grep -n`.
- create: writes a new file, with the directories it needs. It never overwrites; change existing files with str_replace.
- str_replace: puts `new_str` in place of the one occurrence of `old_str`.
- insert: puts `new_str` after line `insert_line`; 0 is the top of the file.
- undo_edit: takes back the last create, str_replace or insert on that file, up to ten of them one by one.

How to edit well
- View the lines before you change them. `old_str` must repeat them exactly, indentation included, but without the line numbers of the view.
- `old_str` must occur once. If it does not, take in a few lines before and after it.
- An edit that cannot be made changes nothing and says why. On success you see the lines around it: check them.
- Encoding and line endings stay as they are. Binary files and files over 10 MB are refused.",
        workspace.display()
    )
}

fn parameters() -> serde_json::Value {
    json!({
        "type": "object",
        "properties": {
            "command": {
                "type": "string",
                "description": "What to do: view, create, str_replace, insert or undo_edit.",
                "enum": ["view", "create", "str_replace", "insert", "undo_edit"],
            },
            "path": {
                "type": "string",
                "description": "The file or directory, as an absolute path.",
            },
            "file_text": {
                "type": "string",
                "description": "For create (required): everything the new file holds.",
            },
            "old_str": {
                "type": "string",
                "description": "For str_replace (required): the text to replace, exactly as it stands in the file.",
            },
            "new_str": {
                "type": "string",
                "description": "For str_replace (required): the text to put there; empty to delete. For insert (required): the lines to add.",
            },
            "insert_line": {
                "type": "integer",
                "description": "For insert (required): the number of the line after which `new_str` goes.",
            },
            "view_range": {
                "type": "array",
                "items": {"type": "integer"},
                "description": "For view of a file (optional): the first and last line to show, such as [11, 40]. Lines count from 1; [11, -1] goes on to the end.",
            },
        },
        "required": ["command", "path"],
    })
}
