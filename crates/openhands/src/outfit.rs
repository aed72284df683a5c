//! Makes what a conversation works with: the model its settings name, and its tools on this machine.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::{CommandError, Executor, Llm, LlmError, LlmSpec, Lookup, Outfit, Start};

use crate::config;
use crate::demo::{self, Demo};
use crate::environment::Environment;
use crate::exit::Failure;
use crate::lookup::Web;

/// Prices, limits and abilities of models that the built-in table does not know, or knows otherwise.
pub const MODELS: &str = "models.json";

/// The variable that lets models work that can take very little.
const SHORT: &str = "ALLOW_SHORT_CONTEXT_WINDOWS";

/// The variable that says where this server is.
const OWN: &str = "OH_INTERNAL_SERVER_URL";

/// Makes models and tools.
pub struct Workshop {
    environment: Vec<(String, String)>,
    live: bool,
    http: llm::Http,
    models: llm::Config,
    lookup: Arc<Web>,
}

impl Workshop {
    /// For commands that see this environment. `live` says whether a person watches.
    pub fn new(home: &Path, env: &Environment, live: bool) -> Result<Self, Failure> {
        Ok(Self {
            environment: env.pairs(),
            live,
            http: llm::Http::new(),
            lookup: Arc::new(Web::new(env.get(OWN))),
            models: llm::Config {
                table: table(&home.join(MODELS))?,
                allow_short_context: matches!(env.get(SHORT), Some("1" | "true" | "True")),
            },
        })
    }

    /// The client of a model over the network.
    fn client(&self, spec: &LlmSpec) -> Result<llm::Client, LlmError> {
        llm::Client::with(spec, &self.http, &self.models)
    }

    /// The HTTP clients of this process.
    pub fn http(&self) -> &llm::Http {
        &self.http
    }

    /// What is known of models.
    pub fn table(&self) -> &llm::Table {
        &self.models.table
    }

    /// Whether a model could be asked right away, as far as that can be known without asking.
    pub fn ready(&self, spec: &LlmSpec) -> Result<(), LlmError> {
        if spec.model == demo::NAME {
            return Ok(());
        }
        self.client(spec)?.ready()
    }
}

fn table(path: &Path) -> Result<llm::Table, Failure> {
    let json = match std::fs::read_to_string(path) {
        Ok(json) => json,
        Err(error) if config::is_absent(&error) => return Ok(llm::Table::default()),
        Err(error) => {
            let path = path.display();
            return Err(Failure::usage(format!("cannot read {path}: {error}")));
        }
    };
    llm::Table::default()
        .with_override(&json)
        .map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

impl Outfit for Workshop {
    fn lookup(&self) -> Option<Arc<dyn Lookup>> {
        Some(Arc::clone(&self.lookup) as _)
    }

    fn llm(&self, spec: &LlmSpec) -> Result<Arc<dyn Llm>, LlmError> {
        if spec.model == demo::NAME {
            let demo = if self.live {
                Demo::for_people()
            } else {
                Demo::default()
            };
            return Ok(Arc::new(demo));
        }
        Ok(Arc::new(self.client(spec)?))
    }

    fn executor(&self, start: &Start, outputs: &Path) -> Result<Arc<dyn Executor>, CommandError> {
        let tools = tools::Local::new(tools::Config {
            workspace: PathBuf::from(&start.workspace.working_dir),
            outputs: outputs.to_owned(),
            tools: start.agent.tools.clone(),
            defaults: start.agent.include_default_tools.clone(),
            environment: self.environment.clone(),
            shell: tools::Shell::default(),
        })
        .map_err(|error| CommandError::Invalid(error.to_string()))?;
        Ok(Arc::new(tools))
    }
}
