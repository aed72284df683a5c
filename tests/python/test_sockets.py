"""The events socket as any client sees it, without the SDK around it."""

import json

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

UNKNOWN = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def finished(begin):
    conversation = begin('calls terminal {"command": "true"}\nsays Done.')
    conversation.send_message("Go.")
    conversation.run()
    return conversation


@pytest.fixture
def dial(server):
    """Opens a socket; the first frame is the key unless there is another one."""
    opened = []

    def open_socket(path: str, first: str | None = "key", **settings):
        socket = connect(f"ws://127.0.0.1:{server.port}{path}", open_timeout=10, **settings)
        opened.append(socket)
        if first == "key":
            first = json.dumps({"type": "auth", "session_api_key": server.key})
        if first is not None:
            socket.send(first)
        return socket

    yield open_socket
    for socket in opened:
        socket.close()


def frame(socket, seconds: float = 10) -> dict:
    return json.loads(socket.recv(timeout=seconds))


def frames(socket, count: int) -> list[dict]:
    return [frame(socket) for _ in range(count)]


def close_code(socket) -> int:
    with pytest.raises(ConnectionClosed) as caught:
        while True:
            socket.recv(timeout=15)
    return caught.value.rcvd.code


def test_the_whole_state_comes_first(dial, finished):
    first = frame(dial(f"/sockets/events/{finished.id}"))
    assert first["kind"] == "ConversationStateUpdateEvent"
    assert first["key"] == "full_state"
    assert first["value"]["execution_status"] == "finished"
    assert first["value"]["id"] == str(finished.id)


def test_the_key_may_stand_in_the_address(dial, finished, server):
    socket = dial(f"/sockets/events/{finished.id}?session_api_key={server.key}", first=None)
    assert frame(socket)["key"] == "full_state"


def test_the_key_may_stand_in_a_header(dial, finished, server):
    headers = {"X-Session-API-Key": server.key}
    socket = dial(f"/sockets/events/{finished.id}", first=None, additional_headers=headers)
    assert frame(socket)["key"] == "full_state"


def test_a_wrong_key_in_the_address_is_refused_at_the_door(dial, finished):
    with pytest.raises(InvalidStatus) as caught:
        dial(f"/sockets/events/{finished.id}?session_api_key=wrong", first=None)
    assert caught.value.response.status_code == 403


@pytest.mark.parametrize(
    "first",
    [
        json.dumps({"type": "auth", "session_api_key": "wrong"}),
        json.dumps({"type": "hello", "session_api_key": "the-session-key"}),
        "not json",
        "[]",
    ],
)
def test_a_wrong_first_word_ends_it(dial, finished, first):
    assert close_code(dial(f"/sockets/events/{finished.id}", first=first)) == 4001


def test_an_unknown_conversation_ends_it(dial):
    assert close_code(dial(f"/sockets/events/{UNKNOWN}")) == 4004


@pytest.mark.parametrize("path", ["not-a-uuid", f"{UNKNOWN}?resend_mode=sometimes"])
def test_a_wrong_address_is_refused_at_the_door(dial, path):
    with pytest.raises(InvalidStatus) as caught:
        dial(f"/sockets/events/{path}", first=None)
    assert caught.value.response.status_code == 403


def test_all_that_was_is_sent_again_if_asked(dial, finished, rest):
    kept = rest.get(f"/api/conversations/{finished.id}/events/search").json()["items"]
    socket = dial(f"/sockets/events/{finished.id}?resend_mode=all")
    first, *again = frames(socket, 1 + len(kept))
    assert first["key"] == "full_state"
    assert again == kept


def test_what_came_since_is_sent_again_if_asked(dial, finished, rest):
    kept = rest.get(f"/api/conversations/{finished.id}/events/search").json()["items"]
    middle = len(kept) // 2
    since = kept[middle]["timestamp"]
    path = f"/sockets/events/{finished.id}?resend_mode=since&after_timestamp={since}"
    _, *again = frames(dial(path), 1 + len(kept) - middle)
    assert again == kept[middle:]


def test_without_asking_nothing_is_sent_again(dial, finished):
    socket = dial(f"/sockets/events/{finished.id}")
    assert frame(socket)["key"] == "full_state"
    with pytest.raises(TimeoutError):
        frame(socket, seconds=0.5)


