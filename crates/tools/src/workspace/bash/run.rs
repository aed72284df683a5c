//! One command from its start to its last output. Knows no request and no page.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use domain::{BashCommand, BashId, BashOutput, BashOutputKind, Moment};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::{Instant, Sleep};
use tokio_util::sync::CancellationToken;

use super::group::{Group, reason};
use super::text::Text;
use super::{Bash, GRACE};

/// How much is read at once.
const READ: usize = 64 * 1024;

/// From how many characters on an output is written beside the runtime's own threads.
const LARGE: usize = 64 * 1024;

/// The longest a command may run, whatever it asks for.
const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// How a command failed that never got as far as an exit code.
const FAILED: i32 = -1;

/// Runs a command; its last output.
pub(super) async fn run(
    bash: &Arc<Bash>,
    command: &BashCommand,
    stop: &CancellationToken,
) -> BashOutput {
    let shells = &bash.config.shells;
    match Group::start(shells, command, &bash.config.environment) {
        Ok(group) => {
            let mut watch = Watch::new(bash, command, stop);
            let exit_code = watch.see_through(group).await;
            watch.out.last(exit_code).await
        }
        Err(error) => {
            let stderr = format!(
                "Error executing command: {}",
                reason(&error, command, shells)
            );
            bash.ledger.output(|id, timestamp| BashOutput {
                exit_code: Some(FAILED),
                stderr: Some(stderr),
                ..blank(id, timestamp, command.id)
            })
        }
    }
}

/// How far the end of a command has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nobody wants it to end.
    Running,
    /// It was asked to.
    Asked,
    /// It was made to.
    Killed,
}

/// What is known of a command while it runs.
struct Watch<'a> {
    bash: &'a Bash,
    stop: &'a CancellationToken,
    out: Outputs<'a>,
    stage: Stage,
    late: bool,
    limit: Duration,
}

impl<'a> Watch<'a> {
    fn new(bash: &'a Arc<Bash>, command: &'a BashCommand, stop: &'a CancellationToken) -> Self {
        let seconds = u64::try_from(command.timeout).unwrap_or(0);
        Self {
            bash,
            stop,
            out: Outputs {
                bash,
                command: command.id,
                order: 0,
                recorded: 0,
                left_out: 0,
                stdout: Text::default(),
                stderr: Text::default(),
            },
            stage: Stage::Running,
            late: false,
            limit: Duration::from_secs(seconds).min(YEAR),
        }
    }

    /// Reads until nobody holds the command's streams any more, or until patience ends; its exit code.
    async fn see_through(&mut self, mut group: Group) -> i32 {
        let mut stdout = Stream::new(group.child.stdout.take());
        let mut stderr = Stream::new(group.child.stderr.take());
        let mut status = None;
        let alarm = tokio::time::sleep(self.limit);
        tokio::pin!(alarm);
        while !(stdout.ended && stderr.ended && status.is_some()) {
            tokio::select! {
                biased;
                () = self.bash.closed.cancelled(), if self.stage != Stage::Killed => {
                    self.kill(&group, alarm.as_mut());
                }
                () = self.stop.cancelled(), if self.stage == Stage::Running => {
                    self.ask(&group, alarm.as_mut());
                }
                () = alarm.as_mut() => match self.stage {
                    Stage::Running => {
                        self.late = true;
                        self.ask(&group, alarm.as_mut());
                    }
                    Stage::Asked => self.kill(&group, alarm.as_mut()),
                    // Somebody left the group and keeps a stream open: it is not ours to wait for.
                    Stage::Killed => break,
                },
                read = stdout.read(), if !stdout.ended => self.out.stdout(read).await,
                read = stderr.read(), if !stderr.ended => self.out.stderr(read).await,
                ended = group.child.wait(), if status.is_none() => status = Some(ended),
            }
        }
        match status {
            Some(Ok(status)) if !self.late => code(status),
            Some(_) | None => FAILED,
        }
    }

    fn ask(&mut self, group: &Group, alarm: std::pin::Pin<&mut Sleep>) {
        group.end();
        self.stage = Stage::Asked;
        alarm.reset(Instant::now() + GRACE);
    }

    fn kill(&mut self, group: &Group, alarm: std::pin::Pin<&mut Sleep>) {
        group.kill();
        self.stage = Stage::Killed;
        alarm.reset(Instant::now() + GRACE);
    }
}

