"""The scripted model: a program of this repository that says what a test tells it to."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import httpx
from openhands.sdk import LLM
from pydantic import SecretStr


class Models:
    """A running scripted model; it plays any number of scripts, each under the name of a model."""

    def __init__(self, program: Path):
        self.process = subprocess.Popen([program], stdout=subprocess.PIPE, text=True)
        port = json.loads(self.process.stdout.readline())["port"]
        self.url = f"http://127.0.0.1:{port}"

    def script(self, name: str, text: str) -> "Script":
        """Plays the text (see `testkit::model::text`) to whoever asks for the model `name`."""
        answer = httpx.post(f"{self.url}/_script/{name}", content=text.encode())
        assert answer.status_code == 200, answer.text
        return Script(self, name)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@dataclass
class Script:
    """One script, and what it was asked."""

    models: Models
    name: str

    @property
    def model(self) -> str:
        return f"openai/{self.name}"

    @property
    def base_url(self) -> str:
        return f"{self.models.url}/v1"

    def llm(self, **settings) -> LLM:
        defaults = {
            "model": self.model,
            "base_url": self.base_url,
            "api_key": SecretStr("sk-scripted"),
            "usage_id": "agent",
            "num_retries": 0,
        }
        return LLM(**{**defaults, **settings})

    def requests(self) -> list[dict]:
        return httpx.get(f"{self.models.url}/_requests/{self.name}").json()

    def steps(self) -> list[dict]:
        """The bodies of what was asked for the agent's sake; titles and questions aside offer no tools."""
        return [request["body"] for request in self.requests() if request["body"].get("tools")]

    def asides(self) -> list[dict]:
        return [request["body"] for request in self.requests() if not request["body"].get("tools")]
