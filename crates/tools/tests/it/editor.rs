//! The editor, command by command: what it says and what it leaves in the file.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use domain::Content;
use serde_json::json;

use super::hands::{Hands, names, text, wire};

#[tokio::test]
async fn missing_parameters_are_named() {
    let hands = Hands::new();
    let file = hands.write("a.txt", "one\n");
    let new = hands.name("new.txt");
    let cases = [
        (
            json!({"command": "create", "path": new}),
            "file_text",
            "create",
        ),
        (
            json!({"command": "str_replace", "path": file, "new_str": "x"}),
            "old_str",
            "str_replace",
        ),
        (
            json!({"command": "str_replace", "path": file, "old_str": "x"}),
            "new_str",
            "str_replace",
        ),
        (
            json!({"command": "insert", "path": file, "new_str": "x"}),
            "insert_line",
            "insert",
        ),
        (
            json!({"command": "insert", "path": file, "insert_line": 0}),
            "new_str",
            "insert",
        ),
    ];
    for (fields, parameter, command) in cases {
        let expected = format!("Parameter `{parameter}` is required for command: {command}.");
        assert_eq!(hands.said(fields).await, (expected, true));
    }
    assert_eq!(hands.read("a.txt"), b"one\n");
    assert_eq!(hands.names(), ["a.txt"]);
}

#[tokio::test]
async fn paths_that_do_not_fit_are_explained() {
    let hands = Hands::new();
    let file = hands.write("a.txt", "one\n");
    let (dir, gone, below) = (
        hands.name("").trim_end_matches('/').to_owned(),
        hands.name("gone"),
        hands.name("a.txt/b"),
    );
    let cases = [
        (json!({"command": "view", "path": "a.txt"}), format!("Invalid `path` parameter: a.txt. The path should be an absolute path. Maybe you meant {file}?")),
        (json!({"command": "view", "path": "./gone"}), "Invalid `path` parameter: gone. The path should be an absolute path.".to_owned()),
        (json!({"command": "create", "path": "new", "file_text": ""}), format!("Invalid `path` parameter: new. The path should be an absolute path. Maybe you meant {dir}/new?")),
        (json!({"command": "view", "path": ""}), format!("Invalid `path` parameter: .. The path should be an absolute path. Maybe you meant {dir}?")),
        (json!({"command": "view", "path": gone}), format!("Invalid `path` parameter: {gone}. The path {gone} does not exist. Please provide a valid path.")),
        (json!({"command": "view", "path": below}), format!("Invalid `path` parameter: {below}. The path {below} does not exist. Please provide a valid path.")),
        (json!({"command": "undo_edit", "path": gone}), format!("Invalid `path` parameter: {gone}. The path {gone} does not exist. Please provide a valid path.")),
        (json!({"command": "create", "path": file, "file_text": "x"}), format!("Invalid `path` parameter: {file}. File already exists at: {file}. Cannot overwrite files using command `create`.")),
        (json!({"command": "create", "path": dir, "file_text": "x"}), format!("Invalid `path` parameter: {dir}. File already exists at: {dir}. Cannot overwrite files using command `create`.")),
        (json!({"command": "insert", "path": dir, "insert_line": 0, "new_str": "x"}), format!("Invalid `path` parameter: {dir}. The path {dir} is a directory and only the `view` command can be used on directories.")),
        (json!({"command": "view", "path": dir, "view_range": [1, 2]}), "Invalid `view_range` parameter: [1, 2]. The `view_range` parameter is not allowed when `path` points to a directory.".to_owned()),
    ];
    for (fields, expected) in cases {
        assert_eq!(hands.said(fields).await, (expected, true));
    }
    assert_eq!(hands.read("a.txt"), b"one\n");
}

#[tokio::test]
async fn a_failure_has_the_recorded_fields() {
    let hands = Hands::new();
    let file = hands.write("a.txt", "one\n");
    let failed = hands
        .edit(json!({"command": "str_replace", "path": file, "old_str": "hi", "new_str": "x"}))
        .await;
    assert_eq!(
        wire(&failed),
        json!({
            "content": [{"cache_prompt": false, "type": "text", "text": format!("No replacement was performed, old_str `hi` did not appear verbatim in {file}.")}],
            "is_error": true,
            "command": "str_replace",
            "prev_exist": true,
            "kind": "FileEditorObservation",
        })
    );
}

