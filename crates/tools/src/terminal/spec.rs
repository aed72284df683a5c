//! How the terminal is offered to a model. Words only.

use std::sync::LazyLock;

use domain::{Annotations, Parameters, ToolSpec};
use serde_json::json;

const DESCRIPTION: &str = "\
Runs shell commands in one lasting terminal. The working directory, variables, functions and background jobs stay from \
one call to the next.

* A command is a whole script: several lines, here-documents, functions and pipes all work.
* A command that is still running after 30 seconds without new output is left running, and the call returns with exit \
code -1. Then an empty `command` waits for more output, `is_input` types into the program, and `C-c` as input stops it. \
Give `timeout` for work that is silent for longer.
* Programs that ask questions, interpreters and full-screen programs work: the call returns when they wait for input. \
Answer with `is_input`.
* Start servers and other work without an end in the background, with their output in a file: `server > log 2>&1 &`. \
`jobs` lists them, `kill %1` ends one.
* Long output is shown with its middle left out; the notice there names the file that has all of it.
* Prefer absolute paths to changing directory, and quote paths with blanks in them.";

const COMMAND: &str = "The script to run. With `is_input`: the text to type, followed by Enter (a single \
character goes without Enter to a full-screen program), or one key: `C-c`, \
`C-d`, `C-z` or another `C-<letter>`, `ENTER`, `TAB`, `BS`, `ESC`, `UP`, `DOWN`, `LEFT`, `RIGHT`, `HOME`, `END`, `PGUP`, \
`PGDN`. Empty: wait for more output of the command that is still running.";

const IS_INPUT: &str =
    "True if `command` is to be typed into the program that is running, not run by the shell.";

const TIMEOUT: &str = "The most seconds to wait for this command to end; it is left running after that. Without it, the \
wait is over after 30 seconds with no new output.";

const RESET: &str = "True to start over with a new shell, when the terminal no longer answers. Running programs are \
killed and variables are lost. `command` may be empty, or what to run next. Not together with `is_input`.";

static PARAMETERS: LazyLock<Parameters> = LazyLock::new(|| {
    let schema = json!({
        "type": "object",
        "properties": {
            "command": {"type": "string", "description": COMMAND},
            "is_input": {"type": "boolean", "description": IS_INPUT},
            "timeout": {"type": "number", "description": TIMEOUT},
            "reset": {"type": "boolean", "description": RESET},
        },
        "required": ["command"],
    });
    schema.into()
});

/// The tool as models, clients and the engine know it.
pub(super) fn spec() -> ToolSpec {
    ToolSpec {
        name: "terminal".to_owned(),
        description: DESCRIPTION.into(),
        parameters: PARAMETERS.clone(),
        annotations: Some(Annotations {
            title: Some("terminal".to_owned()),
            read_only_hint: false,
            destructive_hint: true,
            idempotent_hint: false,
            open_world_hint: true,
        }),
        kind: "TerminalTool".to_owned(),
        action_kind: "TerminalAction".to_owned(),
        observation_kind: "TerminalObservation".to_owned(),
    }
}
