"""Conversations as things that are made, listed, named and deleted."""

import threading
import uuid

import httpx
import pytest
from events import actions, observations, outputs, said, status, updates
from openhands.sdk import Agent, Conversation, Tool
from openhands.sdk.conversation.impl.remote_conversation import RemoteConversation
from openhands.sdk.conversation.request import StartConversationRequest
from openhands.sdk.tool.client_tool import ClientToolSpec
from openhands.sdk.workspace import LocalWorkspace
from waiting import until


def start_request(script, place, **more) -> dict:
    return {
        "agent": {
            "kind": "Agent",
            "llm": {
                "model": script.model,
                "base_url": script.base_url,
                "api_key": "sk",
                "usage_id": "agent",
            },
            "tools": [],
        },
        "workspace": {"kind": "LocalWorkspace", "working_dir": str(place)},
        **more,
    }


@pytest.fixture
def create(rest, script, place):
    """Makes a conversation over REST, and deletes it afterwards."""
    made = []

    def make(**more) -> dict:
        answer = rest.post("/api/conversations", json=start_request(script("says Hi."), place, **more))
        assert answer.status_code == 201, answer.text
        made.append(answer.json()["id"])
        return answer.json()

    yield make
    for id in made:
        rest.delete(f"/api/conversations/{id}")


def test_a_new_conversation_is_idle(create, rest):
    info = create()
    assert info["execution_status"] == "idle"
    assert info["title"] is None
    assert rest.get(f"/api/conversations/{info['id']}").json()["id"] == info["id"]


def test_an_id_may_be_written_without_dashes(create, rest):
    info = create()
    plain = info["id"].replace("-", "")
    assert rest.get(f"/api/conversations/{plain}").json()["id"] == info["id"]


def test_making_it_twice_makes_it_once(create, rest, script, place):
    id = str(uuid.uuid4())
    create(conversation_id=id)
    again = rest.post(
        "/api/conversations", json=start_request(script("says Hi."), place, conversation_id=id)
    )
    assert again.status_code == 200
    assert again.json()["id"] == id


def test_no_key_of_the_model_is_told(create, rest):
    info = create()
    assert info["agent"]["llm"]["api_key"] is None
    assert "sk" not in str(rest.get(f"/api/conversations/{info['id']}").json()["agent"]["llm"]["api_key"])


def test_a_conversation_without_a_workspace_is_refused(rest):
    answer = rest.post("/api/conversations", json={})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "workspace"]
    assert answer.json()["detail"][0]["type"] == "missing"


def test_an_unknown_kind_of_agent_is_refused(rest, script, place):
    body = start_request(script("says Hi."), place)
    body["agent"]["kind"] = "Nope"
    answer = rest.post("/api/conversations", json=body)
    assert answer.status_code == 422
    assert "Nope" in answer.json()["detail"][0]["msg"]


def test_an_id_that_is_none_is_refused(rest):
    answer = rest.get("/api/conversations/not-a-uuid")
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["type"] == "uuid_parsing"


def test_a_conversation_begins_from_settings(rest, script, place):
    words = script("says From settings.")
    body = {
        "agent_settings": {
            "llm": {
                "model": words.model,
                "base_url": words.base_url,
                "api_key": "sk",
                "usage_id": "agent",
            }
        },
        "workspace": {"kind": "LocalWorkspace", "working_dir": str(place)},
        "initial_message": {
            "role": "user",
            "content": [{"type": "text", "text": "Go."}],
            "run": True,
        },
    }
    made = rest.post("/api/conversations", json=body)
    assert made.status_code == 201, made.text
    path = f"/api/conversations/{made.json()['id']}"
    until(lambda: rest.get(path).json()["execution_status"] == "finished", "the end")
    assert rest.get(f"{path}/agent_final_response").json() == {"response": "From settings."}
    names = {tool["function"]["name"] for tool in words.steps()[0]["tools"]}
    assert {"terminal", "file_editor", "finish"} <= names


def test_a_request_makes_and_opens_a_conversation(workspace, script, place, closing):
    words = script("says Made by request.")
    request = StartConversationRequest(
        agent=Agent(llm=words.llm(), tools=[Tool(name="terminal")]),
        workspace=LocalWorkspace(working_dir=str(place)),
        tags={"made": "byrequest"},
    )
    conversation = RemoteConversation.create(workspace, request, visualizer=None)
    conversation.send_message("Go.")
    conversation.run()
    assert said(conversation) == ["Made by request."]
    closing(conversation)


def test_conversations_are_searched_by_page(create, rest):
    made = {create()["id"] for _ in range(3)}
    seen, page_id = [], None
    while True:
        query = {"limit": 2, "sort_order": "CREATED_AT_DESC", **({"page_id": page_id} if page_id else {})}
        page = rest.get("/api/conversations/search", params=query).json()
        seen += [info["id"] for info in page["items"]]
        page_id = page["next_page_id"]
        if not page_id:
            break
    assert made <= set(seen)
    assert len(set(seen)) == len(seen)