#[tokio::test]
async fn a_new_file_gets_its_directories_and_an_ordinary_mode() {
    let hands = Hands::new();
    let path = hands.name("deep/er/new.txt");
    let done = hands
        .edit(json!({"command": "create", "path": path, "file_text": "a\r\nb"}))
        .await;
    assert_eq!(text(&done), format!("File created successfully at: {path}"));
    assert_eq!(
        (
            done.prev_exist,
            done.old_content,
            done.new_content.as_deref()
        ),
        (false, None, Some("a\r\nb"))
    );
    assert_eq!(hands.read("deep/er/new.txt"), b"a\r\nb");
    let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    let usual = fs::metadata(hands.write("usual", ""))
        .unwrap()
        .permissions()
        .mode()
        & 0o777;
    assert_eq!(mode, usual);
}

#[tokio::test]
async fn replacing_shows_the_place() {
    let hands = Hands::new();
    let lines: String = (1..=20).map(|n| format!("line {n}\n")).collect();
    let file = hands.write("a.txt", &lines);
    let done = hands
        .edit(json!({"command": "str_replace", "path": file, "old_str": "line 10\nline 11", "new_str": "LINE 10\nx\ny"}))
        .await;
    assert_eq!(
        text(&done),
        format!(
            "The file {file} has been edited. Here's the result of running `cat -n` on a snippet of {file}:\n     7\tline 7\n     8\tline 8\n     9\tline 9\n    10\tLINE 10\n    11\tx\n    12\ty\n    13\tline 12\n    14\tline 13\n    15\tline 14\n    16\tline 15\nReview the changes and make sure they are as expected. Edit the file again if necessary."
        )
    );
    let changed = lines.replace("line 10\nline 11", "LINE 10\nx\ny");
    assert_eq!(hands.read("a.txt"), changed.as_bytes());
    assert_eq!(
        (done.old_content.as_deref(), done.new_content.as_deref()),
        (Some(&*lines), Some(&*changed))
    );
}

#[tokio::test]
async fn replacing_is_refused_unless_it_is_plain_what_is_meant() {
    let hands = Hands::new();
    let file = hands.write("a.txt", "x\ny\nx\n");
    let replace = |old: &str, new: &str| json!({"command": "str_replace", "path": file, "old_str": old, "new_str": new});
    let cases = [
        (replace("x", "z"), "No replacement was performed. Multiple occurrences of old_str `x` in lines [1, 3]. Please ensure it is unique.".to_owned()),
        (replace("x", "x"), "Invalid `new_str` parameter: x. No replacement was performed. `new_str` and `old_str` must be different.".to_owned()),
        (replace("", "z"), "Invalid `old_str` parameter: . It may be empty only when the file is. Use `insert` to add text at a line.".to_owned()),
        (replace("y\n", "y\r\n"), "Invalid `new_str` parameter: y\r\n. No replacement was performed. It differs from the file only in its line endings, and those stay as the file has them.".to_owned()),
    ];
    for (fields, expected) in cases {
        assert_eq!(hands.said(fields).await, (expected, true));
    }
    assert_eq!(hands.read("a.txt"), b"x\ny\nx\n");
    assert!(!hands.conversation().exists());
}

#[tokio::test]
async fn a_miss_repeats_little_and_helps_a_lot() {
    let hands = Hands::new();
    let file = hands.write("a.py", "def f():\n\treturn 1\n");
    let (said, failed) = hands
        .said(json!({"command": "str_replace", "path": file, "old_str": "    return  1", "new_str": "x"}))
        .await;
    assert!(failed);
    assert_eq!(
        said,
        format!(
            "No replacement was performed, old_str `return  1` did not appear verbatim in {file}.\nThe closest text is in line 2 (- is old_str, + is the file):\n-    return  1\n+\treturn 1\nOnly white space differs: the file indents with 1 tab, old_str with 4 spaces."
        )
    );
    let huge = "no such line anywhere\n".repeat(10_000);
    let (said, _) = hands
        .said(json!({"command": "str_replace", "path": file, "old_str": huge, "new_str": "x"}))
        .await;
    assert!(said.len() < 1_000, "{}", said.len());
}

#[tokio::test]
async fn an_empty_file_can_be_filled() {
    let hands = Hands::new();
    let file = hands.write("a.txt", "");
    let (_, failed) = hands
        .said(json!({"command": "str_replace", "path": file, "old_str": "", "new_str": "hi\n"}))
        .await;
    assert!(!failed);
    assert_eq!(hands.read("a.txt"), b"hi\n");
}

