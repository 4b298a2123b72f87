"""One job that is killed at one moment, resumed until it is done, and judged by what the server wrote down."""

import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from tests.crash.moments import Moment
from tests.scripted_openai import Call, Reply, ScriptedOpenAI
from tests.scripted_openai.replies import Body
from tests.source_tree import ROOT

SERVER = Path(__file__).parent / "ledger_server.py"
ANSWER = "All done."
SKIPPED = "sent before a crash"
_PATIENCE = 50.0
_MOST_RESUMES = 12

Finished = tuple[int, str, str]
"""Exit code, stdout, stderr."""

_QUERIES = {
    "question": "SELECT count(DISTINCT checkpoint_id) FROM writes WHERE thread_id = ? AND channel = '__interrupt__'",
    "approved": "SELECT count(*) FROM checkpoints WHERE thread_id = ?",
    "started": "SELECT count(*) FROM calls WHERE thread = ?",
    "finished": "SELECT count(*) FROM calls WHERE thread = ? AND result IS NOT NULL",
    "saved": "SELECT count(*) FROM checkpoints WHERE thread_id = ?",
}


class _Hold(threading.Event):
    """Never set; knows whether somebody waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = threading.Event()

    def wait(self, timeout: float | None = None) -> bool:
        self.reached.set()
        return super().wait(timeout)


@dataclass
class Verdict:
    """What became of a job. No `faults` means that every promise was kept."""

    executed: Counter[str]
    asked: int = 0
    sent_again: Counter[str] = field(default_factory=Counter[str])
    skipped: set[str] = field(default_factory=set[str])
    faults: list[str] = field(default_factory=list[str])


class Trial:
    """A job with a thread, an endpoint and a server of its own."""

    def __init__(
        self,
        thread: str,
        moment: Moment,
        folder: Path,
        database: Path,
        endpoint: ScriptedOpenAI,
        run: Callable[[Sequence[str]], Finished],
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """`run` runs a command line to its end; `endpoint` answers only this job; `variables` are its environment."""
        self.thread, self.moment, self.folder, self.database = thread, moment, folder, database
        self._endpoint, self._run, self._variables = endpoint, run, variables
        self._hold: _Hold | None = _Hold() if moment.kind == "stream" else None
        self._config = folder / "mcp.json"
        entry = {"command": "python", "args": [str(SERVER), str(folder)]}
        self._config.write_text(json.dumps({"mcpServers": {"ledger": entry}}))
        self.tokens = [f"{thread}-{number}" for number in range(1, 5)]
        endpoint.always(self._reply)
        self.verdict = Verdict(Counter())

    def play(self) -> Verdict:
        """Kill, resume until done, judge."""
        self._strike()
        self._settle()
        self._judge()
        return self.verdict

    def _reply(self, body: Body) -> Reply:
        """The model's next step by what it has been shown; the token makes every call recognisable."""
        one, two, three, four = self.tokens
        step = sum(1 for message in body["messages"] if message["role"] == "assistant")
        calls = {
            0: [Call("look", {"token": one}), Call("act", {"token": two})],
            1: [Call("act", {"token": three}), Call("act", {"token": four})],
        }.get(step, [])
        reply = Reply(calls=calls) if calls else Reply(text=ANSWER)
        if self._hold and step + 1 == self.moment.point and not self._hold.reached.is_set():
            return Reply(calls=calls, text=reply.text, hold=self._hold, hold_after=self.moment.events)
        return reply

    def _strike(self) -> None:
        """Start the real program, and see it die at the moment."""
        run = ["run", f"Do job {self.thread}", "--thread", self.thread]
        words, least = [*run, "--yes"], self.moment.point
        if self.moment.kind == "question":
            words = run
        elif self.moment.kind == "approved":
            assert self._finish(run)[0] == 3
            words = ["threads", "resume", self.thread, "--approve"]
            least += self._count("approved")
        elif self.moment.kind in ("before", "after"):
            plan = {"token": self.tokens[least - 1], "when": self.moment.kind}
            (self.folder / "kill.json").write_text(json.dumps(plan))
        command = [sys.executable, "-m", "app", *words, *self._flags()]
        quiet = subprocess.DEVNULL
        program = subprocess.Popen(command, cwd=ROOT, env=self._variables, stdin=quiet, stdout=quiet, stderr=quiet)
        try:
            self._wait_for_the_moment(program, least)
        finally:
            program.kill()
        assert program.wait(10) == -9, f"the program ended by itself before {self.moment}"
        self._no_server_is_left()

    def _wait_for_the_moment(self, program: "subprocess.Popen[bytes]", least: int) -> None:
        if self._hold:
            assert self._hold.reached.wait(_PATIENCE), f"{self.moment} never came"
        elif self.moment.kind in _QUERIES:
            end = time.monotonic() + _PATIENCE
            while program.poll() is None and self._count(self.moment.kind) < least:
                assert time.monotonic() < end, f"{self.moment} never came"
                time.sleep(0.001)
        else:
            program.wait(_PATIENCE)

    def _count(self, kind: str) -> int:
        """Rows that the program has committed; 0 before there are tables."""
        if not self.database.exists():
            return 0
        connection = sqlite3.connect(self.database)
        try:
            return connection.execute(_QUERIES[kind], (self.thread,)).fetchone()[0]
        except sqlite3.OperationalError:
            return 0
        finally:
            connection.close()

    def _settle(self) -> None:
        """Resume until the thread is done, answering as the seed says."""
        decision: list[str] = []
        for _ in range(_MOST_RESUMES):
            code, stdout, stderr = self._finish(["threads", "resume", self.thread, "--output", "json", *decision])
            if code == 0 or (code == 2 and "not waiting" in stderr):
                return
            assert code == 3, f"exit code {code}: {stderr}"
            decision = [self._decide(json.loads(stdout)["waiting"])]
        raise AssertionError(f"not done after {_MOST_RESUMES} resumes")

    def _decide(self, waiting: list[dict[str, Any]]) -> str:
        unknown = [call["arguments"]["token"] for call in waiting if call["kind"] == "outcome_unknown"]
        self.verdict.asked += len(unknown)
        if unknown and not self.moment.send_again:
            self.verdict.skipped.update(unknown)
            return "--reject"
        self.verdict.sent_again.update(unknown)
        return "--approve"

    def _judge(self) -> None:
        verdict, ledger = self.verdict, self.folder / "ledger"
        lines = ledger.read_text().splitlines() if ledger.exists() else []
        verdict.executed = Counter(line.split()[1] for line in lines)
        for number, token in enumerate(self.tokens):
            times, may_repeat = verdict.executed[token], number == 0
            if times > 1 + verdict.sent_again[token] and not may_repeat:
                verdict.faults.append(f"{token} was executed {times} times, asked about {verdict.sent_again[token]}")
            if times == 0 and token not in verdict.skipped:
                verdict.faults.append(f"{token} was never executed and nobody was asked")
        verdict.faults += self._lost_messages()

    def _lost_messages(self) -> list[str]:
        """What the thread should hold and does not."""
        code, stdout, stderr = self._run(["threads", "show", self.thread, "--json"])
        assert code == 0, stderr
        messages = json.loads(stdout)
        roles = [message["role"] for message in messages]
        faults = [] if roles == ["human", "ai", "tool", "tool", "ai", "tool", "tool", "ai"] else [f"messages: {roles}"]
        if messages[0]["content"] != f"Do job {self.thread}" or messages[-1]["content"] != ANSWER:
            faults.append("the person's message or the answer is missing")
        results = {message["tool_call_id"]: message["content"] for message in messages if message["role"] == "tool"}
        calls = [call for message in messages for call in message.get("tool_calls", ())]
        for call in calls:
            token, result = call["args"]["token"], results.get(call["id"], "")
            if result != f"did {token}" and not (token in self.verdict.skipped and SKIPPED in result):
                faults.append(f"{token} has the result {result!r}")
        return faults

    def _finish(self, words: list[str]) -> Finished:
        return self._run([*words, *self._flags()])

    def _flags(self) -> list[str]:
        return ["--base-url", self._endpoint.base_url, "--mcp-config", str(self._config)]

    def _no_server_is_left(self) -> None:
        """A killed program cannot clean up; its servers read the end of their input and leave."""
        path, end = self.folder / "pids", time.monotonic() + 10
        pids = [int(line) for line in path.read_text().split()] if path.exists() else []
        while any(_is_alive(pid) for pid in pids):
            assert time.monotonic() < end, "a server outlived the killed program"
            time.sleep(0.01)


def _is_alive(pid: int) -> bool:
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and str(SERVER) in process.cmdline()
    except psutil.Error:
        return False


def environment(home: Path) -> dict[str, str]:
    """An environment whose threads, logs and policy live under `home`."""
    folders = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "DATA", "STATE")}
    return {**os.environ, **folders, "STORAGE__HOME": str(home / "state")}
