"""The server itself: who it is, whom it lets in, and what it says to nonsense."""

import httpx
import pytest
from events import said
from openhands.sdk import Agent, Conversation
from openhands.sdk.workspace import RemoteWorkspace


@pytest.mark.parametrize(
    ("path", "answer"),
    [("/alive", {"status": "ok"}), ("/health", {"status": "ok"}), ("/ready", {"status": "ready"})],
)
def test_anybody_may_ask_whether_it_is_well(server, path, answer):
    assert httpx.get(f"{server.url}{path}").json() == answer


def test_the_client_sees_that_it_is_alive(workspace, place):
    assert workspace.alive
    nobody = RemoteWorkspace(host="http://127.0.0.1:9", working_dir=str(place))
    assert not nobody.alive


def test_it_tells_who_it_is(server, workspace):
    info = workspace.get_server_info()
    assert info["title"] == "OpenHands Agent Server"
    assert info["sdk_version"] == info["version"] == "1.58.2"
    assert {"terminal", "file_editor", "task_tracker"} <= set(info["usable_tools"])
    assert "conversation_runtime_routes_v1" in info["capabilities"]
    assert httpx.get(f"{server.url}/").json().keys() == info.keys()


def test_it_describes_its_interface(server):
    document = httpx.get(f"{server.url}/openapi.json").json()
    assert "/api/conversations/{conversation_id}/events/search" in document["paths"]
    assert "StartConversationRequest" in document["components"]["schemas"]


def test_its_tools_are_listed(rest):
    assert {"terminal", "file_editor", "task_tracker"} <= set(rest.get("/api/tools/").json())
    catalog = {tool["name"]: tool for tool in rest.get("/api/tools/catalog").json()["tools"]}
    assert catalog["terminal"]["usable"] is True


@pytest.mark.parametrize("key", [None, "", "wrong", "the-session-key "])
def test_nobody_comes_in_without_the_key(server, key):
    headers = {} if key is None else {"X-Session-API-Key": key.strip() + ("!" if key.endswith(" ") else "")}
    answer = httpx.get(f"{server.url}/api/conversations/search", headers=headers)
    assert (answer.status_code, answer.json()) == (401, {"detail": "Unauthorized"})


def test_a_client_with_a_wrong_key_is_told(server, script, place):
    wrong = RemoteWorkspace(host=server.url, api_key="wrong", working_dir=str(place))
    agent = Agent(llm=script("says Never.").llm(), tools=[])
    with pytest.raises(httpx.HTTPStatusError) as caught:
        Conversation(agent=agent, workspace=wrong, visualizer=None)
    assert caught.value.response.status_code == 401


def test_without_a_key_everybody_comes_in(own_server, script, place, closing):
    server = own_server(key=None)
    workspace = RemoteWorkspace(host=server.url, working_dir=str(place))
    agent = Agent(llm=script("says Come in.").llm(), tools=[])
    conversation = Conversation(agent=agent, workspace=workspace, visualizer=None)
    conversation.send_message("Hello.")
    conversation.run()
    assert said(conversation) == ["Come in."]
    closing(conversation)


def test_any_of_several_keys_opens(own_server):
    server = own_server(environment={"OH_SESSION_API_KEYS_1": "another-key"})
    for key in (server.key, "another-key"):
        answer = httpx.get(f"{server.url}/api/conversations/count", headers={"X-Session-API-Key": key})
        assert answer.json() == 0


def test_the_older_name_of_the_key_opens_too(own_server):
    server = own_server(key=None, environment={"SESSION_API_KEY": "older-key"})
    path = f"{server.url}/api/conversations/count"
    assert httpx.get(path).status_code == 401
    assert httpx.get(path, headers={"X-Session-API-Key": "older-key"}).json() == 0


def test_an_unknown_path_is_not_found(rest):
    answer = rest.get("/api/nope")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})


def test_a_wrong_method_is_refused(rest):
    answer = rest.put("/api/conversations/count")
    assert answer.status_code == 405
    assert answer.json() == {"detail": "Method Not Allowed"}


