//! Precedence, sources, complaints.

use serde_json::json;
use tempfile::TempDir;

use super::field::Kind;
use super::*;

fn variables(model: &str) -> Vec<String> {
    let provider = model.split('/').next().unwrap_or_default();
    vec![format!("{}_API_KEY", provider.to_uppercase())]
}

struct Case {
    home: TempDir,
    env: Vec<(String, String)>,
    flags: Vec<Given>,
}

impl Case {
    fn new(file: &str) -> Self {
        let home = TempDir::new().unwrap();
        if !file.is_empty() {
            std::fs::write(home.path().join("config.toml"), file).unwrap();
        }
        let root = home.path().to_str().unwrap().to_owned();
        Self {
            home,
            env: vec![("OPENHANDS_HOME".to_owned(), root)],
            flags: Vec::new(),
        }
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    fn flag(mut self, name: &'static str, value: impl Into<Value>, flag: &'static str) -> Self {
        self.flags.push((name, value.into(), flag));
        self
    }

    fn load(&self) -> Result<Config, Failure> {
        let env: Environment = self.env.iter().cloned().collect();
        Config::load(Inputs {
            env: &env,
            file: None,
            flags: self.flags.clone(),
            key_variables: &variables,
        })
    }

    fn path(&self) -> String {
        self.home.path().join("config.toml").display().to_string()
    }

    #[track_caller]
    fn finds(&self, name: &str, value: impl Into<Value>, source: &str) {
        let config = self.load().unwrap();
        let found = config.get(name).unwrap();
        assert_eq!(found.value, value.into(), "the value of {name}");
        assert_eq!(found.source.to_string(), source, "the source of {name}");
    }

    #[track_caller]
    fn fails(&self, message: &str) {
        let failure = self.load().err().expect("it should not load");
        assert_eq!(failure.exit, crate::exit::Exit::Usage);
        assert_eq!(failure.message, message.replace("FILE", &self.path()));
    }

    #[track_caller]
    fn warns(&self, message: &str) {
        let warnings = self.load().unwrap().warnings;
        assert_eq!(warnings, [message.replace("FILE", &self.path())]);
    }
}

const FILE: &str =
    "[llm]\nmodel = \"file/m\"\napi_key = \"file-key\"\n\n[run]\nmax_iterations = 7\n";

#[test]
fn flags_win_over_environment_over_file() {
    let file = Case::new(FILE);
    file.finds("llm.model", "file/m", &format!("{}:2", file.path()));
    let env = Case::new(FILE).env("LLM_MODEL", "env/m");
    env.finds("llm.model", "env/m", "environment: LLM_MODEL");
    let flag = Case::new(FILE)
        .env("LLM_MODEL", "env/m")
        .flag("llm.model", "flag/m", "--model");
    flag.finds("llm.model", "flag/m", "--model");
}

#[test]
fn an_empty_variable_or_value_is_not_set() {
    let case = Case::new(FILE).env("LLM_MODEL", " ");
    case.finds("llm.model", "file/m", &format!("{}:2", case.path()));
    let case = Case::new("[llm]\nmodel = \"\"\n");
    assert!(case.load().unwrap().model().is_none());
}

#[test]
fn keys_come_from_the_flag_then_llm_api_key_then_the_provider_then_the_file() {
    let case = Case::new(FILE);
    case.finds("llm.api_key", "file-key", &format!("{}:3", case.path()));
    let case = case.env("FILE_API_KEY", " provider-key\n");
    case.finds("llm.api_key", "provider-key", "environment: FILE_API_KEY");
    let case = case.env("LLM_API_KEY", "llm-key");
    case.finds("llm.api_key", "llm-key", "environment: LLM_API_KEY");
    let case = case.flag("llm.api_key", "flag-key", "--api-key");
    case.finds("llm.api_key", "flag-key", "--api-key");
}

#[test]
fn a_providers_key_alone_chooses_its_model() {
    let case = Case::new("").env("ANTHROPIC_API_KEY", "k");
    let source = "chosen because ANTHROPIC_API_KEY is set";
    case.finds("llm.model", "anthropic/claude-sonnet-5-5", source);
    case.finds("llm.api_key", "k", "environment: ANTHROPIC_API_KEY");
    let config = Case::new("").load().unwrap();
    assert!(config.model().is_none() && !config.has_key());
}

#[test]
fn every_setting_of_the_model_has_a_variable() {
    let case = Case::new("")
        .env("LLM_MODEL", "m")
        .env("LLM_TEMPERATURE", "0.25")
        .env("LLM_CACHING_PROMPT", "off")
        .env("LLM_MAX_OUTPUT_TOKENS", "4096")
        .env("LLM_EXTRA_HEADERS", r#"{"X-Team":"a"}"#);
    let spec = case.load().unwrap().llm().unwrap();
    assert_eq!(spec.temperature, Some(0.25));
    assert!(!spec.caching_prompt);
    assert_eq!(spec.max_output_tokens, Some(4096));
    assert_eq!(spec.extra_headers.unwrap()["X-Team"], "a");
    assert!(
        spec.stream,
        "replies are streamed unless someone says otherwise"
    );
}

#[test]
fn every_field_is_read_by_the_model_or_the_run() {
    for field in FIELDS.iter().filter(|field| field.section() == "llm") {
        let value = match field.kind {
            Kind::Text if field.key() == "api_mode" => json!("chat"),
            Kind::Text | Kind::Secret => json!("x"),
            Kind::Flag => json!(true),
            Kind::Whole | Kind::Number => json!(3),
            Kind::Table | Kind::SecretTable => json!({"a": "b"}),
        };
        let spec = json!({ field.key(): value });
        let spec: LlmSpec = serde_json::from_value(spec).unwrap();
        assert!(spec.rest.is_empty(), "{} is read by nobody", field.name);
    }
}

#[test]
fn mistakes_in_the_file_name_line_and_column() {
    Case::new("[llm]\nmodel = 5\n").fails("FILE:2:9: llm.model must be text");
    Case::new("[run]\nconfirm = \"yes\"\n").fails("FILE:2:11: run.confirm must be true or false");
    Case::new("llm = 3\n").fails("FILE:1:1: `llm` must be a section: [llm]");
    let failure = Case::new("[llm]\nmodel = \"a\nstream = true\n")
        .load()
        .err()
        .unwrap();
    assert!(failure.message.contains("config.toml:2:"), "{failure}");
    Case::new("[run]\nmax_iterations = 0\n")
        .fails("run.max_iterations must be 1 or more; FILE:2 says 0");
    Case::new("[run]\nbudget = -1.0\n").fails("run.budget must be above zero; FILE:2 says -1.0");
    Case::new("[llm]\nbase_url = \"localhost:11434\"\n").fails(
        "llm.base_url must be an address that starts with http:// or https://; FILE:2 says \"localhost:11434\"",
    );
}

#[test]
fn mistakes_in_variables_name_the_variable() {
    Case::new("")
        .env("LLM_TEMPERATURE", "warm")
        .fails("LLM_TEMPERATURE must be a number; it is `warm`");
    Case::new("")
        .env("OPENHANDS_CONFIRM", "perhaps")
        .fails("OPENHANDS_CONFIRM must be true or false; it is `perhaps`");
}

#[test]
fn unknown_names_are_warned_of_with_the_nearest_one() {
    Case::new("[llm]\nmodle = \"m\"\n")
        .warns("FILE:2:1: `llm.modle` is not a setting; did you mean `llm.model`?");
    Case::new("[sandbox]\nx = 1\n").warns("FILE:1:2: `sandbox` is not a setting");
    Case::new("")
        .env("LLM_MODLE", "m")
        .warns("LLM_MODLE is not a setting; did you mean LLM_MODEL?");
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let case = Case::new("");
    let env: Environment = case.env.iter().cloned().collect();
    let missing = case.home.path().join("missing.toml");
    let failure = Config::load(Inputs {
        env: &env,
        file: Some(&missing),
        flags: Vec::new(),
        key_variables: &variables,
    })
    .err()
    .unwrap();
    assert!(failure.message.contains("missing.toml"), "{failure}");
    assert!(failure.message.contains("--config"), "{failure}");
}

#[test]
fn secrets_are_masked_in_the_listing() {
    let case =
        Case::new("[llm]\napi_key = \"s3cret\"\nextra_headers = { Authorization = \"s3cret\" }\n");
    let rows = case.load().unwrap().rows(true);
    let shown = serde_json::to_string(&rows).unwrap();
    assert!(!shown.contains("s3cret"));
    assert!(shown.contains(domain::MASK) && shown.contains("Authorization"));
    assert!(
        rows.iter()
            .any(|row| row.name == "run.max_iterations" && row.value == 500)
    );
}

#[test]
fn without_a_home_there_is_a_way_out() {
    let env = Environment::default();
    let failure = home(&env).err().unwrap();
    assert!(failure.message.contains("set OPENHANDS_HOME"), "{failure}");
    let env = Environment::from([("HOME", "/home/ada")]);
    assert_eq!(home(&env).unwrap().0, Path::new("/home/ada/.openhands"));
    let env = Environment::from([("HOME", "/home/ada"), ("OPENHANDS_HOME", "~/elsewhere")]);
    assert_eq!(home(&env).unwrap().0, Path::new("/home/ada/elsewhere"));
}
