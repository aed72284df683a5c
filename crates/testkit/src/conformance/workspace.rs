//! What [`domain::Workspace`] promises, on real files, programs and repositories.

mod bash;
mod events;
mod files;
mod git;

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use domain::{
    BashOutput, Chunks, Download, ExecuteBashRequest, Fut, Workspace, WorkspaceError,
    WorkspaceResult,
};

type Outcome = anyhow::Result<()>;

/// How long a suite may take: one that waits for what never comes must end as well.
const PATIENCE: Duration = Duration::from_secs(120);

/// A workspace, and a directory of its machine that nobody else uses.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The workspace.
    pub workspace: &'a dyn Workspace,
    /// The directory.
    pub directory: &'a Path,
}

/// A suite and its name.
type Suite = (&'static str, for<'a> fn(Ground<'a>) -> Fut<'a, Outcome>);

/// Runs every suite against a workspace, each in a directory of its own below `directory`, which must be there.
pub async fn workspace(workspace: &dyn Workspace, directory: &Path) -> anyhow::Result<()> {
    for (at, (name, suite)) in workspace_suites().enumerate() {
        let directory = directory.join(format!("suite-{at}"));
        std::fs::create_dir(&directory)?;
        let ground = Ground {
            workspace,
            directory: &directory,
        };
        tokio::time::timeout(PATIENCE, suite(ground))
            .await
            .unwrap_or_else(|late| Err(late.into()))
            .with_context(|| format!("conformance::workspace: {name}"))?;
    }
    Ok(())
}

/// Every suite with its name, for those who want them one by one.
pub fn workspace_suites() -> impl Iterator<Item = Suite> {
    let all: [Suite; 19] = [
        ("a command says what it says", |g| Box::pin(bash::says(g))),
        ("a command starts where it is told", |g| {
            Box::pin(bash::starts(g))
        }),
        ("long output comes in pieces", |g| Box::pin(bash::pieces(g))),
        ("patience ends", |g| Box::pin(bash::late(g))),
        ("a command is stopped with all it started", |g| {
            Box::pin(bash::stopped(g))
        }),
        ("commands do not wait for one another", |g| {
            Box::pin(bash::together(g))
        }),
        ("pages hold every event once", |g| {
            Box::pin(events::pages(g))
        }),
        ("events are sifted", |g| Box::pin(events::sifted(g))),
        ("events are found by name", |g| Box::pin(events::by_name(g))),
        ("a follower misses nothing", |g| {
            Box::pin(events::followed(g))
        }),
        ("events are removed", |g| Box::pin(events::cleared(g))),
        ("a file comes back as it went in", |g| {
            Box::pin(files::round_trip(g))
        }),
        ("what cannot be is refused", |g| {
            Box::pin(files::refusals(g))
        }),
        ("part of a file can be had", |g| Box::pin(files::window(g))),
        ("directories are made and listed", |g| {
            Box::pin(files::directories(g))
        }),
        ("a directory becomes a file", |g| {
            Box::pin(files::archive(g))
        }),
        ("without history there are no changes", |g| {
            Box::pin(git::nothing(g))
        }),
        ("what was changed is told", |g| Box::pin(git::changed(g))),
        ("commits tell what they changed", |g| {
            Box::pin(git::committed(g))
        }),
    ];
    all.into_iter()
}

impl Ground<'_> {
    /// A path below the directory.
    fn path(&self, name: &str) -> String {
        self.directory.join(name).to_string_lossy().into_owned()
    }

    /// A command that starts in the directory.
    fn command(&self, command: &str) -> ExecuteBashRequest {
        ExecuteBashRequest {
            cwd: Some(self.directory.to_string_lossy().into_owned()),
            ..ExecuteBashRequest::new(command)
        }
    }

    /// Runs a command in the directory.
    async fn run(&self, command: &str) -> anyhow::Result<BashOutput> {
        Ok(self.workspace.execute(self.command(command)).await?)
    }

    /// Runs a command that must go well; what it said.
    async fn well(&self, command: &str) -> anyhow::Result<String> {
        let output = self.run(command).await?;
        anyhow::ensure!(output.exit_code == Some(0), "{command}: {output:?}");
        Ok(output.stdout.unwrap_or_default())
    }
}

/// Bytes that are there already.
struct Ready(Vec<Bytes>);

impl Ready {
    fn new(bytes: &[u8]) -> Box<Self> {
        let pieces = bytes.chunks(100_000).map(Bytes::copy_from_slice);
        Box::new(Self(pieces.rev().collect()))
    }
}

impl Chunks for Ready {
    fn next(&mut self) -> Fut<'_, WorkspaceResult<Option<Bytes>>> {
        let next = self.0.pop();
        Box::pin(async { Ok(next) })
    }
}

/// All bytes of a download.
async fn whole(mut download: Download) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(piece) = download.body.next().await? {
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// The operation was refused, and so.
fn refused<T>(result: WorkspaceResult<T>, how: impl Fn(&WorkspaceError) -> bool) -> Outcome {
    match result {
        Ok(_) => anyhow::bail!("it was not refused"),
        Err(error) if how(&error) => Ok(()),
        Err(error) => anyhow::bail!("refused otherwise: {error:?}"),
    }
}
