"""The evaluation's way to ask a served model."""

from contextlib import closing

import pytest
from langchain_core.exceptions import ModelConnectionError

from models.embedded.evaluation.cases import Call, Case, Turn, steps_of
from models.embedded.evaluation.vllm_runtime import ATTEMPTS, SERVED_NAME, VllmRuntime
from tests.scripted_openai import Call as ScriptedCall
from tests.scripted_openai import Reply, ScriptedOpenAI

STOP = {"type": "function", "function": {"name": "stop", "description": "Stop.", "parameters": {"type": "object"}}}
CASE = Case(id="1", kind="robot", sort="one", box="robot", ask="Stop!", turns=[Turn(calls=[Call("stop", {})])])
CUT = Reply(drop_after=0)


def test_a_connection_that_the_server_closed_is_tried_again() -> None:
    with ScriptedOpenAI(SERVED_NAME) as server, closing(VllmRuntime(server.base_url)) as runtime:
        server.enqueue(CUT, Reply(calls=[ScriptedCall("stop", {})]))
        [reply] = runtime.answer(steps_of([CASE], {"robot": [STOP]}))
        assert reply.alone.calls == [Call("stop", {})]
        assert len(server.requests) == 2


def test_a_server_that_closes_every_connection_fails_the_evaluation() -> None:
    with ScriptedOpenAI(SERVED_NAME) as server, closing(VllmRuntime(server.base_url)) as runtime:
        server.always(CUT)
        with pytest.raises(ModelConnectionError):
            runtime.answer(steps_of([CASE], {"robot": [STOP]}))
        assert len(server.requests) == ATTEMPTS
