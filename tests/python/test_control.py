"""Stopping, asking first, and speaking while the agent works."""

import json
import threading

import httpx
import pytest
from events import actions, mistakes, of, outputs, said, status, updates
from openhands.sdk.conversation.exceptions import ConversationRunError
from openhands.sdk.event import ActionEvent, MessageEvent, PauseEvent, UserRejectObservation
from openhands.sdk.event.user_action import InterruptEvent
from openhands.sdk.security.confirmation_policy import AlwaysConfirm, ConfirmRisky, NeverConfirm
from openhands.sdk.security.llm_analyzer import LLMSecurityAnalyzer
from openhands.sdk.security.risk import SecurityRisk
from waiting import until

WAITS = 'calls terminal {"command": "touch begun; while [ ! -e go ]; do sleep 0.05; done; echo went on"}'


def test_an_action_waits_for_its_confirmation(begin, place):
    conversation = begin('calls terminal {"command": "echo yes > made.txt"}\nsays Done.')
    conversation.set_confirmation_policy(AlwaysConfirm())
    conversation.send_message("Go.")
    conversation.run()
    assert status(conversation) == "waiting_for_confirmation"
    [action] = actions(conversation)
    assert action.action.command == "echo yes > made.txt"
    assert not (place / "made.txt").exists()
    conversation.run()
    assert status(conversation) == "finished"
    assert (place / "made.txt").read_text() == "yes\n"
    assert said(conversation) == ["Done."]


def test_an_accepted_action_runs(begin, rest, place):
    conversation = begin('calls terminal {"command": "echo yes > made.txt"}\nsays Done.')
    conversation.set_confirmation_policy(AlwaysConfirm())
    conversation.send_message("Go.")
    conversation.run()
    answer = rest.post(
        f"/api/conversations/{conversation.id}/events/respond_to_confirmation", json={"accept": True}
    )
    assert answer.json() == {"success": True}
    until(lambda: said(conversation) == ["Done."], "the end")
    assert (place / "made.txt").exists()


def test_a_rejected_action_does_not_run(begin, place):
    conversation = begin('calls terminal {"command": "echo yes > made.txt"}\nsays As you wish.')
    conversation.set_confirmation_policy(AlwaysConfirm())
    conversation.send_message("Go.")
    conversation.run()
    conversation.reject_pending_actions("Not like this.")
    [rejection] = until(lambda: of(conversation, UserRejectObservation), "the rejection")
    assert rejection.rejection_reason == "Not like this."
    assert rejection.action_id == actions(conversation)[0].id
    conversation.run()
    assert not (place / "made.txt").exists()
    assert said(conversation) == ["As you wish."]
    told = conversation.script.steps()[1]["messages"][-1]
    assert told["role"] == "tool" and "Not like this." in json.dumps(told)


def test_all_parallel_calls_are_rejected_together(begin):
    conversation = begin(
        """
calls terminal {"command": "echo a"}
  calls terminal {"command": "echo b"}
says I see.
"""
    )
    conversation.set_confirmation_policy(AlwaysConfirm())
    conversation.send_message("Go.")
    conversation.run()
    conversation.reject_pending_actions("No.")
    conversation.run()
    rejections = of(conversation, UserRejectObservation)
    assert [r.action_id for r in rejections] == [a.id for a in actions(conversation)]
    assert said(conversation) == ["I see."]


def test_a_policy_may_be_lifted_while_an_action_waits(begin):
    conversation = begin(
        'calls terminal {"command": "echo 1"}\ncalls terminal {"command": "echo 2"}\nsays Done.'
    )
    conversation.set_confirmation_policy(AlwaysConfirm())
    conversation.send_message("Go.")
    conversation.run()
    assert status(conversation) == "waiting_for_confirmation"
    conversation.set_confirmation_policy(NeverConfirm())
    conversation.run()
    assert status(conversation) == "finished"
    assert len(outputs(conversation)) == 2


