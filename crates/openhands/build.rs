//! Puts the web interface into the binary, if it was laid out in `target/ui`; `cargo xtask` does that.

#![expect(
    clippy::expect_used,
    reason = "a build that cannot be made has to stop"
)]

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo names it"));
    let target = env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| manifest.join("../../target"), PathBuf::from);
    let place = target.join("ui");
    println!(
        "cargo::rerun-if-changed={}",
        place.join("index.html").display()
    );
    println!("cargo::rerun-if-env-changed=CARGO_TARGET_DIR");
    let mut files = Vec::new();
    if place.join("index.html").is_file() {
        let place = place.canonicalize().expect("it is there");
        gather(&place, &place, &mut files);
        files.sort();
    }
    let mut table = String::from("&[\n");
    for (name, path, packed) in files {
        writeln!(table, "    ({name:?}, include_bytes!({path:?}), {packed}),").expect("memory");
    }
    table.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names it"));
    fs::write(out.join("ui.rs"), table).expect("the output folder can be written");
}

/// Every file by its name in the interface: packed where there is a packed form.
fn gather(root: &Path, place: &Path, files: &mut Vec<(String, PathBuf, bool)>) {
    for entry in fs::read_dir(place).expect("it can be listed") {
        let path = entry.expect("it can be listed").path();
        let name = path
            .strip_prefix(root)
            .expect("it is inside")
            .display()
            .to_string();
        if path.is_dir() {
            gather(root, &path, files);
        } else if let Some(plain) = name.strip_suffix(".gz") {
            files.push((plain.to_owned(), path, true));
        } else if !name.starts_with('.')
            && !path
                .with_file_name(format!("{}.gz", file_name(&path)))
                .is_file()
        {
            files.push((name, path, false));
        }
    }
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .expect("a file has a name")
        .to_string_lossy()
        .into_owned()
}
