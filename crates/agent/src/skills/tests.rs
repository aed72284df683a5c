//! What sets a skill off, and what is told of it.

use domain::{Message, Observation};
use serde_json::{Value, json};

use super::{glob, invoke, listed, of_repository, on_demand, recalled, recalled_by_file};

fn context() -> Value {
    json!({
        "skills": [
            {"name": "gitty", "content": "Always rebase.", "trigger": {"type": "keyword", "keywords": ["git", "pull request"]},
             "source": "/w/gitty.md"},
            {"name": "repo", "content": "This repo is odd."},
            {"name": "claude", "content": "For Claude."},
            {"name": "pdf", "content": "# PDF\nUse <pdftool>.", "description": "Handles PDFs & more", "is_agentskills_format": true,
             "source": "/w/.agents/skills/pdf/SKILL.md"},
            {"name": "quiet", "content": "Shh", "is_agentskills_format": true, "disable_model_invocation": true,
             "trigger": {"type": "task", "triggers": ["/quiet"]}},
            {"name": "rust", "content": "No unwrap.", "trigger": {"type": "path", "paths": ["**/*.rs", "docs/*.md"]}},
            {"name": "off", "content": "Off.", "trigger": {"type": "keyword", "keywords": ["git"]}},
        ],
        "disabled_skills": ["off"],
        "user_message_suffix": " BE NICE ",
    })
}

fn names(text: &str, before: &[&str]) -> Vec<String> {
    let before: Vec<String> = before.iter().map(|&name| name.to_owned()).collect();
    let found = recalled(Some(&context()), &Message::user(text), &before);
    found.unwrap().names
}

#[test]
fn whole_words_in_any_case_set_a_skill_off_once() {
    assert_eq!(names("use Git, please", &[]), ["gitty"]);
    assert_eq!(names("a Pull Request?", &[]), ["gitty"]);
    assert_eq!(names("github digit", &[]), [] as [&str; 0]);
    assert_eq!(names("git", &["gitty"]), [] as [&str; 0]);
    assert_eq!(names("git and /quiet", &[]), ["gitty", "quiet"]);
}

#[test]
fn what_is_recalled_says_why_and_ends_with_what_is_always_added() {
    let text = recalled(Some(&context()), &Message::user("git!"), &[]).unwrap();
    let text = text.content.text;
    assert!(
        text.contains("\"git\"") && text.contains("Always rebase.") && text.contains("/w/gitty.md")
    );
    assert!(text.ends_with("</EXTRA_INFO>\nBE NICE"), "{text}");
    let plain = recalled(Some(&context()), &Message::user("hello"), &[]).unwrap();
    assert_eq!(
        (plain.content.text.as_str(), plain.names.len()),
        ("BE NICE", 0)
    );
    assert_eq!(recalled(None, &Message::user("git"), &[]), None);
}

#[test]
fn a_file_sets_rules_off() {
    let found = |path| recalled_by_file(Some(&context()), path, &[]).map(|r| r.names);
    assert_eq!(found("src/a/b.rs").unwrap(), ["rust"]);
    assert_eq!(found("main.rs").unwrap(), ["rust"]);
    assert_eq!(found("docs/a.md").unwrap(), ["rust"]);
    assert_eq!(found("docs/a/b.md"), None);
    let before = ["rust".to_owned()];
    assert_eq!(recalled_by_file(Some(&context()), "a.rs", &before), None);
}

#[test]
fn patterns_cross_folders_only_where_they_say_so() {
    for (pattern, path, fits) in [
        ("*", "a", true),
        ("*", "a/b", false),
        ("**", "a/b", true),
        ("a/**", "a/b/c", true),
        ("a/**/c", "a/c", true),
        ("a/**/c", "a/x/y/c", true),
        ("?.rs", "\u{e4}.rs", true),
        ("?.rs", "ab.rs", false),
        ("src/*.{rs}", "src/a.rs", false),
        ("./a", "a", true),
    ] {
        assert_eq!(glob::fits(pattern, path), fits, "{pattern} {path}");
    }
}

#[test]
fn instructions_hold_what_always_holds_and_a_list_of_the_rest() {
    let context = context();
    let always = of_repository(Some(&context), "openai/gpt-5").unwrap();
    assert!(always.contains("This repo is odd.") && !always.contains("For Claude."));
    assert!(
        of_repository(Some(&context), "anthropic/x")
            .unwrap()
            .contains("For Claude.")
    );
    let listed = listed(Some(&context)).unwrap();
    assert!(listed.contains("<name>pdf</name>\n    <description>Handles PDFs &amp; more<"));
    assert!(listed.contains("<name>gitty</name>\n    <description>Always rebase.<"));
    for absent in ["quiet", "pdftool", "odd", ">off<"] {
        assert!(!listed.contains(absent), "{absent}");
    }
    assert!(on_demand(Some(&context)));
    assert!(!on_demand(Some(
        &json!({"skills": [{"name": "a", "content": ""}]})
    )));
}

#[test]
fn a_skill_is_told_whole_to_who_asks_by_name() {
    let told = |name: &str| {
        let Observation::InvokeSkill(told) = invoke(Some(&context()), name, "/w") else {
            panic!("no skill");
        };
        (told.content[0].as_text().unwrap().to_owned(), told.is_error)
    };
    let (text, is_error) = told(" pdf ");
    assert!(
        text.contains("Use <pdftool>.") && text.contains("`.agents/skills/pdf`"),
        "{text}"
    );
    assert!(!is_error);
    let (text, is_error) = told("pdff");
    assert!(text.contains("gitty, pdf") && is_error, "{text}");
    assert!(told("quiet").1);
}
