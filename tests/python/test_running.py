"""A conversation from the first word to the last: what the agent says and does, and what the client sees of it."""

import json
import re

import httpx
import pytest
from events import actions, mistakes, observations, of, outputs, said, status, updates
from openhands.sdk.conversation.exceptions import ConversationRunError
from openhands.sdk.event import (
    ActionEvent,
    MessageEvent,
    ObservationEvent,
    SystemPromptEvent,
)
from openhands.sdk.event.conversation_error import ConversationErrorEvent
from waiting import until


def test_an_answer_in_words_ends_the_run(begin):
    conversation = begin("says Hello yourself.")
    assert status(conversation) == "idle"
    conversation.send_message("Hello.")
    conversation.run()
    assert said(conversation) == ["Hello yourself."]
    assert said(conversation, "user") == ["Hello."]
    assert status(conversation) == "finished"


def test_the_system_prompt_comes_with_the_first_message(begin):
    conversation = begin("says Hi.")
    assert of(conversation, SystemPromptEvent) == []
    conversation.send_message("Hello.")
    conversation.run()
    [prompt] = of(conversation, SystemPromptEvent)
    assert prompt.source == "agent"
    assert prompt.system_prompt.text
    names = {tool.name for tool in prompt.tools}
    assert {"terminal", "file_editor", "task_tracker", "finish", "think"} <= names
    events = list(conversation.state.events)
    first_message = next(event for event in events if isinstance(event, MessageEvent))
    assert events.index(prompt) < events.index(first_message)


def test_the_model_is_offered_the_tools_of_the_agent(begin):
    conversation = begin("says Hi.")
    conversation.send_message("Hello.")
    conversation.run()
    [step] = conversation.script.steps()
    names = {tool["function"]["name"] for tool in step["tools"]}
    assert {"terminal", "file_editor", "task_tracker", "finish", "think"} <= names
    assert step["messages"][0]["role"] == "system"
    assert step["model"] == conversation.script.name


def test_a_command_runs_in_the_workspace(begin, place):
    conversation = begin(
        """
calls terminal {"command": "pwd; echo made > made.txt"}
says Done.
"""
    )
    conversation.send_message("Make a file.")
    conversation.run()
    [observation] = observations(conversation)
    assert str(place) in outputs(conversation)[0]
    assert observation.metadata.exit_code == 0
    assert (place / "made.txt").read_text() == "made\n"
    assert said(conversation) == ["Done."]


def test_an_observation_answers_its_action(begin):
    conversation = begin("calls terminal {\"command\": \"echo hi\"}\n  id call_7\nsays Done.")
    conversation.send_message("Go.")
    conversation.run()
    [action] = actions(conversation)
    [observation] = of(conversation, ObservationEvent)
    assert action.tool_name == observation.tool_name == "terminal"
    assert action.tool_call_id == observation.tool_call_id == "call_7"
    assert observation.action_id == action.id
    assert action.action.command == "echo hi"
    assert json.loads(action.tool_call.arguments)["command"] == "echo hi"


def test_a_failed_command_is_told_with_its_exit_code(begin):
    conversation = begin("calls terminal {\"command\": \"ls /nowhere-at-all\"}\nsays So it is.")
    conversation.send_message("Look.")
    conversation.run()
    [observation] = observations(conversation)
    assert observation.metadata.exit_code == 2
    assert "nowhere-at-all" in outputs(conversation)[0]
    [_, second] = conversation.script.steps()
    assert "nowhere-at-all" in json.dumps(second["messages"][-1])


def test_the_terminal_keeps_its_state_between_calls(begin):
    conversation = begin(
        """
calls terminal {"command": "export NAME=kept && mkdir -p sub && cd sub"}
calls terminal {"command": "echo $NAME && pwd"}
says Done.
"""
    )
    conversation.send_message("Go.")
    conversation.run()
    text = outputs(conversation)[1]
    assert "kept" in text and "/sub" in text


def test_a_file_is_written_viewed_and_edited(begin, place):
    conversation = begin(
        f"""
calls file_editor
  command: create
  path: {place}/notes.txt
  file_text: |
    one
    two
calls file_editor {{"command": "str_replace", "path": "{place}/notes.txt", "old_str": "two", "new_str": "three"}}
calls file_editor {{"command": "view", "path": "{place}/notes.txt"}}
calls file_editor {{"command": "undo_edit", "path": "{place}/notes.txt"}}
says Done.
"""
    )
    conversation.send_message("Take notes.")
    conversation.run()
    created, replaced, viewed, undone = observations(conversation)
    assert created.command == "create" and not created.is_error
    assert "three" in replaced.new_content
    assert "three" in outputs(conversation)[2]
    assert not undone.is_error
    assert (place / "notes.txt").read_text() == "one\ntwo\n"


