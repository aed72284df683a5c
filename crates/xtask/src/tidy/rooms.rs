//! Who may know what: the rules between rooms, over what packages depend on and what their code names.

use super::code::{self, Used};
use super::tree::{File, Package, Tree};

/// What only exists for development; a room never depends on it but in its tests.
const DEVELOPMENT: &[&str] = &["testkit", "xtask"];

/// The one place that may know several rooms at once.
const BINARY: &str = "openhands";

/// What a face may know besides `domain`: the kit all faces share, and the rooms whose answers it only hands on.
const FACES: &[(&str, &[&str])] = &[("agent-server", &["extensions", "http-kit", "settings"])];

/// `domain`: ids and time are passed in, bytes go out through ports.
pub fn domain_knows_no_world(tree: &Tree) -> Vec<String> {
    let mut broken = depends_only_on(
        tree,
        "domain",
        &[
            "bytes",
            "schemars",
            "serde",
            "serde_json",
            "thiserror",
            "uuid",
        ],
    );
    broken.extend(never_names(
        tree,
        |file| file.room() == "domain",
        &[
            "std::env",
            "std::fs",
            "std::net",
            "std::os",
            "std::process",
            "std::thread",
            "std::time::Instant",
            "std::time::SystemTime",
            "Uuid::new_v4",
            "Uuid::now_v7",
        ],
        "`domain` holds nouns and ports: pass it in, or put it behind a port",
    ));
    broken
}

/// `agent`: the mind works through ports and a runtime's channels.
pub fn agent_gets_ports(tree: &Tree) -> Vec<String> {
    let mut broken = depends_only_on(
        tree,
        "agent",
        &[
            "base64",
            "bytes",
            "domain",
            "serde",
            "serde_json",
            "thiserror",
            "tokio",
            "tokio-util",
            "tracing",
            "uuid",
        ],
    );
    broken.extend(never_names(
        tree,
        |file| file.room() == "agent",
        &[
            "std::env",
            "std::fs",
            "std::net",
            "std::os",
            "std::process",
            "std::thread",
            "tokio::fs",
            "tokio::io",
            "tokio::net",
            "tokio::process",
        ],
        "`agent` gets ports: ask through one",
    ));
    broken
}

/// Rooms beside each other meet only in the binary.
pub fn rooms_are_siblings(tree: &Tree) -> Vec<String> {
    let mut broken = Vec::new();
    for package in rooms(tree) {
        for dependency in package.dependencies.iter().filter(|dep| !dep.dev) {
            let name = dependency.name.as_str();
            let face = FACES.iter().find(|(face, _)| *face == package.name);
            let allowed = face.is_some_and(|(_, known)| known.contains(&name));
            if tree.package(name).is_some() && name != "domain" && !allowed {
                broken.push(format!(
                    "crates/{}/Cargo.toml: depends on `{name}`; rooms know only `domain`, and `{BINARY}` joins them",
                    package.name
                ));
            }
        }
    }
    for package in &tree.packages {
        for dependency in package.dependencies.iter().filter(|dep| !dep.dev) {
            let name = dependency.name.as_str();
            let developing = DEVELOPMENT.contains(&package.name.as_str());
            if !developing && DEVELOPMENT.contains(&name) {
                broken.push(format!(
                    "crates/{}/Cargo.toml: depends on `{name}`; only tests may (dev-dependencies)",
                    package.name
                ));
            }
        }
    }
    broken.dedup();
    broken
}

/// The environment is read once, in one file, and handed on as values.
pub fn only_the_binary_reads_the_environment(tree: &Tree) -> Vec<String> {
    let mut broken = never_names(
        tree,
        is_room,
        &["std::env"],
        "only `openhands` reads the environment: take it as a value",
    );
    broken.extend(never_names(
        tree,
        |file| {
            file.room() == BINARY
                && file.path != "crates/openhands/src/environment.rs"
                // What cargo tells a build script is no environment of a person.
                && file.path != "crates/openhands/build.rs"
        },
        &[
            "env::var",
            "env::var_os",
            "env::vars",
            "env::vars_os",
            "std::env::var",
            "std::env::var_os",
            "std::env::vars",
            "std::env::vars_os",
        ],
        "the environment is read in `environment.rs`: take it as a value",
    ));
    broken
}

