//! What a shell starts from: its program, its environment, who and where it is. Reads no environment of its own.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::Access;

use super::Config;

/// Variables that belong to this program alone; a star stands for any ending.
pub(super) const PRIVATE: &[&str] = &[
    "SESSION_API_KEY",
    "OH_SECRET_KEY",
    "OH_SESSION_API_KEYS_*",
    "LMNR*",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "OTEL_EXPORTER_OTLP_METRICS_HEADERS",
    "OTEL_EXPORTER_OTLP_LOGS_HEADERS",
    "OTEL_HEADERS",
    // Options of some other shell.
    "SHELLOPTS",
    "BASHOPTS",
];

/// What every terminal says of itself.
const FIXED: &[(&str, &str)] = &[
    ("TERM", "xterm-256color"),
    ("PAGER", "cat"),
    ("GIT_PAGER", "cat"),
    ("AI_AGENT", "openhands"),
    // The newer interpreter indents by itself, which spoils what is typed with its indentation.
    ("PYTHON_BASIC_REPL", "1"),
];

/// The environment of a new shell.
pub(super) fn environment(config: &Config) -> Vec<(OsString, OsString)> {
    let hidden = |name: &OsStr| {
        let name = name.to_string_lossy();
        config.hide.iter().any(|pattern| matches(pattern, &name))
    };
    let mut all: Vec<(OsString, OsString)> = config
        .env
        .iter()
        .filter(|(name, _)| !hidden(name))
        .cloned()
        .collect();
    for (name, value) in FIXED {
        put(&mut all, name, value);
    }
    if !["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .any(|name| get(&all, name).is_some_and(|value| !value.is_empty()))
    {
        put(&mut all, "LANG", "C.UTF-8");
    }
    for (name, value) in &config.set {
        put(&mut all, name, value);
    }
    all
}

/// The shell to use: the configured one, else a bash, else a plain shell; `Err` says where was looked.
pub(super) fn shell(config: &Config) -> Result<PathBuf, String> {
    if let Some(shell) = &config.shell {
        return if runs(shell) {
            Ok(shell.clone())
        } else {
            Err(shell.display().to_string())
        };
    }
    let path = get(&config.env, "PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = places(path.as_bytes())
        .filter(|folder| folder.is_absolute())
        .map(Path::to_owned)
        .chain(["/bin", "/usr/bin", "/usr/local/bin"].map(PathBuf::from))
        .collect();
    ["bash", "sh"]
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|candidate| runs(candidate))
        .ok_or_else(|| {
            folders
                .iter()
                .map(|folder| folder.display().to_string())
                .collect::<Vec<_>>()
                .join(":")
        })
}

/// The Python that a command in `folder` would find on `path`.
pub(super) fn python(folder: &Path, path: &[u8]) -> Option<String> {
    ["python", "python3"].iter().find_map(|name| {
        places(path)
            .map(|place| folder.join(place).join(name))
            .find(|candidate| runs(candidate))
            .map(|found| found.to_string_lossy().into_owned())
    })
}

/// Who runs the shell.
pub(super) fn user(config: &Config) -> Option<String> {
    let id = rustix::process::geteuid().as_raw().to_string();
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    accounts
        .lines()
        .find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            (fields.nth(1)? == id).then(|| name.to_owned())
        })
        .or_else(|| {
            ["USER", "LOGNAME"]
                .iter()
                .find_map(|name| get(&config.env, name))
                .map(|name| name.to_string_lossy().into_owned())
        })
}

/// The machine's short name.
pub(super) fn host() -> Option<String> {
    let name = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    let short = name.split('.').next()?;
    (!short.is_empty()).then(|| short.to_owned())
}

/// Whether a shell can have a variable of this name.
pub(super) fn is_name(name: &str) -> bool {
    let mut letters = name.bytes();
    letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == b'_')
}

/// The folders of a search path.
fn places(path: &[u8]) -> impl Iterator<Item = &Path> {
    path.split(|byte| *byte == b':')
        .map(|place| Path::new(OsStr::from_bytes(place)))
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern
        .strip_suffix('*')
        .map_or(pattern == name, |start| name.starts_with(start))
}

fn get(all: &[(OsString, OsString)], name: &str) -> Option<OsString> {
    all.iter()
        .find(|(key, _)| key.as_bytes() == name.as_bytes())
        .map(|(_, value)| value.clone())
}

fn put(all: &mut Vec<(OsString, OsString)>, name: &str, value: &str) {
    all.retain(|(key, _)| key.as_bytes() != name.as_bytes());
    all.push((name.into(), value.into()));
}

fn runs(path: &Path) -> bool {
    path.is_file() && rustix::fs::access(path, Access::EXEC_OK).is_ok()
}
