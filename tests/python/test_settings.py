"""What the server keeps for its owner: settings, secrets, profiles, workspaces and skills."""

import httpx
import pytest
from events import said
from openhands.sdk import Agent, Conversation
from pydantic import SecretStr
from waiting import until

PLAIN = {"X-Expose-Secrets": "plaintext"}
ENCRYPTED = {"X-Expose-Secrets": "encrypted"}


@pytest.fixture
def saved(rest, script):
    """A model in the settings."""
    words = script("says From the settings.")
    answer = rest.patch(
        "/api/settings",
        json={
            "agent_settings_diff": {
                "llm": {"model": words.model, "base_url": words.base_url, "api_key": "sk-saved"}
            }
        },
    )
    assert answer.status_code == 200, answer.text
    return words


# Settings.


def test_settings_are_changed_in_part(rest, saved):
    before = rest.get("/api/settings").json()
    assert before["agent_settings"]["llm"]["model"] == saved.model
    answer = rest.patch("/api/settings", json={"conversation_settings_diff": {"max_iterations": 77}})
    after = answer.json()
    assert after["conversation_settings"]["max_iterations"] == 77
    assert after["agent_settings"]["llm"]["model"] == saved.model
    assert rest.get("/api/settings").json() == after


def test_a_saved_key_is_masked_unless_asked_for(rest, saved):
    masked = rest.get("/api/settings").json()
    assert masked["agent_settings"]["llm"]["api_key"] == "**********"
    assert masked["llm_api_key_is_set"] is True
    plain = rest.get("/api/settings", headers=PLAIN).json()
    assert plain["agent_settings"]["llm"]["api_key"] == "sk-saved"
    encrypted = rest.get("/api/settings", headers=ENCRYPTED).json()
    assert encrypted["agent_settings"]["llm"]["api_key"].startswith("gAAAAA")


def test_an_unknown_way_to_expose_is_refused(rest):
    answer = rest.get("/api/settings", headers={"X-Expose-Secrets": "zzz"})
    assert answer.status_code == 400
    assert "zzz" in answer.json()["detail"]


def test_a_mask_is_never_kept_as_a_key(rest, saved):
    rest.patch("/api/settings", json={"agent_settings_diff": {"llm": {"api_key": "**********"}}})
    plain = rest.get("/api/settings", headers=PLAIN).json()
    assert plain["agent_settings"]["llm"]["api_key"] in ("sk-saved", None)


def test_the_client_gets_its_model_from_the_settings(rest, saved, workspace, closing):
    rest.patch("/api/settings", json={"active_profile": None})
    llm = workspace.get_llm()
    assert llm.model == saved.model
    assert llm.api_key.get_secret_value() == "sk-saved"
    conversation = Conversation(agent=Agent(llm=llm, tools=[]), workspace=workspace, visualizer=None)
    conversation.send_message("Go.")
    conversation.run()
    assert said(conversation) == ["From the settings."]
    closing(conversation)


def test_an_encrypted_key_goes_round(rest, saved, place):
    llm = rest.get("/api/settings", headers=ENCRYPTED).json()["agent_settings"]["llm"]
    body = {
        "agent_settings": {"llm": llm},
        "secrets_encrypted": True,
        "workspace": {"kind": "LocalWorkspace", "working_dir": str(place)},
        "initial_message": {"role": "user", "content": [{"type": "text", "text": "Go."}], "run": True},
    }
    made = rest.post("/api/conversations", json=body)
    assert made.status_code == 201, made.text
    path = f"/api/conversations/{made.json()['id']}"
    until(lambda: rest.get(path).json()["execution_status"] == "finished", "the end")
    assert saved.requests()[0]["headers"]["authorization"] == "Bearer sk-saved"


def test_settings_that_do_not_fit_are_refused(rest):
    before = rest.get("/api/settings").json()
    answer = rest.patch("/api/settings", json={"conversation_settings_diff": {"max_iterations": "many"}})
    assert answer.status_code in (400, 422)
    assert rest.get("/api/settings").json() == before


@pytest.mark.parametrize("which_schema", ["agent", "conversation"])
def test_settings_describe_themselves(rest, which_schema):
    schema = rest.get(f"/api/settings/{which_schema}-schema").json()
    assert schema["sections"] and all(section["fields"] for section in schema["sections"])


