//! What the rules look at: the repository's files and what its packages depend on.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

use crate::Root;
use crate::program::{cargo, output};

/// The repository as the rules see it.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// Every file, sorted by path; what is no text counts as empty.
    pub files: Vec<File>,
    /// Every package of the workspace.
    pub packages: Vec<Package>,
    /// Where the repository lies on this machine.
    pub place: String,
}

/// A file.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path from the top, with `/`.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// A package of the workspace.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// What it depends on.
    pub dependencies: Vec<Dependency>,
}

/// Something a package depends on.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// Its name.
    pub name: String,
    /// Whether only tests, examples and benchmarks do.
    pub dev: bool,
}

/// Folders that hold nothing of ours.
const SKIPPED: &[&str] = &[".cache", ".git", "dist", "node_modules", "target"];

impl Tree {
    /// Reads the repository.
    pub fn read(root: &Root) -> anyhow::Result<Self> {
        let mut tree = Self {
            place: root.path().display().to_string(),
            packages: packages(root)?,
            ..Self::default()
        };
        read_dir(root.path(), "", &mut tree.files)?;
        tree.files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(tree)
    }

    /// The Rust files of the workspace's packages.
    pub fn rust(&self) -> impl Iterator<Item = &File> {
        self.files
            .iter()
            .filter(|file| file.path.starts_with("crates/") && file.extension() == "rs")
    }

    /// The documents: what people read.
    pub fn documents(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| {
            file.extension() == "md" && (!file.path.contains('/') || file.path.starts_with("docs/"))
        })
    }

    /// The file at a path.
    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// The package of a name.
    pub fn package(&self, name: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.name == name)
    }
}

impl File {
    /// What follows the last dot.
    pub fn extension(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(_, end)| end)
    }

    /// The package it belongs to; nothing outside `crates/`.
    pub fn room(&self) -> &str {
        self.path
            .strip_prefix("crates/")
            .and_then(|rest| rest.split('/').next())
            .unwrap_or("")
    }

    /// Whether it is only compiled for tests, examples or benchmarks.
    pub fn is_test(&self) -> bool {
        self.path
            .split('/')
            .any(|part| matches!(part, "tests" | "tests.rs" | "benches" | "examples"))
    }
}

fn read_dir(dir: &Path, prefix: &str, files: &mut Vec<File>) -> anyhow::Result<()> {
    let entries = fs::read_dir(dir).with_context(|| format!("cannot list {}", dir.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let kind = entry.file_type()?;
        if kind.is_dir() {
            if !SKIPPED.contains(&name.as_str()) {
                read_dir(&entry.path(), &format!("{path}/"), files)?;
            }
        } else if kind.is_file() {
            match fs::read_to_string(entry.path()) {
                Ok(text) => files.push(File { path, text }),
                // What is no text, such as a picture, is there and says nothing.
                Err(error) if error.kind() == ErrorKind::InvalidData => files.push(File {
                    path,
                    text: String::new(),
                }),
                // What was removed meanwhile is nothing to judge.
                Err(_) => {}
            }
        }
    }
    Ok(())
}

fn packages(root: &Root) -> anyhow::Result<Vec<Package>> {
    let json = output(&mut cargo(
        root,
        &["metadata", "--no-deps", "--format-version", "1"],
    ))?;
    let metadata: Value = serde_json::from_str(&json).context("cargo metadata is no JSON")?;
    let packages = metadata
        .get("packages")
        .and_then(Value::as_array)
        .context("cargo metadata lists no packages")?;
    Ok(packages.iter().map(package).collect())
}

fn package(json: &Value) -> Package {
    let dependencies = json.get("dependencies").and_then(Value::as_array);
    Package {
        name: text(json, "name"),
        dependencies: dependencies
            .into_iter()
            .flatten()
            .map(|json| Dependency {
                name: text(json, "name"),
                dev: text(json, "kind") == "dev",
            })
            .collect(),
    }
}

fn text(json: &Value, key: &str) -> String {
    let value = json.get(key).and_then(Value::as_str);
    value.unwrap_or_default().to_owned()
}