def test_a_mistaken_edit_is_told_as_an_error(begin, place):
    (place / "a.txt").write_text("one\n")
    conversation = begin(
        f"""
calls file_editor {{"command": "str_replace", "path": "{place}/a.txt", "old_str": "absent", "new_str": "x"}}
says I see.
"""
    )
    conversation.send_message("Edit.")
    conversation.run()
    [observation] = observations(conversation)
    assert observation.is_error
    assert "absent" in outputs(conversation)[0]


def test_a_thought_is_kept(begin):
    conversation = begin('calls think {"thought": "Twice two is four."}\nsays Four.')
    conversation.send_message("Twice two?")
    conversation.run()
    [action] = actions(conversation)
    assert action.tool_name == "think"
    assert action.action.thought == "Twice two is four."
    assert said(conversation) == ["Four."]


def test_reasoning_and_words_come_with_the_action(begin):
    conversation = begin(
        """
thinks It must be listed first.
  says Let me look.
  calls terminal {"command": "true"}
says Done.
"""
    )
    conversation.send_message("Go.")
    conversation.run()
    [action] = actions(conversation)
    assert action.thought[0].text == "Let me look."
    assert action.reasoning_content == "It must be listed first."


def test_the_summary_of_a_call_is_kept_apart_from_its_arguments(begin):
    conversation = begin(
        'calls terminal {"command": "true", "summary": "does nothing"}\nsays Done.'
    )
    conversation.send_message("Go.")
    conversation.run()
    [action] = actions(conversation)
    assert action.summary == "does nothing"
    assert action.action.command == "true"


def test_parallel_calls_are_answered_in_their_order(begin):
    conversation = begin(
        """
calls terminal {"command": "echo first"}
  calls think {"thought": "second"}
  calls terminal {"command": "echo third"}
says Done.
"""
    )
    conversation.send_message("Go.")
    conversation.run()
    calls = actions(conversation)
    assert [call.tool_name for call in calls] == ["terminal", "think", "terminal"]
    assert len({call.llm_response_id for call in calls}) == 1
    answers = of(conversation, ObservationEvent)
    assert [answer.action_id for answer in answers] == [call.id for call in calls]
    assert "first" in outputs(conversation)[0] and "third" in outputs(conversation)[2]


def test_finish_ends_the_run_with_its_message(begin, rest):
    conversation = begin('calls finish {"message": "All is done."}')
    conversation.send_message("Go.")
    conversation.run()
    [action] = actions(conversation)
    assert action.tool_name == "finish"
    assert action.action.message == "All is done."
    assert status(conversation) == "finished"
    answer = rest.get(f"/api/conversations/{conversation.id}/agent_final_response").json()
    assert answer == {"response": "All is done."}


def test_the_task_list_is_kept(begin):
    conversation = begin(
        """
calls task_tracker
  command: plan
  task_list = [{"title": "Look", "status": "in_progress", "notes": ""}]
calls task_tracker {"command": "view"}
says Done.
"""
    )
    conversation.send_message("Plan.")
    conversation.run()
    planned, _ = observations(conversation)
    assert [task.title for task in planned.task_list] == ["Look"]
    assert "Look" in outputs(conversation)[1]


def test_an_unknown_tool_is_told_to_the_model(begin):
    conversation = begin('calls teleport {"to": "home"}\nsays Sorry.')
    conversation.send_message("Go.")
    conversation.run()
    [mistake] = mistakes(conversation)
    assert "teleport" in mistake
    assert said(conversation) == ["Sorry."]
    assert "teleport" in json.dumps(conversation.script.steps()[1]["messages"][-1])


def test_arguments_that_are_no_json_are_told_to_the_model(begin):
    conversation = begin('calls-raw terminal {"command": "echo hi\nsays Sorry.')
    conversation.send_message("Go.")
    conversation.run()
    assert len(mistakes(conversation)) == 1
    assert said(conversation) == ["Sorry."]


def test_arguments_that_do_not_fit_are_told_to_the_model(begin):
    conversation = begin('calls file_editor {"command": "fly"}\nsays Sorry.')
    conversation.send_message("Go.")
    conversation.run()
    assert len(mistakes(conversation)) == 1
    assert said(conversation) == ["Sorry."]