#[tokio::test]
async fn inserting_adds_whole_lines() {
    let hands = Hands::new();
    let cases = [
        ("one\ntwo\n", 0, "zero", "zero\none\ntwo\n"),
        ("one\ntwo\n", 1, "a\nb", "one\na\nb\ntwo\n"),
        ("one\ntwo\n", 2, "end", "one\ntwo\nend\n"),
        ("one\r\ntwo\r\n", 1, "a\nb", "one\r\na\r\nb\r\ntwo\r\n"),
        ("unfinished", 1, "next", "unfinished\nnext\n"),
        ("", 0, "first", "first\n"),
        ("one\n", 1, "", "one\n\n"),
    ];
    for (before, line, new, after) in cases {
        let file = hands.write("a.txt", before);
        let (said, failed) = hands
            .said(json!({"command": "insert", "path": file, "insert_line": line, "new_str": new}))
            .await;
        assert!(!failed, "{said}");
        assert_eq!(String::from_utf8(hands.read("a.txt")).unwrap(), after);
    }
    let file = hands.write("a.txt", "one\n");
    for line in [-1, 2, i64::MAX, i64::MIN] {
        let said = hands
            .said(json!({"command": "insert", "path": file, "insert_line": line, "new_str": "x"}))
            .await;
        let expected = format!(
            "Invalid `insert_line` parameter: {line}. It should be within the range of allowed values: [0, 1]"
        );
        assert_eq!(said, (expected, true));
    }
}

#[tokio::test]
async fn inserting_shows_the_place() {
    let hands = Hands::new();
    let lines: String = (1..=20).map(|n| format!("line {n}\n")).collect();
    let file = hands.write("a.txt", &lines);
    let (said, _) = hands
        .said(
            json!({"command": "insert", "path": file, "insert_line": 10, "new_str": "new1\nnew2"}),
        )
        .await;
    assert_eq!(
        said,
        format!(
            "The file {file} has been edited. Here's the result of running `cat -n` on a snippet of the edited file:\n     7\tline 7\n     8\tline 8\n     9\tline 9\n    10\tline 10\n    11\tnew1\n    12\tnew2\n    13\tline 11\n    14\tline 12\n    15\tline 13\n    16\tline 14\nReview the changes and make sure they are as expected (correct indentation, no duplicate lines, etc). Edit the file again if necessary."
        )
    );
}

#[tokio::test]
async fn a_directory_is_shown_two_levels_deep() {
    let hands = Hands::new();
    for name in ["b/c/d", "b/e", "a.txt", ".hidden", "b/.also", "b/c/.git"] {
        hands.write(name, "");
    }
    symlink("b", hands.path("link")).unwrap();
    let dir = hands.name("").trim_end_matches('/').to_owned();
    let (said, failed) = hands
        .said(json!({"command": "view", "path": format!("{dir}//")}))
        .await;
    assert!(!failed);
    assert_eq!(
        said,
        format!(
            "Here's the files and directories up to 2 levels deep in {dir}, excluding hidden items:\n{dir}/\n{dir}/a.txt\n{dir}/b/\n{dir}/b/c/\n{dir}/b/e\n{dir}/link/\n{dir}/link/c/\n{dir}/link/e\n\n1 hidden files/directories in this directory are excluded. You can use 'ls -la {dir}' to see them."
        )
    );
}

#[tokio::test]
async fn a_large_directory_is_clipped() {
    let hands = Hands::new();
    for n in 0..1_000 {
        hands.write(&format!("file-{n:04}.txt"), "");
    }
    let (said, _) = hands
        .said(json!({"command": "view", "path": hands.name("")}))
        .await;
    assert!(said.chars().count() < 16_600);
    assert!(said.contains("file-0000.txt\n") && said.ends_with("file-0999.txt"));
    assert!(said.contains("<response clipped>") && said.contains("`ls -la`"));
}

