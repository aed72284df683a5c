//! Where the rooms are joined: settings in, open house out. Knows every room; nothing else does.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::{ConversationId, Conversations, Journal, ToolRef, Vault};

use crate::cli::Common;
use crate::clock::System;
use crate::config::{Config, Given, Inputs, Source};
use crate::environment::Environment;
use crate::exit::Failure;
use crate::outfit::Workshop;
use crate::{demo, key};

/// Settings, and what they were read from.
#[derive(Clone)]
pub struct House {
    /// The environment of the process.
    pub env: Environment,
    /// The settings.
    pub config: Config,
}

/// The conversations and what they are made with.
pub struct Rooms {
    /// All conversations of this place.
    pub conversations: Arc<dyn Conversations>,
    /// What opens their secrets.
    pub vault: Arc<dyn Vault>,
    /// What makes their models and tools.
    pub workshop: Arc<Workshop>,
    /// Time and fresh ids.
    pub clock: Arc<System>,
    /// The server they are on, if they are not here.
    pub server: Option<String>,
}

impl House {
    /// Reads the settings.
    pub fn enter(common: &Common, flags: Vec<Given>, env: Environment) -> Result<Self, Failure> {
        let config = Config::load(Inputs {
            env: &env,
            file: common.config.as_deref(),
            flags,
            key_variables: &key_variables,
        })?;
        Ok(Self { env, config })
    }

    /// Opens the place where conversations are kept.
    pub fn files(&self) -> Result<store::Files, Failure> {
        Ok(store::Files::open(&self.config.home)?)
    }

    /// Opens everything. `live` says whether a person watches.
    pub fn open(&self, live: bool) -> Result<Rooms, Failure> {
        let files = Arc::new(self.files()?);
        let clock = Arc::new(System);
        let keys = key::find_or_make(&self.config.home, &self.env, &*clock)?;
        let vault: Arc<dyn Vault> = Arc::new(store::Cipher::new(&keys.current, &keys.older));
        let workshop = Arc::new(self.workshop(live)?);
        let conversations = ::agent::Local::new(::agent::Ports {
            journal: files as _,
            outfit: Arc::clone(&workshop) as _,
            clock: Arc::clone(&clock) as _,
            vault: Arc::clone(&vault),
        });
        Ok(Rooms {
            conversations: Arc::new(conversations),
            vault,
            workshop,
            clock,
            server: None,
        })
    }

    /// What makes models and tools. `live` says whether a person watches.
    pub fn workshop(&self, live: bool) -> Result<Workshop, Failure> {
        Workshop::new(&self.config.home, &self.env, live)
    }

    /// Finds a conversation by its id, the beginning of its id, or `last`.
    pub fn find(&self, journal: &dyn Journal, text: &str) -> Result<ConversationId, Failure> {
        named(&journal.list()?, text)
    }

    /// The directory to work in: absolute, and there.
    pub fn workspace(&self) -> Result<PathBuf, Failure> {
        let given = self.config.workspace(&self.env);
        let source = self.config.get("run.workspace").map(|found| &found.source);
        let given = given.unwrap_or_else(|| PathBuf::from("."));
        let refused = |reason: &str| {
            let said = match source {
                Some(Source::Default | Source::Flag(_)) | None => String::new(),
                Some(source) => format!(" ({source})"),
            };
            Failure::usage(format!(
                "cannot work in {}{said}: {reason}; create it, or name another directory with --workspace",
                given.display()
            ))
        };
        let whole = std::path::absolute(&given).map_err(|error| refused(&error.to_string()))?;
        // `.` at the end would show in every path the agent is told.
        let whole: PathBuf = whole.components().collect();
        match whole.metadata() {
            Ok(meta) if meta.is_dir() => Ok(whole),
            Ok(_) => Err(refused("it is not a directory")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(refused("it does not exist"))
            }
            Err(error) => Err(refused(&error.to_string())),
        }
    }
}

/// The variables that may hold the key of a model's provider.
pub fn key_variables(model: &str) -> Vec<String> {
    if model == demo::NAME {
        return Vec::new();
    }
    llm::provider::key_variables(model)
        .iter()
        .map(|name| (*name).to_owned())
        .collect()
}

