//! `grep` and `glob` over real trees.

use std::fs::File;
use std::time::{Duration, SystemTime};

use domain::{GlobObservation, GrepObservation, Observation};
use serde_json::{Value, json};

use super::hands::Hands;

async fn grep(hands: &Hands, fields: Value) -> GrepObservation {
    let observation = hands.act("grep", "GrepAction", fields).await;
    let Observation::Grep(observation) = observation else {
        panic!("grep answered with {}", observation.kind());
    };
    observation
}

async fn glob(hands: &Hands, fields: Value) -> GlobObservation {
    let observation = hands.act("glob", "GlobAction", fields).await;
    let Observation::Glob(observation) = observation else {
        panic!("glob answered with {}", observation.kind());
    };
    observation
}

/// Sets when a file was last changed: the larger the number, the newer.
fn date(path: &str, order: u64) {
    let file = File::options().append(true).open(path).unwrap();
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + order);
    file.set_modified(time).unwrap();
}

fn root(hands: &Hands) -> String {
    hands.path("").canonicalize().unwrap().display().to_string()
}

/// The paths below the workspace.
fn below(hands: &Hands, paths: &[String]) -> Vec<String> {
    let root = root(hands);
    let below = |path: &String| {
        path.strip_prefix(&format!("{root}/"))
            .unwrap_or(path)
            .to_owned()
    };
    paths.iter().map(below).collect()
}

#[tokio::test]
async fn grep_lists_files_newest_first() {
    let hands = Hands::new();
    for (name, content, order) in [
        ("old.txt", "Needle\n", 1),
        ("deep/new.rs", "a needle b\n", 2),
        ("other", "hay\n", 3),
    ] {
        date(&hands.write(name, content), order);
    }
    let found = grep(&hands, json!({"pattern": "n.edle"})).await;
    let root = root(&hands);
    assert_eq!(
        json!(Observation::Grep(found)),
        json!({
            "content": [{"cache_prompt": false, "type": "text", "text": format!("Found 2 file(s) containing pattern 'n.edle' in '{root}':\n{root}/deep/new.rs\n{root}/old.txt")}],
            "is_error": false,
            "matches": [format!("{root}/deep/new.rs"), format!("{root}/old.txt")],
            "pattern": "n.edle",
            "search_path": root,
            "truncated": false,
            "kind": "GrepObservation",
        })
    );
}

#[tokio::test]
async fn grep_can_be_narrowed() {
    let hands = Hands::new();
    for name in ["a.ts", "b.tsx", "c.js", "src/d.ts", "src/deep/e.ts"] {
        hands.write(name, "needle");
    }
    let cases = [
        (
            json!({"pattern": "needle", "include": "*.{ts,tsx}"}),
            vec!["a.ts", "b.tsx", "src/d.ts", "src/deep/e.ts"],
        ),
        (
            json!({"pattern": "needle", "include": "src/*.ts"}),
            vec!["src/d.ts"],
        ),
        (
            json!({"pattern": "needle", "include": "src/**/*.ts"}),
            vec!["src/d.ts", "src/deep/e.ts"],
        ),
        (
            json!({"pattern": "needle", "include": "**/e.ts"}),
            vec!["src/deep/e.ts"],
        ),
        (
            json!({"pattern": "needle", "path": hands.name("src/deep")}),
            vec!["src/deep/e.ts"],
        ),
        (
            json!({"pattern": "needle", "path": "src/deep"}),
            vec!["src/deep/e.ts"],
        ),
    ];
    for (fields, expected) in cases {
        let mut found = below(&hands, &grep(&hands, fields.clone()).await.matches);
        found.sort();
        assert_eq!(found, expected, "{fields}");
    }
    let none = grep(&hands, json!({"pattern": "needle", "include": "*.py"})).await;
    let root = root(&hands);
    assert_eq!(
        none.content[0].as_text(),
        Some(&*format!(
            "No files found containing pattern 'needle' in directory '{root}' (filtered by '*.py')"
        ))
    );
    assert_eq!(none.include_pattern.as_deref(), Some("*.py"));
    assert!(!none.is_error);
}