def test_a_second_message_goes_on_where_the_first_ended(begin):
    conversation = begin("says One.\nsays Two.")
    for words in ["First.", "Second."]:
        conversation.send_message(words)
        conversation.run()
    assert said(conversation) == ["One.", "Two."]
    last = conversation.script.steps()[1]["messages"]
    assert [message["role"] for message in last] == ["system", "user", "assistant", "user"]


def test_every_event_points_at_one_before_it(begin):
    conversation = begin('calls terminal {"command": "true"}\nsays Done.')
    conversation.send_message("Go.")
    conversation.run()
    events = [event for event in conversation.state.events if getattr(event, "key", "") != "full_state"]
    by_id = {event.id: event for event in events}
    assert len(by_id) == len(events)
    assert events[0].parent_id is None
    for at, event in enumerate(events[1:], 1):
        assert events.index(by_id[event.parent_id]) < at
    branch, event = [], of(conversation, MessageEvent)[-1]
    while event:
        branch.append(type(event))
        event = by_id.get(event.parent_id)
    order = [SystemPromptEvent, MessageEvent, ActionEvent, ObservationEvent, MessageEvent]
    assert [kind for kind in reversed(branch) if kind in order] == order


def test_time_never_runs_backwards(begin):
    conversation = begin('calls terminal {"command": "true"}\nsays Done.')
    conversation.send_message("Go.")
    conversation.run()
    stamps = [event.timestamp for event in conversation.state.events]
    assert stamps == sorted(stamps)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}", stamp) for stamp in stamps)


def test_the_status_passes_through_running(begin):
    conversation = begin("says Done.")
    conversation.send_message("Go.")
    conversation.run()
    assert updates(conversation, "execution_status") == ["running", "finished"]


def test_what_it_used_is_counted(begin):
    conversation = begin(
        """
calls terminal {"command": "true"}
  uses 1000 in 50 out 200 cached
says Done.
  uses 1500 in 20 out 900 cached
"""
    )
    conversation.send_message("Go.")
    conversation.run()
    usage = conversation.conversation_stats.get_combined_metrics().accumulated_token_usage
    aside = 100 * len(conversation.script.asides())
    assert usage.prompt_tokens == 2500 + aside
    assert usage.cache_read_tokens == 1100
    assert usage.completion_tokens == 70 + aside // 5


def test_what_it_cost_is_counted_by_the_prices_given(begin):
    conversation = begin(
        "says Done.\n  uses 1000 in 100 out",
        llm={"input_cost_per_token": 0.001, "output_cost_per_token": 0.01},
        tools=[],
    )
    conversation.send_message("Go.")
    conversation.run()
    cost = conversation.conversation_stats.get_combined_metrics().accumulated_cost
    aside = len(conversation.script.asides()) * (100 * 0.001 + 20 * 0.01)
    assert cost == pytest.approx(2.0 + aside)


def test_too_many_steps_end_the_run(begin):
    conversation = begin(
        'forever\n  calls terminal {"command": "date +%N"}', max_iteration_per_run=3
    )
    conversation.send_message("Go on and on.")
    with pytest.raises(ConversationRunError) as caught:
        conversation.run()
    assert caught.value.conversation_error.code == "MaxIterationsReached"
    assert len(actions(conversation)) == 3
    assert status(conversation) == "error"


def test_the_same_step_over_and_over_is_stuck(begin):
    conversation = begin('forever\n  calls terminal {"command": "echo same"}')
    conversation.send_message("Go.")
    with pytest.raises(ConversationRunError, match="stuck"):
        conversation.run()
    until(lambda: status(conversation) == "stuck")
    assert of(conversation, ConversationErrorEvent) == []


def test_without_stuck_detection_the_same_step_goes_on(begin):
    conversation = begin(
        'repeat 6\n  calls terminal {"command": "echo same"}\nsays Done.', stuck_detection=False
    )
    conversation.send_message("Go.")
    conversation.run()
    assert len(actions(conversation)) == 6
    assert said(conversation) == ["Done."]


