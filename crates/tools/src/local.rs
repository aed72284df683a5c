//! The tools of one conversation on this machine, behind the port of the domain.

use std::path::{Path, PathBuf};

use domain::{
    Action, Call, Executor, Fut, Map, Observation, Resources, ToolError, ToolRef, ToolSpec,
};

use crate::environment;
use crate::error::Error;
use crate::hand::Hand;
use crate::registry::{self, Ground};
use crate::shell::Shell;

/// What the tools of a conversation are made from.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The directory the agent works in; it must exist.
    pub workspace: PathBuf,
    /// The directory for long outputs. Task list and undo history are kept beside it; all are made when needed.
    pub outputs: PathBuf,
    /// The tools, in the order in which models see them.
    pub tools: Vec<ToolRef>,
    /// More tools, by class name, such as `FinishTool`.
    pub defaults: Vec<String>,
    /// Our own environment; the agent's commands see it without our keys.
    pub environment: Vec<(String, String)>,
    /// How shells are set up.
    pub shell: Shell,
}

/// The tools of one conversation, carried out here.
pub struct Local {
    specs: Vec<ToolSpec>,
    /// In the order of `specs`.
    hands: Vec<Hand>,
}

impl Local {
    /// Makes the tools; starts nothing until one is used.
    pub fn new(config: Config) -> Result<Self, Error> {
        let ground = Ground {
            workspace: directory(&config.workspace)?,
            conversation: beside(&config.outputs),
            outputs: config.outputs,
            environment: environment::for_commands(&config.environment),
            shell: config.shell,
        };
        let mut local = Self {
            specs: Vec::new(),
            hands: Vec::new(),
        };
        for tool in &config.tools {
            local.add(&tool.name, &tool.params, &ground)?;
        }
        // Clients name classes of newer or other builds too; a conversation works without those that are not here.
        let here = |class: &&String| registry::find(class).is_ok();
        for class in config.defaults.iter().filter(here) {
            local.add(class, &Map::new(), &ground)?;
        }
        Ok(local)
    }

    /// Adds a tool unless it is there already.
    fn add(&mut self, name: &str, settings: &Map, ground: &Ground) -> Result<(), Error> {
        let tool = registry::find(name)?;
        if self.hand(tool.name).is_none() {
            let (spec, hand) = (tool.open)(ground, settings)?;
            self.specs.push(spec);
            self.hands.push(hand);
        }
        Ok(())
    }

    fn hand(&self, tool: &str) -> Option<&Hand> {
        let at = self.specs.iter().position(|spec| spec.name == tool)?;
        self.hands.get(at)
    }

    fn offered(&self, tool: &str) -> Result<&Hand, ToolError> {
        self.hand(tool).ok_or_else(|| {
            let names: Vec<&str> = self.specs.iter().map(|spec| spec.name.as_str()).collect();
            ToolError(format!(
                "The tool '{tool}' is not on offer here. There are: {}.",
                names.join(", ")
            ))
        })
    }
}

fn directory(path: &Path) -> Result<PathBuf, Error> {
    let refused = |reason: String| Error::Workspace {
        path: path.to_owned(),
        reason,
    };
    // Links stay as they are: the agent knows its workspace by the name the user gave it.
    let whole = std::path::absolute(path).map_err(|e| refused(e.to_string()))?;
    match whole.metadata() {
        Ok(meta) if meta.is_dir() => Ok(whole),
        Ok(_) => Err(refused("it is not a directory".to_owned())),
        Err(e) => Err(refused(e.to_string())),
    }
}

fn beside(outputs: &Path) -> PathBuf {
    outputs.parent().unwrap_or(outputs).to_owned()
}

impl Executor for Local {
    fn tools(&self) -> &[ToolSpec] {
        &self.specs
    }

    fn resources(&self, tool: &str, action: &Action) -> Resources {
        self.hand(tool)
            .map_or(Resources::Tool, |hand| hand.resources(action))
    }

    fn run<'a>(
        &'a self,
        call: Call<'a>,
        progress: &'a (dyn Fn(&str) + Send + Sync),
    ) -> Fut<'a, Result<Observation, ToolError>> {
        Box::pin(async move { self.offered(call.tool)?.run(call, progress).await })
    }

    fn close(&self) -> Fut<'_, ()> {
        Box::pin(async {
            for hand in &self.hands {
                hand.close().await;
            }
        })
    }
}