def test_what_happens_is_heard_as_it_is_kept(dial, begin, rest):
    conversation = begin("says Done.")
    socket = dial(f"/sockets/events/{conversation.id}")
    frame(socket)
    conversation.send_message("Go.")
    conversation.run()
    kept = rest.get(f"/api/conversations/{conversation.id}/events/search").json()["items"]
    heard = frames(socket, len(kept))
    durable = [event for event in heard if event.get("key") != "full_state"]
    assert durable == kept[: len(durable)]


def test_words_over_the_socket_start_a_run(dial, begin, rest):
    conversation = begin("says Heard.")
    socket = dial(f"/sockets/events/{conversation.id}")
    frame(socket)
    socket.send(json.dumps({"role": "user", "content": [{"type": "text", "text": "Go."}]}))
    while True:
        event = frame(socket)
        if event["kind"] == "MessageEvent" and event["source"] == "agent":
            break
    assert event["llm_message"]["content"][0]["text"] == "Heard."


def test_nonsense_over_the_socket_is_answered_and_forgiven(dial, finished):
    socket = dial(f"/sockets/events/{finished.id}")
    frame(socket)
    socket.send(json.dumps({"role": "king"}))
    told = frame(socket)
    assert told["kind"] == "ServerErrorEvent"
    assert told["source"] == "environment"
    assert told["code"] and told["detail"]
    socket.send(json.dumps({"role": "user", "content": []}))


def test_a_second_key_is_not_taken_for_words(dial, finished, server):
    socket = dial(f"/sockets/events/{finished.id}")
    frame(socket)
    socket.send(json.dumps({"type": "auth", "session_api_key": server.key}))
    with pytest.raises(TimeoutError):
        frame(socket, seconds=0.5)


def test_commands_run_over_their_own_socket(dial, place):
    socket = dial("/sockets/bash-events")
    socket.send(json.dumps({"command": "pwd", "cwd": str(place), "timeout": 10}))
    command = frame(socket)
    assert (command["kind"], command["command"]) == ("BashCommand", "pwd")
    output = frame(socket)
    assert (output["kind"], output["stdout"]) == ("BashOutput", f"{place}\n")
    assert (output["command_id"], output["exit_code"]) == (command["id"], 0)


def test_the_session_socket_numbers_what_it_sends(dial, finished, rest):
    kept = rest.get(f"/api/conversations/{finished.id}/events/search").json()["items"]
    socket = dial(f"/sockets/session/{finished.id}?after_seq=-1")
    sync = frame(socket)
    assert sync["type"] == "sync"
    durable = []
    while len(durable) < len(kept):
        told = frame(socket)
        if told["type"] == "durable":
            durable.append(told)
    assert [told["seq"] for told in durable] == list(range(len(kept)))
    assert [told["event"]["id"] for told in durable] == [event["id"] for event in kept]


def test_the_session_socket_goes_on_where_it_was_left(dial, finished, rest):
    kept = rest.get(f"/api/conversations/{finished.id}/events/search").json()["items"]
    socket = dial(f"/sockets/session/{finished.id}?after_seq={len(kept) - 3}")
    durable = []
    while len(durable) < 2:
        told = frame(socket)
        if told["type"] == "durable":
            durable.append(told["seq"])
    assert durable == [len(kept) - 2, len(kept) - 1]


def test_a_client_that_never_reads_holds_nobody_up(begin, dial):
    thoughts = [f'calls think {{"thought": "{n} {"x" * 2000}"}}' for n in range(60)]
    conversation = begin("\n".join([*thoughts, "says Done."]))
    deaf = [dial(f"/sockets/events/{conversation.id}?resend_mode=all", max_queue=1, close_timeout=0.1) for _ in range(5)]
    conversation.send_message("Go.")
    conversation.run()
    assert conversation.state.execution_status.value == "finished"
    heard = [frame(deaf[0]) for _ in range(100)]
    ids = [event["id"] for event in heard if event.get("key") != "full_state"]
    assert len(ids) == len(set(ids))


def test_sockets_beyond_the_bound_are_turned_away_and_the_others_live(dial, finished):
    path = f"/sockets/events/{finished.id}"
    sockets = [dial(path) for _ in range(60)]
    states = []
    for socket in sockets:
        try:
            states.append(frame(socket)["key"])
        except ConnectionClosed as closed:
            states.append(closed.rcvd.code)
    assert states.count("full_state") >= 40
    assert states.count(1013) == 60 - states.count("full_state")