def test_run_without_waiting_comes_back_at_once(begin, rest, place):
    conversation = begin(
        'calls terminal {"command": "while [ ! -e go ]; do sleep 0.05; done"}\nsays Done.'
    )
    conversation.send_message("Wait for it.")
    conversation.run(blocking=False)
    until(lambda: actions(conversation), "the action")
    assert status(conversation) == "running"
    again = rest.post(f"/api/conversations/{conversation.id}/run")
    assert again.status_code == 409
    assert "already running" in again.json()["detail"]
    (place / "go").touch()
    until(lambda: status(conversation) == "finished", "the end")
    assert said(conversation) == ["Done."]


def test_a_run_with_nothing_to_do_ends_at_once(begin):
    conversation = begin("says Done.")
    conversation.send_message("Go.")
    conversation.run()
    conversation.run()
    assert len(conversation.script.steps()) == 1
    assert said(conversation) == ["Done."]


def test_words_of_any_script_come_through(begin, place):
    words = "Grüße, 世界 🌍 \u202e! ‘“” \t \\n"
    conversation = begin(
        f"""
calls file_editor {{"command": "create", "path": "{place}/世界.txt", "file_text": "Grüße 🌍"}}
calls terminal {{"command": "cat 世界.txt"}}
says {json.dumps(words)}
"""
    )
    conversation.send_message(words)
    conversation.run()
    assert said(conversation) == said(conversation, "user") == [words]
    assert (place / "世界.txt").read_text() == "Grüße 🌍"
    assert "Grüße 🌍" in outputs(conversation)[1]


def test_a_long_output_is_clipped_for_the_model(begin):
    conversation = begin('calls terminal {"command": "seq 1 100000"}\nsays Long.')
    conversation.send_message("Count.")
    conversation.run()
    [_, second] = conversation.script.steps()
    told = json.dumps(second["messages"][-1])
    assert len(told) < 60_000
    assert "100000" in told


def test_callbacks_hear_every_event_once(begin):
    heard = []
    conversation = begin('calls terminal {"command": "true"}\nsays Done.', callbacks=[heard.append])
    conversation.send_message("Go.")
    conversation.run()
    ids = [event.id for event in heard]
    assert len(set(ids)) == len(ids)
    kept = [event.id for event in conversation.state.events]
    assert set(kept) <= set(ids)
    assert any(isinstance(event, ActionEvent) for event in heard)


def test_the_log_over_rest_is_what_the_socket_told(begin, rest):
    conversation = begin('calls terminal {"command": "true"}\nsays Done.')
    conversation.send_message("Go.")
    conversation.run()
    page = rest.get(f"/api/conversations/{conversation.id}/events/search").json()
    kept = [event["id"] for event in page["items"]]
    told = [e.id for e in conversation.state.events if getattr(e, "key", "") != "full_state"]
    assert kept == told


def test_a_conversation_may_begin_with_its_first_message(rest, script, place):
    words = script("says Begun.")
    body = {
        "agent": {
            "kind": "Agent",
            "llm": {"model": words.model, "base_url": words.base_url, "api_key": "sk", "usage_id": "agent"},
            "tools": [],
        },
        "workspace": {"kind": "LocalWorkspace", "working_dir": str(place)},
        "initial_message": {
            "role": "user",
            "content": [{"type": "text", "text": "Begin."}],
            "run": True,
        },
    }
    begun = rest.post("/api/conversations", json=body)
    assert begun.status_code == 201
    path = f"/api/conversations/{begun.json()['id']}"
    until(lambda: rest.get(path).json()["execution_status"] == "finished", "the end")
    assert rest.get(f"{path}/agent_final_response").json() == {"response": "Begun."}


def test_a_message_over_rest_may_start_the_run(begin, rest):
    conversation = begin("says Started.")
    said_over_rest = rest.post(
        f"/api/conversations/{conversation.id}/events",
        json={"role": "user", "content": [{"type": "text", "text": "Start."}], "run": True},
    )
    assert said_over_rest.json() == {"success": True}
    until(lambda: status(conversation) == "finished", "the end")
    assert said(conversation) == ["Started."]


def test_a_message_of_an_unknown_role_is_refused(begin, rest):
    conversation = begin("says Never.")
    refused = rest.post(
        f"/api/conversations/{conversation.id}/events", json={"role": "king", "content": []}
    )
    assert refused.status_code == 422
    assert refused.json()["detail"][0]["loc"] == ["body", "role"]


def test_a_run_of_an_unknown_conversation_is_refused(rest):
    unknown = "00000000-0000-0000-0000-000000000000"
    answer: httpx.Response = rest.post(f"/api/conversations/{unknown}/run")
    assert answer.status_code == 404
    assert answer.json() == {"detail": "Not Found"}
