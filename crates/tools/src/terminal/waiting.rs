//! Whether the program in the foreground waits for somebody to type. Looks only: it changes nothing.
//!
//! On Linux the kernel says in which call a process rests, and on which descriptors; elsewhere nobody knows.

use std::path::Path;

use rustix::process::Pid;

/// How sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Waits {
    /// It does something else, or cannot be seen.
    No,
    /// The terminal is one of several things it listens to.
    Perhaps,
    /// It rests until a key comes.
    Surely,
}

/// Whether a process of the group, among those that `shell` started, waits for the terminal at `tty`.
///
/// One that listens to several things and has children waits for them rather than for a key.
#[cfg(target_os = "linux")]
pub(super) fn waits(shell: Pid, group: Pid, tty: &Path) -> Waits {
    let group = group.as_raw_nonzero().get();
    linux::family(shell.as_raw_nonzero().get())
        .into_iter()
        .filter(|member| member.process.group == group && !member.process.zombie)
        .map(|member| {
            let waits = linux::rests(member.process.pid.as_raw_nonzero().get(), tty);
            match waits {
                Waits::Perhaps if member.parent => Waits::No,
                Waits::No | Waits::Perhaps | Waits::Surely => waits,
            }
        })
        .max()
        .unwrap_or(Waits::No)
}

