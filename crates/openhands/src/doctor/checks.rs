//! The checks that need no network. Each looks at one thing, changes nothing it does not put back, and says what to do.

use std::ffi::CString;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::{Finding, Health};
use crate::demo;
use crate::key;
use crate::render::{counted, speaks_unicode, thousands};
use crate::wiring::House;

/// Below this much free space something will soon fail, in bytes.
const LITTLE: u64 = 1 << 30;
/// Below this much it fails now, in bytes.
const NOTHING: u64 = 64 << 20;

/// All checks, in the order in which a person would fix things.
pub fn all(house: &House) -> Vec<Finding> {
    let mut findings = vec![Finding::fine(
        "version",
        format!("openhands {}", env!("CARGO_PKG_VERSION")),
    )];
    findings.push(settings(house));
    findings.push(state(&house.config.home));
    findings.push(space(&house.config.home));
    findings.push(secret_key(house));
    findings.push(conversations(house));
    findings.push(shell(house));
    findings.push(pty());
    findings.push(git(house));
    findings.push(locale(house));
    findings.push(terminal(house));
    findings.push(workspace(house));
    findings.push(model(house));
    findings
}

fn settings(house: &House) -> Finding {
    let config = &house.config;
    let path = config.file.display();
    match config.warnings.as_slice() {
        [] if config.file_exists => Finding::fine("settings", format!("{path}")),
        [] => Finding::fine(
            "settings",
            format!("no {path}; everything is at its default"),
        ),
        warnings => Finding::doubtful("settings", warnings.join("; "), "mend the names"),
    }
}

fn state(home: &Path) -> Finding {
    let place = existing(home);
    match probe(&place) {
        Ok(()) if place == home => {
            Finding::fine("state", format!("{} can be written", home.display()))
        }
        Ok(()) => Finding::fine("state", format!("{} can be made", home.display())),
        Err(error) => Finding::broken(
            "state",
            format!("{} cannot be written: {error}", place.display()),
            "make it writable, or choose another place with OPENHANDS_HOME",
        ),
    }
}

/// The part of a path that is there.
fn existing(path: &Path) -> PathBuf {
    path.ancestors()
        .find(|dir| dir.is_dir())
        .unwrap_or(Path::new("/"))
        .to_owned()
}

/// Writes a file and removes it again.
fn probe(dir: &Path) -> std::io::Result<()> {
    let path = dir.join(format!(".openhands-doctor-{}", std::process::id()));
    let written = fs::File::create_new(&path).and_then(|mut file| {
        file.write_all(b"probe")?;
        file.sync_all()
    });
    let removed = fs::remove_file(&path);
    written.and(removed)
}

fn space(home: &Path) -> Finding {
    let place = existing(home);
    let remedy = "free some space, or choose another disk with OPENHANDS_HOME";
    match rustix::fs::statvfs(&place) {
        Ok(stat) => {
            let free = stat.f_bavail.saturating_mul(stat.f_frsize);
            let found = format!("{} MB free", thousands(free >> 20));
            match free {
                0..NOTHING => Finding::broken("disk", found, remedy),
                NOTHING..LITTLE => Finding::doubtful("disk", found, remedy),
                _ => Finding::fine("disk", found),
            }
        }
        Err(error) => Finding::doubtful("disk", format!("free space is not known: {error}"), ""),
    }
}

fn secret_key(house: &House) -> Finding {
    let path = house.config.home.join(key::FILE);
    if house.env.get(key::VARIABLE).is_some() {
        return Finding::fine("secrets", format!("sealed with {}", key::VARIABLE));
    }
    let Ok(meta) = path.metadata() else {
        return Finding::fine("secrets", "a key will be made when it is first needed");
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if meta.permissions().mode() & 0o077 != 0 {
            return Finding::doubtful(
                "secrets",
                format!("others can read {}", path.display()),
                format!("chmod 600 {}", path.display()),
            );
        }
    }
    let _ = meta;
    Finding::fine("secrets", format!("sealed with {}", path.display()))
}

fn conversations(house: &House) -> Finding {
    use domain::Journal as _;
    let what = "history";
    if !house.config.home.join("conversations").is_dir() {
        return Finding::fine(what, "no conversation yet");
    }
    let files = match house.files() {
        Ok(files) => files,
        Err(error) => return Finding::broken(what, error.message, ""),
    };
    let all = match files.list() {
        Ok(all) => all,
        Err(error) => return Finding::broken(what, error.to_string(), ""),
    };
    let damaged: Vec<String> = all
        .iter()
        .filter_map(|id| files.peek(*id).err())
        .map(|error| error.to_string())
        .collect();
    let mut count = counted(all.len() as u64, "conversation");
    let held = all.iter().filter_map(|id| holder(&files.home(*id)));
    for (at, holder) in held.enumerate() {
        count.push_str(if at == 0 { "; in use: " } else { ", " });
        count.push_str(&holder);
    }
    match damaged.first() {
        None => Finding::fine(what, count),
        Some(first) => Finding::broken(
            what,
            format!("{count}, {} of which cannot be read", damaged.len()),
            first.clone(),
        ),
    }
}

