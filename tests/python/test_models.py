"""Models of several providers and of several minds: which interface they are asked through, and what they may see."""

import json

import pytest
from events import of, outputs, said
from openhands.sdk.context.condenser import LLMSummarizingCondenser
from openhands.sdk import Message, TextContent
from openhands.sdk.event import MessageEvent
from openhands.sdk.event.condenser import Condensation
from openhands.sdk.llm import ImageContent

ONE_PIXEL = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


def known(words, model: str, **more) -> dict:
    """A model that the world knows, played by a script: the script is chosen by the key."""
    return {"model": model, "api_key": words.name, **more}


def test_a_picture_reaches_a_model_that_sees(begin, script):
    words = script("says A dot.")
    conversation = begin(words, llm=known(words, "openai/gpt-4o"))
    picture = ImageContent(image_urls=[ONE_PIXEL])
    conversation.send_message(
        Message(role="user", content=[TextContent(text="What is it?"), picture])
    )
    conversation.run()
    [message] = [e for e in of(conversation, MessageEvent) if e.source == "user"]
    assert message.llm_message.content[1].image_urls == [ONE_PIXEL]
    assert ONE_PIXEL in json.dumps(words.steps()[0]["messages"])
    assert said(conversation) == ["A dot."]


def test_a_model_that_does_not_see_is_not_asked_about_a_picture(begin, script):
    words = script("says I see.")
    conversation = begin(words)
    picture = ImageContent(image_urls=[ONE_PIXEL])
    conversation.send_message(
        Message(role="user", content=[TextContent(text="What is it?"), picture])
    )
    conversation.run()
    [answer] = said(conversation)
    assert "cannot see images" in answer
    assert words.steps() == []


def test_what_a_known_model_costs_is_known(begin, script):
    words = script("says Done.\n  uses 1000 in 100 out")
    conversation = begin(words, llm=known(words, "openai/gpt-4o"))
    conversation.send_message("Go.")
    conversation.run()
    metrics = conversation.conversation_stats.get_combined_metrics()
    aside = len(words.asides()) * (100 * 2.5e-6 + 20 * 1e-5)
    assert metrics.accumulated_cost == pytest.approx(1000 * 2.5e-6 + 100 * 1e-5 + aside)


@pytest.mark.parametrize("stream", [False, True])
def test_a_model_is_asked_by_responses(begin, script, stream):
    words = script('calls terminal {"command": "echo by responses"}\nsays Done.')
    chunks = []
    conversation = begin(
        words, llm={"api_mode": "responses", "stream": stream}, token_callbacks=[chunks.append]
    )
    conversation.send_message("Go.")
    conversation.run()
    assert said(conversation) == ["Done."]
    assert "by responses" in outputs(conversation)[0]
    steps = [r for r in words.requests() if r["body"].get("tools")]
    assert {request["path"] for request in steps} == {"/v1/responses"}


@pytest.mark.parametrize("stream", [False, True])
def test_a_model_is_asked_as_anthropic_is(begin, script, models, stream):
    words = script('thinks Hm.\n  calls terminal {"command": "echo by messages"}\nsays Done.')
    conversation = begin(
        words,
        llm=known(words, "anthropic/claude-sonnet-4-5", base_url=models.url, stream=stream),
    )
    conversation.send_message("Go.")
    conversation.run()
    assert said(conversation) == ["Done."]
    assert "by messages" in outputs(conversation)[0]
    steps = [r for r in words.requests() if r["body"].get("tools")]
    assert {request["path"] for request in steps} == {"/v1/messages"}
    assert steps[0]["body"]["model"] == "claude-sonnet-4-5"


def test_a_long_history_is_summed_up(begin, script):
    words = script("repeat 4\n  says So it is.\nasides\nforever\n  says What was said in short.")
    condenser = LLMSummarizingCondenser(llm=words.llm(usage_id="condenser"), max_size=40, keep_first=1)
    conversation = begin(words, tools=[], agent={"condenser": condenser})
    for n in range(3):
        conversation.send_message(f"Word {n}.")
        conversation.run()
    conversation.condense()
    conversation.state.events.reconcile()
    [condensation] = of(conversation, Condensation)
    assert condensation.summary == "What was said in short."
    assert condensation.forgotten_event_ids
    conversation.send_message("And now?")
    conversation.run()
    told = json.dumps(words.steps()[-1]["messages"])
    assert "What was said in short." in told and "And now?" in told
    assert "Word 1." not in told