#[tokio::test]
async fn a_picture_is_shown_as_one_if_it_is_one() {
    let hands = Hands::new();
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    let file = hands.write("a.PNG", png);
    let done = hands.edit(json!({"command": "view", "path": file})).await;
    assert!(!done.is_error);
    assert_eq!(
        text(&done),
        format!("Image file {file} read successfully. Displaying image content.")
    );
    assert_eq!(
        done.content[1],
        Content::Image {
            cache_prompt: false,
            image_urls: vec!["data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==".to_owned()]
        }
    );
    // Announced as what it is, not as what it is called.
    let gif = hands.write("b.jpeg", b"GIF89a\0\0");
    let Content::Image { image_urls, .. } = &hands
        .edit(json!({"command": "view", "path": gif}))
        .await
        .content[1]
    else {
        panic!("no picture");
    };
    assert!(image_urls[0].starts_with("data:image/gif;base64,"));
    // Text under a picture's name is text.
    let text_file = hands.write("c.webp", "hello\n");
    let (said, _) = hands
        .said(json!({"command": "view", "path": text_file}))
        .await;
    assert!(said.ends_with("     1\thello\n"), "{said}");
    // And a picture under another name is a binary file.
    let hidden = hands.write("d.txt", png);
    assert!(
        hands
            .said(json!({"command": "view", "path": hidden}))
            .await
            .1
    );
}

#[tokio::test]
async fn links_are_followed_and_stay_links() {
    let hands = Hands::new();
    hands.write("real/a.txt", "one\n");
    symlink("real/a.txt", hands.path("link")).unwrap();
    symlink("link", hands.path("second")).unwrap();
    let path = hands.name("second");
    hands
        .edit(json!({"command": "str_replace", "path": path, "old_str": "one", "new_str": "two"}))
        .await;
    assert_eq!(hands.read("real/a.txt"), b"two\n");
    assert!(hands.path("second").is_symlink() && hands.path("link").is_symlink());
    // Undone under its own name.
    hands
        .edit(json!({"command": "undo_edit", "path": hands.name("real/a.txt")}))
        .await;
    assert_eq!(hands.read("real/a.txt"), b"one\n");
    // A link to nothing makes the file it names.
    symlink("real/new.txt", hands.path("dangling")).unwrap();
    let done = hands
        .edit(json!({"command": "create", "path": hands.name("dangling"), "file_text": "x"}))
        .await;
    assert!(!done.is_error, "{}", text(&done));
    assert_eq!(hands.read("real/new.txt"), b"x");
    assert!(hands.path("dangling").is_symlink());
    assert_eq!(names(&hands.path("real")), ["a.txt", "new.txt"]);
}

#[tokio::test]
async fn the_mode_of_a_file_stays() {
    let hands = Hands::new();
    let file = hands.write("run.sh", "#!/bin/sh\n");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o751)).unwrap();
    hands
        .edit(json!({"command": "insert", "path": file, "insert_line": 1, "new_str": "true"}))
        .await;
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o7777,
        0o751
    );
    hands
        .edit(json!({"command": "undo_edit", "path": file}))
        .await;
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o7777,
        0o751
    );
}

#[tokio::test]
async fn encodings_and_line_endings_stay() {
    let hands = Hands::new();
    let cases: [(&[u8], &[u8]); 6] = [
        (b"\xef\xbb\xbfone\r\ntwo\r\n", b"\xef\xbb\xbfone\r\n2\r\n"),
        (
            b"\xff\xfeo\0n\0e\0\n\0t\0w\0o\0",
            b"\xff\xfeo\0n\0e\0\n\x002\0",
        ),
        (b"\xfe\xff\0t\0w\0o", b"\xfe\xff\x002"),
        (b"caf\xe9 two\r\n", b"caf\xe9 2\r\n"),
        (
            b"\xcf\xf0\xe8\xe2\xe5\xf2, \xec\xe8\xf0 two\n",
            b"\xcf\xf0\xe8\xe2\xe5\xf2, \xec\xe8\xf0 2\n",
        ),
        (b"a\r\nb\ntwo\r\n", b"a\r\nb\n2\r\n"),
    ];
    for (before, after) in cases {
        let file = hands.write("a.txt", before);
        let (said, failed) = hands
            .said(json!({"command": "str_replace", "path": file, "old_str": "two", "new_str": "2"}))
            .await;
        assert!(!failed, "{said}");
        assert_eq!(hands.read("a.txt"), after);
        hands
            .edit(json!({"command": "undo_edit", "path": file}))
            .await;
        assert_eq!(hands.read("a.txt"), before);
    }
    let file = hands.write("a.txt", b"caf\xe9\n");
    let done = hands.edit(json!({"command": "str_replace", "path": file, "old_str": "caf\u{e9}", "new_str": "\u{2192}caf\u{e9}"})).await;
    assert_eq!(hands.read("a.txt"), "→café\n".as_bytes());
    assert!(text(&done).ends_with(
        "\nNOTE: The new text cannot be written in windows-1252; the whole file is now UTF-8."
    ));
    assert_eq!(done.old_content.as_deref(), Some("café\n"));
}