def test_the_policy_is_part_of_the_state(begin):
    conversation = begin("says Hi.")
    assert isinstance(conversation.state.confirmation_policy, NeverConfirm)
    conversation.set_confirmation_policy(AlwaysConfirm())
    until(lambda: isinstance(conversation.state.confirmation_policy, AlwaysConfirm))


def test_only_risky_actions_wait_if_the_model_judges_them(begin):
    conversation = begin(
        """
calls terminal {"command": "echo safe", "security_risk": "LOW"}
calls terminal {"command": "echo risky", "security_risk": "HIGH"}
says Done.
"""
    )
    conversation.set_security_analyzer(LLMSecurityAnalyzer())
    conversation.set_confirmation_policy(ConfirmRisky())
    conversation.send_message("Go.")
    conversation.run()
    assert status(conversation) == "waiting_for_confirmation"
    low, high = actions(conversation)
    assert (low.security_risk, high.security_risk) == (SecurityRisk.LOW, SecurityRisk.HIGH)
    assert len(outputs(conversation)) == 1
    conversation.run()
    assert len(outputs(conversation)) == 2


def test_without_an_analyzer_a_risk_is_unknown(begin):
    conversation = begin(
        'calls terminal {"command": "true", "security_risk": "HIGH"}\nsays Done.'
    )
    conversation.send_message("Go.")
    conversation.run()
    [action] = actions(conversation)
    assert action.security_risk == SecurityRisk.UNKNOWN


def test_a_pause_lets_the_step_end(begin, place):
    conversation = begin(f"{WAITS}\nsays Done.")
    conversation.send_message("Go.")
    conversation.run(blocking=False)
    until(lambda: (place / "begun").exists(), "the command")
    pausing = threading.Thread(target=conversation.pause)
    pausing.start()
    (place / "go").touch()
    pausing.join(20)
    until(lambda: status(conversation) == "paused", "the pause")
    until(lambda: of(conversation, PauseEvent), "the pause event")
    [output] = until(lambda: outputs(conversation), "the end of the step")
    assert "went on" in output
    assert said(conversation) == []


def test_a_paused_run_goes_on(begin, place):
    conversation = begin(f"{WAITS}\nsays Done.")
    conversation.send_message("Go.")
    conversation.run(blocking=False)
    until(lambda: (place / "begun").exists(), "the command")
    pausing = threading.Thread(target=conversation.pause)
    pausing.start()
    (place / "go").touch()
    pausing.join(20)
    until(lambda: status(conversation) == "paused", "the pause")
    conversation.run()
    assert status(conversation) == "finished"
    assert said(conversation) == ["Done."]
    assert len(actions(conversation)) == 1


def test_a_pause_ends_a_run_that_is_waited_for(begin, place):
    conversation = begin(f"{WAITS}\nsays Done.")
    conversation.send_message("Go.")

    def pause():
        until(lambda: (place / "begun").exists(), "the command")
        threading.Timer(0.2, (place / "go").touch).start()
        conversation.pause()

    pausing = threading.Thread(target=pause)
    pausing.start()
    conversation.run()
    pausing.join(20)
    assert status(conversation) == "paused"


def test_a_pause_of_an_idle_conversation_is_taken(begin):
    conversation = begin("says Hi.")
    conversation.pause()
    conversation.send_message("Go.")
    conversation.run()
    assert said(conversation) == ["Hi."]


def test_an_interrupt_ends_a_command_at_once(begin, place):
    conversation = begin(
        'calls terminal {"command": "touch begun; sleep 60"}\nsays Done.'
    )
    conversation.send_message("Go.")
    conversation.run(blocking=False)
    until(lambda: (place / "begun").exists(), "the command")
    conversation.interrupt()
    until(lambda: status(conversation) == "paused", "the pause")
    until(lambda: of(conversation, InterruptEvent), "the interrupt event")
    until(lambda: len(mistakes(conversation)) == 1, "what became of the command")
    conversation.run()
    assert said(conversation) == ["Done."]


