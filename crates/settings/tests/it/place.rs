//! A place of one's own: a directory, a key, a clock that stands still, and models that are only asked what they hold.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::{
    CommandError, Completion, Delta, Executor, Features, Fut, Llm, LlmError, LlmErrorKind, LlmSpec,
    Map, Outfit, Prompt, Start, Vault,
};
use serde_json::Value;
use settings::{Desk, Exposure, Offers, Ports, ToolCatalogEntry};
use store::{Cipher, Documents, NoVault};
use tempfile::TempDir;
use testkit::clock::Frozen;

pub struct Place {
    pub desk: Desk,
    pub dir: TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self::with_key(Some("a key"))
    }

    pub fn with_key(key: Option<&str>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let desk = desk(dir.path(), key);
        Self { desk, dir }
    }

    /// The same directory, opened again with another key.
    pub fn reopened(&self, key: Option<&str>) -> Desk {
        desk(self.dir.path(), key)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.text(name)).unwrap()
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Settings in the open.
    pub fn plain(&self) -> Value {
        serde_json::to_value(self.desk.settings(Exposure::Plain).unwrap()).unwrap()
    }
}

pub fn desk(dir: &Path, key: Option<&str>) -> Desk {
    let vault: Arc<dyn Vault> = match key {
        Some(key) => Arc::new(Cipher::new(key, &["an older key".to_owned()])),
        None => Arc::new(NoVault),
    };
    let shelf = Arc::new(Documents::new(dir));
    Desk::new(Ports {
        shelf: Arc::clone(&shelf) as _,
        workspaces: shelf,
        vault,
        clock: Arc::new(Frozen::new(7)),
        outfit: Arc::new(Models),
        offers: Offers {
            providers: vec!["openai".to_owned()],
            models: vec![("gpt-5.6".to_owned(), "openai".to_owned())],
            tools: ["terminal", "file_editor", "task_tracker"]
                .map(tool)
                .to_vec(),
        },
        skills: Arc::new(Vec::new),
    })
}

fn tool(name: &str) -> ToolCatalogEntry {
    ToolCatalogEntry {
        name: name.to_owned(),
        user_selectable: true,
        usable: true,
        description: String::new(),
        in_default_set: true,
    }
}

pub fn map(value: Value) -> Map {
    value.as_object().cloned().unwrap()
}

/// Models that hold what they are told to hold, and refuse the key `wrong`.
struct Models;

struct Model(LlmSpec);

impl Outfit for Models {
    fn llm(&self, spec: &LlmSpec) -> Result<Arc<dyn Llm>, LlmError> {
        Ok(Arc::new(Model(spec.clone())))
    }

    fn executor(&self, _: &Start, _: &Path) -> Result<Arc<dyn Executor>, CommandError> {
        Err(CommandError::Invalid("there are no tools here".to_owned()))
    }
}

impl Llm for Model {
    fn complete<'a>(
        &'a self,
        _: Prompt,
        _: &'a (dyn Fn(Delta) + Send + Sync),
    ) -> Fut<'a, Result<Completion, LlmError>> {
        let kind = match self.0.api_key.as_ref().and_then(|key| key.expose()) {
            Some("busy") => LlmErrorKind::RateLimit,
            _ => LlmErrorKind::Auth,
        };
        let error = LlmError {
            kind,
            provider: "OpenAI".to_owned(),
            model: self.0.model.clone(),
            status: Some(401),
            message: "the key is refused".to_owned(),
            hint: String::new(),
        };
        Box::pin(async move { Err(error) })
    }

    fn features(&self) -> Features {
        let known = match self.0.model.as_str() {
            "gpt-5.6" => Some(922_000),
            "openhands/claude-opus-5" => Some(1_000_000),
            _ => None,
        };
        Features {
            model: self.0.model.clone(),
            max_input_tokens: self.0.max_input_tokens.or(known),
            ..Features::default()
        }
    }
}
