//! Files that cannot be read or written: one clear answer each, and nothing changed.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::{Value, json};

use super::hands::{Hands, names};

/// Every command that names `path`.
fn commands(path: &str) -> [Value; 4] {
    [
        json!({"command": "view", "path": path}),
        json!({"command": "str_replace", "path": path, "old_str": "a", "new_str": "b"}),
        json!({"command": "insert", "path": path, "insert_line": 0, "new_str": "b"}),
        json!({"command": "undo_edit", "path": path}),
    ]
}

#[tokio::test]
async fn two_gigabytes_are_too_many() {
    let hands = Hands::new();
    let path = hands.name("big.log");
    File::create(&path).unwrap().set_len(2 << 30).unwrap();
    for fields in commands(&path) {
        assert_eq!(
            hands.said(fields).await,
            (
                format!(
                    "File validation failed for {path}: File is too large (2048.0MB). Maximum allowed size is 10MB. Use `grep -n`, `head`, `tail` or `sed -n` in the terminal to see parts of it."
                ),
                true
            )
        );
    }
    assert_eq!(fs::metadata(&path).unwrap().len(), 2 << 30);
}

#[tokio::test]
async fn ten_megabytes_are_not() {
    let hands = Hands::new();
    let line = "0123456789abcde\n";
    let path = hands.write("large.txt", line.repeat(10 * 1024 * 1024 / line.len()));
    let (said, failed) = hands.said(json!({"command": "view", "path": path})).await;
    assert!(!failed && said.contains("<response clipped>"));
    let range = json!({"command": "view", "path": path, "view_range": [655_360, -1]});
    assert!(
        hands
            .said(range)
            .await
            .0
            .ends_with("655360\t0123456789abcde\n")
    );
    let picture = hands.write("large.png", vec![0x89; 10 * 1024 * 1024 + 1]);
    assert!(
        hands
            .said(json!({"command": "view", "path": picture}))
            .await
            .1
    );
}

#[tokio::test]
async fn binary_files_are_left_alone() {
    let hands = Hands::new();
    let bytes: Vec<u8> = (0..=255).cycle().take(2_560).collect();
    let path = hands.write("a.bin", &bytes);
    for fields in commands(&path) {
        if fields["command"] == "undo_edit" {
            continue;
        }
        assert_eq!(
            hands.said(fields).await,
            (
                format!(
                    "File validation failed for {path}: File appears to be binary and this file type cannot be read or edited by this tool."
                ),
                true
            )
        );
    }
    assert_eq!(hands.read("a.bin"), bytes);
}

#[tokio::test]
async fn devices_and_pipes_are_not_opened() {
    let hands = Hands::new();
    let pipe = hands.name("pipe");
    mknodat(
        CWD,
        hands.path("pipe"),
        FileType::Fifo,
        Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();
    for path in [&*pipe, "/dev/zero", "/dev/tty"] {
        for fields in commands(path) {
            let (said, failed) = hands.said(fields).await;
            assert!(failed);
            assert_eq!(
                said,
                format!(
                    "File validation failed for {path}: It is not a regular file (a device, pipe or socket); use the terminal for it."
                )
            );
        }
    }
}

#[tokio::test]
async fn files_of_the_kernel_can_be_seen_but_not_replaced() {
    let hands = Hands::new();
    let (said, failed) = hands
        .said(json!({"command": "view", "path": "/proc/self/status"}))
        .await;
    assert!(!failed && said.contains("\tName:"), "{said}");
    let path = "/proc/sys/kernel/hostname";
    let before = fs::read(path).unwrap();
    let (said, failed) = hands
        .said(json!({"command": "insert", "path": path, "insert_line": 0, "new_str": "x"}))
        .await;
    assert!(failed);
    assert!(
        said.starts_with("Ran into ")
            && said.contains(&format!(
                " while trying to write to {path}. The file is unchanged"
            )),
        "{said}"
    );
    assert_eq!(fs::read(path).unwrap(), before);
    // Not even root can make a file here.
    let path = "/proc/self/new/file.txt";
    let (said, failed) = hands
        .said(json!({"command": "create", "path": path, "file_text": "x"}))
        .await;
    assert!(
        failed && said.contains(&format!(" while trying to write to {path}")),
        "{said}"
    );
    assert!(names(&hands.conversation().join("undo")).is_empty());
}

#[tokio::test]
async fn a_file_below_a_file_cannot_be_made() {
    let hands = Hands::new();
    hands.write("a.txt", "one\n");
    let path = hands.name("a.txt/b/c.txt");
    let (said, failed) = hands
        .said(json!({"command": "create", "path": path, "file_text": "x"}))
        .await;
    assert!(failed);
    assert_eq!(
        said,
        format!("Ran into Not a directory while trying to write to {path}. The file is unchanged.")
    );
    assert_eq!(hands.read("a.txt"), b"one\n");
}

#[tokio::test]
async fn names_that_no_file_can_have_are_refused() {
    let hands = Hands::new();
    for name in [
        "x".repeat(300),
        "a\0b".to_owned(),
        format!("{}x", "d/".repeat(3_000)),
    ] {
        let path = hands.name(&name);
        for fields in commands(&path) {
            assert!(hands.said(fields).await.1);
        }
        assert!(
            hands
                .said(json!({"command": "create", "path": path, "file_text": "x"}))
                .await
                .1
        );
    }
    assert!(hands.names().is_empty());
}

#[tokio::test]
async fn a_long_name_is_no_hindrance() {
    let hands = Hands::new();
    let path = hands.name(&"n".repeat(255));
    assert!(
        !hands
            .said(json!({"command": "create", "path": path, "file_text": "one\n"}))
            .await
            .1
    );
    assert!(
        !hands
            .said(json!({"command": "insert", "path": path, "insert_line": 1, "new_str": "two"}))
            .await
            .1
    );
    assert_eq!(hands.read(&"n".repeat(255)), b"one\ntwo\n");
}

/// Whether this is the process that `again` started.
const INSIDE: &str = "TOOLS_TEST_INSIDE";

/// Runs one test of this file once more, in a process prepared for it; true when this is that process.
fn again(test: &str, shell: &str, prepare: impl FnOnce(&mut Command)) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    // Where this program stands, another user may not be able to read it.
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let program = dir.path().join("test");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            &format!("{shell} exec \"$0\" --exact it::faults::{test} --nocapture"),
        ])
        .arg(&program)
        .current_dir(dir.path())
        .env(INSIDE, "1");
    prepare(&mut command);
    let done = command.output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(
        done.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&done.stderr)
    );
    assert!(said.contains("1 passed"), "{said}");
    false
}

