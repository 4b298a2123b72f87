"""The evaluation before a real vLLM: the embedded model as it is served, and what a wrong part looks like."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.serving.vllm_server import INSTALL_AND_BOOT_SECONDS, ServedEmbedded
from tests.tool_eval.test_bfcl import FOLDER

pytestmark = [pytest.mark.slow, pytest.mark.vllm, pytest.mark.timeout(INSTALL_AND_BOOT_SECONDS + 60)]
DROPS_TOOLS = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "<|im_start|>assistant\n"
)
CASES = ("simple-en-time", "simple-en-weather", "parity-en-one", "irrelevance-en-thanks")


def evaluated(server: ServedEmbedded, folder: Path, *args: object, **body: Any) -> dict[str, Any]:
    """One evaluation; `body` is added to every request."""
    entry = {"name": "served", "url": server.base_url, "model": server.model, "body": {"max_tokens": 96, **body}}
    (folder / "servers.yaml").write_text(yaml.safe_dump([entry]))
    done = server.app("eval", "--endpoints", "servers.yaml", "--output", "json", *args, folder=folder)
    assert done.returncode == 0, done.stderr
    [one] = json.loads(done.stdout)["evaluations"]
    return one


def chosen(*ids: str) -> list[str]:
    return [part for one in ids for part in ("--case", one)]


def first_faults(one: dict[str, Any]) -> dict[str, str]:
    replies = {outcome["case"]: outcome["replies"][0]["faults"] for outcome in one["outcomes"]}
    return {case: faults[0]["kind"] if faults else "" for case, faults in replies.items()}


def test_the_served_model_calls_tools_and_vllm_says_that_its_parser_did_it(
    served_embedded: ServedEmbedded, tmp_path: Path
) -> None:
    one = evaluated(served_embedded, tmp_path, *chosen(*CASES))
    assert first_faults(one) == dict.fromkeys(CASES, "")
    assert one["parser"]["with_call"] > 0
    assert one["rates"]["prompt_tokens"] > 0
    assert (one["scores"]["saved"], one["scores"]["lost"]) == (0, 0)


def test_a_template_that_leaves_tools_out_shows_as_calls_that_never_come(
    served_embedded: ServedEmbedded, tmp_path: Path
) -> None:
    one = evaluated(served_embedded, tmp_path, *chosen(*CASES[:3]), chat_template=DROPS_TOOLS)
    assert one["scores"]["own"] == one["scores"]["agent"] == 0.0
    aimless = {"no call", "cut off", "markup in text"}  # what a model says that was never told of a tool
    assert set(first_faults(one).values()) <= aimless


def test_markup_that_no_parser_took_is_the_servers_failure_and_the_agents_success(
    served_embedded: ServedEmbedded, tmp_path: Path
) -> None:
    """vLLM takes no call out of the text where none is allowed: real markup, left as a wrong parser leaves it."""
    one = evaluated(served_embedded, tmp_path, *chosen(*CASES[:2]), tool_choice="none")
    assert set(first_faults(one).values()) == {"markup in text"}
    assert (one["scores"]["own"], one["scores"]["agent"], one["scores"]["saved"]) == (0.0, 1.0, 2)


def test_files_in_bfcls_form_are_asked_of_a_real_server(served_embedded: ServedEmbedded, tmp_path: Path) -> None:
    one = evaluated(served_embedded, tmp_path, "--bfcl", FOLDER)
    assert one["scores"]["asked"] == 8
    assert [reply["refusal"] for outcome in one["outcomes"] for reply in outcome["replies"] if reply["refusal"]] == []
