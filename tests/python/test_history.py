"""What was said before: forks, places in the tree, other clients, and the log by page and by kind."""

import json
import uuid

import httpx
import pytest
from events import actions, of, outputs, said, status
from openhands.sdk import Agent, Conversation
from openhands.sdk.conversation.impl.remote_conversation import RemoteConversation
from openhands.sdk.event import ActionEvent, MessageEvent, ObservationEvent
from openhands.sdk.workspace import RemoteWorkspace
from waiting import until

UNKNOWN = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def talked(begin):
    """A conversation of one turn with one command."""
    conversation = begin(
        'calls terminal {"command": "echo once"}\nsays First.\nsays Second.\nsays Third.'
    )
    conversation.send_message("One.")
    conversation.run()
    return conversation


@pytest.fixture
def other(server, place):
    """Another client of the same server."""
    return RemoteWorkspace(host=server.url, api_key=server.key, working_dir=str(place))


def without_nulls(value):
    if isinstance(value, dict):
        return {key: without_nulls(held) for key, held in value.items() if held is not None}
    return [without_nulls(held) for held in value] if isinstance(value, list) else value


@pytest.fixture
def attach(other, closing):
    """Attaches to a conversation as another client."""
    attached = []

    def make(conversation):
        client = RemoteConversation.attach(other, conversation.id, visualizer=None)
        attached.append(client)
        return client

    yield make
    for client in attached:
        closing(client)


@pytest.fixture
def fork(closing):
    """Forks a conversation; the fork is closed behind the test."""
    forks = []

    def make(conversation, **settings):
        forks.append(conversation.fork(**settings))
        return forks[-1]

    yield make
    for made in forks:
        closing(made)


def test_a_fork_has_the_history_and_goes_its_own_way(fork, talked):
    copy = fork(talked, title="Another way", tags={"kind": "fork"})
    assert copy.id != talked.id
    assert said(copy) == ["First."]
    assert outputs(copy) == outputs(talked)
    copy.send_message("Two.")
    copy.run()
    assert said(copy) == ["First.", "Second."]
    assert said(talked) == ["First."]


def test_a_fork_tells_where_it_comes_from(fork, talked, rest):
    copy = fork(talked, title="Another way", tags={"kind": "fork"})
    info = rest.get(f"/api/conversations/{copy.id}").json()
    assert info["title"] == "Another way"
    assert info["tags"] == {"kind": "fork"}
    assert info["forked_from_conversation_id"] == str(talked.id)
    assert info["forked_from_event_id"] is None


def test_a_fork_may_have_a_chosen_id(fork, talked):
    chosen = uuid.uuid4()
    copy = fork(talked, conversation_id=chosen)
    assert copy.id == chosen
    with pytest.raises(httpx.HTTPStatusError) as caught:
        fork(talked, conversation_id=chosen)
    assert caught.value.response.status_code == 409


def test_a_fork_may_begin_anywhere(fork, talked):
    [action] = actions(talked)
    first = of(talked, MessageEvent)[0]
    copy = fork(talked, from_event_id=first.id)
    assert said(copy, "user") == ["One."]
    assert of(copy, ActionEvent) == []
    assert action.id not in {event.id for event in copy.state.events}


def test_a_fork_of_an_unknown_event_is_refused(fork, talked):
    with pytest.raises(httpx.HTTPStatusError) as caught:
        fork(talked, from_event_id="nowhere")
    assert caught.value.response.status_code == 404


def test_a_fork_counts_from_nothing_unless_told(fork, talked):
    fresh = fork(talked)
    kept = fork(talked, reset_metrics=False)
    usage = [
        copy.conversation_stats.get_combined_metrics().accumulated_token_usage
        for copy in (fresh, kept)
    ]
    assert usage[0] is None or usage[0].prompt_tokens == 0
    assert usage[1].prompt_tokens >= 200


def test_going_back_forgets_what_came_after(talked):
    first = of(talked, MessageEvent)[0]
    talked.navigate_to(first.id)
    assert talked.state._cached_state["leaf_event_id"] == first.id
    talked.send_message("Something else.")
    talked.run()
    assert said(talked)[-1] == "Second."
    told = json.dumps(talked.script.steps()[-1]["messages"][1:])
    assert "One." in told and "Something else." in told
    assert "First." not in told and "once" not in told


def test_going_back_keeps_the_log(talked, rest):
    before = rest.get(f"/api/conversations/{talked.id}/events/count").json()
    talked.navigate_to(of(talked, MessageEvent)[0].id)
    assert rest.get(f"/api/conversations/{talked.id}/events/count").json() >= before


def test_going_to_an_unknown_event_is_refused(talked):
    with pytest.raises(httpx.HTTPStatusError) as caught:
        talked.navigate_to("nope")
    assert caught.value.response.status_code == 404
    assert caught.value.response.json() == {"detail": "Unknown event_id: nope"}


def test_an_open_conversation_is_attached_to(talked, attach):
    attached = attach(talked)
    assert said(attached) == ["First."]
    assert attached.agent.llm.model == talked.script.model
    attached.send_message("Two.")
    attached.run()
    assert said(attached) == ["First.", "Second."]
    until(lambda: said(talked) == ["First.", "Second."], "the other client to hear it")


def test_the_same_id_attaches_through_the_factory(talked, other, closing):
    agent = Agent(llm=talked.script.llm(), tools=[])
    again = Conversation(
        agent=agent,
        workspace=other,
        conversation_id=talked.id,
        visualizer=None,
        delete_on_close=False,
    )
    assert said(again) == ["First."]
    closing(again)


