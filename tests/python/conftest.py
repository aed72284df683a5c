"""What every test gets: a server, a scripted model, and conversations between them."""

import os
import re
import threading
import uuid
from pathlib import Path

os.environ["OPENHANDS_SUPPRESS_BANNER"] = "1"
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
# A socket that is not ready after this will never be.
os.environ["OPENHANDS_REMOTE_WS_READY_TIMEOUT"] = "10"

import httpx
import openhands.tools.file_editor  # noqa: F401  (registers the tool)
import openhands.tools.task_tracker  # noqa: F401
import openhands.tools.terminal  # noqa: F401
import pytest
from differs import DIFFERS
from models import Models, Script
from openhands.sdk import Agent, Conversation, Tool
from openhands.sdk.workspace import RemoteWorkspace
from servers import Server, built

TOOLS = ["terminal", "file_editor", "task_tracker"]


def pytest_addoption(parser):
    parser.addoption(
        "--server",
        choices=["ours", "original"],
        default="ours",
        help="which server to drive: the binary of this repository, or the Python one it has to be like",
    )
    parser.addoption("--named", help="only tests with this in their name")


def pytest_collection_modifyitems(config, items):
    """What is known to differ is expected to fail, with its reason, and the suite fails once it no longer does."""
    which = config.getoption("--server")
    named = config.getoption("--named")
    if named:
        items[:] = [item for item in items if named in item.name]
    for item in items:
        name = f"{item.path.stem}::{item.originalname}"
        reason = DIFFERS[which].get(name)
        if reason:
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))


def pytest_terminal_summary(terminalreporter):
    """The closing lines as Rust's tests have them, which `cargo xtask test` counts."""
    stats = terminalreporter.stats
    failed = [report.nodeid for key in ("failed", "error") for report in stats.get(key, [])]
    passed = len(stats.get("passed", [])) + len(stats.get("xfailed", []))
    for name in failed:
        terminalreporter.line(f"test {name} ... FAILED")
    terminalreporter.line(
        f"test result: {'FAILED' if failed else 'ok'}. {passed} passed; {len(failed)} failed"
    )


def pytest_sessionfinish(session, exitstatus):
    """Nothing to do under a name that no test has is no failure."""
    if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and session.config.getoption("--named"):
        session.exitstatus = pytest.ExitCode.OK


@pytest.fixture(scope="session")
def which(request) -> str:
    return request.config.getoption("--server")


@pytest.fixture(scope="session")
def program() -> Path:
    return Path(os.environ.get("OPENHANDS_BIN", built("openhands")))


@pytest.fixture(scope="session")
def models():
    models = Models(Path(os.environ.get("SCRIPTED_MODEL_BIN", built("scripted-model"))))
    yield models
    models.stop()


@pytest.fixture(scope="session")
def closing():
    """Closes conversations aside: the client's `close` waits 5 s for a socket on which nothing comes any more."""
    threads = []

    def close(conversation):
        thread = threading.Thread(target=conversation.close, daemon=True)
        thread.start()
        threads.append(thread)

    yield close
    for thread in threads:
        thread.join(10)


@pytest.fixture(scope="module")
def module_server(which, program, tmp_path_factory, closing):
    server = Server(which, program, tmp_path_factory.mktemp("server")).start()
    yield server
    server.stop()


@pytest.fixture
def server(module_server):
    """The server of the module; its log is shown beside a failure."""
    start = module_server.log.stat().st_size
    yield module_server
    with module_server.log.open("rb") as log:
        log.seek(start)
        print(log.read().decode(errors="replace")[-6000:])


@pytest.fixture
def own_server(which, program, tmp_path):
    """Makes servers for one test alone."""
    servers = []

    def make(**settings) -> Server:
        server = Server(which, program, tmp_path / f"server-{len(servers)}", **settings)
        servers.append(server)
        return server.start()

    yield make
    for server in servers:
        server.stop()
        print(server.tail())


@pytest.fixture
def script(models, request):
    """Writes scripts for the model; each gets a name of its own."""

    def write(text: str) -> Script:
        name = re.sub(r"\W+", "-", request.node.name).strip("-")
        return models.script(f"{name}-{uuid.uuid4().hex[:8]}", text)

    return write


@pytest.fixture
def place(tmp_path) -> Path:
    """The folder the agent works in."""
    place = tmp_path / "place"
    place.mkdir()
    return place


@pytest.fixture
def workspace(server, place) -> RemoteWorkspace:
    return RemoteWorkspace(host=server.url, api_key=server.key, working_dir=str(place))


@pytest.fixture
def rest(server):
    """The REST interface itself, for what the SDK has no call for."""
    with httpx.Client(
        base_url=server.url, headers={"X-Session-API-Key": server.key}, timeout=60
    ) as client:
        yield client


@pytest.fixture
def begin(workspace, script, closing):
    """Begins a conversation of an agent whose model plays the script; it is closed behind the test."""
    begun = []

    def make(words: str | Script, *, tools=TOOLS, llm=None, on=None, **settings):
        words = words if isinstance(words, Script) else script(words)
        agent = Agent(
            llm=words.llm(**(llm or {})),
            tools=[Tool(name=name) for name in tools],
            **settings.pop("agent", {}),
        )
        conversation = Conversation(
            agent=agent, workspace=on or workspace, **{"visualizer": None, **settings}
        )
        conversation.script = words
        begun.append(conversation)
        return conversation

    yield make
    for conversation in begun:
        closing(conversation)
