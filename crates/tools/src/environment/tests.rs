//! Which variables reach the agent's commands.

use super::for_commands;

fn names(parent: &[(&str, &str)]) -> Vec<String> {
    let parent: Vec<(String, String)> = parent
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    for_commands(&parent)
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect()
}

#[test]
fn our_keys_and_those_of_models_are_left_out() {
    for secret in [
        "SESSION_API_KEY",
        "OH_SECRET_KEY",
        "OH_SESSION_API_KEYS_0",
        "OH_SESSION_API_KEYS_12",
        "LMNR_PROJECT_API_KEY",
        "LMNR_BASE_URL",
        "OTEL_HEADERS",
        "OTEL_EXPORTER_OTLP_HEADERS",
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
        "LLM_API_KEY",
        "LLM_CONDENSER_API_KEY",
        "OPENAI_API_KEY",
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_AUTH_TOKEN",
        "GEMINI_API_KEY",
        "AZURE_OPENAI_API_KEY",
        "OPENROUTER_API_KEY",
    ] {
        assert_eq!(names(&[(secret, "x")]), ["AI_AGENT=openhands"], "{secret}");
    }
}

#[test]
fn all_else_stays_in_its_order() {
    let kept = [
        ("PATH", "/bin"),
        ("HOME", "/home/me"),
        ("STRIPE_API_KEY", "theirs"),
        ("GITHUB_TOKEN", "theirs"),
        ("OTEL_SERVICE_NAME", "x"),
        ("LLM_MODEL", "m"),
        ("OH_RUNTIME_IDLE_TIMEOUT_SECONDS", "1200"),
    ];
    let mut expected: Vec<String> = kept.iter().map(|(n, v)| format!("{n}={v}")).collect();
    expected.push("AI_AGENT=openhands".to_owned());
    assert_eq!(names(&kept), expected);
}

#[test]
fn a_name_for_the_agent_is_kept_unless_blank() {
    assert_eq!(names(&[("AI_AGENT", "mine")]), ["AI_AGENT=mine"]);
    assert_eq!(names(&[("AI_AGENT", " ")]), ["AI_AGENT=openhands"]);
}