#[tokio::test]
async fn grep_passes_over_what_nobody_wrote() {
    let hands = Hands::new();
    for name in ["seen.txt", ".hidden.txt", ".git/config", "target/out.txt"] {
        hands.write(name, "needle");
    }
    hands.write(".gitignore", "target/\n");
    hands.write("binary", b"\0\x01needle");
    std::os::unix::fs::symlink("seen.txt", hands.path("link.txt")).unwrap();
    let found = grep(&hands, json!({"pattern": "needle"})).await;
    assert_eq!(below(&hands, &found.matches), ["seen.txt"]);
    // Unless it is asked for by name and there is nothing else.
    let found = grep(&hands, json!({"pattern": "needle", "include": "out.*"})).await;
    assert_eq!(below(&hands, &found.matches), ["target/out.txt"]);
}

#[tokio::test]
async fn grep_explains_what_it_cannot_do() {
    let hands = Hands::new();
    let file = hands.write("a.txt", "");
    let cases = [
        (json!({"pattern": "("}), "Invalid regex pattern: "),
        (
            json!({"pattern": "x", "path": file}),
            &*format!("Search path '{file}' is not a valid directory"),
        ),
        (
            json!({"pattern": "x", "path": "gone"}),
            "Search path 'gone' is not a valid directory",
        ),
        (
            json!({"pattern": "x", "include": "[a"}),
            "Invalid include pattern: ",
        ),
    ];
    for (fields, expected) in cases {
        let found = grep(&hands, fields).await;
        assert!(found.is_error && found.matches.is_empty());
        let said = found.content[0].as_text().unwrap();
        assert!(said.starts_with(expected), "{said}");
    }
}

#[tokio::test]
async fn a_hundred_is_all_and_one_more_is_too_many() {
    let hands = Hands::new();
    for n in 0..100 {
        date(&hands.write(&format!("{n}.txt"), "needle"), n);
    }
    let (greps, globs) = (
        grep(&hands, json!({"pattern": "needle"})).await,
        glob(&hands, json!({"pattern": "*.txt"})).await,
    );
    assert!(!greps.truncated && !globs.truncated);
    assert_eq!((greps.matches.len(), globs.files.len()), (100, 100));
    date(&hands.write("old.txt", "needle"), 0);
    hands.write("newest.txt", "needle");
    let (greps, globs) = (
        grep(&hands, json!({"pattern": "needle"})).await,
        glob(&hands, json!({"pattern": "*.txt"})).await,
    );
    assert!(greps.truncated && globs.truncated);
    assert_eq!(greps.matches, globs.files);
    assert_eq!(below(&hands, &globs.files)[..2], ["newest.txt", "99.txt"]);
    for content in [&greps.content, &globs.content] {
        let said = content[0].as_text().unwrap();
        assert!(said.starts_with("Found 100 file(s) "));
        assert!(said.ends_with(
            "\n\n[Results truncated to first 100 files. Consider using a more specific pattern.]"
        ));
    }
}