/// Root may do almost anything, so it becomes someone else first.
#[tokio::test]
async fn closed_doors_are_respected() {
    let nobody = |command: &mut Command| {
        if rustix::process::geteuid().is_root() {
            command.uid(65_534).gid(65_534);
        }
    };
    if !again("closed_doors_are_respected", "", nobody) {
        return;
    }
    let hands = Hands::new();
    let path = hands.write("closed/a.txt", "one\n");
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(&hands.path("closed/a.txt"), 0o000);
    for fields in commands(&path) {
        let (said, failed) = hands.said(fields).await;
        let expected = format!("Ran into Permission denied while trying to read {path}");
        assert_eq!((said, failed), (expected, true));
    }
    mode(&hands.path("closed/a.txt"), 0o644);
    mode(&hands.path("closed"), 0o555);
    let (said, failed) = hands
        .said(json!({"command": "insert", "path": path, "insert_line": 0, "new_str": "x"}))
        .await;
    assert!(failed);
    assert_eq!(
        said,
        format!(
            "Ran into Permission denied while trying to write to {path}. The file is unchanged; the directory it is in must be writable too, since files are replaced as a whole."
        )
    );
    let new =
        json!({"command": "create", "path": hands.name("closed/b/new.txt"), "file_text": "x"});
    assert!(hands.said(new).await.1);
    mode(&hands.path("closed"), 0o000);
    let (said, failed) = hands
        .said(json!({"command": "view", "path": hands.name("closed")}))
        .await;
    assert!(failed && said.contains("Permission denied"), "{said}");
    assert!(hands.said(json!({"command": "view", "path": path})).await.1);
    mode(&hands.path("closed"), 0o755);
    assert_eq!(names(&hands.path("closed")), ["a.txt"]);
    assert_eq!(hands.read("closed/a.txt"), b"one\n");
}

/// In a process whose files may not grow beyond a few kilobytes it is as on a full disk.
#[tokio::test]
async fn a_disk_that_fills_up_changes_nothing() {
    let small = "trap '' XFSZ; ulimit -f 8;";
    if !again("a_disk_that_fills_up_changes_nothing", small, |_| {}) {
        return;
    }
    let hands = Hands::new();
    let path = hands.write("a.txt", "one\n");
    let large = "x".repeat(100_000);
    let cases = [
        json!({"command": "create", "path": hands.name("deep/new.txt"), "file_text": large}),
        json!({"command": "insert", "path": path, "insert_line": 1, "new_str": large}),
        json!({"command": "str_replace", "path": path, "old_str": "one", "new_str": large}),
    ];
    for fields in cases {
        let (said, failed) = hands.said(fields).await;
        assert!(
            failed && said.starts_with("Ran into File too large while trying to write to "),
            "{said}"
        );
        assert_eq!(hands.names(), ["a.txt"]);
        assert_eq!(hands.read("a.txt"), b"one\n");
        assert!(names(&hands.conversation().join("undo")).is_empty());
    }
}