def test_conversations_are_sorted(create, rest):
    first, second = create()["id"], create()["id"]
    for order, expected in [("CREATED_AT", [first, second]), ("CREATED_AT_DESC", [second, first])]:
        page = rest.get("/api/conversations/search", params={"sort_order": order}).json()
        mine = [info["id"] for info in page["items"] if info["id"] in (first, second)]
        assert mine == expected


def test_the_latest_change_comes_first(create, rest):
    first, second = create()["id"], create()["id"]
    rest.patch(f"/api/conversations/{first}", json={"title": "Changed"})
    page = rest.get("/api/conversations/search", params={"sort_order": "UPDATED_AT_DESC"}).json()
    mine = [info["id"] for info in page["items"] if info["id"] in (first, second)]
    assert mine == [first, second]


def test_conversations_are_searched_and_counted_by_status(begin, create, rest):
    idle = create()["id"]
    finished = begin("says Hi.")
    finished.send_message("Hello.")
    finished.run()
    page = rest.get("/api/conversations/search", params={"status": "finished"}).json()
    ids = {info["id"] for info in page["items"]}
    assert str(finished.id) in ids and idle not in ids
    counted = rest.get("/api/conversations/count", params={"status": "finished"}).json()
    assert counted == len(ids)
    assert rest.get("/api/conversations/count").json() > counted


def test_many_conversations_are_read_at_once(create, rest):
    first, second = create()["id"], create()["id"]
    unknown = str(uuid.uuid4())
    answer = rest.get("/api/conversations", params={"ids": [second, unknown, first]}).json()
    assert [info and info["id"] for info in answer] == [second, None, first]


def test_a_limit_out_of_range_is_refused(rest):
    answer = rest.get("/api/conversations/search", params={"limit": 1000})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["ctx"] == {"le": 100}


def test_a_conversation_gets_a_title_by_itself(begin, rest):
    conversation = begin("says Hi.")
    conversation.send_message("Hello.")
    conversation.run()
    path = f"/api/conversations/{conversation.id}"
    until(lambda: rest.get(path).json()["title"] == "A scripted title", "the title")
    [aside] = conversation.script.asides()
    assert "Hello." in str(aside["messages"])


def test_a_given_title_stays(begin, rest):
    conversation = begin("says Hi.")
    conversation.set_title("Chosen")
    conversation.send_message("Hello.")
    conversation.run()
    assert rest.get(f"/api/conversations/{conversation.id}").json()["title"] == "Chosen"


def test_the_client_makes_a_title_of_its_own(begin):
    conversation = begin("says Hi.")
    conversation.send_message("Hello.")
    conversation.run()
    assert conversation.generate_title(llm=conversation.script.llm()) == "A scripted title"


def test_a_blank_title_is_refused(create, rest):
    answer = rest.patch(f"/api/conversations/{create()['id']}", json={"title": "  "})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "title"]


def test_tags_are_given_and_changed(begin, rest):
    conversation = begin("says Hi.", tags={"team": "blue"})
    path = f"/api/conversations/{conversation.id}"
    assert rest.get(path).json()["tags"] == {"team": "blue"}
    assert rest.patch(path, json={"tags": {"team": "red", "n": "1"}}).json() == {"success": True}
    assert rest.get(path).json()["tags"] == {"team": "red", "n": "1"}


def test_a_tag_with_a_bad_key_is_refused(create, rest):
    answer = rest.patch(f"/api/conversations/{create()['id']}", json={"tags": {"Bad-Key": "b"}})
    assert answer.status_code == 422
    assert "Bad-Key" in answer.json()["detail"][0]["msg"]


def test_a_deleted_conversation_is_gone(create, rest, server):
    id = create()["id"]
    folder = server.conversations / id.replace("-", "")
    assert folder.exists()
    assert rest.delete(f"/api/conversations/{id}").json() == {"success": True}
    assert rest.get(f"/api/conversations/{id}").status_code == 404
    assert rest.delete(f"/api/conversations/{id}").status_code == 404
    assert not folder.exists()


def test_deleting_keeps_the_workspace(begin, rest, place):
    conversation = begin('calls terminal {"command": "echo kept > kept.txt"}\nsays Done.')
    conversation.send_message("Go.")
    conversation.run()
    rest.delete(f"/api/conversations/{conversation.id}")
    assert (place / "kept.txt").read_text() == "kept\n"


def test_closing_deletes_unless_it_is_to_be_kept(begin, rest):
    conversations = [begin("says Hi.", delete_on_close=delete) for delete in (True, False)]
    closing = [threading.Thread(target=conversation.close) for conversation in conversations]
    for thread in closing:
        thread.start()
    for thread in closing:
        thread.join()
    paths = [f"/api/conversations/{conversation.id}" for conversation in conversations]
    assert [rest.get(path).status_code for path in paths] == [404, 200]
    rest.delete(paths[1])