/// Whether a process of the group, among those that `shell` started, waits for the terminal at `tty`.
#[cfg(not(target_os = "linux"))]
pub(super) fn waits(_shell: Pid, _group: Pid, _tty: &Path) -> Waits {
    Waits::No
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::File;
    use std::os::unix::fs::FileExt;
    use std::path::Path;

    use super::Waits;
    use crate::pty::processes::Process;

    /// How many processes are looked at.
    const CROWD: usize = 64;
    /// How many descriptors of one call are looked at.
    const DESCRIPTORS: u64 = 64;
    /// `POLLIN`, as the kernel writes it.
    const READABLE: u16 = 1;

    /// One of a family of processes.
    pub(super) struct Member {
        /// The process.
        pub(super) process: Process,
        /// Whether it has children.
        pub(super) parent: bool,
    }

    /// A process and all it started, with all they started.
    pub(super) fn family(root: i32) -> Vec<Member> {
        let mut found = Vec::new();
        let mut open = vec![root];
        while let Some(pid) = open.pop() {
            let Some(process) = Process::look(pid) else {
                continue;
            };
            let path = format!("/proc/{pid}/task/{pid}/children");
            let children = std::fs::read_to_string(path).unwrap_or_default();
            let children = children.split_ascii_whitespace();
            let before = open.len();
            open.extend(children.filter_map(|id| id.parse::<i32>().ok()));
            found.push(Member {
                process,
                parent: open.len() > before,
            });
            if found.len() == CROWD {
                break;
            }
        }
        found
    }

    /// In what call a process rests, and whether a key would wake it.
    pub(super) fn rests(pid: i32, tty: &Path) -> Waits {
        look(pid, tty).unwrap_or(Waits::No)
    }

    fn look(pid: i32, tty: &Path) -> Option<Waits> {
        let call = std::fs::read_to_string(format!("/proc/{pid}/syscall")).ok()?;
        let mut words = call.split_ascii_whitespace();
        let number: libc::c_long = words.next()?.parse().ok()?;
        let mut value = || {
            let word = words.next()?.strip_prefix("0x")?;
            u64::from_str_radix(word, 16).ok()
        };
        let (first, second) = (value()?, value()?);
        let process = Seen { pid, tty };
        Some(match Call::of(number)? {
            Call::Read if process.is_terminal(first) => Waits::Surely,
            Call::Read => Waits::No,
            Call::Select => verdict(&process, &process.selected(first, second)?),
            Call::Poll => verdict(&process, &process.polled(first, second)?),
            Call::Epoll => match verdict(&process, &process.watched(first)?) {
                Waits::No => Waits::No,
                Waits::Perhaps | Waits::Surely => Waits::Perhaps,
            },
        })
    }

    fn verdict(process: &Seen<'_>, descriptors: &[u64]) -> Waits {
        let terminals = descriptors
            .iter()
            .filter(|descriptor| process.is_terminal(**descriptor))
            .count();
        if terminals == 0 {
            Waits::No
        } else if terminals == descriptors.len() {
            Waits::Surely
        } else {
            Waits::Perhaps
        }
    }

    /// The calls in which a program waits for input.
    enum Call {
        Read,
        Select,
        Poll,
        Epoll,
    }

    impl Call {
        fn of(number: libc::c_long) -> Option<Self> {
            match number {
                libc::SYS_read | libc::SYS_readv => Some(Self::Read),
                libc::SYS_pselect6 => Some(Self::Select),
                libc::SYS_ppoll => Some(Self::Poll),
                libc::SYS_epoll_pwait | libc::SYS_epoll_pwait2 => Some(Self::Epoll),
                #[cfg(target_arch = "x86_64")]
                libc::SYS_select => Some(Self::Select),
                #[cfg(target_arch = "x86_64")]
                libc::SYS_poll => Some(Self::Poll),
                #[cfg(target_arch = "x86_64")]
                libc::SYS_epoll_wait => Some(Self::Epoll),
                _ => None,
            }
        }
    }

    /// A process as it is looked at.
    struct Seen<'a> {
        pid: i32,
        tty: &'a Path,
    }

    impl Seen<'_> {
        fn is_terminal(&self, descriptor: u64) -> bool {
            std::fs::read_link(format!("/proc/{}/fd/{descriptor}", self.pid))
                .is_ok_and(|target| target == self.tty || target == Path::new("/dev/tty"))
        }

        /// The descriptors of a `select` for reading: a bit each.
        fn selected(&self, count: u64, bits: u64) -> Option<Vec<u64>> {
            if bits == 0 {
                return Some(Vec::new());
            }
            let count = count.min(1024);
            let mut set = [0; 128];
            let set = set.get_mut(..usize::try_from(count.div_ceil(64) * 8).ok()?)?;
            self.memory(bits, set)?;
            let is_set = |descriptor: &u64| {
                usize::try_from(descriptor / 8)
                    .ok()
                    .and_then(|at| set.get(at))
                    .is_some_and(|byte| byte >> (descriptor % 8) & 1 == 1)
            };
            Some((0..count).filter(is_set).collect())
        }

        /// The descriptors of a `poll` for reading: eight bytes each.
        fn polled(&self, list: u64, count: u64) -> Option<Vec<u64>> {
            let count = usize::try_from(count.min(DESCRIPTORS)).ok()?;
            let mut entries = vec![0; count * 8];
            self.memory(list, &mut entries)?;
            let reading = entries.as_chunks::<8>().0.iter().filter_map(|entry| {
                let [a, b, c, d, events, more, ..] = *entry;
                let wanted = u16::from_ne_bytes([events, more]) & READABLE != 0;
                let descriptor = i32::from_ne_bytes([a, b, c, d]);
                u64::try_from(descriptor).ok().filter(|_| wanted)
            });
            Some(reading.collect())
        }

        /// The descriptors that an `epoll` watches.
        fn watched(&self, epoll: u64) -> Option<Vec<u64>> {
            let path = format!("/proc/{}/fdinfo/{epoll}", self.pid);
            let info = std::fs::read_to_string(path).ok()?;
            let descriptors = info.lines().filter_map(|line| {
                let rest = line.strip_prefix("tfd:")?;
                rest.split_ascii_whitespace().next()?.parse().ok()
            });
            Some(descriptors.collect())
        }

        fn memory(&self, address: u64, into: &mut [u8]) -> Option<()> {
            let memory = File::open(format!("/proc/{}/mem", self.pid)).ok()?;
            memory.read_exact_at(into, address).ok()
        }
    }
}
