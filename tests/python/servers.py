"""Starts the server under test: ours, or the original it has to be like."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

REPOSITORY = Path(__file__).resolve().parents[2]
KEY = "the-session-key"
SECRET_KEY = "the-secret-key"


def built(program: str) -> Path:
    """A program of this repository, as `cargo build` leaves it."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    return target / "debug" / program


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@dataclass
class Server:
    """A server with a home of its own; it can be ended and started again on what it left."""

    which: str
    program: Path
    home: Path
    key: str | None = KEY
    environment: dict[str, str] = field(default_factory=dict)
    user: str | None = None
    port: int = 0
    process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def conversations(self) -> Path:
        return self.home / "state" / "conversations"

    def command(self) -> list[str]:
        if self.which == "original":
            program = [sys.executable, "-m", "openhands.agent_server"]
        else:
            program = [str(self.program), "agent"]
        return [*program, "--host", "127.0.0.1", "--port", str(self.port)]

    def variables(self) -> dict[str, str]:
        keep = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        keys = {"OH_SESSION_API_KEYS_0": self.key} if self.key else {}
        return {
            **keep,
            **keys,
            "HOME": str(self.home),
            "TZ": "UTC",
            "OH_CONVERSATIONS_PATH": str(self.conversations),
            "OH_BASH_EVENTS_DIR": str(self.home / "state" / "bash_events"),
            "OH_PERSISTENCE_DIR": str(self.home / ".openhands"),
            "OH_SECRET_KEY": SECRET_KEY,
            "OH_ENABLE_VSCODE": "false",
            "OH_PRELOAD_TOOLS": "false",
            "OH_TELEMETRY_CONSENT": "false",
            # More than any test of its own; the test of the bound sets it.
            "OH_MAX_CONCURRENT_RUNS": "64",
            "OPENHANDS_SUPPRESS_BANNER": "1",
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "GIT_CONFIG_GLOBAL": str(self.home / ".gitconfig"),
            **self.environment,
        }

    def start(self) -> "Server":
        working = self.home / "cwd"
        working.mkdir(parents=True, exist_ok=True)
        self.port = self.port or free_port()
        if self.user:
            shutil.chown(self.home, self.user)
            shutil.chown(working, self.user)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                cwd=working,
                env=self.variables(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self.rights(),
            )
        self.wait_until_ready()
        return self

    def rights(self) -> dict:
        """The rights of a user and of nobody else, if one was named."""
        if not self.user:
            return {}
        entry = pwd.getpwnam(self.user)
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}

    def wait_until_ready(self, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode}:\n{self.tail()}")
            try:
                if httpx.get(f"{self.url}/ready", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.02)
        raise RuntimeError(f"the server was not ready within {seconds} s:\n{self.tail()}")

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-4000:]

    def kill(self) -> None:
        """As a power cut does it: at once, and whatever it had started with it."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def terminate(self, seconds: float = 90) -> float:
        """Asks it to end; how long that took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(seconds)
        return time.monotonic() - began

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        try:
            self.terminate(5)
        except subprocess.TimeoutExpired:
            self.kill()
