//! Patterns and files that are hard to search.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use super::{holds, matcher};
use crate::walk::{PATIENCE, Stop, Stoppable};

fn found(content: &[u8], pattern: &str) -> bool {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), content).unwrap();
    holds(
        file.path(),
        &matcher(pattern).unwrap(),
        &Stop::after(PATIENCE),
    )
    .unwrap()
}

#[test]
fn lines_match_whatever_their_case_and_encoding() {
    assert!(found(b"one\nTWO\n", "two$"));
    assert!(found("grüße\n".as_bytes(), "GRÜSSE|GRÜßE"));
    assert!(found(b"x\r\ny\r\n", "^y"));
    assert!(found(b"caf\xe9 au lait\n", "au lait"));
    assert!(found(b"\xff\xfeh\0i\0\n\0", "^hi$"));
    assert!(!found(b"one\ntwo\n", "one.two"));
    assert!(!found(b"", "."));
}

#[test]
fn lines_may_be_long() {
    let mut line = vec![b'x'; 1 << 20];
    line.extend_from_slice(b"needle");
    assert!(found(&line, "xneedle"));
}

#[test]
fn binary_files_hold_nothing() {
    assert!(!found(b"\x7fELF\0\0\0needle\n", "needle"));
}

#[test]
fn a_pattern_that_cannot_be_is_explained() {
    for pattern in ["(", "a{2,1}", "(?=look)", r"(a)\1", "a\nb"] {
        let refusal = matcher(pattern).unwrap_err();
        assert!(refusal.starts_with("Invalid regex pattern: "), "{refusal}");
    }
}

#[test]
fn a_stopped_search_reads_no_further() {
    let stop = Stop::after(PATIENCE);
    let mut reader = Stoppable(io::repeat(b'x'), &stop);
    let mut buffer = [0; 8];
    assert_eq!(reader.read(&mut buffer).unwrap(), 8);
    drop(stop.on_drop());
    assert!(reader.read(&mut buffer).is_err());
    let endless = Path::new("/dev/zero");
    assert!(holds(endless, &matcher("x").unwrap(), &stop).is_err());
}
