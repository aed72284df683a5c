"""Servers that are told of what happens: nothing is lost, nothing is told twice, and a bad one hurts nobody."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from openhands.sdk.workspace import RemoteWorkspace
from waiting import until


class Receiver:
    """One who is told; answers with the statuses it is given, then with 200."""

    def __init__(self):
        self.told, self.statuses, self.open = [], [], threading.Event()
        self.open.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                receiver.open.wait(30)
                status = receiver.statuses.pop(0) if receiver.statuses else 200
                if status == 200:
                    receiver.told.append((self.path, dict(self.headers), body))
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def environment(self) -> dict[str, str]:
        return {
            "OH_WEBHOOKS_0_BASE_URL": f"http://127.0.0.1:{self.server.server_port}/hooks",
            "OH_WEBHOOKS_0_EVENT_BUFFER_SIZE": "3",
            "OH_WEBHOOKS_0_FLUSH_DELAY": "0.3",
            "OH_WEBHOOKS_0_RETRY_DELAY": "0",
        }

    def events(self, conversation) -> list[dict]:
        """What it was told of a conversation, without the states that are not kept."""
        path = f"/hooks/events/{conversation.id.hex}"
        batches = [body for told, _, body in self.told if told == path]
        return [event for batch in batches for event in batch if event.get("key") != "full_state"]


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.open.set()
    receiver.server.shutdown()


@pytest.fixture
def watched(which, own_server, receiver):
    if which == "original":
        receiver_delay = {"OH_WEBHOOKS_0_FLUSH_DELAY": "1"}
        return own_server(environment={**receiver.environment(), **receiver_delay})
    return own_server(environment=receiver.environment())


def logged(server, conversation) -> list[str]:
    answer = httpx.get(
        f"{server.url}/api/conversations/{conversation.id}/events/search",
        headers={"X-Session-API-Key": server.key},
    )
    return [event["id"] for event in answer.json()["items"]]


def work(begin, place, server):
    on = RemoteWorkspace(host=server.url, api_key=server.key, working_dir=str(place))
    conversation = begin('calls terminal {"command": "true"}\nsays Done.', on=on)
    conversation.send_message("Go.")
    conversation.run()
    return conversation


def test_every_event_is_told_once_and_in_order(begin, place, watched, receiver):
    conversation = work(begin, place, watched)
    expected = logged(watched, conversation)
    until(lambda: len(receiver.events(conversation)) >= len(expected), "all events")
    told = receiver.events(conversation)
    assert [event["id"] for event in told] == expected
    assert all("parent_id" in event for event in told)


def test_a_receiver_knows_who_calls_and_what_was_made(begin, place, watched, receiver):
    conversation = work(begin, place, watched)
    made = until(
        lambda: [told for told in receiver.told if told[0] == "/hooks/conversations"], "the news"
    )
    path, headers, body = made[0]
    assert body["id"] == str(conversation.id)
    assert {name.lower(): value for name, value in headers.items()}["x-session-api-key"] == watched.key


def test_what_a_receiver_refused_is_told_again(begin, place, watched, receiver):
    receiver.statuses = [500, 503, 500, 503]
    conversation = work(begin, place, watched)
    expected = logged(watched, conversation)
    until(lambda: len(receiver.events(conversation)) >= len(expected), "all events", seconds=40)
    assert [event["id"] for event in receiver.events(conversation)] == expected


def test_a_receiver_that_hangs_holds_nobody_up(begin, place, watched, receiver):
    receiver.open.clear()
    conversation = work(begin, place, watched)
    assert conversation.state.execution_status.value == "finished"
    another = work(begin, place, watched)
    assert another.state.execution_status.value == "finished"
    receiver.open.set()
    expected = logged(watched, conversation)
    until(lambda: len(receiver.events(conversation)) >= len(expected), "all events", seconds=40)


def test_a_conversation_that_was_let_go_is_told_from_where_it_was_left(
    begin, place, own_server, receiver
):
    idle = {"OH_CONVERSATION_IDLE_TTL_SECONDS": "1"}
    server = own_server(environment={**receiver.environment(), **idle})
    on = RemoteWorkspace(host=server.url, api_key=server.key, working_dir=str(place))
    conversation = begin("says One.\nsays Two.", on=on)
    conversation.send_message("Go.")
    conversation.run()
    before = len(logged(server, conversation))
    until(lambda: len(receiver.events(conversation)) >= before, "the first events")
    # Its socket keeps it open; telling goes on all the same, whatever the server tries to let go.
    threading.Event().wait(3)
    conversation.send_message("More.")
    conversation.run()
    expected = logged(server, conversation)
    until(lambda: len(receiver.events(conversation)) >= len(expected), "all events")
    assert [event["id"] for event in receiver.events(conversation)] == expected


def test_a_server_that_stops_tells_the_last_of_it(begin, place, own_server, receiver):
    late = {"OH_WEBHOOKS_0_FLUSH_DELAY": "60", "OH_WEBHOOKS_0_EVENT_BUFFER_SIZE": "1000"}
    server = own_server(environment={**receiver.environment(), **late})
    conversation = work(begin, place, server)
    expected = logged(server, conversation)
    server.process.terminate()
    server.process.wait(20)
    assert [event["id"] for event in receiver.events(conversation)][: len(expected)] == expected
