//! What the binary costs as people start it: time to its first words, and memory.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::Context as _;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::json;
use testkit::gate::Gate;
use testkit::model::{Dialect, Model, Script};
use xtask::bench::{Bar, Figure, Unit};

use crate::Measure;
use crate::site::Site;

/// What is measured here.
pub const MEASURES: &[Measure] = &[
    Measure {
        figure: Figure {
            name: "process start to the first model call",
            original: "3.4 s, to ready",
            bar: Bar::AtMost(15e-3),
            unit: Unit::Seconds,
        },
        runs: 15,
        run: |site| Ok(live(site, 0)?.first_call),
    },
    Measure {
        figure: Figure {
            name: "process start to the prompt of a session",
            original: "",
            bar: Bar::AtMost(15e-3),
            unit: Unit::Seconds,
        },
        runs: 15,
        run: prompt,
    },
    Measure {
        figure: Figure {
            name: "memory (RSS), waiting for the first reply",
            original: "330 MB",
            bar: Bar::AtMost(16e6),
            unit: Unit::Bytes,
        },
        runs: 3,
        run: |site| Ok(live(site, 0)?.idle),
    },
    Measure {
        figure: Figure {
            name: "memory (RSS), after 1,000 steps",
            original: "",
            bar: Bar::None,
            unit: Unit::Bytes,
        },
        runs: 3,
        run: |site| Ok(live(site, 1_000)?.late),
    },
];

/// What one life of the binary showed.
struct Life {
    first_call: f64,
    idle: f64,
    late: f64,
}

/// Lets the binary work through a task of so many steps, and looks at it while it waits for the first and last reply.
fn live(site: &Site, steps: u64) -> anyhow::Result<Life> {
    let (first, last) = (Gate::new(), Gate::new());
    let mut script = Script::new()
        .waits_at(&first)
        .calls("think", json!({"thought": "First."}));
    for step in 0..steps {
        let thought =
            format!("Step {step}: the parser loses the last line when no line break ends it.");
        script = script.then().calls("think", json!({ "thought": thought }));
    }
    script = script
        .then()
        .waits_at(&last)
        .calls("finish", json!({"message": "Done."}));
    let server = Model::bind(script)?.forgetful();
    let begin = Instant::now();
    let mut child = Finally(started(site, &server, steps)?);
    site.block_on(first.reached(1));
    let first_call = begin.elapsed().as_secs_f64();
    let idle = memory(&child.0)?;
    first.open();
    site.block_on(last.reached(1));
    let late = memory(&child.0)?;
    last.open();
    let status = child.0.wait()?;
    anyhow::ensure!(status.success(), "openhands ended: {status}");
    Ok(Life {
        first_call,
        idle,
        late,
    })
}

/// The binary at work in an empty folder, with nothing of this machine's settings.
fn started(site: &Site, server: &Model, steps: u64) -> anyhow::Result<Child> {
    let home = site.fresh()?;
    openhands(site, &home)
        .args([
            "run",
            "--json",
            "--model",
            "openai/scripted",
            "--api-key",
            "none",
        ])
        .args(["--base-url", &server.base_url(Dialect::Chat)])
        .args(["--max-iterations", &(steps + 10).to_string()])
        .arg("--workspace")
        .arg(&home)
        .arg("Go.")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot start {}", site.openhands().display()))
}

/// The binary with nothing of this machine's settings.
fn openhands(site: &Site, home: &Path) -> Command {
    let mut command = Command::new(site.openhands());
    command
        .env_clear()
        .env("HOME", home)
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("TERM", "xterm");
    command
}

/// Starts a session on a terminal of its own and waits until a person could type.
fn prompt(site: &Site) -> anyhow::Result<f64> {
    let home = site.fresh()?;
    let near = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&near)?;
    unlockpt(&near)?;
    let name = ptsname(&near, Vec::new())?;
    let name = name.to_str()?;
    let far = || fs::File::options().read(true).write(true).open(name);
    let begin = Instant::now();
    let child = openhands(site, &home)
        .current_dir(&home)
        .stdin(far()?)
        .stdout(far()?)
        .stderr(far()?)
        .spawn()?;
    let child = Finally(child);
    let mut screen = fs::File::from(near);
    let mut seen = Vec::new();
    let mut piece = [0; 4096];
    while !seen.windows(PROMPT.len()).any(|bytes| bytes == PROMPT) {
        let count = screen.read(&mut piece)?;
        anyhow::ensure!(
            count > 0,
            "the session ended: {}",
            String::from_utf8_lossy(&seen)
        );
        seen.extend_from_slice(&piece[..count]);
    }
    let took = begin.elapsed().as_secs_f64();
    drop(child);
    Ok(took)
}

/// What a session shows when it waits for words: an empty line, and the mark in front of them.
const PROMPT: &[u8] = b"\x1b[K> ";

/// A child that does not outlive its figure.
struct Finally(Child);

impl Drop for Finally {
    fn drop(&mut self) {
        // It has ended, or is of no more use.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The memory of a process in bytes.
fn memory(child: &Child) -> anyhow::Result<f64> {
    let file = format!("/proc/{}/status", child.id());
    let status = fs::read_to_string(Path::new(&file))
        .with_context(|| format!("cannot read {file}; memory is measured on Linux"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kilobytes: f64 = kilobytes.context("no VmRSS")?.parse()?;
    Ok(kilobytes * 1024.0)
}
