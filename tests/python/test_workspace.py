"""Files, commands and git of the machine the agent works on."""

import subprocess
import threading

import httpx
import pytest
from openhands.sdk.git.models import GitChangeStatus
from openhands.sdk.workspace import RemoteWorkspace
from waiting import until

# Files.


def test_a_file_goes_there_and_back(workspace, place, tmp_path):
    (tmp_path / "here.txt").write_text("some words\n")
    sent = workspace.file_upload(tmp_path / "here.txt", place / "there.txt")
    assert sent.success and sent.file_size == 11
    assert (place / "there.txt").read_text() == "some words\n"
    got = workspace.file_download(place / "there.txt", tmp_path / "back.txt")
    assert got.success and got.file_size == 11
    assert (tmp_path / "back.txt").read_text() == "some words\n"


def test_bytes_of_any_kind_go_there_and_back(workspace, place, tmp_path):
    content = bytes(range(256)) * 17
    assert workspace.file_upload(content, place / "any.bin").success
    assert (place / "any.bin").read_bytes() == content
    workspace.file_download(place / "any.bin", tmp_path / "back.bin")
    assert (tmp_path / "back.bin").read_bytes() == content


def test_a_big_file_goes_there_and_back(workspace, place, tmp_path):
    content = bytes(1024) * 24 * 1024
    sent = workspace.file_upload(content, place / "big.bin")
    assert sent.file_size == len(content)
    got = workspace.file_download(place / "big.bin", tmp_path / "big.bin")
    assert got.file_size == len(content)


def test_folders_are_made_on_the_way(workspace, place):
    assert workspace.file_upload(b"deep", place / "a" / "b" / "c.txt").success
    assert (place / "a" / "b" / "c.txt").read_bytes() == b"deep"


def test_a_file_is_written_over(workspace, place):
    (place / "old.txt").write_text("old and long")
    workspace.file_upload(b"new", place / "old.txt")
    assert (place / "old.txt").read_text() == "new"


def test_an_empty_file_goes_there_and_back(workspace, place, tmp_path):
    assert workspace.file_upload(b"", place / "empty").success
    assert workspace.file_download(place / "empty", tmp_path / "empty").success
    assert (tmp_path / "empty").read_bytes() == b""


def test_a_name_of_any_script_is_kept(workspace, place, tmp_path):
    name = "Grüße & 世界 100%.txt"
    assert workspace.file_upload(b"hello", place / name).success
    assert (place / name).read_bytes() == b"hello"
    assert workspace.file_download(place / name, tmp_path / "back").success


def test_a_missing_file_is_not_found(workspace, rest, place, tmp_path):
    got = workspace.file_download(place / "absent.txt", tmp_path / "back.txt")
    assert not got.success and "404" in got.error
    assert not (tmp_path / "back.txt").exists()
    answer = rest.get("/api/file/download", params={"path": str(place / "absent.txt")})
    assert answer.json() == {"detail": "File not found"}


def test_a_relative_path_is_refused(rest):
    answer = rest.get("/api/file/download", params={"path": "somewhere/else.txt"})
    assert (answer.status_code, answer.json()) == (400, {"detail": "Path must be absolute"})
    answer = rest.post("/api/file/upload", params={"path": "else.txt"}, files={"file": ("a", b"b")})
    assert (answer.status_code, answer.json()) == (400, {"detail": "Path must be absolute"})


def test_a_folder_is_no_file(rest, place):
    answer = rest.get("/api/file/download", params={"path": str(place)})
    assert answer.status_code == 400


def test_a_download_is_bytes_with_a_name(rest, place):
    (place / "page.html").write_text("<b>hi</b>")
    answer = rest.get("/api/file/download", params={"path": str(place / "page.html")})
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "page.html" in answer.headers["content-disposition"]


def test_folders_are_made_and_listed(rest, place):
    for name in ("b", "a", ".hidden"):
        made = rest.post("/api/file/create_directory", params={"path": str(place / name)})
        assert made.json() == {"success": True}
    (place / "file.txt").touch()
    page = rest.get("/api/file/search_subdirs", params={"path": str(place)}).json()
    assert [item["name"] for item in page["items"]] == ["a", "b"]
    assert page["items"][0]["path"] == str(place / "a")


def test_folders_are_listed_by_page(rest, place):
    for n in range(5):
        (place / f"d{n}").mkdir()
    names, page_id = [], None
    while True:
        query = {"path": str(place), "limit": 2, **({"page_id": page_id} if page_id else {})}
        page = rest.get("/api/file/search_subdirs", params=query).json()
        names += [item["name"] for item in page["items"]]
        page_id = page["next_page_id"]
        if not page_id:
            break
    assert names == [f"d{n}" for n in range(5)]


def test_the_home_of_the_server_is_told(rest, server):
    assert rest.get("/api/file/home").json()["home"] == str(server.home)


# Commands.


def test_a_command_runs(workspace):
    result = workspace.execute_command("echo out; echo err >&2; exit 3")
    assert (result.stdout, result.stderr, result.exit_code) == ("out\n", "err\n", 3)
    assert not result.timeout_occurred


