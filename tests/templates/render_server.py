"""vLLM's server without weights: it renders prompts and parses replies; the test is the model.

Tokens go in where a model would have written them, so template, tokenizer and parser are vLLM's own.
"""

import json
import os
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from app.serving.environment import python_of
from tests.templates.cases import Case

MODULE = "vllm.entrypoints.launchers.render.entry"
NAME = "scripted"
PIECE = 4
"""Tokens of one streamed event."""
BOOT_SECONDS = 240


@dataclass
class Answer:
    """What came back for one reply of the model."""

    content: str = ""
    calls: list[dict[str, Any]] = field(default_factory=list)
    """Name and raw arguments of each call."""
    finish_reason: str = ""
    deltas: list[dict[str, Any]] = field(default_factory=list)
    """The pieces, when it was streamed."""

    def sound_calls(self) -> list[tuple[str, Any]] | None:
        """Names and arguments, or None when some arguments are not JSON."""
        try:
            return [(call["name"], json.loads(call["arguments"] or "{}")) for call in self.calls]
        except ValueError:
            return None


@dataclass(frozen=True)
class RenderServer:
    """A running server with one tool-call parser; the template comes with each request."""

    http: httpx.Client

    def prompt(self, case: Case, template: str) -> tuple[str, list[int]]:
        """The prompt as text and tokens."""
        rendered = self._post("/v1/chat/completions/render", _request(case, template))
        text = self._post("/detokenize", {"model": NAME, "tokens": rendered["token_ids"]})["prompt"]
        return text, rendered["token_ids"]

    def whole(self, case: Case, template: str, text: str, prompt: list[int], finish: str = "stop") -> Answer:
        """The reply `text`, answered at once."""
        choice = {"index": 0, "token_ids": self._tokens(text), "finish_reason": finish}
        body = self._derender(case, template, prompt) | {
            "generate_response": {"request_id": "whole", "choices": [choice]}
        }
        choice = self._post("/v1/chat/completions/derender", body)["choices"][0]
        calls = [call["function"] for call in choice["message"].get("tool_calls") or []]
        return Answer(choice["message"]["content"] or "", calls, choice["finish_reason"])

    def streamed(
        self, case: Case, template: str, text: str | Sequence[str], prompt: list[int], finish: str = "stop"
    ) -> Answer:
        """The reply `text`, answered in pieces (its own, when it is a list) and put together as a client does."""
        pieces = _cut(self._tokens(text)) if isinstance(text, str) else [self._tokens(piece) for piece in text]
        answer, state = Answer(), None
        for number, piece in enumerate(pieces, 1):
            choice = {"index": 0, "token_ids": piece, "finish_reason": finish if number == len(pieces) else None}
            body = self._derender(case, template, prompt) | {
                "stream": True,
                "stream_state": state,
                "generate_chunk": {"request_id": "streamed", "choices": [choice]},
            }
            told = self._post("/v1/chat/completions/derender", body)
            state = told["stream_state"]
            for choice in told["chunk"]["choices"]:
                _add(answer, choice)
        return answer

    def _derender(self, case: Case, template: str, prompt: list[int]) -> dict[str, Any]:
        return {"model": NAME, "chat_request": _request(case, template), "prompt_token_ids": prompt}

    def _tokens(self, text: str) -> list[int]:
        return self._post("/tokenize", {"model": NAME, "prompt": text, "add_special_tokens": False})["tokens"]

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        response = self.http.post(path, json=body)
        assert response.status_code == 200, response.text
        return response.json()


@contextmanager
def render_server(environment: Path, model: Path, parser: str, log: Path) -> Iterator[RenderServer]:
    """A server with this parser (with none, and no tool support, for an empty name), ready; it is gone afterwards."""
    port = _free_port()
    command = [str(python_of(environment)), "-m", MODULE, "--model", str(model), "--served-model-name", NAME]
    command += ["--host", "127.0.0.1", "--port", str(port), "--trust-request-chat-template"]
    command += ["--enable-auto-tool-choice", "--tool-call-parser", parser] if parser else []
    variables = os.environ | {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}
    with log.open("w") as said, subprocess.Popen(command, stdout=said, stderr=said, env=variables) as process:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as http:
                _wait(process, http, log)
                yield RenderServer(http)
        finally:
            process.terminate()
            process.wait(20)


def _wait(process: subprocess.Popen[bytes], http: httpx.Client, log: Path) -> None:
    for _ in range(BOOT_SECONDS * 2):
        try:
            process.wait(0.5)
        except subprocess.TimeoutExpired:
            pass
        else:
            raise AssertionError(log.read_text()[-4000:])
        try:
            if http.get("/health").status_code == 200:
                return
        except httpx.ConnectError:
            continue
    raise AssertionError("the render server did not get ready:\n" + log.read_text()[-4000:])


def _cut(tokens: list[int]) -> list[list[int]]:
    return [tokens[start : start + PIECE] for start in range(0, len(tokens), PIECE)]


def _request(case: Case, template: str) -> dict[str, Any]:
    request = {"model": NAME, "messages": case.messages, "chat_template": template}
    return request | ({"tools": case.tools} if case.tools else {})


def _add(answer: Answer, choice: dict[str, Any]) -> None:
    delta = choice["delta"]
    answer.deltas.append(delta)
    answer.content += delta.get("content") or ""
    answer.finish_reason = choice["finish_reason"] or answer.finish_reason
    _add_calls(answer.calls, delta.get("tool_calls") or [])


def _add_calls(calls: list[dict[str, Any]], pieces: Sequence[dict[str, Any]]) -> None:
    for piece in pieces:
        while len(calls) <= piece["index"]:
            calls.append({"name": "", "arguments": ""})
        function = piece["function"]
        calls[piece["index"]]["name"] += function.get("name") or ""
        calls[piece["index"]]["arguments"] += function.get("arguments") or ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
