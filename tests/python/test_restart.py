"""The server ends, gently or not, and comes back."""

import threading

import pytest
from events import actions, mistakes, observations, said, status
from openhands.sdk import Agent, Conversation, Tool
from openhands.sdk.conversation.impl.remote_conversation import RemoteConversation
from openhands.sdk.security.confirmation_policy import AlwaysConfirm
from openhands.sdk.workspace import RemoteWorkspace
from waiting import until


@pytest.fixture
def server(own_server):
    return own_server()


@pytest.fixture
def again(server, workspace, closing):
    """Opens a conversation after the server came back, as a client that was not there before."""

    opened = []

    def make(id):
        conversation = RemoteConversation.attach(workspace, id, visualizer=None)
        opened.append(conversation)
        return conversation

    yield make
    for conversation in opened:
        closing(conversation)


def keeping(begin, words: str, **settings):
    """A conversation that is there after its client has gone."""
    return begin(f"by-history\n{words}", delete_on_close=False, **settings)


def test_everything_is_there_after_an_orderly_end(begin, again, server, rest):
    conversation = keeping(begin, 'calls terminal {"command": "echo kept"}\nsays First.\nsays Second.')
    conversation.send_message("One.")
    conversation.run()
    conversation.set_title("Kept")
    before = rest.get(f"/api/conversations/{conversation.id}/events/search").json()["items"]
    server.terminate()
    server.start()
    info = rest.get(f"/api/conversations/{conversation.id}").json()
    assert (info["title"], info["execution_status"]) == ("Kept", "finished")
    after = rest.get(f"/api/conversations/{conversation.id}/events/search").json()["items"]
    assert after[: len(before)] == before
    opened = again(conversation.id)
    assert said(opened) == ["First."]
    opened.send_message("Two.")
    opened.run()
    assert said(opened) == ["First.", "Second."]


def test_every_conversation_is_listed_after_a_crash(begin, server, rest):
    made = {str(keeping(begin, "says Hi.").id) for _ in range(3)}
    server.kill()
    server.start()
    page = rest.get("/api/conversations/search").json()
    assert {info["id"] for info in page["items"]} == made


def test_a_command_that_was_cut_off_is_not_run_again(begin, again, server, place):
    conversation = keeping(
        begin,
        'calls terminal {"command": "echo run >> runs.txt; touch begun; sleep 60"}\nsays I see.',
    )
    conversation.send_message("Go.")
    conversation.run(blocking=False)
    until(lambda: (place / "begun").exists(), "the command")
    server.kill()
    server.start()
    opened = again(conversation.id)
    assert len(actions(opened)) == 1
    [mistake] = until(lambda: mistakes(opened), "what became of the command")
    assert mistake
    assert status(opened) == "error"
    opened.run()
    assert said(opened) == ["I see."]
    assert (place / "runs.txt").read_text() == "run\n"


def test_words_are_kept_through_a_crash(begin, again, server):
    conversation = keeping(begin, "says After all.")
    conversation.send_message("Remember this.")
    server.kill()
    server.start()
    opened = again(conversation.id)
    assert said(opened, "user") == ["Remember this."]
    opened.run()
    assert said(opened) == ["After all."]


def test_a_crash_while_the_model_is_asked_loses_nothing_said(begin, again, server):
    conversation = keeping(begin, "hangs\n\nsays After all.")
    conversation.send_message("Go.")
    conversation.run(blocking=False)
    until(conversation.script.steps, "the question to the model")
    server.kill()
    server.start()
    opened = again(conversation.id)
    assert status(opened) != "running"
    opened.run()
    assert said(opened) == ["After all."]


def test_an_orderly_end_does_not_wait_for_a_long_command(begin, again, server, place):
    conversation = keeping(
        begin, 'calls terminal {"command": "touch begun; sleep 30"}\nsays Done.'
    )
    conversation.send_message("Go.")
    conversation.run(blocking=False)
    until(lambda: (place / "begun").exists(), "the command")
    assert server.terminate() < 6
    server.start()
    opened = again(conversation.id)
    assert status(opened) in ("paused", "error")
    opened.run()
    assert said(opened) == ["Done."]


