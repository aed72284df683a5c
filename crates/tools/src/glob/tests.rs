//! How patterns are taken apart.

use std::fs;
use std::path::Path;

use super::Aim;

#[test]
fn a_pattern_starts_where_it_stops_being_a_name() {
    let dir = tempfile::tempdir().unwrap();
    let ws = dir.path();
    fs::create_dir_all(ws.join("src/[id]")).unwrap();
    fs::write(ws.join("src/main.rs"), "").unwrap();
    let at = |below: &str| ws.join(below).display().to_string();
    let cases = [
        // pattern, the directory that is named, the directory the walk starts in, the rest
        ("*.rs".to_owned(), at(""), at(""), "**/*.rs"),
        (String::new(), at(""), at(""), "**/*"),
        ("**/*.rs".to_owned(), at(""), at(""), "**/*.rs"),
        ("src/**/*.rs".to_owned(), at(""), at("src"), "**/*.rs"),
        ("./src/*.rs".to_owned(), at(""), at("src"), "*.rs"),
        ("src/main.rs".to_owned(), at(""), at("src"), "main.rs"),
        ("src/[id]/*.ts".to_owned(), at(""), at("src/[id]"), "*.ts"),
        ("src/[a-z]/*.ts".to_owned(), at(""), at("src"), "[a-z]/*.ts"),
        ("src/".to_owned(), at(""), at("src"), "**/*"),
        (at("src/*.rs"), at("src"), at("src"), "*.rs"),
        (at("src"), at("src"), at("src"), "**/*"),
        (at("src/main.rs"), at("src"), at("src"), "main.rs"),
        ("/*/x".to_owned(), "/".to_owned(), "/".to_owned(), "*/x"),
        ("~/*.rs".to_owned(), at("home"), at("home"), "*.rs"),
    ];
    for (pattern, place, start, rest) in cases {
        let aim = Aim::take(ws, Some(&ws.join("home")), &pattern);
        let expected = Aim {
            place: Path::new(&place).to_owned(),
            start: Path::new(&start).to_owned(),
            rest: rest.to_owned(),
        };
        // A path that ends in a slash is the same path.
        assert_eq!(aim, expected, "{pattern}");
    }
}
