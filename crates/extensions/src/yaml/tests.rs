//! Words, aliases and limits of YAML.

use proptest::prelude::*;

use super::{Yaml, parse};

fn value(text: &str) -> Yaml {
    parse(text).unwrap()
}

fn word(text: &str) -> String {
    value(&format!("a: {text}")).get("a").unwrap().spelled()
}

#[test]
fn plain_words_mean_what_yaml_1_1_says() {
    for (written, meant) in [
        ("yes", "True"),
        ("Off", "False"),
        ("~", "None"),
        ("", "None"),
        ("0123", "83"),
        ("0x1F", "31"),
        ("0b101", "5"),
        ("1_000", "1000"),
        ("1:30", "90"),
        ("-7", "-7"),
        ("1.50", "1.5"),
        ("1e5", "1e5"),
        ("1.0e+5", "100000.0"),
        (".inf", "inf"),
        ("2024-01-02", "2024-01-02"),
        ("089", "089"),
        ("1.2.3", "1.2.3"),
        ("nope", "nope"),
    ] {
        assert_eq!(word(written), meant, "{written:?}");
    }
}

#[test]
fn quotes_and_tags_keep_a_word_a_text() {
    for written in ["'yes'", "\"yes\"", "!!str yes"] {
        let read = value(&format!("a: {written}"));
        assert_eq!(read.get("a"), Some(&Yaml::Text("yes".to_owned())));
    }
}

#[test]
fn a_tag_that_nobody_knows_is_refused() {
    for text in ["a: !!python/object:os.system x", "a: !foo x", "a: !!int x"] {
        assert!(parse(text).is_err(), "{text}");
    }
}

#[test]
fn merged_keys_do_not_hide_given_ones() {
    let read = value("base: &b {x: 1, y: 2}\nx: 3\n<<: *b\n");
    assert_eq!(read.get("x"), Some(&Yaml::Int(3)));
    assert_eq!(read.get("y"), Some(&Yaml::Int(2)));
}

#[test]
fn aliases_of_aliases_end_before_they_fill_the_memory() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..12 {
        let before = format!("*a{}", i - 1);
        let ten = vec![before; 10].join(", ");
        bomb.push_str(&format!("a{i}: &a{i} [{ten}]\n"));
    }
    assert!(parse(&bomb).unwrap_err().to_string().contains("more than"));
}

#[test]
fn deep_nesting_is_refused() {
    assert!(parse(&"[".repeat(100_000)).is_err());
    let closed = format!("{}{}", "[".repeat(80), "]".repeat(80));
    assert!(parse(&closed).unwrap_err().to_string().contains("deeper"));
}

#[test]
fn two_documents_are_one_too_many() {
    assert!(parse("a: 1\n---\nb: 2\n").is_err());
}

proptest! {
    #[test]
    fn no_text_breaks_the_reader(text in "[-a-z0-9:&*!{}\\[\\],'\"#|> \n\t]{0,200}") {
        let _ = parse(&text).map(|value| (value.spelled(), value.json()));
    }
}
