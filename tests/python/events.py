"""Reading the events of a conversation."""

from openhands.sdk.event import (
    ActionEvent,
    AgentErrorEvent,
    ConversationStateUpdateEvent,
    MessageEvent,
    ObservationEvent,
)


def of(conversation, kind) -> list:
    return [event for event in conversation.state.events if isinstance(event, kind)]


def said(conversation, source: str = "agent") -> list[str]:
    """What was said by the agent, or by the user."""
    messages = [event for event in of(conversation, MessageEvent) if event.source == source]
    return [text_of(event.llm_message.content) for event in messages]


def actions(conversation) -> list[ActionEvent]:
    return of(conversation, ActionEvent)


def observations(conversation) -> list:
    return [event.observation for event in of(conversation, ObservationEvent)]


def outputs(conversation) -> list[str]:
    """The text of each observation."""
    return [text_of(observation.to_llm_content) for observation in observations(conversation)]


def mistakes(conversation) -> list[str]:
    return [event.error for event in of(conversation, AgentErrorEvent)]


def updates(conversation, key: str) -> list:
    events = of(conversation, ConversationStateUpdateEvent)
    return [event.value for event in events if event.key == key]


def text_of(content) -> str:
    return "".join(part.text for part in content if hasattr(part, "text"))


def status(conversation) -> str:
    return conversation.state.execution_status.value
