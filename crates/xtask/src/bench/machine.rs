//! The machine in one line: figures mean nothing without it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use crate::program::output;

/// Processor, cores, memory, kernel and the file system below a folder.
pub fn machine(folder: &Path) -> String {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mut parts = vec![format!("{}, {cores} cores", processor())];
    parts.extend(memory());
    parts.extend(output(Command::new("uname").arg("-sr")).map(|name| name.trim().to_owned()));
    parts.extend(file_system(folder));
    parts.join("; ")
}

fn processor() -> String {
    let linux = line_of("/proc/cpuinfo", "model name");
    linux
        .or_else(|| {
            let name = output(Command::new("sysctl").args(["-n", "machdep.cpu.brand_string"]));
            name.ok().map(|name| name.trim().to_owned())
        })
        .unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

fn memory() -> Option<String> {
    let total = line_of("/proc/meminfo", "MemTotal")?;
    let kilobytes: u64 = total.split(' ').next()?.parse().ok()?;
    Some(format!("{} GB", kilobytes.div_ceil(1_000_000)))
}

fn line_of(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn file_system(folder: &Path) -> Option<String> {
    let answer = output(Command::new("df").arg("-PT").arg(folder)).ok()?;
    answer
        .lines()
        .nth(1)?
        .split_whitespace()
        .nth(1)
        .map(str::to_owned)
}
