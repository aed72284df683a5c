//! Order, bounds and ends of a walk.

use std::fs::{self, File};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use super::{PATIENCE, SHOWN, Stop, Walk};

fn walk(root: &Path) -> Walk {
    Walk {
        root: root.to_owned(),
        hidden: false,
        ignored: false,
    }
}

/// A file that was last changed so many seconds ago.
fn aged(path: &Path, seconds: u64) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let file = File::create(path).unwrap();
    let age = Duration::from_secs(1_800_000_000 - seconds);
    file.set_modified(SystemTime::UNIX_EPOCH + age).unwrap();
}

#[test]
fn the_newest_come_first_and_no_more_than_a_hundred() {
    let dir = tempfile::tempdir().unwrap();
    for n in 0..SHOWN as u64 {
        aged(&dir.path().join(format!("{}/{n}", n % 3)), n);
    }
    let stop = Stop::after(PATIENCE);
    let found = walk(dir.path()).files(&stop, |_| true);
    let names: Vec<u64> = found
        .files
        .iter()
        .map(|path| {
            Path::new(path)
                .file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .parse()
                .unwrap()
        })
        .collect();
    assert_eq!(names, (0..SHOWN as u64).collect::<Vec<_>>());
    assert!(!found.more && !found.cut);

    aged(&dir.path().join("oldest"), 10_000);
    let found = walk(dir.path()).files(&stop, |_| true);
    assert_eq!(found.files.len(), SHOWN);
    assert!(found.more);
    assert!(!found.files.iter().any(|path| path.ends_with("oldest")));
}

#[test]
fn hidden_and_ignored_files_are_passed_over_unless_wanted() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["seen", ".hidden", ".config/deep", "build/out"] {
        aged(&dir.path().join(name), 1);
    }
    fs::create_dir(dir.path().join(".git")).unwrap();
    fs::write(dir.path().join(".gitignore"), "build/\n").unwrap();
    let count = |walk: Walk| walk.files(&Stop::after(PATIENCE), |_| true).files.len();
    let walk = walk(dir.path());
    assert_eq!(count(walk.clone()), 1);
    assert_eq!(
        count(Walk {
            ignored: true,
            ..walk.clone()
        }),
        2
    );
    assert_eq!(
        count(Walk {
            hidden: true,
            ..walk.clone()
        }),
        4
    );
    assert_eq!(
        count(Walk {
            hidden: true,
            ignored: true,
            ..walk
        }),
        5
    );
}

#[test]
fn links_in_circles_are_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    aged(&dir.path().join("a/file"), 1);
    std::os::unix::fs::symlink(dir.path(), dir.path().join("a/up")).unwrap();
    std::os::unix::fs::symlink("file", dir.path().join("a/link")).unwrap();
    std::os::unix::fs::symlink("nothing", dir.path().join("a/broken")).unwrap();
    let found = walk(dir.path()).files(&Stop::after(PATIENCE), |_| true);
    assert_eq!(found.files.len(), 2);
}

#[test]
fn time_that_is_up_ends_the_walk() {
    let dir = tempfile::tempdir().unwrap();
    aged(&dir.path().join("file"), 1);
    let found = walk(dir.path()).files(&Stop::after(Duration::ZERO), |_| true);
    assert!(found.cut && found.files.is_empty());
    let said = found.report("x", "No files found");
    assert!(
        said.starts_with("No files found\n\n[The search was stopped after 30 seconds"),
        "{said}"
    );
}

#[test]
fn dropping_the_guard_ends_the_walk_under_way() {
    let dir = tempfile::tempdir().unwrap();
    for n in 0..500 {
        aged(&dir.path().join(n.to_string()), 1);
    }
    let stop = Stop::after(PATIENCE);
    let guard = std::sync::Mutex::new(Some(stop.on_drop()));
    let asked = AtomicUsize::new(0);
    let found = walk(dir.path()).files(&stop, |_| {
        asked.fetch_add(1, Ordering::Relaxed);
        drop(guard.lock().unwrap().take());
        true
    });
    assert!(found.cut);
    // Each thread ends at its next file.
    assert!(asked.load(Ordering::Relaxed) <= 16);
}