/// Where the provider of a model is.
pub fn server_of(model: &str) -> Option<String> {
    let variables = llm::provider::key_variables(model);
    let prefix = model.split_once('/').map(|(prefix, _)| prefix);
    let providers = llm::provider::providers();
    let named = providers
        .iter()
        .find(|provider| Some(provider.name()) == prefix);
    let owner = named.or_else(|| {
        let mut owners = providers.iter();
        owners.find(|provider| !variables.is_empty() && provider.key_variables() == variables)
    });
    owner?.base_url().map(str::to_owned)
}

/// The tools an agent has unless told otherwise.
pub fn default_tools() -> Vec<ToolRef> {
    tools::catalog()
        .iter()
        .filter(|entry| entry.in_default_set)
        .map(|entry| ToolRef::new(entry.name))
        .collect()
}

/// The first digits of an id: enough for a person to name it.
pub fn short(id: ConversationId) -> String {
    id.hex().chars().take(8).collect()
}

/// The conversation that is meant, among all there are.
pub fn named(all: &[ConversationId], text: &str) -> Result<ConversationId, Failure> {
    if text == "last" {
        return all.first().copied().ok_or_else(|| {
            Failure::usage("there is no conversation yet; start one with `openhands run`")
        });
    }
    let digits: String = text.to_lowercase().chars().filter(|c| *c != '-').collect();
    let matching: Vec<ConversationId> = all
        .iter()
        .copied()
        .filter(|id| !digits.is_empty() && id.hex().starts_with(&digits))
        .collect();
    match matching.as_slice() {
        [one] => Ok(*one),
        [] => Err(Failure::usage(format!(
            "there is no conversation {text}; `openhands conversations list` shows those there are"
        ))),
        several => {
            let names: Vec<String> = several.iter().map(ToString::to_string).collect();
            Err(Failure::usage(format!(
                "{text} could be {} conversations; give more of the id: {}",
                several.len(),
                names.join(", ")
            )))
        }
    }
}

/// The command that goes on with a conversation.
pub fn resume_command(id: ConversationId, config: Option<&Path>, server: Option<&str>) -> String {
    let config = config
        .map(|path| format!(" --config {}", quoted(&path.display().to_string())))
        .unwrap_or_default();
    let server = server
        .map(|server| format!(" --server {}", quoted(server)))
        .unwrap_or_default();
    format!("openhands run{config}{server} --resume {}", short(id))
}

fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-~+:".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(texts: &[&str]) -> Vec<ConversationId> {
        texts
            .iter()
            .map(|text| ConversationId::parse(text).unwrap())
            .collect()
    }

    #[test]
    fn an_id_can_be_shortened_as_long_as_it_is_clear() {
        let all = ids(&[
            "3f2a0000-0000-4000-8000-000000000001",
            "3f2b0000-0000-4000-8000-000000000002",
        ]);
        assert_eq!(named(&all, "last").unwrap(), all[0]);
        assert_eq!(named(&all, "3f2b").unwrap(), all[1]);
        assert_eq!(named(&all, "3F2A0000-0000").unwrap(), all[0]);
        assert_eq!(named(&all, &all[1].to_string()).unwrap(), all[1]);
        assert_eq!(named(&all, &all[1].hex()).unwrap(), all[1]);
        for (text, message) in [
            ("3f2", "could be 2 conversations"),
            ("9", "there is no conversation 9"),
            ("", "there is no conversation"),
        ] {
            let failure = named(&all, text).unwrap_err();
            assert!(failure.message.contains(message), "{failure}");
        }
        assert!(
            named(&[], "last")
                .unwrap_err()
                .message
                .contains("openhands run")
        );
    }

    #[test]
    fn commands_can_be_pasted() {
        let id = ids(&["3f2a0000-0000-4000-8000-000000000001"])[0];
        assert_eq!(
            resume_command(id, None, None),
            "openhands run --resume 3f2a0000"
        );
        assert_eq!(
            resume_command(id, Some(Path::new("/a b/c.toml")), None),
            "openhands run --config '/a b/c.toml' --resume 3f2a0000"
        );
        assert_eq!(
            resume_command(id, None, Some("http://127.0.0.1:8000")),
            "openhands run --server http://127.0.0.1:8000 --resume 3f2a0000"
        );
    }

    #[test]
    fn every_default_model_has_the_key_that_chose_it() {
        for (variable, model) in crate::config::MODELS {
            assert!(
                key_variables(model).contains(&(*variable).to_owned()),
                "{model}"
            );
        }
    }
}
