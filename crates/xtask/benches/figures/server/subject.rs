//! A server under measurement: started in an empty home, watched through /proc, ended with its figure.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};

use super::client::Client;
use crate::site::Site;

/// How long a server may take to come up, and to go.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many ticks of /proc are a second; the same on every Linux that people use.
const TICKS: f64 = 100.0;

/// What is measured.
pub enum Subject {
    /// The binary of this repository.
    Ours(PathBuf),
    /// A Python that has the original.
    Original(PathBuf),
}

/// A server that runs.
pub struct Server {
    child: Child,
    home: PathBuf,
    /// How to talk to it.
    pub client: Client,
    /// How long it took from the start of the process until it said that it was ready.
    pub ready: f64,
}

impl Subject {
    /// Starts it in an empty home and waits until it is ready.
    pub fn start(&self, site: &Site) -> anyhow::Result<Server> {
        self.start_in(site, site.fresh()?)
    }

    /// The same in a home that may hold conversations already.
    pub fn start_in(&self, site: &Site, home: PathBuf) -> anyhow::Result<Server> {
        let http = Client::http()?;
        let begin = Instant::now();
        let (child, port) = match self {
            Self::Ours(program) => ours(program, &home)?,
            Self::Original(python) => original(python, &home)?,
        };
        let mut server = Server {
            child,
            home,
            client: Client::new(http, port),
            ready: f64::NAN,
        };
        while !site.block_on(server.client.ready()) {
            if let Some(status) = server.child.try_wait()? {
                anyhow::bail!("the server ended before it was ready: {status}");
            }
            anyhow::ensure!(begin.elapsed() < PATIENCE, "the server does not get ready");
            thread::sleep(Duration::from_millis(1));
        }
        server.ready = begin.elapsed().as_secs_f64();
        Ok(server)
    }
}

/// Ours says where it listens.
fn ours(program: &Path, home: &Path) -> anyhow::Result<(Child, u16)> {
    let mut command = Command::new(program);
    command.args(["agent", "--host", "127.0.0.1", "--port", "0"]);
    let mut child = spawned(command.stderr(Stdio::piped()), home)?;
    let stderr = child.stderr.take().context("no stderr")?;
    let mut lines = BufReader::new(stderr).lines();
    while let Some(line) = lines.next().transpose()? {
        let Some((_, port)) = line.split_once("listens on http://127.0.0.1:") else {
            continue;
        };
        let port = port.trim().parse()?;
        // What it says from now on is of no interest, but must not block it.
        thread::spawn(move || lines.for_each(drop));
        return Ok((child, port));
    }
    let status = child.wait()?;
    anyhow::bail!("the server ended before it listened: {status}")
}

/// The original must be told where to listen.
fn original(python: &Path, home: &Path) -> anyhow::Result<(Child, u16)> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut command = Command::new(python);
    command
        .args(["-m", "openhands.agent_server", "--host", "127.0.0.1"])
        .args(["--port", &port.to_string()])
        .stderr(Stdio::null());
    Ok((spawned(&mut command, home)?, port))
}

/// With nothing of this machine's settings, nothing fetched, and room for as many runs as are measured at once.
fn spawned(command: &mut Command, home: &Path) -> anyhow::Result<Child> {
    command
        .current_dir(home)
        .env_clear()
        .env("HOME", home)
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("TZ", "UTC")
        .env("TMUX_TMPDIR", home)
        .env("OH_MAX_CONCURRENT_RUNS", "64")
        .env("OH_ENABLE_VSCODE", "false")
        .env("OH_TELEMETRY_CONSENT", "false")
        .env("OPENHANDS_SUPPRESS_BANNER", "1")
        .env("LITELLM_LOCAL_MODEL_COST_MAP", "True")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .context("cannot start the server")
}

impl Server {
    /// The home it was started in.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Asks it to end and waits until it has; its home stays.
    pub fn stop(mut self) -> anyhow::Result<PathBuf> {
        self.end()?;
        Ok(self.home.clone())
    }

    /// The resident memory of the process and all it started, in bytes.
    pub fn memory(&self) -> anyhow::Result<f64> {
        let processes = tree(self.child.id())?;
        Ok(processes.into_iter().map(resident).sum())
    }

    /// The time that the process and all it started, ended ones included, spent on a core.
    pub fn cpu(&self) -> anyhow::Result<f64> {
        let processes = tree(self.child.id())?;
        Ok(processes.into_iter().map(|id| ticks(id) / TICKS).sum())
    }

    fn end(&mut self) -> anyhow::Result<()> {
        if self.child.try_wait()?.is_some() {
            return Ok(());
        }
        if let Some(id) = Pid::from_raw(self.child.id().cast_signed()) {
            kill_process(id, Signal::TERM)?;
        }
        let begin = Instant::now();
        while self.child.try_wait()?.is_none() {
            anyhow::ensure!(begin.elapsed() < PATIENCE, "the server does not end");
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.end().is_err() {
            // It has ended, or is of no more use.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// A process and all below it.
fn tree(root: u32) -> anyhow::Result<Vec<u32>> {
    let processes = fs::read_dir("/proc").context("memory is measured on Linux")?;
    let parents: Vec<(u32, u32)> = processes
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|id| Some((id, field(id, 1)?.parse().ok()?)))
        .collect();
    let mut found = vec![root];
    let mut at = 0;
    while let Some(&parent) = found.get(at) {
        let children = parents.iter().filter(|(_, of)| *of == parent);
        found.extend(children.map(|(id, _)| *id));
        at += 1;
    }
    Ok(found)
}

/// A field of /proc/ID/stat, counted from the state of the process, which follows its name.
fn field(id: u32, at: usize) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    fields.split(' ').nth(at).map(str::to_owned)
}

fn ticks(id: u32) -> f64 {
    let spent = (11..=14).filter_map(|at| field(id, at)?.parse::<f64>().ok());
    spent.sum()
}

/// Nothing for one that has just ended.
fn resident(id: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    kilobytes.unwrap_or(0.0) * 1024.0
}