def test_a_command_runs_in_its_folder(workspace, place):
    result = workspace.execute_command("pwd", cwd=place)
    assert result.stdout.strip() == str(place)


def test_a_command_in_a_missing_folder_fails(workspace, place):
    result = workspace.execute_command("pwd", cwd=place / "absent")
    assert result.exit_code == -1
    assert "absent" in result.stderr


def test_a_command_that_takes_too_long_is_ended(rest):
    answer = rest.post(
        "/api/bash/execute_bash_command", json={"command": "echo before; sleep 30", "timeout": 1}
    ).json()
    assert answer["exit_code"] == -1
    assert answer["stdout"] == "before\n"


def test_a_command_that_takes_too_long_for_the_client_is_told(workspace):
    result = workspace.execute_command("sleep 30", timeout=1)
    assert result.exit_code == -1


def test_a_command_keeps_no_state(workspace):
    workspace.execute_command("cd /tmp; export KEPT=yes")
    result = workspace.execute_command("echo [$KEPT]")
    assert result.stdout == "[]\n"


def test_a_command_that_runs_has_no_exit_code_yet(workspace, place):
    id = workspace.start_command("echo early; while [ ! -e go ]; do sleep 0.05; done; echo late", cwd=place)
    assert (workspace.get_command_output(id) or {}).get("exit_code") is None
    (place / "go").touch()
    until(lambda: (workspace.get_command_output(id) or {}).get("exit_code") is not None, "the end")
    assert workspace.get_command_output(id)["stdout"].endswith("late\n")


def test_a_command_is_stopped(workspace, place):
    id = workspace.start_command("touch begun; sleep 60; touch after", cwd=place, timeout=90)
    until(lambda: (place / "begun").exists(), "the command")
    workspace.stop_command(id)
    output = until(lambda: workspace.get_command_output(id), "the end")
    assert output["exit_code"] is not None and output["exit_code"] != 0
    assert not (place / "after").exists()


def test_stopping_what_has_ended_is_no_mistake(workspace, rest):
    id = workspace.start_command("true")
    until(lambda: workspace.get_command_output(id), "the end")
    workspace.stop_command(id)
    unknown = "00000000-0000-0000-0000-000000000000"
    assert rest.post(f"/api/bash/bash_commands/{unknown}/stop").status_code == 404


def test_a_long_output_comes_in_order(workspace):
    result = workspace.execute_command("seq 1 400000", timeout=60)
    assert result.exit_code == 0
    assert result.stdout == "".join(f"{n}\n" for n in range(1, 400001))


def test_a_long_output_comes_in_numbered_pieces(workspace, rest):
    id = workspace.start_command("seq 1 400000", timeout=60)
    until(lambda: (workspace.get_command_output(id) or {}).get("exit_code") is not None, "the end")
    page = rest.get(
        "/api/bash/bash_events/search",
        params={"command_id__eq": id, "kind__eq": "BashOutput", "sort_order": "TIMESTAMP"},
    ).json()
    orders = [item["order"] for item in page["items"]]
    assert orders == list(range(len(orders))) and len(orders) > 1
    assert [item["exit_code"] for item in page["items"]] == [None] * (len(orders) - 1) + [0]
    later = rest.get(
        "/api/bash/bash_events/search", params={"command_id__eq": id, "order__gt": 0}
    ).json()
    assert {item["order"] for item in later["items"] if item["kind"] == "BashOutput"} == set(orders[1:])