def test_a_body_that_is_no_json_is_refused(rest):
    answer = rest.post(
        "/api/conversations", content=b"{not json", headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["type"] == "json_invalid"


def test_a_page_of_this_machine_may_ask(server):
    answer = httpx.options(
        f"{server.url}/api/conversations/search",
        headers={"Origin": "http://localhost:3000", "Access-Control-Request-Method": "GET"},
    )
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"


def test_a_page_from_elsewhere_may_not_ask(server):
    answer = httpx.options(
        f"{server.url}/api/conversations/search",
        headers={"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"},
    )
    assert answer.status_code == 400
    assert answer.text == "Disallowed CORS origin"
    assert "access-control-allow-origin" not in answer.headers


def test_too_many_runs_at_once_are_refused(own_server, script, tmp_path, closing):
    server = own_server(environment={"OH_MAX_CONCURRENT_RUNS": "1"})
    conversations = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        workspace = RemoteWorkspace(
            host=server.url, api_key=server.key, working_dir=str(tmp_path / name)
        )
        agent = Agent(llm=script("hangs").llm(), tools=[])
        conversation = Conversation(agent=agent, workspace=workspace, visualizer=None)
        conversation.send_message("Go.")
        conversations.append(conversation)
    conversations[0].run(blocking=False)
    with httpx.Client(base_url=server.url, headers={"X-Session-API-Key": server.key}) as rest:
        answer = rest.post(f"/api/conversations/{conversations[1].id}/run")
    assert answer.status_code == 429
    for conversation in conversations:
        closing(conversation)


def test_a_profile_is_asked_like_any_model(rest, script):
    words = script("says Through the gateway.")
    rest.post(
        "/api/profiles/gateway",
        json={"llm": {"model": words.model, "base_url": words.base_url, "api_key": "sk"}},
    )
    bearer = {"Authorization": f"Bearer {rest.headers['X-Session-API-Key']}"}
    listed = httpx.get(f"{rest.base_url}/v1/models", headers=bearer).json()
    assert "openhands_gateway" in [model["id"] for model in listed["data"]]
    answer = httpx.post(
        f"{rest.base_url}/v1/chat/completions",
        headers=bearer,
        json={"model": "openhands_gateway", "messages": [{"role": "user", "content": "Hello."}]},
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["choices"][0]["message"]["content"] == "Through the gateway."
    assert answer.headers["x-openhands-serverconversation-id"]
    rest.delete("/api/profiles/gateway")


def test_a_dormant_server_waits_to_be_told(own_server):
    server = own_server(key=None, environment={"OH_DEFERRED_INIT": "true"})
    with httpx.Client(base_url=server.url) as anybody:
        assert anybody.get("/api/init").json()["state"] == "dormant"
        assert anybody.get("/api/conversations/count").status_code == 503
        told = {"session_api_keys": ["new-key"], "secret_key": "new-secret"}
        keyed = {"X-Init-API-Key": "the-secret-key"}
        assert anybody.post("/api/init", json=told).status_code == 401
        ready = anybody.post("/api/init", json=told, headers=keyed)
        assert ready.status_code == 200, ready.text
        assert ready.json()["state"] == "ready"
        headers = {"X-Session-API-Key": "new-key"}
        assert anybody.get("/api/conversations/count", headers=headers).json() == 0
        assert anybody.get("/api/conversations/count").status_code == 401


def test_a_claim_says_whose_pages_may_ask(own_server):
    server = own_server(environment={"OH_DEFERRED_INIT": "true"})
    claimed = httpx.post(
        f"{server.url}/api/init",
        headers={"X-Init-API-Key": "the-secret-key"},
        json={"allow_cors_origins": ["https://app.example"]},
    )
    assert claimed.status_code == 200, claimed.text
    asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "GET"}
    answer = httpx.options(f"{server.url}/api/conversations/search", headers=asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["access-control-allow-origin"] == "https://app.example"
