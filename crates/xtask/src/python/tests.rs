//! What is read of Python's words, and which filters the suite knows.

use std::fs;

use super::interpreter::version_of;
use super::mentions;

#[test]
fn the_version_of_python_is_read() {
    assert_eq!(version_of("3 13\n"), Some((3, 13)));
    assert_eq!(version_of("3.13"), None);
    assert_eq!(version_of(""), None);
}

#[test]
fn a_filter_is_looked_for_in_the_names_of_tests() -> std::io::Result<()> {
    let folder = std::env::temp_dir().join(format!("xtask-python-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("test_a.py"), "def test_one(x):\n    two = 2\n")?;
    let found = ["test_one", "one", "two"].map(|filter| mentions(&folder, filter));
    fs::remove_dir_all(&folder)?;
    assert_eq!(found, [true, true, false]);
    Ok(())
}
