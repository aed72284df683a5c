"""Runs that end before the client looks.

The client waits for the end of a run only once the request that started it has been answered; a server that is done by
then must not leave it waiting, however late the client is, and must never end a later run with what it says of an
earlier one.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from events import said, status
from openhands.sdk import Agent, Conversation
from openhands.sdk.conversation.exceptions import ConversationRunError
from openhands.sdk.event import ConversationStateUpdateEvent
from openhands.sdk.workspace import RemoteWorkspace

CONVERSATIONS = 40
RUNS = 5
# A server refuses more than ten runs at once.
AT_ONCE = 9
# How late the client is, and how long the model takes, in seconds; they meet in every combination.
LATE = [0, 0, 0.05, 0.2, 0.5, 1, 2]
WORK = [0, 0, 0, 0.3, 1.2]
GRACE = 1.0


@dataclass
class Run:
    """One run as the client lived it."""

    late: float
    work: float
    took: float = 0
    over: float = 0
    """How long it took beyond the later of the end of the work and the moment at which the client looked."""
    wrong: str = ""


class LateClient:
    """A workspace whose client gets the answer to `POST run` late, and a conversation in it."""

    def __init__(self, server, place, script):
        self.workspace = RemoteWorkspace(
            host=server.url, api_key=server.key, working_dir=str(place)
        )
        self.workspace.client.event_hooks = {"response": [self.delay]}
        self.late = 0.0
        self.looked = 0.0
        self.ended = 0.0
        self.script = script
        self.conversation = Conversation(
            agent=Agent(llm=script.llm(), tools=[]),
            workspace=self.workspace,
            visualizer=None,
            callbacks=[self.hear],
        )

    def delay(self, response):
        if response.request.url.path.endswith("/run"):
            time.sleep(self.late)
            self.looked = time.monotonic()

    def hear(self, event):
        if isinstance(event, ConversationStateUpdateEvent) and event.key == "execution_status":
            if event.value == "finished":
                self.ended = time.monotonic()

    def run(self, late: float, work: float, answers: list[str]) -> Run:
        self.late = late
        began = time.monotonic()
        run = Run(late, work)
        try:
            self.conversation.run(timeout=late + work + 5)
        except ConversationRunError as error:
            run.wrong = str(error)
        now = time.monotonic()
        run.took = now - began
        run.over = now - max(self.ended, self.looked)
        if not run.wrong and said(self.conversation) != answers:
            run.wrong = f"it ended early: {said(self.conversation)} instead of {answers}"
        if not run.wrong and status(self.conversation) != "finished":
            run.wrong = f"it ended as {status(self.conversation)}"
        return run


def words(works: list[float]) -> str:
    """A script with one answer per run, each after its time."""
    return "\n".join(
        f"says Answer {n}." + (f"\n  slowly {int(work * 1000)} ms" if work else "")
        for n, work in enumerate(works, 1)
    )


@pytest.fixture
def late_client(server, place, script, closing):
    clients = []

    def make(works: list[float]) -> LateClient:
        clients.append(LateClient(server, place, script(words(works))))
        return clients[-1]

    yield make
    for client in clients:
        closing(client.conversation)


def judge(runs: list[Run], count: int):
    wrong = [run for run in runs if run.wrong or run.over >= GRACE]
    assert wrong == []
    assert len(runs) == count
    slowest = max(runs, key=lambda run: run.over)
    print(f"{len(runs)} runs; none came back later than {slowest.over:.3f} s after its time: {slowest}")


def test_no_run_comes_back_late_or_early(late_client):
    def talk(number: int) -> list[Run]:
        works = [WORK[(number + n) % len(WORK)] for n in range(RUNS)]
        client, runs = late_client(works), []
        for n, work in enumerate(works):
            client.conversation.send_message(f"Question {n + 1}.")
            late = LATE[(number * RUNS + n) % len(LATE)]
            answers = [f"Answer {k}." for k in range(1, n + 2)]
            runs.append(client.run(late, work, answers))
            if runs[-1].wrong:
                break
        return runs

    with ThreadPoolExecutor(AT_ONCE) as pool:
        talks = list(pool.map(talk, range(CONVERSATIONS)))
    judge([run for runs in talks for run in runs], CONVERSATIONS * RUNS)


def test_no_run_with_nothing_to_do_comes_back_late(late_client):
    def talk(number: int) -> list[Run]:
        client = late_client([0])
        client.conversation.send_message("Question 1.")
        lates = [0, LATE[number % len(LATE)], LATE[(number + 3) % len(LATE)]]
        runs = []
        for late in lates:
            runs.append(client.run(late, 0, ["Answer 1."]))
            if runs[-1].wrong:
                break
        return runs

    with ThreadPoolExecutor(AT_ONCE) as pool:
        talks = list(pool.map(talk, range(len(LATE))))
    judge([run for runs in talks for run in runs], 3 * len(LATE))


def test_a_long_run_is_not_ended_by_the_run_before(late_client):
    """Whatever the server says again of a run that is over must stop once the next one has begun."""

    def talk(late: float) -> list[Run]:
        client = late_client([0, 4])
        client.conversation.send_message("Question 1.")
        first = client.run(late, 0, ["Answer 1."])
        client.conversation.send_message("Question 2.")
        return [first, client.run(0, 4, ["Answer 1.", "Answer 2."])]

    lates = [0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1]
    with ThreadPoolExecutor(len(lates)) as pool:
        talks = list(pool.map(talk, lates))
    judge([run for runs in talks for run in runs], 2 * len(lates))
