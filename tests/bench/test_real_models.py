"""The embedded weights behind a real vLLM, in vLLM's batch and in plain transformers, in one table."""

from pathlib import Path

import pytest

from tests.bench.scripted_process import bench
from tests.serving.vllm_server import ServedEmbedded
from tests.source_tree import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.vllm]


@pytest.mark.timeout(1800)
def test_a_server_vllms_batch_and_transformers_compare_in_one_table(served_embedded: ServedEmbedded, tmp_path: Path):
    report = bench(
        tmp_path,
        *("--endpoint", f"server={served_embedded.base_url},model={served_embedded.model}", "--offline", "embedded"),
        *("--prompts", ROOT / "benchmarks" / "embedded-prompts.yaml", "--requests", 5, "--max-tokens", 64),
        timeout=900,
    )
    for table in report["tables"][:2]:
        rows = {row["endpoint"]: row for row in table["rows"]}
        assert set(rows) == {"server", "embedded (vLLM batch)", "embedded (transformers)"}
        assert {row["answered"] for row in rows.values()} == {"5/5"}
        assert all(row["memory, MiB"] > 50 and row["TPOT, ms"] > 0 for row in rows.values())
        assert rows["server"]["KV cache, %"] is not None
    answers = {
        result["target"]: [request["output_tokens"] for request in result["requests"]]
        for result in report["results"]
        if result["phase"]["protocol"] == "single"
    }
    # the same weights, template and prompts: greedy answers of both are as long, but for a near tie
    same = zip(answers["embedded (vLLM batch)"], answers["embedded (transformers)"], strict=True)
    assert sum(one == other for one, other in same) >= 3
