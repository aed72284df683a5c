"""Secrets reach the commands that need them, and nobody else."""

import json

from events import outputs, said
from openhands.sdk.secret import LookupSecret, StaticSecret
from pydantic import SecretStr


def test_a_command_gets_the_secret_it_names_and_nobody_sees_it(begin, place):
    conversation = begin(
        'calls terminal {"command": "echo $TOKEN > got.txt; echo token is $TOKEN"}\nsays Done.',
        secrets={"TOKEN": "do-not-tell-1"},
    )
    conversation.send_message("Go.")
    conversation.run()
    assert (place / "got.txt").read_text() == "do-not-tell-1\n"
    assert "do-not-tell-1" not in outputs(conversation)[0]
    assert "<secret-hidden>" in outputs(conversation)[0]
    assert "do-not-tell-1" not in json.dumps(conversation.script.requests())


def test_a_secret_that_is_not_named_is_not_given(begin):
    conversation = begin(
        'calls terminal {"command": "env | grep -c OTHER_T || true"}\nsays Done.',
        secrets={"OTHER_TOKEN": "do-not-tell-2"},
    )
    conversation.send_message("Go.")
    conversation.run()
    assert outputs(conversation)[0].startswith("0")


def test_a_secret_may_be_given_later(begin, place):
    conversation = begin(
        'calls terminal {"command": "echo $LATE > got.txt"}\nsays Done.'
    )
    conversation.update_secrets({"LATE": StaticSecret(value=SecretStr("do-not-tell-3"))})
    conversation.send_message("Go.")
    conversation.run()
    assert (place / "got.txt").read_text() == "do-not-tell-3\n"


def test_a_later_value_takes_the_place_of_an_earlier(begin, place):
    conversation = begin(
        'calls terminal {"command": "echo $TOKEN >> got.txt"}\nsays 1.\n'
        'calls terminal {"command": "echo $TOKEN >> got.txt"}\nsays 2.',
        secrets={"TOKEN": "old-value-1"},
    )
    conversation.send_message("Go.")
    conversation.run()
    conversation.update_secrets({"TOKEN": "new-value-2"})
    conversation.send_message("Again.")
    conversation.run()
    assert (place / "got.txt").read_text() == "old-value-1\nnew-value-2\n"


def test_a_secret_may_be_computed(begin, place):
    conversation = begin('calls terminal {"command": "echo $MADE > got.txt"}\nsays Done.')
    conversation.update_secrets({"MADE": lambda: "do-not-tell-4"})
    conversation.send_message("Go.")
    conversation.run()
    assert (place / "got.txt").read_text() == "do-not-tell-4\n"


def test_a_secret_is_looked_up_where_it_lives(begin, workspace, rest, place):
    rest.put("/api/settings/secrets", json={"name": "KEPT", "value": "do-not-tell-5"})
    secrets = workspace.get_secrets(names=["KEPT"])
    assert isinstance(secrets["KEPT"], LookupSecret)
    conversation = begin('calls terminal {"command": "echo $KEPT > got.txt"}\nsays Done.')
    conversation.update_secrets(secrets)
    conversation.send_message("Go.")
    conversation.run()
    assert (place / "got.txt").read_text() == "do-not-tell-5\n"


def test_no_answer_of_the_server_holds_a_secret(begin, rest):
    conversation = begin(
        'calls terminal {"command": "echo $TOKEN"}\nsays Done.', secrets={"TOKEN": "do-not-tell-6"}
    )
    conversation.send_message("Go.")
    conversation.run()
    path = f"/api/conversations/{conversation.id}"
    for answer in (rest.get(path), rest.get(f"{path}/events/search")):
        assert "do-not-tell-6" not in answer.text
    assert "TOKEN" in rest.get(path).text


def test_no_file_of_the_server_holds_a_secret(begin, server):
    conversation = begin(
        'calls terminal {"command": "echo $TOKEN"}\nsays Done.',
        secrets={"TOKEN": "do-not-tell-7"},
        llm={"api_key": "sk-do-not-tell-8"},
    )
    conversation.send_message("Go.")
    conversation.run()
    assert said(conversation) == ["Done."]
    for file in (server.conversations / conversation.id.hex).rglob("*"):
        if file.is_file():
            held = file.read_bytes()
            assert b"do-not-tell" not in held, file


def test_a_model_that_says_a_secret_is_not_repeated(begin):
    conversation = begin(
        "calls terminal {\"command\": \"echo $TOKEN\"}\nsays It is do-not-tell-9.",
        secrets={"TOKEN": "do-not-tell-9"},
    )
    conversation.send_message("Go.")
    conversation.run()
    assert "do-not-tell-9" not in outputs(conversation)[0]
