//! `cargo xtask dist`: the binary as it is shipped, packed with its licence and its checksum.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::program::{self, cargo, output, run};
use crate::{Root, ui};

/// What the binary may weigh, in bytes.
const LIMIT: u64 = 40_000_000;

/// Builds and packs for this machine, and statically for any Linux where this machine can.
pub fn dist(root: &Root) -> anyhow::Result<()> {
    let host = host(root)?;
    ui::ui(root)?;
    let mut packed = vec![pack(root, &host, None)?];
    let musl = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
    if host == musl || !cfg!(target_os = "linux") {
        println!("no static build: this machine does not make one");
    } else if let Some(missing) = missing_for(root, &musl)? {
        println!("no static build: {missing}");
    } else {
        packed.push(pack(root, &musl, Some(&musl))?);
    }
    println!();
    for path in packed {
        println!("{}", path.display());
    }
    Ok(())
}

/// Builds for a platform and packs; `other` is its name if it is not this machine's own.
fn pack(root: &Root, platform: &str, other: Option<&str>) -> anyhow::Result<PathBuf> {
    let mut build = cargo(
        root,
        &["build", "--release", "--locked", "--package", "openhands"],
    );
    let mut folder = root.target();
    if let Some(other) = other {
        build.args(["--target", other]);
        folder.push(other);
    }
    run(&mut build)?;
    let binary = folder.join("release/openhands");
    let size = fs::metadata(&binary)
        .with_context(|| format!("cannot find {}", binary.display()))?
        .len();
    println!("{}: {:.1} MB", binary.display(), megabytes(size));
    if size > LIMIT {
        bail!(
            "the binary has {:.1} MB, and may have {:.0}",
            megabytes(size),
            megabytes(LIMIT)
        );
    }
    let name = format!("openhands-{}-{platform}", env!("CARGO_PKG_VERSION"));
    let dist = root.join("dist");
    let folder = dist.join(&name);
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let copy = |from: &Path, to: &str| {
        fs::copy(from, folder.join(to)).with_context(|| format!("cannot copy {}", from.display()))
    };
    copy(&binary, "openhands")?;
    copy(&root.join("LICENSE"), "LICENSE")?;
    copy(&root.join("README.md"), "README.md")?;
    copy(&root.join("crates/llm/data/NOTICE"), "NOTICE")?;
    copy(&root.target().join("ui/LICENSE"), "LICENSE-ui")?;
    let archive = format!("{name}.tar.gz");
    let mut tar = Command::new("tar");
    run(tar.current_dir(&dist).args(["-czf", &archive, &name]))?;
    fs::write(
        dist.join(format!("{archive}.sha256")),
        checksum(&dist, &archive)?,
    )?;
    Ok(dist.join(archive))
}

/// The checksum in the form that `sha256sum --check` reads.
fn checksum(dir: &Path, file: &str) -> anyhow::Result<String> {
    let mut command = if program::exists("sha256sum") {
        Command::new("sha256sum")
    } else {
        let mut shasum = Command::new("shasum");
        shasum.args(["-a", "256"]);
        shasum
    };
    output(command.current_dir(dir).arg(file))
}

fn host(root: &Root) -> anyhow::Result<String> {
    let version = output(Command::new("rustc").current_dir(root.path()).arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc does not name its host")?.to_owned())
}

/// What this machine lacks to build for that target; nothing if it can.
fn missing_for(root: &Root, target: &str) -> anyhow::Result<Option<String>> {
    let sysroot = output(
        Command::new("rustc")
            .current_dir(root.path())
            .args(["--print", "sysroot"]),
    )?;
    let installed = Path::new(sysroot.trim()).join("lib/rustlib").join(target);
    if !installed.exists() {
        return Ok(Some(format!("run `rustup target add {target}` for one")));
    }
    let compilers = [
        "musl-gcc".to_owned(),
        format!("{}-linux-musl-gcc", std::env::consts::ARCH),
    ];
    if !compilers.iter().any(|name| program::exists(name)) {
        return Ok(Some(
            "a C compiler for musl is missing (Debian and Ubuntu: `apt-get install musl-tools`)"
                .to_owned(),
        ));
    }
    Ok(None)
}

fn megabytes(bytes: u64) -> f64 {
    // Sizes of files are far below where a float loses bytes.
    bytes as f64 / 1e6
}