/// Who has a conversation open. Only looks: a shared lock is taken for a moment, and nothing is written.
fn holder(conversation: &Path) -> Option<String> {
    let path = conversation.join("lock");
    let lock = fs::File::open(&path).ok()?;
    match lock.try_lock_shared() {
        Err(fs::TryLockError::WouldBlock) => {
            let name = conversation.file_name()?.to_string_lossy();
            let name: String = name.chars().take(8).collect();
            let process = fs::read_to_string(&path).unwrap_or_default();
            Some(format!("{name} by process {}", process.trim()))
        }
        Ok(()) | Err(fs::TryLockError::Error(_)) => None,
    }
}

fn shell(house: &House) -> Finding {
    match find("bash", house) {
        Some(path) => Finding::fine("shell", path.display().to_string()),
        None => Finding::broken(
            "shell",
            "there is no bash on the PATH",
            "install it (Debian and Ubuntu: apt-get install bash); the agent's terminal runs in it",
        ),
    }
}

/// A pseudo-terminal is opened the way the agent's terminal opens one.
fn pty() -> Finding {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let opened = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).and_then(|leader| {
        grantpt(&leader)?;
        unlockpt(&leader)?;
        let name: CString = ptsname(&leader, Vec::new())?;
        rustix::fs::open(
            name,
            rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY,
            rustix::fs::Mode::empty(),
        )
    });
    match opened {
        Ok(_) => Finding::fine("terminal", "pseudo-terminals can be opened"),
        Err(error) => Finding::broken(
            "terminal",
            format!("no pseudo-terminal can be opened: {error}"),
            "in a container, mount devpts on /dev/pts",
        ),
    }
}

fn git(house: &House) -> Finding {
    match find("git", house) {
        Some(path) => Finding::fine("git", path.display().to_string()),
        None => Finding::doubtful(
            "git",
            "there is no git on the PATH",
            "install it if the agent is to work with repositories",
        ),
    }
}

fn locale(house: &House) -> Finding {
    if speaks_unicode(&house.env) {
        Finding::fine("locale", "UTF-8")
    } else {
        Finding::doubtful(
            "locale",
            "not UTF-8, so programs may mangle letters beyond ASCII",
            "export LC_ALL=C.UTF-8",
        )
    }
}

fn terminal(house: &House) -> Finding {
    match house.env.get("TERM") {
        None => Finding::doubtful("screen", "TERM is not set, so output is plain", ""),
        Some("dumb") => Finding::fine("screen", "TERM is dumb, so output is plain"),
        Some(term) => Finding::fine("screen", term),
    }
}

fn workspace(house: &House) -> Finding {
    let what = "workspace";
    match house.workspace() {
        Err(failure) => Finding::broken(what, failure.message, ""),
        Ok(dir) => match probe(&dir) {
            Ok(()) => Finding::fine(what, dir.display().to_string()),
            Err(error) => Finding::doubtful(
                what,
                format!("{} cannot be written: {error}", dir.display()),
                "the agent will only be able to read there; choose another with --workspace",
            ),
        },
    }
}

fn model(house: &House) -> Finding {
    let what = "model";
    let config = &house.config;
    let Some(model) = config.model() else {
        return Finding::doubtful(
            what,
            "none is chosen",
            "set a key such as ANTHROPIC_API_KEY, or say --model; `--model demo` works without",
        );
    };
    if model == demo::NAME {
        return Finding::fine(what, "the demo, which needs nothing");
    }
    let spec = match config.llm() {
        Ok(spec) => spec,
        Err(failure) => return Finding::broken(what, failure.message, ""),
    };
    let ready = house.workshop(false).map(|workshop| workshop.ready(&spec));
    match ready {
        Err(failure) => return Finding::broken(what, failure.message, ""),
        Ok(Err(error)) => {
            return Finding {
                what,
                health: Health::Broken,
                found: format!("{model}: {}", error.message),
                remedy: error.hint,
            };
        }
        Ok(Ok(())) => {}
    }
    let source = config
        .get("llm.api_key")
        .map(|found| found.source.to_string());
    let key = source.map_or("no key".to_owned(), |source| format!("key from {source}"));
    Finding::fine(what, format!("{model}, {key}"))
}

/// A program on the PATH of the environment.
fn find(program: &str, house: &House) -> Option<PathBuf> {
    let path = house.env.get("PATH")?;
    std::env::split_paths(path)
        .map(|dir| dir.join(program))
        .find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    path.is_file() && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
}