#[tokio::test]
async fn glob_finds_by_name() {
    let hands = Hands::new();
    for name in [
        "a.py",
        "src/b.py",
        "src/deep/c.py",
        "src/[id]/d.ts",
        "test_x.py",
        ".github/ci.yml",
        ".env",
    ] {
        hands.write(name, "");
    }
    hands.write(".git/config", "");
    hands.write("build/out.log", "");
    hands.write(".gitignore", "build/\n");
    let root = root(&hands);
    let cases = [
        (
            json!({"pattern": "*.py"}),
            vec!["a.py", "src/b.py", "src/deep/c.py", "test_x.py"],
        ),
        (
            json!({"pattern": "**/*.py"}),
            vec!["a.py", "src/b.py", "src/deep/c.py", "test_x.py"],
        ),
        (json!({"pattern": "src/*.py"}), vec!["src/b.py"]),
        (
            json!({"pattern": "./src/**/*.py"}),
            vec!["src/b.py", "src/deep/c.py"],
        ),
        (json!({"pattern": "src/b.py"}), vec!["src/b.py"]),
        (json!({"pattern": "src/[id]/*"}), vec!["src/[id]/d.ts"]),
        (
            json!({"pattern": "{a,test_*}.py"}),
            vec!["a.py", "test_x.py"],
        ),
        (
            json!({"pattern": "?.py", "path": hands.name("src")}),
            vec!["src/b.py", "src/deep/c.py"],
        ),
        (
            json!({"pattern": "../*.py", "path": hands.name("src")}),
            vec!["a.py", "test_x.py"],
        ),
        (
            json!({"pattern": format!("{root}/src/*.py")}),
            vec!["src/b.py"],
        ),
        (
            json!({"pattern": format!("{root}/src/b.py")}),
            vec!["src/b.py"],
        ),
        (json!({"pattern": "~/workspace/a.*"}), vec!["a.py"]),
        (json!({"pattern": ".github/*"}), vec![".github/ci.yml"]),
        (json!({"pattern": ".env*"}), vec![".env"]),
        (json!({"pattern": "*.log"}), vec!["build/out.log"]),
        (json!({"pattern": "build/*"}), vec!["build/out.log"]),
        (
            json!({"pattern": ""}),
            vec![
                "a.py",
                "src/[id]/d.ts",
                "src/b.py",
                "src/deep/c.py",
                "test_x.py",
            ],
        ),
    ];
    for (fields, expected) in cases {
        let found = glob(&hands, fields.clone()).await;
        let mut files = below(&hands, &found.files);
        files.sort();
        assert_eq!(files, expected, "{fields}");
        assert!(!found.is_error && !found.truncated);
    }
}

#[tokio::test]
async fn glob_says_where_it_looked() {
    let hands = Hands::new();
    date(&hands.write("src/a.py", ""), 1);
    date(&hands.write("src/b.py", ""), 2);
    let root = root(&hands);
    let pattern = format!("{root}/src/*.py");
    let found = glob(&hands, json!({"pattern": pattern})).await;
    assert_eq!(
        json!(Observation::Glob(found)),
        json!({
            "content": [{"cache_prompt": false, "type": "text", "text": format!("Found 2 file(s) matching pattern '{pattern}' in '{root}/src':\n{root}/src/b.py\n{root}/src/a.py")}],
            "is_error": false,
            "files": [format!("{root}/src/b.py"), format!("{root}/src/a.py")],
            "pattern": pattern,
            "search_path": format!("{root}/src"),
            "truncated": false,
            "kind": "GlobObservation",
        })
    );
    let none = glob(&hands, json!({"pattern": "src/*.rs"})).await;
    assert_eq!(
        none.content[0].as_text(),
        Some(&*format!(
            "No files found matching pattern 'src/*.rs' in directory '{root}'"
        ))
    );
}

#[tokio::test]
async fn glob_explains_what_it_cannot_do() {
    let hands = Hands::new();
    let missing = hands.name("gone");
    let cases = [
        (
            json!({"pattern": "*", "path": missing}),
            format!("Search path '{missing}' is not a valid directory"),
        ),
        (
            json!({"pattern": "[a"}),
            "Invalid glob pattern: ".to_owned(),
        ),
        (
            json!({"pattern": "{a"}),
            "Invalid glob pattern: ".to_owned(),
        ),
    ];
    for (fields, expected) in cases {
        let found = glob(&hands, fields).await;
        assert!(found.is_error);
        let said = found.content[0].as_text().unwrap();
        assert!(said.starts_with(&expected), "{said}");
    }
}