def test_an_action_still_waits_after_a_restart(begin, again, server, place):
    conversation = keeping(begin, 'calls terminal {"command": "touch made"}\nsays Done.')
    conversation.set_confirmation_policy(AlwaysConfirm())
    conversation.send_message("Go.")
    conversation.run()
    server.kill()
    server.start()
    opened = again(conversation.id)
    assert status(opened) == "waiting_for_confirmation"
    opened.run()
    assert (place / "made").exists()
    assert said(opened) == ["Done."]


def test_secrets_are_there_after_a_restart(begin, again, server, place):
    conversation = keeping(
        begin,
        'says Wait.\ncalls terminal {"command": "echo $TOKEN > got.txt"}\nsays Done.',
        secrets={"TOKEN": "do-not-tell"},
    )
    conversation.send_message("Wait.")
    conversation.run()
    server.terminate()
    server.start()
    opened = again(conversation.id)
    opened.send_message("Now.")
    opened.run()
    assert (place / "got.txt").read_text() == "do-not-tell\n"


def test_what_was_counted_is_there_after_a_restart(begin, again, server):
    conversation = keeping(begin, "says First.\n  uses 1000 in 10 out\nsays Second.\n  uses 2000 in 10 out")
    conversation.send_message("One.")
    conversation.run()
    server.kill()
    server.start()
    opened = again(conversation.id)
    opened.send_message("Two.")
    opened.run()
    usage = opened.conversation_stats.get_combined_metrics().accumulated_token_usage
    assert usage.prompt_tokens >= 3000


def test_settings_are_there_after_a_crash(server, rest):
    rest.put("/api/settings/secrets", json={"name": "KEPT", "value": "still here"})
    rest.patch("/api/settings", json={"conversation_settings_diff": {"max_iterations": 78}})
    server.kill()
    server.start()
    assert rest.get("/api/settings/secrets/KEPT").text == "still here"
    assert rest.get("/api/settings").json()["conversation_settings"]["max_iterations"] == 78


def test_a_client_that_stays_finds_the_server_again(server, workspace, script, closing, rest):
    words = script("by-history\nsays First.\nsays Second.")
    agent = Agent(llm=words.llm(), tools=[Tool(name="terminal")])
    conversation = Conversation(
        agent=agent, workspace=workspace, visualizer=None, delete_on_close=False
    )
    conversation.send_message("One.")
    conversation.run()
    server.kill()
    server.start()
    rest.post(
        f"/api/conversations/{conversation.id}/events",
        json={"role": "user", "content": [{"type": "text", "text": "Two."}], "run": True},
    )
    until(lambda: said(conversation) == ["First.", "Second."], "the client to hear it", 30)
    closing(conversation)


def test_a_run_that_is_waited_for_survives_a_restart(begin, server, place):
    conversation = keeping(
        begin, 'calls terminal {"command": "touch begun; sleep 60"}\nsays Done.'
    )
    conversation.send_message("Go.")

    def restart():
        until(lambda: (place / "begun").exists(), "the command")
        server.kill()
        server.start()

    restarting = threading.Thread(target=restart)
    restarting.start()
    with pytest.raises(Exception, match="Conversation run failed"):
        conversation.run(timeout=60)
    restarting.join()
    assert observations(conversation) == []


def test_two_servers_never_own_one_conversation(begin, server, own_server, place, rest):
    conversation = keeping(
        begin, 'calls terminal {"command": "touch begun; sleep 60"}\nsays Done.'
    )
    conversation.send_message("Go.")
    conversation.run(blocking=False)
    until(lambda: (place / "begun").exists(), "the command")
    second = own_server(environment={"OH_CONVERSATIONS_PATH": str(server.conversations)})
    intruder = RemoteWorkspace(host=second.url, api_key=second.key, working_dir=str(place))
    answer = intruder.client.post(f"/api/conversations/{conversation.id}/run")
    assert answer.status_code in (404, 409)
