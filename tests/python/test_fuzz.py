"""Anything that fits the interface, and much that does not, is answered; nothing breaks the server.

The requests are made up from the server's own OpenAPI document. A 501 says honestly what is missing; any other answer
of 500 and above is a fault.
"""

import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.generation import GenerationMode
from servers import Server

FITTING = 8
UNFITTING = 4

# What is made up here is run and written there, so only a user who may do nothing is asked to.
TOUCHES_THE_MACHINE = {
    "POST /api/file/upload",
    "POST /api/file/create_directory",
    "POST /api/conversations",
    "POST /api/bash/start_bash_command",
    "POST /api/bash/execute_bash_command",
}
# Says in the original's words that it is not set up here.
NOT_SET_UP = {
    "POST /app-backends/{extension_name}/session",
    "DELETE /app-backends/{extension_name}/session",
    "GET /api/vscode/url",
    "GET /api/conversations/{runtime_conversation_id}/vscode/url",
}


@pytest.fixture
def confined(which, program):
    """A server that may write nowhere but into its own folder, where that can be had."""
    home = Path(tempfile.mkdtemp(prefix="fuzzed-"))
    own, user = program, None
    if which == "ours" and os.getuid() == 0:
        own, user = Path(shutil.copy(program, home / "program")), "nobody"
    server = Server(which, own, home, user=user).start()
    yield server
    server.stop()
    shutil.rmtree(home, ignore_errors=True)


def left_out(label: str, server: Server) -> bool:
    label = label.replace("/conversations/{runtime_conversation_id}", "")
    return label in TOUCHES_THE_MACHINE and server.user is None


@pytest.fixture
def known(confined, script):
    """The id of a conversation on it."""
    words = script("forever\n  says Hi.")
    made = httpx.post(
        f"{confined.url}/api/conversations",
        headers={"X-Session-API-Key": confined.key},
        json={
            "agent": {"llm": {"model": words.model, "base_url": words.base_url, "api_key": "sk"}},
            "workspace": {"kind": "LocalWorkspace", "working_dir": str(confined.home / "place")},
        },
        timeout=30,
    )
    assert made.status_code == 201, made.text
    return made.json()["id"]


class Fuzzer:
    """Makes up requests to one server, and keeps what went wrong."""

    def __init__(self, server: Server, known: str):
        self.server = server
        self.known = known
        self.session = requests.Session()
        self.session.headers["X-Session-API-Key"] = server.key
        self.sent = Counter()
        self.faults: list[str] = []

    def attempt(self, operation, mode: GenerationMode, count: int):
        """Sends some requests to one operation; not every one can be asked wrongly."""

        @settings(
            max_examples=count,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case):
            self.send(case, operation.label)

        try:
            ask()
        except Unsatisfiable:
            pass

    def send(self, case, label: str):
        for name in ("conversation_id", "runtime_conversation_id"):
            # Every other one is meant for a conversation that is there.
            if name in (case.path_parameters or {}) and self.sent[label] % 2 == 0:
                case.path_parameters[name] = self.known
        self.sent[label] += 1
        try:
            answer = case.call(
                base_url=self.server.url,
                session=self.session,
                headers={"X-Session-API-Key": self.server.key},
                timeout=20,
            )
        except requests.RequestException as error:
            self.faults.append(f"{label}: no answer: {error}")
            return
        honest = (501, 503) if label in NOT_SET_UP else (501,)
        if answer.status_code >= 500 and answer.status_code not in honest:
            self.faults.append(f"{label}: {answer.status_code} {answer.text[:300]}")


@pytest.mark.timeout(600)
def test_nothing_breaks_the_server(confined, known):
    fuzzer = Fuzzer(confined, known)
    schema = schemathesis.openapi.from_dict(httpx.get(f"{confined.url}/openapi.json").json())
    operations = [found.ok() for found in schema.get_all_operations()]
    for operation in operations:
        if not left_out(operation.label, confined):
            fuzzer.attempt(operation, GenerationMode.POSITIVE, FITTING)
            fuzzer.attempt(operation, GenerationMode.NEGATIVE, UNFITTING)
    print(f"{fuzzer.sent.total()} requests to {len(fuzzer.sent)} of {len(operations)} operations")
    assert sorted(set(fuzzer.faults)) == []
    assert httpx.get(f"{confined.url}/ready").status_code == 200