/// An exit code; the number of a signal is below zero.
fn code(status: ExitStatus) -> i32 {
    status
        .code()
        .or_else(|| status.signal().map(|signal| -signal))
        .unwrap_or(FAILED)
}

/// One end of a pipe.
struct Stream<R> {
    pipe: Option<R>,
    buffer: Vec<u8>,
    ended: bool,
}

impl<R: AsyncRead + Unpin> Stream<R> {
    fn new(pipe: Option<R>) -> Self {
        Self {
            ended: pipe.is_none(),
            pipe,
            buffer: Vec::new(),
        }
    }

    /// What was written since; nothing at the end. Dropping the future loses nothing.
    async fn read(&mut self) -> &[u8] {
        self.buffer.clear();
        let read = match &mut self.pipe {
            Some(pipe) => {
                self.buffer.reserve(READ);
                pipe.read_buf(&mut self.buffer).await
            }
            None => io::Result::Ok(0),
        };
        self.ended = !matches!(read, Ok(1..));
        &self.buffer
    }
}

/// What a command wrote, on its way to the ledger.
struct Outputs<'a> {
    bash: &'a Bash,
    command: BashId,
    order: i64,
    /// How many characters are recorded.
    recorded: usize,
    /// How many were too many.
    left_out: usize,
    stdout: Text,
    stderr: Text,
}

impl Outputs<'_> {
    async fn stdout(&mut self, bytes: &[u8]) {
        self.stdout.push(bytes);
        self.bound(false);
        while let Some(piece) = self.stdout.piece() {
            self.piece(piece, false).await;
        }
    }

    async fn stderr(&mut self, bytes: &[u8]) {
        self.stderr.push(bytes);
        self.bound(true);
        while let Some(piece) = self.stderr.piece() {
            self.piece(piece, true).await;
        }
    }

    /// Leaves out what is beyond the limit: a command may write for ever, a disk cannot.
    fn bound(&mut self, error: bool) {
        let all = self.recorded + self.stdout.characters() + self.stderr.characters();
        let excess = all.saturating_sub(self.bash.config.output_limit);
        if excess > 0 {
            self.left_out += excess;
            let stream = if error {
                &mut self.stderr
            } else {
                &mut self.stdout
            };
            stream.shorten(excess);
        }
    }

    async fn piece(&mut self, piece: String, error: bool) {
        let (stdout, stderr) = if error {
            (None, Some(piece))
        } else {
            (Some(piece), None)
        };
        self.record(None, stdout, stderr).await;
        self.recorded += super::text::PIECE;
        self.order += 1;
    }

    /// The last output: what is left, and how the command ended.
    async fn last(&mut self, exit_code: i32) -> BashOutput {
        let stdout = self.stdout.rest();
        let mut stderr = self.stderr.rest();
        if self.left_out > 0 {
            let note = format!(
                "\n[{} more characters were written and not kept; a command's output ends after {}]\n",
                self.left_out, self.bash.config.output_limit
            );
            stderr.get_or_insert_default().push_str(&note);
        }
        self.record(Some(exit_code), stdout, stderr).await
    }

    async fn record(
        &self,
        exit_code: Option<i32>,
        stdout: Option<String>,
        stderr: Option<String>,
    ) -> BashOutput {
        let size = stdout.as_ref().map_or(0, String::len) + stderr.as_ref().map_or(0, String::len);
        let (ledger, command, order) = (self.bash.ledger.clone(), self.command, self.order);
        let make = move |id, timestamp| BashOutput {
            order,
            exit_code,
            stdout,
            stderr,
            ..blank(id, timestamp, command)
        };
        if size < LARGE {
            return ledger.output(make);
        }
        let large = tokio::task::spawn_blocking(move || ledger.output(make));
        match large.await {
            Ok(output) => output,
            // The runtime is going down; nobody is left to read this.
            Err(_) => blank(command, Moment(0), command),
        }
    }
}

/// An output that says nothing yet.
fn blank(id: BashId, timestamp: Moment, command: BashId) -> BashOutput {
    BashOutput {
        id,
        timestamp,
        command_id: command,
        order: 0,
        exit_code: None,
        stdout: None,
        stderr: None,
        kind: BashOutputKind::BashOutput,
    }
}