/// State rests in `store`, a workspace belongs to `tools`; `extensions` reads in one file and installs in another.
pub fn only_store_and_tools_touch_files(tree: &Tree) -> Vec<String> {
    let reads = "crates/extensions/src/source.rs";
    let installs = "crates/extensions/src/shelf.rs";
    let mut broken = never_names(
        tree,
        |file| {
            is_room(file)
                && !matches!(file.room(), "store" | "tools")
                && file.path != reads
                && file.path != installs
        },
        &["std::fs", "tokio::fs"],
        "only `store` and `tools` touch files (and `openhands` its configuration)",
    );
    broken.extend(never_names(
        tree,
        |file| file.path == reads,
        &[
            "File::create",
            "File::create_new",
            "File::options",
            "fs::copy",
            "fs::create_dir",
            "fs::create_dir_all",
            "fs::hard_link",
            "fs::remove_dir",
            "fs::remove_dir_all",
            "fs::remove_file",
            "fs::rename",
            "fs::set_permissions",
            "fs::write",
            "std::fs::OpenOptions",
            "std::os::unix::fs",
        ],
        "extensions are read there and written in `shelf.rs`",
    ));
    broken
}

/// Programs run under a terminal, a time limit and a stop, all of which `tools` has.
pub fn only_tools_start_programs(tree: &Tree) -> Vec<String> {
    never_names(
        tree,
        |file| is_room(file) && file.room() != "tools",
        &["std::process::Command", "tokio::process"],
        "only `tools` starts programs",
    )
}

/// Wall-clock time and fresh ids come through the `Clock` port, so that a test can hold them still.
pub fn time_and_chance_come_from_the_clock(tree: &Tree) -> Vec<String> {
    let mut broken = never_names(
        tree,
        is_room,
        &[
            "SystemTime::now",
            "std::time::SystemTime::now",
            "Timestamp::now",
            "jiff::Timestamp::now",
            "Zoned::now",
            "jiff::Zoned::now",
        ],
        "wall-clock time comes from the `Clock` port",
    );
    broken.extend(never_names(
        tree,
        // A provider that forgets to name a call leaves nobody else to do it, and a request is named where it arrives.
        |file| is_room(file) && !matches!(file.room(), "llm" | "http"),
        &[
            "Uuid::new_v4",
            "uuid::Uuid::new_v4",
            "Uuid::now_v7",
            "uuid::Uuid::now_v7",
        ],
        "fresh ids come from the `Clock` port",
    ));
    broken
}

/// A conversation's state moves only by events and facts: live ones through the scribe, old ones through recovery.
pub fn state_changes_in_one_place(tree: &Tree) -> Vec<String> {
    let callers = [
        "crates/agent/src/task/scribe.rs",
        "crates/agent/src/task/recovery.rs",
    ];
    tree.rust()
        .filter(|file| file.room() == "agent" && !file.is_test())
        .filter(|file| !callers.contains(&file.path.as_str()))
        .flat_map(|file| {
            code::calls(&file.text, "apply").into_iter().map(|line| {
                format!(
                    "{}:{line}: calls `apply`; only the scribe and recovery change a state",
                    file.path
                )
            })
        })
        .collect()
}

/// The rooms: everything that ships but the binary.
fn rooms(tree: &Tree) -> impl Iterator<Item = &Package> {
    tree.packages
        .iter()
        .filter(|package| !is_outside(&package.name))
}

fn is_outside(name: &str) -> bool {
    name == BINARY || DEVELOPMENT.contains(&name)
}

fn is_room(file: &File) -> bool {
    !is_outside(file.room())
}

fn depends_only_on(tree: &Tree, room: &str, allowed: &[&str]) -> Vec<String> {
    let Some(package) = tree.package(room) else {
        return vec![format!("crates/{room}: there is no such package")];
    };
    package
        .dependencies
        .iter()
        .filter(|dep| !dep.dev && !allowed.contains(&dep.name.as_str()))
        .map(|dep| {
            format!(
                "crates/{room}/Cargo.toml: depends on `{}`; `{room}` may have only {}",
                dep.name,
                allowed.join(", ")
            )
        })
        .collect()
}

fn never_names(
    tree: &Tree,
    applies: impl Fn(&File) -> bool,
    forbidden: &[&str],
    why: &str,
) -> Vec<String> {
    let mut broken = Vec::new();
    for file in tree.rust().filter(|file| !file.is_test() && applies(file)) {
        let is_forbidden = |used: &Used| forbidden.iter().any(|prefix| used.is_in(prefix));
        for used in code::paths(&file.text).iter().filter(|u| is_forbidden(u)) {
            broken.push(format!(
                "{}:{}: names `{}`; {why}",
                file.path, used.line, used.path
            ));
        }
    }
    broken
}

#[cfg(test)]
mod tests;
