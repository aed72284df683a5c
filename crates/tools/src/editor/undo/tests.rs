//! What can be undone, also after a restart and after losing parts.

use std::fs;
use std::path::Path;

use super::{PER_FILE, Undo};

#[test]
fn steps_come_back_newest_first_and_survive_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let path = Path::new("/some/file");
    let mut undo = Undo::new(dir.path().join("undo"));
    undo.save(path, None, b"one").unwrap();
    undo.save(path, Some(b"one"), b"two").unwrap();
    undo.save(Path::new("/other"), Some(b"x"), b"y").unwrap();

    let mut undo = Undo::new(dir.path().join("undo"));
    let past = undo.last(path, b"two").unwrap();
    assert_eq!(past.before.as_deref(), Some(&b"one"[..]));
    assert!(past.untouched);
    undo.forget_from(path, past.number);
    let past = undo.last(path, b"changed by hand").unwrap();
    assert_eq!(past.before, None);
    assert!(!past.untouched);
    undo.forget_from(path, past.number);
    assert_eq!(undo.last(path, b""), None);
    assert!(undo.last(Path::new("/other"), b"y").is_some());
}

#[test]
fn ten_steps_of_a_file_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let mut undo = Undo::new(dir.path().to_owned());
    for n in 0..25_u8 {
        undo.save(Path::new("/f"), Some(&[n]), &[n + 1]).unwrap();
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), PER_FILE);
    for n in (15..25_u8).rev() {
        let past = undo.last(Path::new("/f"), &[n + 1]).unwrap();
        assert_eq!(past.before, Some(vec![n]));
        undo.forget_from(Path::new("/f"), past.number);
    }
    assert_eq!(undo.last(Path::new("/f"), &[15]), None);
}

#[test]
fn the_whole_stays_within_bounds() {
    let dir = tempfile::tempdir().unwrap();
    let mut undo = Undo::new(dir.path().to_owned());
    let large = vec![b'x'; 9 * 1024 * 1024];
    for n in 0..10 {
        let path = format!("/file-{n}");
        undo.save(Path::new(&path), Some(&large), b"").unwrap();
    }
    let kept: u64 = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum();
    assert!(kept <= super::IN_ALL);
    assert!(undo.last(Path::new("/file-9"), b"").is_some());
    assert_eq!(undo.last(Path::new("/file-0"), b""), None);
}

#[test]
fn an_edit_that_never_happened_is_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    let mut undo = Undo::new(dir.path().to_owned());
    undo.save(Path::new("/f"), Some(b"one"), b"two").unwrap();
    // Saved, then the process was killed before it wrote the file.
    undo.save(Path::new("/f"), Some(b"two"), b"three").unwrap();
    let past = undo.last(Path::new("/f"), b"two").unwrap();
    assert_eq!(past.before.as_deref(), Some(&b"one"[..]));
}

#[test]
fn torn_and_strange_files_are_ignored() {
    let dir = tempfile::tempdir().unwrap();
    let mut undo = Undo::new(dir.path().to_owned());
    undo.save(Path::new("/f"), Some(b"one"), b"two").unwrap();
    undo.save(Path::new("/f"), Some(b"two, rather long"), b"three")
        .unwrap();
    let newest = fs::read_dir(dir.path())
        .unwrap()
        .map(|e| e.unwrap().path())
        .max()
        .unwrap();
    let bytes = fs::read(&newest).unwrap();
    fs::write(&newest, &bytes[..bytes.len() - 4]).unwrap();
    fs::write(dir.path().join("notes.txt"), "hello").unwrap();
    fs::write(dir.path().join("00000009-zzz"), "{}").unwrap();
    let mut undo = Undo::new(dir.path().to_owned());
    let past = undo.last(Path::new("/f"), b"three").unwrap();
    assert_eq!(past.before.as_deref(), Some(&b"one"[..]));
}

#[test]
fn a_directory_that_cannot_be_made_is_an_error_and_no_step() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "in the way").unwrap();
    let mut undo = Undo::new(file.join("undo"));
    assert!(undo.save(Path::new("/f"), Some(b"one"), b"two").is_err());
    assert_eq!(undo.last(Path::new("/f"), b"two"), None);
}
