//! A directory, and a workspace in it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::{BashOutput, Chunks, Download, ExecuteBashRequest, Fut, Workspace, WorkspaceResult};
use tempfile::TempDir;
use testkit::clock::Frozen;
use tools::workspace::{Config, Local};

pub(super) struct Ground {
    directory: TempDir,
    pub(super) clock: Arc<Frozen>,
}

impl Ground {
    pub(super) fn new() -> Self {
        Self {
            directory: TempDir::new().unwrap(),
            clock: Arc::new(Frozen::new(7).ticking(Duration::from_micros(1))),
        }
    }

    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// A path below the directory, as clients write it.
    pub(super) fn at(&self, name: &str) -> String {
        self.path().join(name).to_str().unwrap().to_owned()
    }

    pub(super) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The whole machine; `PATH` is ours.
    pub(super) fn config(&self) -> Config {
        let path = std::env::var("PATH").unwrap_or_default();
        let mut config = Config::new(self.path().join("events"), self.path().join("home"));
        config.environment = vec![
            ("PATH".to_owned(), path),
            ("HOME".to_owned(), self.at("home")),
            ("OPENAI_API_KEY".to_owned(), "sk-ours".to_owned()),
        ];
        config
    }

    pub(super) fn local(&self) -> Local {
        self.open(self.config())
    }

    /// A workspace that no path may leave.
    pub(super) fn scoped(&self, root: &str) -> Local {
        std::fs::create_dir_all(self.path().join(root)).unwrap();
        self.open(Config {
            root: Some(self.path().join(root)),
            ..self.config()
        })
    }

    pub(super) fn open(&self, config: Config) -> Local {
        Local::new(config, self.clock.clone())
    }
}

/// Runs a command to its end.
pub(super) async fn run(workspace: &dyn Workspace, command: &str) -> BashOutput {
    let request = ExecuteBashRequest::new(command);
    workspace.execute(request).await.unwrap()
}

/// Bytes on their way in.
pub(super) struct Pieces(pub(super) Vec<WorkspaceResult<Bytes>>);

impl Pieces {
    pub(super) fn of(bytes: &[u8]) -> Box<Self> {
        Box::new(Self(vec![Ok(Bytes::copy_from_slice(bytes))]))
    }
}

impl Chunks for Pieces {
    fn next(&mut self) -> Fut<'_, WorkspaceResult<Option<Bytes>>> {
        let next = if self.0.is_empty() {
            Ok(None)
        } else {
            self.0.remove(0).map(Some)
        };
        Box::pin(async { next })
    }
}

/// All bytes of a download.
pub(super) async fn whole(mut download: Download) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Some(piece) = download.body.next().await.unwrap() {
        bytes.extend_from_slice(&piece);
    }
    bytes
}
