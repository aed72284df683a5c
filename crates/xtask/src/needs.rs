//! The programs that tests drive: which are missing, and getting them where that is possible.

use std::path::Path;
use std::process::Command;

use crate::program;

/// A program that some test drives, and the Debian package that brings it.
struct Need {
    program: &'static str,
    package: &'static str,
}

const NEEDS: &[Need] = &[
    Need {
        program: "bash",
        package: "bash",
    },
    Need {
        program: "git",
        package: "git",
    },
    Need {
        program: "less",
        package: "less",
    },
    Need {
        program: "ps",
        package: "procps",
    },
    Need {
        program: "python3",
        package: "python3",
    },
    Need {
        program: "setsid",
        package: "util-linux",
    },
    Need {
        program: "stty",
        package: "coreutils",
    },
    Need {
        program: "vi",
        package: "vim-tiny",
    },
];

/// Gets what is missing if this system lets it, and says what stays missing.
///
/// Never an error: a test that cannot get its program fails itself, with the reason.
pub fn provide() {
    let missing = missing();
    if missing.is_empty() {
        println!("everything that the tests drive is installed");
        return;
    }
    let packages = missing.iter().map(|need| need.package).collect::<Vec<_>>();
    if may_install()
        && let Err(error) = install(&packages)
    {
        println!("warning: {error:#}");
    }
    for need in self::missing() {
        println!(
            "warning: `{}` is missing, so the tests that drive it will fail; install it first (Debian and Ubuntu: `apt-get install {}`)",
            need.program, need.package
        );
    }
}

fn missing() -> Vec<&'static Need> {
    NEEDS
        .iter()
        .filter(|need| !program::exists(need.program))
        .collect()
}

/// Whether this system's packages can be installed from here.
pub fn may_install() -> bool {
    let root = program::output(Command::new("id").arg("-u")).is_ok_and(|uid| uid.trim() == "0");
    root && Path::new("/etc/debian_version").exists() && program::exists("apt-get")
}

/// Installs packages of this system.
pub fn install(packages: &[&str]) -> anyhow::Result<()> {
    let mut update = Command::new("apt-get");
    program::run(update.args(["update", "-qq"]))?;
    let mut install = Command::new("apt-get");
    install
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(["install", "-qq", "-y", "--no-install-recommends"])
        .args(packages);
    program::run(&mut install)
}
