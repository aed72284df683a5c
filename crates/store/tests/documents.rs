//! Documents of a person: whole or not at all, private, and one writer at a time, across processes too.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use domain::{Shelf, ShelfError};
use store::Documents;

const ROOT: &str = "DOCUMENTS_TEST_ROOT";
const LOCK: &str = ".numbers.lock";
const DOCUMENT: &str = "numbers.json";

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn what_is_put_is_read_and_private() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("deep/place");
    let shelf = Documents::new(&root);
    assert_eq!(shelf.read("profiles/fast.json").unwrap(), None);
    assert_eq!(shelf.list("profiles").unwrap(), Vec::<String>::new());
    let held = shelf.hold("profiles/.profiles.lock").unwrap();
    held.put("profiles/fast.json", b"{}").unwrap();
    held.put("profiles/fast.json", b"{\"a\":1}").unwrap();
    held.put("profiles/best.json", b"{}").unwrap();
    drop(held);
    assert_eq!(
        shelf.read("profiles/fast.json").unwrap().unwrap(),
        b"{\"a\":1}"[..]
    );
    assert_eq!(
        shelf.list("profiles").unwrap(),
        vec!["best.json", "fast.json"]
    );
    assert_eq!(mode(&root.join("profiles/fast.json")), 0o600);
    assert_eq!(mode(&root.join("profiles")), 0o700);
    let held = shelf.hold("profiles/.profiles.lock").unwrap();
    assert!(held.remove("profiles/fast.json").unwrap());
    assert!(!held.remove("profiles/fast.json").unwrap());
    assert_eq!(shelf.list("profiles").unwrap(), vec!["best.json"]);
}

#[test]
fn names_never_lead_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("inside");
    std::fs::write(dir.path().join("outside.json"), "secret").unwrap();
    let shelf = Documents::new(&root);
    let long = "a".repeat(300);
    for name in [
        "",
        "/etc/hostname",
        "..",
        "../outside.json",
        "profiles/../../outside.json",
        ".hidden",
        "profiles/.hidden",
        "a\0b",
        "a\nb",
        "..\\outside.json",
        &long,
    ] {
        assert!(
            matches!(shelf.read(name), Err(ShelfError::Name(_))),
            "{name:?}"
        );
        let held = shelf.hold(LOCK).unwrap();
        assert!(
            matches!(held.put(name, b"x"), Err(ShelfError::Name(_))),
            "{name:?}"
        );
        assert!(
            matches!(held.remove(name), Err(ShelfError::Name(_))),
            "{name:?}"
        );
    }
    for lock in ["numbers.json", "../.x.lock", ".x", "a/../.x.lock", ""] {
        assert!(
            matches!(shelf.hold(lock), Err(ShelfError::Name(_))),
            "{lock:?}"
        );
    }
    assert_eq!(
        std::fs::read_to_string(dir.path().join("outside.json")).unwrap(),
        "secret"
    );
}

#[test]
fn who_waits_too_long_is_told_so() {
    let dir = tempfile::tempdir().unwrap();
    let shelf = Documents::new(dir.path()).patience(Duration::from_millis(30));
    let held = shelf.hold(LOCK).unwrap();
    assert!(matches!(shelf.hold(LOCK), Err(ShelfError::Busy(_))));
    drop(held);
    assert!(shelf.hold(LOCK).is_ok());
}

#[test]
fn a_directory_that_cannot_be_written_is_an_error_that_names_the_document() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("file");
    std::fs::write(&root, "not a directory").unwrap();
    let Err(error) = Documents::new(&root).hold(LOCK) else {
        panic!("a lock below a file")
    };
    assert!(error.to_string().contains(LOCK), "{error}");
}

fn count(shelf: &Documents) -> u64 {
    shelf
        .read(DOCUMENT)
        .unwrap()
        .map_or(0, |bytes| serde_json::from_slice(&bytes).unwrap())
}

fn add(shelf: &Documents, times: u64) {
    for _ in 0..times {
        let held = shelf.hold(LOCK).unwrap();
        let next = count(shelf) + 1;
        held.put(DOCUMENT, next.to_string().as_bytes()).unwrap();
    }
}

/// The other process's side: adds to the number, then says that it is done.
#[test]
fn other_process() {
    let Some(root) = std::env::var_os(ROOT).map(PathBuf::from) else {
        return;
    };
    add(&Documents::new(root), 100);
    writeln!(std::io::stdout(), "done").unwrap();
}

fn start(root: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "other_process", "--test-threads=1"])
        .env(ROOT, root)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn two_processes_and_several_threads_lose_no_change() {
    let dir = tempfile::tempdir().unwrap();
    let mut others = [start(dir.path()), start(dir.path())];
    let shelf = Documents::new(dir.path());
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| add(&shelf, 50));
        }
    });
    for other in &mut others {
        assert!(other.wait().unwrap().success());
    }
    assert_eq!(count(&shelf), 350);
    let names = shelf.list("").unwrap_err();
    assert!(matches!(names, ShelfError::Name(_)));
    let left: Vec<_> = std::fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left.len(), 2, "drafts are left behind: {left:?}");
}