def test_a_question_aside_is_no_part_of_the_conversation(begin):
    conversation = begin("says First.\nsays Forty-two.\nsays Second.")
    conversation.send_message("One.")
    conversation.run()
    before = len(conversation.state.events)
    assert conversation.ask_agent("How many?") == "Forty-two."
    conversation.state.events.reconcile()
    kept = [e for e in conversation.state.events[before:] if getattr(e, "key", None) is None]
    assert kept == []
    assert status(conversation) == "finished"
    conversation.send_message("Two.")
    conversation.run()
    assert said(conversation) == ["First.", "Second."]


def test_a_tool_of_the_client_is_called_and_answered(begin):
    spec = ClientToolSpec(
        name="open_panel",
        description="Opens a panel beside the conversation.",
        parameters={
            "type": "object",
            "properties": {"panel": {"type": "string"}},
            "required": ["panel"],
        },
    )
    conversation = begin(
        'calls open_panel {"panel": "files"}\nsays Opened.', tools=[], client_tools=[spec]
    )
    conversation.send_message("Open the files.")
    conversation.run()
    [action] = actions(conversation)
    assert action.tool_name == "open_panel"
    assert action.action.panel == "files"
    [observation] = observations(conversation)
    assert type(observation).__name__ == "ClientToolObservation"
    assert outputs(conversation) == ["Tool call dispatched to client."]
    assert said(conversation) == ["Opened."]


def test_the_tools_of_the_client_are_told_to_others(begin, rest):
    spec = ClientToolSpec(name="wave_hand", description="Waves.", parameters={"type": "object", "properties": {}})
    conversation = begin("says Hi.", tools=[], client_tools=[spec])
    [told] = rest.get(f"/api/conversations/{conversation.id}").json()["client_tools"]
    assert told["name"] == "wave_hand"
    assert told["parameters"] == {"type": "object", "properties": {}}


def test_condensing_without_a_condenser_is_refused(begin):
    conversation = begin("says Hi.")
    conversation.send_message("Hello.")
    conversation.run()
    with pytest.raises(httpx.HTTPStatusError) as caught:
        conversation.condense()
    assert caught.value.response.status_code == 409


def test_an_agent_without_tools_still_talks(begin):
    words = "asides\nforever\n  says Just words."
    conversation = begin(words, tools=[], agent={"include_default_tools": []})
    conversation.send_message("Hello.")
    conversation.run()
    assert said(conversation) == ["Just words."]


def test_a_switched_model_answers_from_then_on(begin, script, rest):
    conversation = begin("says From the first.")
    conversation.send_message("One.")
    conversation.run()
    second = script("says From the second.")
    llm = second.llm().model_dump(mode="json", context={"expose_secrets": True})
    answer = rest.post(f"/api/conversations/{conversation.id}/switch_llm", json={"llm": llm})
    assert answer.json() == {"success": True}
    conversation.send_message("Two.")
    conversation.run()
    assert said(conversation) == ["From the first.", "From the second."]


def test_a_child_works_beside_its_parent(begin, script, rest):
    parent = begin("says I am the parent.\nsays I am the child.")
    parent.send_message("Go.")
    parent.run()
    made = rest.post(
        f"/api/conversations/{parent.id}/children", json={"task": "Help.", "isolation": "shared"}
    )
    assert made.status_code == 201
    child = made.json()
    assert child["parent_conversation_id"] == str(parent.id)
    path = f"/api/conversations/{child['conversation_id']}"
    until(lambda: rest.get(path).json()["execution_status"] == "finished", "the child's end")
    assert rest.get(f"{path}/agent_final_response").json() == {"response": "I am the child."}
    assert rest.get(f"/api/conversations/{parent.id}").json()["sub_conversation_ids"] == [
        child["conversation_id"]
    ]
    rest.delete(path)


def test_the_state_is_told_whole_and_by_field(begin):
    conversation = begin("says Hi.")
    conversation.send_message("Hello.")
    conversation.run()
    [*_, last] = updates(conversation, "full_state")
    assert last["execution_status"] == "finished"
    assert last["id"] == str(conversation.id)
    assert updates(conversation, "last_user_message_id")


def test_a_conversation_lives_in_the_folder_it_was_given(begin, server, place):
    conversation = begin("says Hi.")
    assert conversation.state.workspace["working_dir"] == str(place)
    assert conversation.state.persistence_dir == str(server.conversations / conversation.id.hex)


def test_one_workspace_serves_many_conversations(workspace, script, closing):
    scripts = [script(f"says Number {n}.") for n in range(4)]
    conversations = [
        Conversation(agent=Agent(llm=s.llm(), tools=[]), workspace=workspace, visualizer=None)
        for s in scripts
    ]
    for conversation in conversations:
        conversation.send_message("Which one are you?")
    for conversation in conversations:
        conversation.run()
    assert [said(c) for c in conversations] == [[f"Number {n}."] for n in range(4)]
    for conversation in conversations:
        closing(conversation)
