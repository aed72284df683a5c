"""Replies that are heard while they are being made."""

from events import of, said
from openhands.sdk.event import StreamingDeltaEvent


def heard(chunks, field: str) -> str:
    deltas = [chunk.choices[0].delta for chunk in chunks]
    return "".join(getattr(delta, field, None) or "" for delta in deltas)


def test_words_are_heard_as_they_come(begin):
    chunks = []
    conversation = begin(
        "says It comes in several pieces.\n  pieces 5",
        llm={"stream": True},
        token_callbacks=[chunks.append],
    )
    conversation.send_message("Go.")
    conversation.run()
    assert said(conversation) == ["It comes in several pieces."]
    assert heard(chunks, "content") == "It comes in several pieces."
    assert len(chunks) > 3


def test_reasoning_is_heard_as_it_comes(begin):
    chunks = []
    conversation = begin(
        "thinks First this, then that.\n  says Done.\n  pieces 4",
        llm={"stream": True},
        token_callbacks=[chunks.append],
    )
    conversation.send_message("Go.")
    conversation.run()
    assert heard(chunks, "reasoning_content") == "First this, then that."
    assert heard(chunks, "content") == "Done."


def test_pieces_are_not_kept(begin, rest):
    heard_events = []
    conversation = begin(
        "says In pieces.\n  pieces 3", llm={"stream": True}, callbacks=[heard_events.append]
    )
    conversation.send_message("Go.")
    conversation.run()
    assert any(isinstance(event, StreamingDeltaEvent) for event in heard_events)
    assert of(conversation, StreamingDeltaEvent) == []
    page = rest.get(
        f"/api/conversations/{conversation.id}/events/search", params={"kind": "StreamingDeltaEvent"}
    )
    assert page.json()["items"] == []


def test_calls_come_whole_out_of_a_stream(begin, place):
    conversation = begin(
        """
says Let me write.
  calls terminal {"command": "echo streamed > out.txt"}
  pieces 3
says Done.
""",
        llm={"stream": True},
    )
    conversation.send_message("Go.")
    conversation.run()
    assert (place / "out.txt").read_text() == "streamed\n"
    assert said(conversation) == ["Done."]


def test_without_streaming_nothing_is_heard_before_the_reply(begin):
    chunks = []
    conversation = begin("says Whole.\n  pieces 2", token_callbacks=[chunks.append])
    conversation.send_message("Go.")
    conversation.run()
    assert chunks == []
    assert said(conversation) == ["Whole."]
