//! What is said about a command, to the model and to people. Words only.

use std::path::Path;

use domain::{CmdOutputMetadata, Content, TerminalObservation};

/// What can be done about a command that still runs.
const ADVICE: &str = "You may wait longer to see additional output by sending empty command '', send other commands \
    to interact with the current process, send keys (\"C-c\", \"C-z\", \"C-d\") to interrupt/kill the previous \
    command before sending your new command, or use the timeout parameter in terminal for future commands.";

/// Stands before the output of a command that an earlier call started.
pub(super) const CONTINUED: &str = "[Below is the output of the previous command.]\n";

/// There is nothing to wait for.
pub(super) const NOTHING_TO_SHOW: &str = "No previous running command to retrieve logs from.";
/// There is nobody to type for.
pub(super) const NOBODY_LISTENS: &str = "No previous running command to interact with.";
/// Reset and input are asked for at once.
pub(super) const RESET_WITH_INPUT: &str = "`reset` and `is_input` exclude each other: a new shell has nothing running that could take \
     input. Send the reset first, or the input alone.";
/// The terminal went away under a command.
pub(super) const CLOSED: &str = "[The terminal was closed while the command was running.]";
/// Input came too late.
pub(super) const TOO_LATE: &str = "\n[Your input was not sent: the command had already ended.]";
/// There is no bash.
pub(super) const NO_BASH: &str = "[There is no bash on this machine; commands run in a plain POSIX shell, without bash's own syntax \
     and without history.]\n";

/// How a command ended.
pub(super) fn completed(code: i64, key: Option<u8>) -> String {
    match key {
        Some(key) => format!(
            "\n[The command completed with exit code {code}. CTRL+{} was sent.]",
            char::from(key + b'@')
        ),
        None => format!("\n[The command completed with exit code {code}.]"),
    }
}

/// A command says nothing for too long.
pub(super) fn quiet(seconds: f64) -> String {
    format!("\n[The command has no new output after {seconds} seconds. {ADVICE}]")
}

/// A command takes longer than it was given.
pub(super) fn late(seconds: f64) -> String {
    // Whole numbers keep their `.0`: that is how clients know this line.
    format!("\n[The command timed out after {seconds:?} seconds. {ADVICE}]")
}

/// A command waits for somebody to type.
pub(super) fn asking() -> String {
    format!("\n[The command is waiting for input; answer it with `is_input` set to true. {ADVICE}]")
}

/// A command shows a screen that changes all the time.
pub(super) fn showing() -> String {
    format!("\n[A full-screen program is running; this is its screen now. {ADVICE}]")
}

/// A command goes on and on.
pub(super) fn long(seconds: f64) -> String {
    format!("\n[The command is still running, with new output, after {seconds} seconds. {ADVICE}]")
}

/// A command came while another runs.
pub(super) fn busy(command: &str) -> String {
    format!(
        "\n[Your command \"{command}\" is NOT executed: the previous command is still running, and only one can run \
         at a time. Set `is_input` to true to send text or keys to it. {ADVICE}]"
    )
}

/// The rest of a command that ended while nobody was looking.
pub(super) fn earlier(code: i64, rest: &str) -> String {
    if rest.is_empty() {
        format!("[The previous command completed with exit code {code}.]\n")
    } else {
        format!(
            "[The previous command completed with exit code {code}. The rest of its output:]\n{rest}\n[Below is the \
             output of this command.]\n"
        )
    }
}

/// The shell was asked to start anew.
pub(super) fn reset(folder: &str) -> String {
    format!(
        "The terminal was reset: a new shell runs in {folder}. Variables, functions and programs of the old one are gone."
    )
}

/// A time limit that the machine would not live to see.
pub(super) fn beyond_idle(timeout: f64, idle: f64, most: f64) -> String {
    format!(
        "Not run: a timeout of {timeout} seconds is too long here. This machine is taken away when it seems idle for \
         {idle} seconds, so a command may hold the terminal for at most {most} seconds.\n\nUse a shorter timeout, or \
         none and ask again with an empty command, or run the work in the background with its output in a file, and \
         look at the file from time to time."
    )
}

/// An observation of a call that ran nothing.
pub(super) fn refused(command: &str, text: String) -> TerminalObservation {
    TerminalObservation {
        content: vec![Content::text(text)],
        is_error: true,
        command: Some(command.to_owned()),
        exit_code: None,
        timeout: false,
        metadata: CmdOutputMetadata::default(),
        full_output_save_dir: None,
    }
}

/// A time limit that is none.
pub(super) fn bad_timeout(timeout: f64) -> String {
    format!("Not run: `timeout` must be a number of seconds, nought or more; it is {timeout}.")
}

/// What stood behind one output, as it stands before the next.
pub(super) fn as_notice(fate: &str) -> String {
    format!("{}\n", fate.trim())
}

/// A command could not be stopped without ending everything.
pub(super) fn replaced(folder: &str) -> String {
    format!(
        "[The interrupted command could not be stopped alone; the terminal was replaced and continues in {folder}, \
         without the variables and functions it had.]\n"
    )
}

/// The shell's folder is gone.
pub(super) fn moved(from: &Path, to: &Path) -> String {
    format!(
        "[{} no longer exists; the shell continues in {}.]\n",
        from.display(),
        to.display()
    )
}

/// What became of a shell that ended, and what comes after it.
pub(super) fn fate(signal: Option<i32>, folder: &Path, kept: bool) -> String {
    let what = match signal {
        Some(signal) => format!("The shell was killed by signal {signal}"),
        None => "The shell exited".to_owned(),
    };
    let state = if kept {
        "with its environment"
    } else {
        "without the variables and functions it had"
    };
    format!(
        "\n[{what}; the next command runs in a new shell in {}, {state}.]",
        folder.display()
    )
}
