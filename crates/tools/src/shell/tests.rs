//! Where each setting of a terminal comes from, and which one wins.

use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::Map;
use serde_json::{Value, json};

use super::{Shell, terminal, usual};
use crate::registry::Ground;

fn ground(environment: &[(&str, &str)]) -> Ground {
    let environment = environment.iter();
    Ground {
        workspace: PathBuf::from("/work"),
        outputs: PathBuf::from("/kept/outputs"),
        conversation: PathBuf::from("/kept"),
        environment: environment
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        shell: Shell::default(),
    }
}

fn map(settings: Value) -> Map {
    serde_json::from_value(settings).unwrap()
}

#[test]
fn a_shell_starts_in_the_workspace_with_the_environment() {
    let config = usual(&ground(&[("PATH", "/bin")]));
    assert_eq!(config.working_dir, Path::new("/work"));
    assert_eq!(config.outputs.as_deref(), Some(Path::new("/kept/outputs")));
    assert_eq!(config.env, [("PATH".into(), "/bin".into())]);
    assert_eq!(config.soft_timeout, Duration::from_secs(30));
    assert_eq!((config.idle_cap, config.nice), (None, Some(10)));
}

#[test]
fn the_environment_says_how_long_and_how_nicely() {
    let cases = [
        ("1200", Some(1200.0)),
        (" 90.5 ", Some(90.5)),
        ("0", None),
        ("-1", None),
        ("soon", None),
        ("", None),
    ];
    for (seconds, cap) in cases {
        let config = usual(&ground(&[("OH_RUNTIME_IDLE_TIMEOUT_SECONDS", seconds)]));
        assert_eq!(config.idle_cap, cap, "{seconds}");
    }
    for (priority, nice) in [
        ("none", None),
        (" None ", None),
        ("low", Some(10)),
        ("", Some(10)),
    ] {
        let config = usual(&ground(&[("OH_TERMINAL_PROCESS_PRIORITY", priority)]));
        assert_eq!(config.nice, nice, "{priority}");
    }
}

#[test]
fn settings_of_other_programs_are_understood() {
    for settings in [
        json!({}),
        json!({"no_change_timeout_seconds": 5, "shell_path": "/bin/sh", "env": {"A": "b"}}),
        json!({"terminal_type": "subprocess", "username": null}),
    ] {
        assert!(terminal(&ground(&[]), &map(settings)).is_ok());
    }
}

#[test]
fn settings_that_mean_nothing_are_refused() {
    for (settings, reason) in [
        (json!({"colour": "red"}), "unknown field `colour`"),
        (
            json!({"terminal_type": "teletype"}),
            "unknown variant `teletype`",
        ),
        (json!({"no_change_timeout_seconds": -1}), "invalid value"),
        (json!({"username": "openhands"}), "leave `username` out"),
    ] {
        let refusal = terminal(&ground(&[]), &map(settings))
            .unwrap_err()
            .to_string();
        assert!(
            refusal.starts_with("The settings of the tool 'terminal' cannot be used: "),
            "{refusal}"
        );
        assert!(refusal.contains(reason), "{refusal}");
    }
}