def test_servers_of_tools_are_kept(rest, workspace):
    server = {"url": "http://127.0.0.1:9/mcp", "transport": "http"}
    made = rest.post("/api/settings/mcp/mine", json=server)
    assert made.status_code == 201, made.text
    assert "mine" in workspace.get_mcp_config()
    assert rest.delete("/api/settings/mcp/mine").status_code == 200
    assert "mine" not in workspace.get_mcp_config()


# Secrets.


def test_a_secret_is_kept_and_told_by_name_only(rest):
    made = rest.put(
        "/api/settings/secrets", json={"name": "GH_TOKEN", "value": "abc", "description": "for git"}
    )
    assert made.json() == {"name": "GH_TOKEN", "description": "for git"}
    listed = rest.get("/api/settings/secrets").json()["secrets"]
    assert {"name": "GH_TOKEN", "description": "for git"} in listed
    assert "abc" not in rest.get("/api/settings/secrets").text
    value = rest.get("/api/settings/secrets/GH_TOKEN")
    assert value.text == "abc"
    assert value.headers["content-type"].startswith("text/plain")


def test_a_secret_is_forgotten(rest):
    rest.put("/api/settings/secrets", json={"name": "SHORT_LIVED", "value": "x"})
    assert rest.delete("/api/settings/secrets/SHORT_LIVED").status_code == 200
    for answer in (
        rest.get("/api/settings/secrets/SHORT_LIVED"),
        rest.delete("/api/settings/secrets/SHORT_LIVED"),
    ):
        assert (answer.status_code, answer.json()) == (404, {"detail": "Secret not found"})


def test_a_secret_needs_a_good_name(rest):
    answer = rest.put("/api/settings/secrets", json={"name": "bad name!", "value": "x"})
    assert answer.status_code == 422
    assert "Invalid secret name" in answer.json()["detail"]


def test_the_client_sees_secrets_without_their_values(rest, workspace):
    rest.put("/api/settings/secrets", json={"name": "SEEN", "value": "do-not-tell"})
    secret = workspace.get_secrets()["SEEN"]
    assert secret.url == f"{workspace.host}/api/settings/secrets/SEEN"
    assert "do-not-tell" not in secret.model_dump_json()
    assert workspace.get_secrets(names=["OTHER"]) == {}


def test_kept_secrets_are_sealed_on_disk(rest, server):
    rest.put("/api/settings/secrets", json={"name": "SEALED", "value": "do-not-tell-at-all"})
    for file in server.home.rglob("*"):
        if file.is_file() and file != server.log:
            assert b"do-not-tell-at-all" not in file.read_bytes(), file


# Profiles of models.


@pytest.fixture
def profile(rest, script):
    """A saved profile, deleted afterwards."""
    names = []

    def save(name: str, words, **more):
        llm = {"model": words.model, "base_url": words.base_url, "api_key": "sk-profile"}
        answer = rest.post(f"/api/profiles/{name}", json={"llm": llm, **more})
        assert answer.status_code == 201, answer.text
        names.append(name)
        return answer.json()

    yield save
    for name in names:
        rest.delete(f"/api/profiles/{name}")


def test_a_profile_is_saved_and_listed(rest, profile, script):
    words = script("says Hi.")
    assert profile("fast", words) == {"name": "fast", "message": "Profile 'fast' saved"}
    [listed] = [p for p in rest.get("/api/profiles").json()["profiles"] if p["name"] == "fast"]
    assert (listed["model"], listed["api_key_set"]) == (words.model, True)
    config = rest.get("/api/profiles/fast").json()["config"]
    assert config["api_key"] is None
    plain = rest.get("/api/profiles/fast", headers=PLAIN).json()["config"]
    assert plain["api_key"] == "sk-profile"


def test_the_client_gets_its_model_from_a_profile(profile, script, workspace, closing):
    words = script("says From the profile.")
    profile("quick", words)
    llm = workspace.get_llm(profile_name="quick")
    assert (llm.model, llm.usage_id) == (words.model, "profile:quick")
    assert llm.api_key == SecretStr("sk-profile")
    conversation = Conversation(agent=Agent(llm=llm, tools=[]), workspace=workspace, visualizer=None)
    conversation.send_message("Go.")
    conversation.run()
    assert said(conversation) == ["From the profile."]
    closing(conversation)