def test_commands_run_side_by_side(workspace, place):
    results = {}

    def run(name: str, command: str):
        results[name] = workspace.execute_command(command, cwd=place)

    commands = {
        "one": "touch one; while [ ! -e two ]; do sleep 0.05; done; echo 1",
        "two": "touch two; while [ ! -e one ]; do sleep 0.05; done; echo 2",
    }
    threads = [threading.Thread(target=run, args=item) for item in commands.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert {name: result.stdout for name, result in results.items()} == {"one": "1\n", "two": "2\n"}


def test_what_was_run_is_remembered(workspace, rest):
    id = workspace.start_command("echo remembered")
    until(lambda: workspace.get_command_output(id), "the end")
    page = rest.get("/api/bash/bash_events/search", params={"command_id__eq": id}).json()
    assert [item["kind"] for item in page["items"]] == ["BashOutput"]
    command = rest.get(f"/api/bash/bash_events/{id}").json()
    assert command["command"] == "echo remembered"
    unknown = "0" * 32
    batch = rest.request("GET", "/api/bash/bash_events/", json=[id, unknown]).json()
    assert [event and event["id"] for event in batch] == [id, None]


def test_an_empty_command_is_answered(workspace):
    assert workspace.execute_command("").exit_code == 0


def test_words_of_any_script_come_out_of_a_command(workspace):
    assert workspace.execute_command("printf 'Grüße 世界 🌍'").stdout == "Grüße 世界 🌍"


# The places of one conversation.


def test_a_conversation_has_commands_of_its_own(begin, server, place, rest):
    conversation = begin("says Hi.")
    scoped = RemoteWorkspace(
        host=server.url,
        api_key=server.key,
        working_dir=str(place),
        runtime_conversation_id=conversation.id,
    )
    assert scoped.execute_command("pwd").stdout.strip() == str(place)
    page = rest.get(f"/api/conversations/{conversation.id}/bash/bash_events/search").json()
    assert page["items"][0]["command"] == "pwd"


def test_a_conversation_shows_the_files_of_its_place(begin, rest, place):
    conversation = begin("says Hi.")
    (place / "page.txt").write_text("hello")
    path = f"/api/conversations/{conversation.id}/workspace"
    assert rest.get(f"{path}/page.txt").text == "hello"
    assert rest.get(f"{path}/absent.txt").status_code == 404
    assert rest.get(f"{path}/").json() == {"detail": "No index.html in directory"}
    (place / "index.html").write_text("<p>index</p>")
    assert rest.get(f"{path}/").text == "<p>index</p>"


@pytest.mark.parametrize("way", ["..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "%2fetc%2fpasswd"])
def test_nobody_climbs_out_of_a_place(begin, rest, way):
    conversation = begin("says Hi.")
    answer = rest.get(f"/api/conversations/{conversation.id}/workspace/{way}")
    assert answer.status_code in (400, 403, 404)
    assert "root:" not in answer.text


def test_a_cookie_opens_the_files_of_a_place_and_nothing_else(begin, rest, server, place):
    conversation = begin("says Hi.")
    (place / "page.txt").write_text("hello")
    answer = rest.post("/api/auth/workspace-session")
    assert answer.status_code == 204
    cookie = answer.headers["set-cookie"].split(";")[0]
    assert cookie.startswith("oh_workspace_session_key=")
    with httpx.Client(base_url=server.url, headers={"Cookie": cookie}) as browser:
        path = f"/api/conversations/{conversation.id}"
        assert browser.get(f"{path}/workspace/page.txt").text == "hello"
        assert browser.get(path).status_code == 401


# Git.


def git(place, *words):
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    return subprocess.run(
        ["git", *who, *words], cwd=place, check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture
def repository(place):
    git(place, "init", "-q", "-b", "main")
    for name in ("kept.txt", "changed.txt", "gone.txt"):
        (place / name).write_text(f"{name}\n")
    git(place, "add", "-A")
    git(place, "commit", "-qm", "The beginning")
    return place


def test_changes_are_told(workspace, repository):
    (repository / "changed.txt").write_text("changed\n")
    (repository / "gone.txt").unlink()
    (repository / "new.txt").write_text("new\n")
    changes = workspace.git_changes(".")
    assert {(change.status, str(change.path)) for change in changes} == {
        (GitChangeStatus.UPDATED, "changed.txt"),
        (GitChangeStatus.DELETED, "gone.txt"),
        (GitChangeStatus.ADDED, "new.txt"),
    }


def test_nothing_changed_is_told(workspace, repository):
    assert workspace.git_changes(str(repository)) == []


def test_a_place_without_git_has_no_changes(workspace, place):
    assert workspace.git_changes(str(place)) == []
    assert workspace.git_changes(str(place / "absent")) == []


def test_a_difference_is_told(workspace, repository):
    (repository / "changed.txt").write_text("changed\n")
    difference = workspace.git_diff("changed.txt")
    assert (difference.original, difference.modified) == ("changed.txt", "changed")


def test_the_difference_of_a_new_file_has_no_before(workspace, repository):
    (repository / "new.txt").write_text("new\n")
    difference = workspace.git_diff("new.txt")
    assert difference.modified == "new"
    assert not difference.original


def test_the_difference_of_a_deleted_file_has_no_after(workspace, repository):
    (repository / "gone.txt").unlink()
    difference = workspace.git_diff("gone.txt")
    assert difference.original == "gone.txt"
    assert not difference.modified


def test_commits_are_listed(rest, repository):
    (repository / "changed.txt").write_text("changed\n")
    git(repository, "commit", "-qam", "A change")
    page = rest.get("/api/git/commits", params={"path": str(repository), "limit": 1}).json()
    assert [commit["subject"] for commit in page["commits"]] == ["A change"]
    assert page["has_more"] is True
    sha = page["commits"][0]["sha"]
    changes = rest.get(f"/api/git/commits/{sha}/changes", params={"path": str(repository)}).json()
    assert changes == [{"status": "UPDATED", "path": "changed.txt"}]


def test_changes_since_a_commit_are_told(rest, repository):
    first = git(repository, "rev-parse", "HEAD").strip()
    (repository / "changed.txt").write_text("changed\n")
    git(repository, "commit", "-qam", "A change")
    query = {"path": str(repository), "ref": first}
    assert rest.get("/api/git/changes", params=query).json() == [
        {"status": "UPDATED", "path": "changed.txt"}
    ]
