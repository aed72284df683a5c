//! Which words and which files bring a skill in.

use proptest::prelude::*;

use super::{Skill, Trigger, glob};

fn called(words: &[&str]) -> Skill {
    let mut skill = Skill::always("s", String::new());
    skill.trigger = Some(Trigger::Keyword {
        keywords: words.iter().map(|word| (*word).to_owned()).collect(),
    });
    skill
}

#[test]
fn a_word_calls_a_skill_only_as_a_whole_word() {
    let skill = called(&["git", "/linear"]);
    assert_eq!(skill.called_by("use GIT, please"), Some("git"));
    assert_eq!(skill.called_by("see github"), None);
    assert_eq!(skill.called_by("try /linear now"), Some("/linear"));
    assert_eq!(skill.called_by("digit"), None);
    assert_eq!(skill.called_by("é git"), Some("git"));
}

#[test]
fn an_empty_word_calls_nothing() {
    assert_eq!(called(&[""]).called_by("anything"), None);
}

#[test]
fn patterns_cross_folders_only_where_they_say_so() {
    for (pattern, path, fits) in [
        ("*.py", "a/b/c.py", true),
        ("*.py", "c.py", true),
        ("src/*.ts", "src/a.ts", true),
        ("src/*.ts", "src/a/b.ts", false),
        ("src/**/*.ts", "src/b.ts", true),
        ("src/**/*.ts", "src/a/b/c.ts", true),
        ("src/**", "src/a/b", true),
        ("**/x", "x", true),
        ("a?c", "abc", true),
        ("a?c", "z/abc", true),
        ("d/a?c", "d/a/c", false),
        ("[a].md", "[a].md", true),
        ("[a].md", "a.md", false),
        ("", "x", false),
    ] {
        assert_eq!(glob::fits(pattern, path), fits, "{pattern} over {path}");
    }
}

#[test]
fn a_hostile_pattern_takes_no_time() {
    let pattern = "**/*".repeat(200) + "x";
    assert!(!glob::fits(&pattern, &"a/".repeat(2000)));
}

proptest! {
    #[test]
    fn a_path_fits_itself(path in "[a-z]{1,5}(/[a-z.]{1,5}){1,3}") {
        prop_assert!(glob::fits(&path, &path));
    }
}
