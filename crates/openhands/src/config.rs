//! What is set, and from where: flags over environment over file over defaults. Reads the file, and nothing else.

mod field;
mod file;
mod listing;
mod nearest;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use domain::LlmSpec;
use serde_json::{Map, Value};

use crate::environment::Environment;
use crate::exit::Failure;

pub use field::{FIELDS, Field};
pub use nearest::nearest;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A flag, as it is typed.
    Flag(&'static str),
    /// An environment variable.
    Env(String),
    /// A file and a line in it.
    File(PathBuf, usize),
    /// Chosen because a provider's key is there: the name of its variable.
    Key(String),
    /// Nobody set it.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => f.write_str(flag),
            Self::Env(name) => write!(f, "environment: {name}"),
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Key(name) => write!(f, "chosen because {name} is set"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value and where it comes from.
#[derive(Clone, PartialEq)]
pub struct Found {
    /// The value, in the type of its field.
    pub value: Value,
    /// Where it comes from.
    pub source: Source,
}

/// A value given by a flag: the field, the value, and the flag.
pub type Given = (&'static str, Value, &'static str);

/// What settings are read from.
pub struct Inputs<'a> {
    /// The environment.
    pub env: &'a Environment,
    /// The file that was asked for by name.
    pub file: Option<&'a Path>,
    /// What was given on the command line.
    pub flags: Vec<Given>,
    /// Which variables hold the key of a model's provider.
    pub key_variables: &'a dyn Fn(&str) -> Vec<String>,
}

/// Everything that is set.
#[derive(Clone)]
pub struct Config {
    /// Where OpenHands keeps its things.
    pub home: PathBuf,
    /// Which variable or rule decided that.
    pub home_source: Source,
    /// The file settings are read from.
    pub file: PathBuf,
    /// Whether it is there.
    pub file_exists: bool,
    /// What looks like a mistake but stops nothing.
    pub warnings: Vec<String>,
    values: BTreeMap<&'static str, Found>,
}

/// The variable that says where OpenHands keeps its things.
pub const HOME: &str = "OPENHANDS_HOME";

/// Models that a provider's key alone stands for, best known first.
pub const MODELS: &[(&str, &str)] = &[
    ("ANTHROPIC_API_KEY", "anthropic/claude-sonnet-5-5"),
    ("OPENAI_API_KEY", "gpt-5.6"),
    ("GEMINI_API_KEY", "gemini/gemini-3.8-flash"),
    ("DEEPSEEK_API_KEY", "deepseek/deepseek-chat"),
    ("MISTRAL_API_KEY", "mistral/devstral-medium-latest"),
    ("XAI_API_KEY", "xai/grok-4.7"),
];

impl Config {
    /// Reads everything once.
    pub fn load(inputs: Inputs<'_>) -> Result<Self, Failure> {
        let (home, home_source) = home(inputs.env)?;
        let named = inputs.file.map(|path| expand(path, inputs.env));
        let file = named.clone().unwrap_or_else(|| home.join("config.toml"));
        let mut config = Self {
            home,
            home_source,
            file,
            file_exists: false,
            warnings: Vec::new(),
            values: BTreeMap::new(),
        };
        config.read_file(named.is_some())?;
        config.read_environment(inputs.env)?;
        for (name, value, flag) in inputs.flags {
            config.set(name, value, Source::Flag(flag));
        }
        config.choose_model(inputs.env);
        config.find_key(inputs.env, inputs.key_variables);
        config.check()?;
        Ok(config)
    }

    fn set(&mut self, name: &'static str, value: Value, source: Source) {
        self.values.insert(name, Found { value, source });
    }

    fn read_file(&mut self, required: bool) -> Result<(), Failure> {
        let text = match std::fs::read_to_string(&self.file) {
            Ok(text) => text,
            Err(error) if is_absent(&error) && !required => return Ok(()),
            Err(error) => {
                let path = self.file.display();
                return Err(Failure::usage(format!(
                    "cannot read the settings in {path}: {error}; make the file readable, or name another one with --config"
                )));
            }
        };
        self.file_exists = true;
        let read = file::read(&text, &self.file)?;
        self.warnings.extend(read.warnings);
        for (name, value, line) in read.values {
            let source = Source::File(self.file.clone(), line);
            self.set(name, value, source);
        }
        Ok(())
    }

    fn read_environment(&mut self, env: &Environment) -> Result<(), Failure> {
        for field in FIELDS {
            let variable = field.variable();
            let Some(text) = env.get(&variable) else {
                continue;
            };
            let value = field.kind.parse(text).map_err(|expected| {
                Failure::usage(format!("{variable} must be {expected}; it is `{text}`"))
            })?;
            self.set(field.name, value, Source::Env(variable));
        }
        let known: Vec<String> = FIELDS.iter().map(Field::variable).collect();
        for name in env.starting_with("LLM_") {
            let close = nearest::nearest(name, known.iter().map(String::as_str), 2);
            if let Some(close) = close.filter(|close| *close != name) {
                self.warnings
                    .push(format!("{name} is not a setting; did you mean {close}?"));
            }
        }
        Ok(())
    }

    fn choose_model(&mut self, env: &Environment) {
        if self.values.contains_key("llm.model") {
            return;
        }
        if let Some((variable, model)) = MODELS.iter().find(|(name, _)| env.get(name).is_some()) {
            let source = Source::Key((*variable).to_owned());
            self.set("llm.model", Value::from(*model), source);
        }
    }

    /// A provider's own variable counts as environment: over the file, under LLM_API_KEY and the flag.
    fn find_key(&mut self, env: &Environment, variables: &dyn Fn(&str) -> Vec<String>) {
        let from_file = match self.values.get("llm.api_key") {
            None => true,
            Some(found) => matches!(found.source, Source::File(..)),
        };
        let Some(model) = self.model().filter(|_| from_file) else {
            return;
        };
        for variable in variables(&model) {
            if let Some(key) = env.get(&variable) {
                let key = Value::from(key.trim());
                self.set("llm.api_key", key, Source::Env(variable));
                return;
            }
        }
    }

    fn check(&self) -> Result<(), Failure> {
        for field in FIELDS {
            let Some(found) = self.values.get(field.name) else {
                continue;
            };
            if let Some(expected) = field.complaint(&found.value) {
                return Err(Failure::usage(format!(
                    "{} must be {expected}; {} says {}",
                    field.name, found.source, found.value
                )));
            }
        }
        Ok(())
    }

    /// A value, if someone set it.
    pub fn get(&self, name: &str) -> Option<&Found> {
        self.values.get(name)
    }

    /// The model, if someone chose one.
    pub fn model(&self) -> Option<String> {
        let found = self.values.get("llm.model")?;
        found.value.as_str().map(str::to_owned)
    }

    /// Whether there is a key.
    pub fn has_key(&self) -> bool {
        self.values.contains_key("llm.api_key")
    }

    /// Whether a server of the person's own is to be used.
    pub fn has_base_url(&self) -> bool {
        self.values.contains_key("llm.base_url")
    }

    /// How the model is reached. Replies are streamed unless someone said otherwise.
    pub fn llm(&self) -> Result<LlmSpec, Failure> {
        let mut fields = Map::new();
        fields.insert("stream".to_owned(), Value::Bool(true));
        for (name, found) in &self.values {
            if let Some(name) = name.strip_prefix("llm.") {
                fields.insert(name.to_owned(), found.value.clone());
            }
        }
        serde_json::from_value(Value::Object(fields)).map_err(|error| {
            Failure::usage(format!("the settings of the model do not fit: {error}"))
        })
    }

    /// How many steps one run may take, if someone said so.
    pub fn max_iterations(&self) -> Option<u32> {
        let value = self.get("run.max_iterations")?.value.as_u64()?;
        u32::try_from(value).ok()
    }

    /// What one run may cost, in US dollars.
    pub fn budget(&self) -> Option<f64> {
        self.get("run.budget")?.value.as_f64()
    }

    /// Whether to ask before anything risky is done.
    pub fn confirm(&self) -> bool {
        self.get("run.confirm")
            .is_some_and(|found| found.value == Value::Bool(true))
    }

    /// Where to work, as it was given; nothing means the current directory.
    pub fn workspace(&self, env: &Environment) -> Option<PathBuf> {
        let given = self.get("run.workspace")?.value.as_str()?;
        Some(expand(Path::new(given), env))
    }
}

fn home(env: &Environment) -> Result<(PathBuf, Source), Failure> {
    if let Some(home) = env.get(HOME) {
        return Ok((expand(Path::new(home), env), Source::Env(HOME.to_owned())));
    }
    let user = env.get("HOME").ok_or_else(|| {
        Failure::usage(format!(
            "neither {HOME} nor HOME is set, so there is no place to keep conversations; set {HOME} to a directory"
        ))
    })?;
    Ok((Path::new(user).join(".openhands"), Source::Default))
}

/// Not there, or below something that is no directory.
pub fn is_absent(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
    )
}

/// `~/x` as the shell would have it, for paths that no shell has seen.
fn expand(path: &Path, env: &Environment) -> PathBuf {
    match (path.strip_prefix("~"), env.get("HOME")) {
        (Ok(rest), Some(home)) => Path::new(home).join(rest),
        (Ok(_), None) | (Err(_), _) => path.to_owned(),
    }
}

#[cfg(test)]
mod tests;
