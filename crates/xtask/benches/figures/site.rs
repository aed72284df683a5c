//! Where measuring takes place: a folder on the disk that people use, a runtime, conversations over the real rooms.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use agent::{Local, Ports};
use anyhow::Context as _;
use domain::{
    AgentSpec, CommandError, ConversationId, Executor, Journal, Llm, LlmError, LlmSpec, Outfit,
    Start, ToolRef, WorkspaceSpec,
};
use testkit::clock::Frozen;
use tokio::runtime::Runtime;
use uuid::Uuid;
use xtask::Root;

/// A place to measure in.
pub struct Site {
    folder: PathBuf,
    openhands: PathBuf,
    runtime: Runtime,
}

impl Site {
    /// An empty folder beside what cargo builds, on the same disk: a memory disk would flatter us.
    pub fn new(root: &Root, openhands: PathBuf) -> anyhow::Result<Self> {
        let folder = root.target().join("figures");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self {
            folder,
            openhands,
            runtime: Runtime::new()?,
        })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The binary that is measured.
    pub fn openhands(&self) -> &Path {
        &self.openhands
    }

    /// A new empty folder.
    pub fn fresh(&self) -> anyhow::Result<PathBuf> {
        let folder = self.folder.join(Uuid::new_v4().simple().to_string());
        fs::create_dir(&folder)?;
        Ok(folder)
    }

    /// Runs something to its end on all cores.
    pub fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }
}

/// Makes the model of a conversation.
pub type Models = Box<dyn Fn() -> Arc<dyn Llm> + Send + Sync>;

/// Conversations on disk, whose models are given and whose tools are the real ones.
pub fn conversations(home: &Path, models: Models) -> anyhow::Result<Local> {
    Ok(Local::new(Ports {
        journal: journal(home)?,
        outfit: Arc::new(Hands { models }),
        clock: Arc::new(Frozen::default()),
        vault: Arc::new(store::NoVault),
    }))
}

/// Logs on disk.
pub fn journal(home: &Path) -> anyhow::Result<Arc<dyn Journal>> {
    Ok(Arc::new(store::Files::open(home)?))
}

/// A fresh name.
pub fn name() -> ConversationId {
    ConversationId(Uuid::new_v4())
}

/// The default agent at work in a folder, with no limit that a long run would meet.
pub fn start(workspace: &Path) -> Start {
    let tools = ["terminal", "file_editor", "task_tracker"];
    let agent = AgentSpec::new(LlmSpec::default(), tools.map(ToolRef::new).to_vec());
    let place = WorkspaceSpec::local(workspace.display().to_string());
    Start {
        max_iterations: u32::MAX,
        ..Start::new(name(), agent, place)
    }
}

/// The given models, and the tools of this machine.
struct Hands {
    models: Models,
}

impl Outfit for Hands {
    fn llm(&self, _: &LlmSpec) -> Result<Arc<dyn Llm>, LlmError> {
        Ok((self.models)())
    }

    fn executor(&self, start: &Start, outputs: &Path) -> Result<Arc<dyn Executor>, CommandError> {
        let config = tools::Config {
            workspace: PathBuf::from(&start.workspace.working_dir),
            outputs: outputs.to_owned(),
            tools: start.agent.tools.clone(),
            defaults: start.agent.include_default_tools.clone(),
            environment: std::env::vars().collect(),
            ..tools::Config::default()
        };
        let local = tools::Local::new(config);
        local
            .map(|tools| Arc::new(tools) as Arc<dyn Executor>)
            .map_err(|error| CommandError::Invalid(error.to_string()))
    }
}
