//! A Python made of Debian's packages in a folder of the user's cache, for systems whose own is too old.
//!
//! Nothing is installed into the system: the folder holds a small Debian, and its Python runs with the libraries in
//! there. Knows no package of Python's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::needs;
use crate::program::{self, output, run};

/// The release, and the Python it has.
const RELEASE: &str = "trixie";
const PYTHON: &str = "python3.13";

/// That Python, made if it is not there yet.
pub(super) fn python(cache: &Path) -> anyhow::Result<PathBuf> {
    let home = cache.join(format!("debian-{RELEASE}"));
    let python = home.join("usr/bin/python-of-the-folder");
    if python.exists() {
        return Ok(python);
    }
    let (loader, libraries) = loader()?;
    if !program::exists("debootstrap") && needs::may_install() {
        needs::install(&["debootstrap"])?;
    }
    if !program::exists("debootstrap") || !needs::may_install() {
        bail!("making one takes `debootstrap`, run by root on Debian or Ubuntu");
    }
    if home.exists() {
        fs::remove_dir_all(&home).with_context(|| format!("cannot remove {}", home.display()))?;
    }
    fs::create_dir_all(cache).with_context(|| format!("cannot make {}", cache.display()))?;
    let mut bootstrap = Command::new("debootstrap");
    bootstrap
        .args(["--variant=minbase", "--include=python3,python3-venv"])
        .arg(RELEASE)
        .arg(&home)
        .args(mirror());
    run(&mut bootstrap)?;
    find_wheels_inside(&home)?;
    // Last, as it is what says that all of it is there.
    start_with(&home, loader, libraries, &python)?;
    Ok(python)
}

/// Debian's Python takes the pip of a new environment from a place that it was told when it was built: of the system,
/// not of the folder.
fn find_wheels_inside(home: &Path) -> anyhow::Result<()> {
    const TOLD: &str = "'WHEEL_PKG_DIR': '";
    let library = home.join("usr/lib").join(PYTHON);
    let entries =
        fs::read_dir(&library).with_context(|| format!("cannot list {}", library.display()))?;
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !name.starts_with("_sysconfigdata_") || !name.ends_with(".py") {
            continue;
        }
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let inside = text.replace(TOLD, &format!("{TOLD}{}", home.display()));
        fs::write(&path, inside).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Where this system gets its Debian packages, if it is a Debian; `debootstrap` knows a place otherwise.
fn mirror() -> Option<String> {
    let mut targets = Command::new("apt-get");
    targets.args(["indextargets", "--format", "$(REPO_URI)"]);
    let uris = output(targets.arg("Created-By: Packages")).ok()?;
    let debian = |uri: &&str| uri.trim_end_matches('/').ends_with("/debian");
    uris.lines().find(debian).map(str::to_owned)
}

/// The loader of that Debian and the folder of its libraries, by its name for this processor.
fn loader() -> anyhow::Result<(&'static str, &'static str)> {
    match std::env::consts::ARCH {
        "x86_64" => Ok(("lib64/ld-linux-x86-64.so.2", "x86_64-linux-gnu")),
        "aarch64" => Ok(("lib/ld-linux-aarch64.so.1", "aarch64-linux-gnu")),
        other => bail!("no Debian for {other} is known here"),
    }
}

/// A program that starts the Python with the loader and the libraries of its folder, under the name it was called by:
/// a virtual environment is found by that name.
fn start_with(home: &Path, loader: &str, libraries: &str, python: &Path) -> anyhow::Result<()> {
    let home = home.display();
    let script = format!(
        "#!/bin/sh\nexec '{home}/{loader}' --argv0 \"$0\" \
         --library-path '{home}/usr/lib/{libraries}:{home}/lib/{libraries}' \
         '{home}/usr/bin/{PYTHON}' \"$@\"\n"
    );
    fs::write(python, script).with_context(|| format!("cannot write {}", python.display()))?;
    run(Command::new("chmod").arg("755").arg(python))
}
