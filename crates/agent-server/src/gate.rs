//! The gate of a server that is started before anybody knows for whom: dormant, then claimed once, then open.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::Fut;
use http_kit::{Error, Keys};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::Ports;
use crate::config::{Config, WebhookSpec};

/// Opens the rooms behind a server whose settings are known.
pub type Opener = Arc<dyn Fn(Config) -> Fut<'static, Result<Ports, String>> + Send + Sync>;

/// How far a server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum State {
    Dormant,
    Initializing,
    Ready,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Dormant => "dormant",
            Self::Initializing => "initializing",
            Self::Ready => "ready",
        }
    }
}

/// How far a server is, and what went wrong on the way.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "InitStatus")]
pub(crate) struct Stage {
    state: State,
    error: Option<String>,
}

/// What a dormant server is told when it is claimed.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "InitRequest")]
pub(crate) struct Claim {
    session_api_keys: Option<Vec<String>>,
    #[schemars(extend("format" = "password", "writeOnly" = true))]
    secret_key: Option<String>,
    previous_secret_keys: Option<Vec<String>>,
    #[schemars(extend("format" = "path"))]
    conversations_path: Option<PathBuf>,
    #[schemars(extend("format" = "path"))]
    bash_events_dir: Option<PathBuf>,
    #[schemars(extend("format" = "path"))]
    conversation_worktree_root: Option<PathBuf>,
    webhooks: Option<Vec<WebhookSpec>>,
    web_url: Option<String>,
    allow_cors_origins: Option<Vec<String>>,
    #[schemars(range(min = 1))]
    max_concurrent_runs: Option<usize>,
    env: Option<BTreeMap<String, String>>,
    telemetry: Option<domain::Map>,
}

impl Claim {
    /// The settings with what the claim says.
    fn onto(self, mut config: Config) -> Config {
        fn put<T>(kept: &mut T, given: Option<T>) {
            if let Some(given) = given {
                *kept = given;
            }
        }
        put(&mut config.session_api_keys, self.session_api_keys);
        put(&mut config.previous_secret_keys, self.previous_secret_keys);
        put(&mut config.conversations_path, self.conversations_path);
        put(&mut config.bash_events_dir, self.bash_events_dir);
        put(
            &mut config.conversation_worktree_root,
            self.conversation_worktree_root,
        );
        put(&mut config.webhooks, self.webhooks);
        put(&mut config.allow_cors_origins, self.allow_cors_origins);
        put(&mut config.max_concurrent_runs, self.max_concurrent_runs);
        config.secret_key = self.secret_key.or(config.secret_key);
        config.web_url = config.web_url.or(self.web_url);
        config.env.extend(self.env.unwrap_or_default());
        config.deferred_init = false;
        config
    }
}

/// The gate.
pub(crate) struct Gate {
    deferred: bool,
    stage: Mutex<(Stage, Config)>,
}

impl Gate {
    /// The gate of a server with these settings.
    pub(crate) fn new(config: &Config) -> Self {
        let state = if config.deferred_init {
            State::Dormant
        } else {
            State::Ready
        };
        Self {
            deferred: config.deferred_init,
            stage: Mutex::new((Stage { state, error: None }, config.clone())),
        }
    }

    fn lock(&self) -> MutexGuard<'_, (Stage, Config)> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses servers that were not started to be claimed.
    fn deferred(&self) -> Result<(), Error> {
        if self.deferred {
            return Ok(());
        }
        Err(Error::not_found(
            "server is not running with deferred_init=True; the /api/init endpoint is not available",
        ))
    }

    /// How far the server is.
    pub(crate) fn stage(&self) -> Result<Stage, Error> {
        self.deferred()?;
        Ok(self.lock().0.clone())
    }

    /// What a request to a server that was not claimed is answered.
    pub(crate) fn closed(&self) -> Error {
        let state = self.lock().0.state.name();
        Error::unavailable(format!(
            "server is in deferred-init state '{state}'; call POST /api/init first"
        ))
    }

    /// Begins to claim the server: its new settings.
    pub(crate) fn begin(&self, key: Option<&str>, claim: Claim) -> Result<Config, Error> {
        self.deferred()?;
        let mut inner = self.lock();
        let (stage, config) = &mut *inner;
        let keys = Keys::new(config.sealing_key());
        if keys.open() || !key.is_some_and(|key| keys.opens(key)) {
            return Err(Error::unauthorized());
        }
        if stage.state != State::Dormant {
            return Err(Error::bad(format!(
                "server already in state: {}",
                stage.state.name()
            )));
        }
        *stage = Stage {
            state: State::Initializing,
            error: None,
        };
        Ok(claim.onto(config.clone()))
    }

    /// The server is open, or dormant again.
    pub(crate) fn end(&self, opened: Result<Config, String>) -> Result<Stage, Error> {
        let mut inner = self.lock();
        match opened {
            Ok(config) => {
                let stage = Stage {
                    state: State::Ready,
                    error: None,
                };
                *inner = (stage.clone(), config);
                Ok(stage)
            }
            Err(error) => {
                inner.0 = Stage {
                    state: State::Dormant,
                    error: Some(error.clone()),
                };
                Err(Error::internal(&format!("deferred init failed: {error}")))
            }
        }
    }
}
