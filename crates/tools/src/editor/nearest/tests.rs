//! What is said about a text that is not there.

use proptest::prelude::*;

use super::hint;

const CODE: &str = "\
fn main() {
\tlet total = add(1, 2);
\tprintln!(\"{total}\");
}

fn add(left: u32, right: u32) -> u32 {
\tleft + right
}
";

#[test]
fn the_closest_lines_are_shown_as_a_difference() {
    assert_eq!(
        hint(
            CODE,
            "fn add(left: u64, right: u64) -> u64 {\n\tleft + right\n}"
        ),
        "
The closest text is in lines 6-8 (- is old_str, + is the file):
-fn add(left: u64, right: u64) -> u64 {
+fn add(left: u32, right: u32) -> u32 {
 \tleft + right
 }"
    );
}

#[test]
fn a_difference_in_indentation_is_named() {
    assert_eq!(
        hint(CODE, "    let total = add(1, 2);"),
        "
The closest text is in line 2 (- is old_str, + is the file):
-    let total = add(1, 2);
+\tlet total = add(1, 2);
Only white space differs: the file indents with 1 tab, old_str with 4 spaces."
    );
}

#[test]
fn other_white_space_is_named_too() {
    let at_end = hint("let a = 1;  \nlet b = 2;\n", "let a = 1;\nlet b = 2;");
    assert!(
        at_end.ends_with("\nOnly white space at the end of lines differs."),
        "{at_end}"
    );
    let inside = hint("let a  = 1;\n", "let a = 1;");
    assert!(
        inside.ends_with("\nOnly white space inside lines differs."),
        "{inside}"
    );
}

#[test]
fn line_numbers_and_backslashes_are_noticed() {
    let numbers = hint(
        CODE,
        "     6\tfn add(left: u32, right: u32) -> u32 {\n     7\t\tleft + right",
    );
    assert!(numbers.contains("leave them out"), "{numbers}");
    let backslashes = hint(CODE, "fn main() {\\n\\tlet total = add(1, 2);");
    assert!(backslashes.contains("with backslashes"), "{backslashes}");
}

#[test]
fn nothing_alike_is_not_guessed_at() {
    assert_eq!(hint(CODE, "zzz qqq"), "");
    assert_eq!(hint("", "anything"), "");
    assert_eq!(hint(CODE, "   "), "");
}

#[test]
fn a_huge_text_is_not_repeated() {
    let old = format!("{CODE}{}", "this line is in no file\n".repeat(20_000));
    let said = hint(CODE, &old);
    assert!(said.len() < 6_000, "{} bytes", said.len());
    let line = "x".repeat(1_000_000);
    assert!(hint(&format!("{line}y\n"), &format!("{line}z")).len() < 1_000);
}

#[test]
fn only_the_lines_around_the_difference_are_shown() {
    let file: String = (0..200)
        .map(|n| format!("let value_{n} = {n};\n"))
        .collect();
    let old = file.replace("let value_150 = 150;", "let value_150 = 151;");
    let said = hint(&file, &old);
    assert!(
        said.contains("-let value_150 = 151;\n+let value_150 = 150;"),
        "{said}"
    );
    assert!(!said.contains("value_100"), "{said}");
}

proptest! {
    #[test]
    fn never_fails(text in "([ab\t]|\\PC|\n){0,200}", old in "([ab\t]|\\PC|\n){0,60}") {
        let _ = hint(&text, &old);
    }
}