def test_an_unknown_profile_is_not_found(rest, workspace):
    answer = rest.get("/api/profiles/nope")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Profile 'nope' not found"})
    with pytest.raises(FileNotFoundError):
        workspace.get_llm(profile_name="nope")


def test_an_active_profile_is_the_default(rest, profile, script, workspace):
    words = script("says Hi.")
    profile("chosen", words)
    answer = rest.post("/api/profiles/chosen/activate")
    assert answer.json()["llm_applied"] is True
    assert rest.get("/api/profiles").json()["active_profile"] == "chosen"
    assert rest.get("/api/settings").json()["active_profile"] == "chosen"
    assert workspace.get_llm().model == words.model


def test_a_profile_gets_another_name(rest, profile, script):
    profile("before", script("says Hi."))
    answer = rest.post("/api/profiles/before/rename", json={"new_name": "behind"})
    assert answer.status_code == 200, answer.text
    assert rest.get("/api/profiles/before").status_code == 404
    assert rest.get("/api/profiles/behind").status_code == 200
    rest.delete("/api/profiles/behind")


def test_a_profile_is_deleted(rest, profile, script):
    profile("gone", script("says Hi."))
    assert rest.delete("/api/profiles/gone").status_code == 200
    assert rest.get("/api/profiles/gone").status_code == 404


def test_a_profile_needs_a_good_name(rest, script):
    words = script("says Hi.")
    answer = rest.post("/api/profiles/.hidden", json={"llm": {"model": words.model}})
    assert answer.status_code == 422


def test_a_conversation_switches_to_a_profile(begin, profile, script, rest):
    second = script("says From the profile.")
    profile("second", second)
    conversation = begin("says From the first.")
    conversation.send_message("One.")
    conversation.run()
    path = f"/api/conversations/{conversation.id}/switch_profile"
    assert rest.post(path, json={"profile_name": "second"}).json() == {"success": True}
    conversation.send_message("Two.")
    conversation.run()
    assert said(conversation) == ["From the first.", "From the profile."]
    refused = rest.post(path, json={"profile_name": "nope"})
    assert (refused.status_code, refused.json()) == (404, {"detail": "Profile 'nope' not found"})


# Profiles of agents.


def test_there_is_an_agent_profile_from_the_start(rest):
    listed = rest.get("/api/agent-profiles").json()
    names = {profile["name"] for profile in listed["profiles"]}
    assert "default" in names
    assert listed["active_agent_profile_id"] in {profile["id"] for profile in listed["profiles"]}


def test_a_conversation_begins_from_an_agent_profile(rest, profile, script, place):
    words = script("says From the agent profile.")
    profile("forit", words)
    made = rest.post(
        "/api/agent-profiles/mine", json={"agent_kind": "openhands", "llm_profile_ref": "forit"}
    )
    assert made.status_code == 201, made.text
    kept = rest.get("/api/agent-profiles/mine").json()["profile"]
    assert kept["llm_profile_ref"] == "forit"
    begun = rest.post(
        "/api/conversations",
        json={
            "agent_profile_id": kept["id"],
            "workspace": {"kind": "LocalWorkspace", "working_dir": str(place)},
            "initial_message": {
                "role": "user",
                "content": [{"type": "text", "text": "Go."}],
                "run": True,
            },
        },
    )
    assert begun.status_code == 201, begun.text
    path = f"/api/conversations/{begun.json()['id']}"
    until(lambda: rest.get(path).json()["execution_status"] == "finished", "the end")
    assert rest.get(f"{path}/agent_final_response").json() == {"response": "From the agent profile."}
    assert rest.get(path).json()["launched_agent_profile"]["agent_profile_id"] == kept["id"]
    assert rest.delete("/api/agent-profiles/mine").status_code == 200