def test_an_unknown_conversation_cannot_be_attached_to(other):
    with pytest.raises(httpx.HTTPStatusError) as caught:
        RemoteConversation.attach(other, uuid.uuid4(), visualizer=None)
    assert caught.value.response.status_code == 404


def test_an_unknown_id_makes_a_conversation_of_that_id(begin):
    chosen = uuid.uuid4()
    conversation = begin("says Hi.", conversation_id=chosen)
    assert conversation.id == chosen
    conversation.send_message("Hello.")
    conversation.run()
    assert said(conversation) == ["Hi."]


def test_two_clients_see_the_same(begin, attach):
    conversation = begin('calls terminal {"command": "true"}\nsays Done.')
    watcher = attach(conversation)
    conversation.send_message("Go.")
    conversation.run()
    until(lambda: said(watcher) == ["Done."], "the other client to hear it")
    until(lambda: status(watcher) == "finished", "the other client to see the end")

    def kept(client):
        return [e.id for e in client.state.events if getattr(e, "key", "") != "full_state"]

    assert kept(watcher) == kept(conversation)


def test_a_late_client_sees_all_that_came_before(begin, attach, place):
    conversation = begin(
        'calls terminal {"command": "touch begun; while [ ! -e go ]; do sleep 0.05; done"}\nsays Done.'
    )
    conversation.send_message("Go.")
    conversation.run(blocking=False)
    until(lambda: (place / "begun").exists(), "the command")
    late = attach(conversation)
    assert len(actions(late)) == 1
    assert status(late) == "running"
    (place / "go").touch()
    until(lambda: said(late) == ["Done."], "the end")
    until(lambda: of(late, ObservationEvent), "the observation")


def test_one_client_pauses_the_run_of_another(begin, attach, place):
    conversation = begin(
        'calls terminal {"command": "touch begun; sleep 60"}\nsays Done.'
    )
    conversation.send_message("Go.")
    conversation.run(blocking=False)
    until(lambda: (place / "begun").exists(), "the command")
    attach(conversation).interrupt()
    until(lambda: status(conversation) == "paused", "the pause")


# The log, over REST.


@pytest.fixture
def log(talked, rest):
    def search(**query):
        answer = rest.get(f"/api/conversations/{talked.id}/events/search", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return search


def test_pages_join_without_gap_or_repeat(log):
    whole = [event["id"] for event in log()["items"]]
    paged, page_id = [], None
    while True:
        page = log(limit=3, **({"page_id": page_id} if page_id else {}))
        assert len(page["items"]) <= 3
        paged += [event["id"] for event in page["items"]]
        page_id = page["next_page_id"]
        if not page_id:
            break
    assert paged == whole


def test_the_log_reads_backwards(log):
    forward = [event["id"] for event in log()["items"]]
    backward = [event["id"] for event in log(sort_order="TIMESTAMP_DESC")["items"]]
    assert backward == forward[::-1]


def test_the_log_is_searched_by_kind(log):
    assert [e["kind"] for e in log(kind="ActionEvent")["items"]] == ["ActionEvent"]
    long_name = "openhands.sdk.event.llm_convertible.message.MessageEvent"
    assert [e["source"] for e in log(kind=long_name)["items"]] == ["user", "agent"]


def test_the_log_is_searched_by_source_and_words(log):
    [message] = log(kind="MessageEvent", source="user", body="one")["items"]
    assert message["llm_message"]["content"][0]["text"] == "One."
    assert log(kind="MessageEvent", source="user", body="absent")["items"] == []


def test_the_log_is_searched_by_time(log):
    whole = log()["items"]
    middle = whole[len(whole) // 2]["timestamp"]
    after = log(timestamp__gte=middle)["items"]
    before = log(timestamp__lt=middle)["items"]
    assert [e["id"] for e in before + after] == [e["id"] for e in whole]
    assert before and after


def test_the_log_is_counted(log, talked, rest):
    path = f"/api/conversations/{talked.id}/events/count"
    assert rest.get(path).json() == len(log()["items"])
    assert rest.get(path, params={"kind": "MessageEvent"}).json() == 2


def test_an_event_is_read_by_its_id(log, talked, rest):
    [action] = log(kind="ActionEvent")["items"]
    path = f"/api/conversations/{talked.id}/events"
    alone = rest.get(f"{path}/{action['id']}").json()
    assert without_nulls(alone) == action
    assert "critic_result" in alone
    assert rest.get(f"{path}/{UNKNOWN}").status_code == 404


def test_events_are_read_many_at_once(log, talked, rest):
    first, second = (event["id"] for event in log()["items"][:2])
    answer = rest.request(
        "GET", f"/api/conversations/{talked.id}/events", json=[second, UNKNOWN, first]
    )
    assert [event and event["id"] for event in answer.json()] == [second, None, first]


def test_a_limit_out_of_range_is_refused(talked, rest):
    path = f"/api/conversations/{talked.id}/events/search"
    for limit in (0, 101):
        answer = rest.get(path, params={"limit": limit})
        assert answer.status_code == 422
        assert answer.json()["detail"][0]["loc"] == ["query", "limit"]


def test_the_log_of_an_unknown_conversation_is_not_found(rest):
    answer = rest.get(f"/api/conversations/{UNKNOWN}/events/search")
    assert answer.status_code == 404
    assert answer.json() == {"detail": f"Conversation not found: {UNKNOWN}"}
