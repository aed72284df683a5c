"""When the model fails."""

import pytest
from events import of, said, status
from openhands.sdk.conversation.exceptions import ConversationRunError
from openhands.sdk.event.conversation_error import ConversationErrorEvent


def failing(conversation) -> ConversationErrorEvent:
    """Runs into an error, and gives what the client is told of it."""
    conversation.send_message("Go.")
    with pytest.raises(ConversationRunError) as caught:
        conversation.run()
    assert status(conversation) == "error"
    error = caught.value.conversation_error
    assert error.id == of(conversation, ConversationErrorEvent)[-1].id
    return error


def test_a_refused_key_is_told(begin):
    error = failing(begin("fails 401"))
    assert error.code == "LLMAuthenticationError"
    assert error.classification.kind == "auth"
    assert error.classification.user_action == "settings"


def test_a_bad_request_is_told(begin):
    error = failing(begin("fails 400 saying the temperature is too high"))
    assert error.code == "LLMBadRequestError"
    assert "the temperature is too high" in error.detail


def test_an_unknown_model_is_told(begin):
    error = failing(begin("fails 404"))
    assert error.classification.retryable is False


def test_a_used_up_account_is_told(begin):
    error = failing(begin("fails quota"))
    assert error.classification.kind in ("quota", "rate_limit")


def test_a_script_that_ran_out_is_told_in_its_words(begin):
    conversation = begin("calls think {\"thought\": \"once\"}")
    error = failing(conversation)
    assert "ran out" in error.detail


def test_too_many_requests_are_tried_again(begin):
    conversation = begin(
        "fails 429\n  says After all.",
        llm={"num_retries": 2, "retry_min_wait": 0, "retry_max_wait": 0, "retry_multiplier": 0},
    )
    conversation.send_message("Go.")
    conversation.run()
    assert said(conversation) == ["After all."]
    assert len(conversation.script.steps()) == 2


def test_a_broken_provider_is_tried_again(begin):
    conversation = begin(
        "fails 503 2 times\n  says After all.",
        llm={"num_retries": 4, "retry_min_wait": 0, "retry_max_wait": 0, "retry_multiplier": 0},
    )
    conversation.send_message("Go.")
    conversation.run()
    assert said(conversation) == ["After all."]


def test_too_many_requests_for_too_long_are_told(begin):
    conversation = begin(
        "fails 429 9 times",
        llm={"num_retries": 2, "retry_min_wait": 0, "retry_max_wait": 0, "retry_multiplier": 0},
    )
    error = failing(conversation)
    assert error.code == "LLMRateLimitError"
    assert error.classification.kind == "rate_limit"


def test_a_provider_that_is_not_there_is_told(begin):
    error = failing(begin("says Never.", llm={"base_url": "http://127.0.0.1:9/v1"}))
    assert error.detail


def test_a_provider_that_is_too_slow_is_told(begin):
    error = failing(begin("hangs", llm={"timeout": 1}))
    assert error.code == "LLMTimeoutError"


def test_a_history_that_is_too_long_is_told(begin):
    error = failing(begin("fails context-window"))
    assert "ontext" in error.code


def test_no_key_is_told_in_an_error(begin):
    secret = "sk-do-not-tell-anybody"
    conversation = begin(f"fails 401 saying wrong key {secret}", llm={"api_key": secret})
    error = failing(conversation)
    assert secret not in error.detail


def test_an_error_in_a_stream_is_told(begin):
    conversation = begin(
        "says It begins well enough.\n  cuts after 2",
        llm={"stream": True, "num_retries": 0},
    )
    error = failing(conversation)
    assert error.detail


def test_an_empty_reply_is_asked_again(begin):
    conversation = begin("says-nothing\nsays Now I know.")
    conversation.send_message("Go.")
    conversation.run()
    assert said(conversation)[-1] == "Now I know."