def test_two_ways_to_choose_an_agent_are_one_too_many(rest, script, place):
    words = script("says Hi.")
    answer = rest.post(
        "/api/conversations",
        json={
            "agent_profile_id": "00000000-0000-0000-0000-000000000000",
            "agent_settings": {"llm": {"model": words.model}},
            "workspace": {"kind": "LocalWorkspace", "working_dir": str(place)},
        },
    )
    assert answer.status_code == 422
    assert "mutually exclusive" in answer.text


def test_an_agent_profile_is_looked_into_without_beginning(rest, profile, script):
    profile("looked", script("says Hi."))
    rest.post("/api/agent-profiles/seen", json={"agent_kind": "openhands", "llm_profile_ref": "looked"})
    told = rest.post("/api/agent-profiles/seen/materialize").json()
    assert told["valid"] is True
    assert told["llm_profile_resolved"] is True
    rest.delete("/api/agent-profiles/seen")


# Workspaces, connections, skills.


def test_workspaces_are_remembered(rest, place):
    item = {"id": "one", "name": "One", "path": str(place)}
    assert rest.post("/api/workspaces", json={"workspaces": [item]}).status_code == 200
    [kept] = [w for w in rest.get("/api/workspaces").json()["workspaces"] if w["id"] == "one"]
    assert kept["path"] == str(place)
    assert rest.delete("/api/workspaces", params={"path": str(place)}).json() == {"deleted": True}
    assert all(w["id"] != "one" for w in rest.get("/api/workspaces").json()["workspaces"])


def test_parents_of_workspaces_are_remembered(rest, place):
    item = {"id": "p", "name": "Parent", "path": str(place)}
    assert rest.post("/api/workspaces/parents", json={"parents": [item]}).status_code == 200
    kept = rest.get("/api/workspaces").json()["workspaceParents"]
    assert [parent["path"] for parent in kept] == [str(place)]
    assert rest.delete("/api/workspaces/parents", params={"path": str(place)}).status_code == 200


def test_connections_to_providers_are_kept(rest):
    made = rest.post(
        "/api/llm/provider-connections",
        json={"display_name": "Mine", "provider": "openai", "api_key": "sk-connected"},
    )
    assert made.status_code == 201, made.text
    id = made.json()["id"]
    assert made.json()["api_key_set"] is True
    assert "sk-connected" not in rest.get("/api/llm/provider-connections").text
    changed = rest.patch(f"/api/llm/provider-connections/{id}", json={"display_name": "Yours"})
    assert changed.json()["display_name"] == "Yours"
    assert rest.delete(f"/api/llm/provider-connections/{id}").status_code == 200
    assert rest.get("/api/llm/provider-connections").json() == []


def test_skills_of_a_project_are_found(workspace, place):
    skills = place / ".openhands" / "skills"
    skills.mkdir(parents=True)
    (skills / "greet.md").write_text("---\nname: greet\ntriggers:\n- hello\n---\nSay hello back.\n")
    found, context = workspace.load_skills_from_agent_server(
        load_public=False, load_user=False, load_org=False
    )
    assert [skill.name for skill in found] == ["greet"]
    assert "Say hello back." in found[0].content
    assert context.load_public_skills is False


def test_a_skill_speaks_up_at_its_word(begin, workspace, place):
    skills = place / ".openhands" / "skills"
    skills.mkdir(parents=True)
    (skills / "greet.md").write_text("---\nname: greet\ntriggers:\n- hello\n---\nSay hello back.\n")
    _, context = workspace.load_skills_from_agent_server(
        load_public=False, load_user=False, load_org=False
    )
    conversation = begin("says Hello back.", agent={"agent_context": context})
    conversation.send_message("hello there")
    conversation.run()
    assert conversation.state.activated_knowledge_skills == ["greet"]
    assert "Say hello back." in str(conversation.script.steps()[0]["messages"])


def test_hooks_of_a_project_are_found(rest, place):
    assert rest.post("/api/hooks", json={"project_dir": str(place)}).json() == {"hook_config": None}


def test_models_and_providers_are_listed(rest):
    assert "openai" in rest.get("/api/llm/providers").json()["providers"]
    verified = rest.get("/api/llm/models/verified").json()["models"]
    assert verified and all(verified.values())
    answer: httpx.Response = rest.get("/api/llm/models", params={"provider": "anthropic"})
    assert answer.json()["models"]
