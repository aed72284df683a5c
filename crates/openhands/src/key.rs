//! The key that seals secrets on disk: from OH_SECRET_KEY, or made once and kept where only its owner reads it.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use domain::Clock;

use crate::config::is_absent;
use crate::environment::Environment;
use crate::exit::Failure;

/// The variable that may hold the key.
pub const VARIABLE: &str = "OH_SECRET_KEY";
/// The file that holds it otherwise.
pub const FILE: &str = "secret.key";

/// The keys of this place.
pub struct Keys {
    /// Seals, and opens.
    pub current: String,
    /// Only open.
    pub older: Vec<String>,
}

/// Finds the key, or makes one.
pub fn find_or_make(home: &Path, env: &Environment, clock: &dyn Clock) -> Result<Keys, Failure> {
    let path = home.join(FILE);
    let refused = |action: &str, error: &io::Error| {
        Failure::error(format!(
            "cannot {action} {}: {error}; mend that, or set {VARIABLE} to a key of your own",
            path.display()
        ))
    };
    let kept = read(&path).map_err(|error| refused("read", &error))?;
    if let Some(key) = env.get(VARIABLE) {
        return Ok(Keys {
            current: key.to_owned(),
            older: kept.into_iter().collect(),
        });
    }
    let current = match kept {
        Some(key) => key,
        None => make(&path, clock).map_err(|error| refused("write", &error))?,
    };
    Ok(Keys {
        current,
        older: Vec::new(),
    })
}

/// Finds a key that is kept in a file of its own, or makes one.
pub fn find_or_make_in(home: &Path, name: &str, clock: &dyn Clock) -> Result<String, Failure> {
    let path = home.join(name);
    let refused = |error: io::Error| {
        Failure::error(format!("cannot use {}: {error}; mend that", path.display()))
    };
    if let Some(key) = read(&path).map_err(refused)? {
        return Ok(key);
    }
    fs::create_dir_all(home).map_err(refused)?;
    make(&path, clock).map_err(refused)
}

/// The key that was made here earlier, if there is one.
pub fn kept(home: &Path) -> Result<Option<String>, Failure> {
    let path = home.join(FILE);
    read(&path).map_err(|error| {
        Failure::error(format!(
            "cannot read {}: {error}; mend that",
            path.display()
        ))
    })
}

fn read(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) if text.trim().is_empty() => Ok(None),
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes a fresh key under another name and links it: of two processes that start at once, one wins and both use it.
fn make(path: &Path, clock: &dyn Clock) -> io::Result<String> {
    let key = format!("{}{}", clock.uuid().as_simple(), clock.uuid().as_simple());
    let draft = path.with_extension(clock.uuid().as_simple().to_string());
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(key.as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Ok(()) => Ok(key),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match read(path)? {
            Some(key) => Ok(key),
            None => Err(io::Error::other("the file is empty; remove it")),
        },
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::System;

    #[test]
    fn a_key_is_made_once_and_kept() {
        let home = tempfile::TempDir::new().unwrap();
        let first = find_or_make(home.path(), &Environment::default(), &System).unwrap();
        let second = find_or_make(home.path(), &Environment::default(), &System).unwrap();
        assert_eq!(first.current, second.current);
        assert!(first.current.len() >= 32);
        let files: Vec<_> = fs::read_dir(home.path()).unwrap().collect();
        assert_eq!(files.len(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = home
                .path()
                .join(FILE)
                .metadata()
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_key_of_ones_own_seals_and_the_made_one_still_opens() {
        let home = tempfile::TempDir::new().unwrap();
        let made = find_or_make(home.path(), &Environment::default(), &System).unwrap();
        let env = Environment::from([(VARIABLE, "mine")]);
        let keys = find_or_make(home.path(), &env, &System).unwrap();
        assert_eq!(keys.current, "mine");
        assert_eq!(keys.older, [made.current]);
    }

    #[test]
    fn what_cannot_be_written_has_a_way_out() {
        let home = tempfile::TempDir::new().unwrap();
        let missing = home.path().join("missing");
        let failure = find_or_make(&missing, &Environment::default(), &System)
            .err()
            .unwrap();
        assert!(failure.message.contains(VARIABLE), "{failure}");
    }
}