def test_an_interrupt_gives_up_waiting_for_the_model(begin):
    conversation = begin("hangs\nsays Never mind.")
    conversation.send_message("Go.")
    conversation.run(blocking=False)
    until(conversation.script.steps, "the question to the model")
    conversation.interrupt()
    until(lambda: status(conversation) == "paused", "the pause")
    assert said(conversation) == []
    conversation.run()
    assert said(conversation) == ["Never mind."]


def test_an_interrupt_of_an_idle_conversation_is_taken(begin):
    conversation = begin("says Hi.")
    conversation.interrupt()
    conversation.send_message("Go.")
    conversation.run()
    assert said(conversation) == ["Hi."]


def test_words_are_taken_while_a_command_runs(begin, place):
    conversation = begin(f"{WAITS}\nsays Done.")
    conversation.send_message("Go.")
    conversation.run(blocking=False)
    until(lambda: (place / "begun").exists(), "the command")
    sending = threading.Thread(target=conversation.send_message, args=("And be quick.",))
    sending.start()
    threading.Timer(0.3, (place / "go").touch).start()
    sending.join(20)
    until(lambda: status(conversation) == "finished", "the end")
    assert said(conversation, "user") == ["Go.", "And be quick."]
    last = json.dumps(conversation.script.steps()[-1]["messages"])
    assert "And be quick." in last


def test_words_that_come_with_the_last_reply_are_answered(begin):
    conversation = begin("says First.\n  slowly 500 ms\nsays Second.")
    conversation.send_message("One.")
    conversation.run(blocking=False)
    until(conversation.script.steps, "the question to the model")
    conversation.send_message("Two.")
    until(lambda: said(conversation) == ["First.", "Second."], "both answers")
    until(lambda: status(conversation) == "finished", "the end")


def test_words_that_come_late_are_answered_by_the_next_run(begin):
    conversation = begin("says First.\nsays Second.")
    conversation.send_message("One.")
    conversation.run()
    conversation.send_message("Two.")
    conversation.run()
    assert said(conversation) == ["First.", "Second."]
    assert updates(conversation, "execution_status")[-2:] == ["running", "finished"]


def test_a_run_after_an_error_starts_over(begin):
    conversation = begin("fails 401\n\nsays Recovered.")
    conversation.send_message("Go.")
    with pytest.raises(ConversationRunError):
        conversation.run()
    conversation.run()
    assert said(conversation) == ["Recovered."]
    assert status(conversation) == "finished"


def test_confirming_nothing_is_no_mistake(begin, rest):
    conversation = begin("says Hi.")
    path = f"/api/conversations/{conversation.id}/events/respond_to_confirmation"
    assert rest.post(path, json={"accept": False}).json() == {"success": True}
    assert of(conversation, UserRejectObservation) == []


def test_an_unknown_policy_is_refused(begin, rest):
    conversation = begin("says Hi.")
    answer = rest.post(
        f"/api/conversations/{conversation.id}/confirmation_policy",
        json={"policy": {"kind": "AskMyDog"}},
    )
    assert answer.status_code == 422
    assert "AskMyDog" in answer.json()["detail"][0]["msg"]


@pytest.mark.parametrize("verb", ["pause", "interrupt", "run", "condense"])
def test_an_unknown_conversation_is_not_found(rest, verb):
    unknown = "00000000-0000-0000-0000-000000000000"
    answer: httpx.Response = rest.post(f"/api/conversations/{unknown}/{verb}")
    assert answer.status_code == 404


def test_a_message_is_answered_after_a_rejection(begin):
    conversation = begin('calls terminal {"command": "true"}\nsays Otherwise, then.')
    conversation.set_confirmation_policy(AlwaysConfirm())
    conversation.send_message("Go.")
    conversation.run()
    conversation.reject_pending_actions("No.")
    conversation.send_message("Do it otherwise.")
    conversation.run()
    assert said(conversation) == ["Otherwise, then."]
    kinds = [type(e) for e in conversation.state.events]
    assert kinds.index(ActionEvent) < kinds.index(UserRejectObservation)
    assert len(of(conversation, MessageEvent)) == 3
