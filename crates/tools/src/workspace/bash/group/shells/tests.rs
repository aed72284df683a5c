//! Which commands are plain.

use super::is_plain;

#[test]
fn programs_with_plain_words_are_plain() {
    for command in [
        "true",
        "git status --short",
        "ls -la /tmp/a_b",
        " python3 -m http.server 80",
        "./run",
    ] {
        assert!(is_plain(command), "{command}");
    }
}

#[test]
fn whatever_a_shell_understands_is_not() {
    for command in [
        "", " ", "echo a", "source x", "[ a ]", "a; b", "a | b", "a && b", "$x", "a=b c", "~/x",
        "a*", "a?", "a > b", "a\nb", "'a'", "{a,b}", "!x", "a # b", "a &", "time x", "ä", "a\tb",
        "printf x", "kill 1", "cd x", "`x`", "a^b",
    ] {
        assert!(!is_plain(command), "{command}");
    }
}
