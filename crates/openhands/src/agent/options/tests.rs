//! Every form in which the environment may speak, and what is refused.

use super::*;

fn with(pairs: &[(&str, &str)]) -> Result<Config, Failure> {
    let pairs = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    read(&pairs.collect())
}

#[test]
fn values_lists_parts_and_nulls_are_read() {
    let config = with(&[
        ("OH_MAX_CONCURRENT_RUNS", "3"),
        ("OH_DEFERRED_INIT", "True"),
        ("OH_SESSION_API_KEYS_0", "one"),
        ("OH_SESSION_API_KEYS_1", "two"),
        ("OH_ALLOW_CORS_ORIGINS", r#"["https://a.example"]"#),
        ("OH_WEBHOOKS_0_BASE_URL", "http://127.0.0.1:1/hooks"),
        ("OH_WEBHOOKS_0_HEADERS", r#"{"x-a": "b"}"#),
        ("OH_WEBHOOKS_0_FLUSH_DELAY", "0.5"),
        ("OH_CONVERSATIONS_PATH", "/data/conversations"),
        ("OH_BASH_EVENTS_RETENTION_SECONDS_IS_NONE", "1"),
    ])
    .unwrap();
    assert_eq!(config.max_concurrent_runs, 3);
    assert!(config.deferred_init);
    assert_eq!(config.session_api_keys, ["one", "two"]);
    assert_eq!(config.allow_cors_origins, ["https://a.example"]);
    assert_eq!(config.webhooks[0].base_url, "http://127.0.0.1:1/hooks");
    assert_eq!(config.webhooks[0].headers["x-a"], "b");
    assert_eq!(config.webhooks[0].flush_delay, 0.5);
    assert_eq!(config.webhooks[0].event_buffer_size, 5);
    assert_eq!(config.conversations_path, Path::new("/data/conversations"));
    assert_eq!(config.bash_events_retention_seconds, None);
}

#[test]
fn the_older_name_of_the_key_counts_while_the_newer_is_not_used() {
    let older = with(&[("SESSION_API_KEY", "old")]).unwrap();
    assert_eq!(older.session_api_keys, ["old"]);
    let both = with(&[("SESSION_API_KEY", "old"), ("OH_SESSION_API_KEYS_0", "new")]).unwrap();
    assert_eq!(both.session_api_keys, ["new"]);
}

#[test]
fn what_means_nothing_is_refused_by_name() {
    for (name, value) in [
        ("OH_MAX_CONCURRENT_RUNS", "many"),
        ("OH_LEASE_TTL_SECONDS", "-"),
        ("OH_WEBHOOKS", "{}"),
        ("OH_WEBHOOKS_0_HEADERS", "x"),
    ] {
        let failure = with(&[(name, value)]).err().unwrap();
        assert!(failure.message.contains(name), "{name}: {failure}");
    }
}

#[test]
fn a_file_is_read_and_the_environment_goes_over_it() {
    let place = tempfile::TempDir::new().unwrap();
    let path = place.path().join("config.json");
    std::fs::write(
        &path,
        r#"{"max_concurrent_runs": 2, "web_url": "https://x.example"}"#,
    )
    .unwrap();
    let file = path.to_str().unwrap();
    let config = with(&[(FILE, file), ("OH_MAX_CONCURRENT_RUNS", "9")]).unwrap();
    assert_eq!(config.max_concurrent_runs, 9);
    assert_eq!(config.web_url.as_deref(), Some("https://x.example"));
    std::fs::write(&path, "[").unwrap();
    assert!(with(&[(FILE, file)]).err().unwrap().message.contains(file));
    std::fs::remove_file(&path).unwrap();
    assert!(with(&[(FILE, file)]).err().unwrap().message.contains(file));
}
