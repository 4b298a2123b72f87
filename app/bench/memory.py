"""How much memory a server takes, from whoever knows: NVML for a local GPU, psutil for a local process, the server.

Nothing here is needed for the rest to work: what cannot be had is None, and shown as `n/a`.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

import httpx

from app.bench.target import Target
from app.chat.transport import is_loopback, transport_options

_MIB = 1024 * 1024
_KV_USAGE = re.compile(r"^vllm:kv_cache_usage_perc(?:\{[^}]*\})? (\S+)", re.MULTILINE)
_CACHE = re.compile(r"^vllm:cache_config_info\{([^}]*)\}", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True)
class MemoryReading:
    """MiB, and the share of the KV cache that was in use; None was not to be had."""

    rss: float | None = None
    """Resident memory of the server's process and its children."""
    gpu: float | None = None
    """Memory of the GPUs that those processes hold, by NVML; of Ollama, what it says itself."""
    kv_cache_used: float | None = None
    """From 0 to 1, by vLLM."""
    kv_cache_tokens: int | None = None
    """How many tokens vLLM's cache holds."""

    def or_more(self, other: "MemoryReading") -> "MemoryReading":
        """The larger of two readings, figure by figure."""
        return MemoryReading(
            rss=_larger(self.rss, other.rss),
            gpu=_larger(self.gpu, other.gpu),
            kv_cache_used=_larger(self.kv_cache_used, other.kv_cache_used),
            kv_cache_tokens=other.kv_cache_tokens or self.kv_cache_tokens,
        )


def read_memory(target: Target, pids: set[int]) -> MemoryReading:
    """One reading of the memory of a server whose processes are known."""
    own = _own_figures(target)
    return MemoryReading(
        rss=_resident(pids),
        gpu=_gpu(pids) if own.gpu is None else own.gpu,
        kv_cache_used=own.kv_cache_used,
        kv_cache_tokens=own.kv_cache_tokens,
    )


def server_pids(target: Target) -> set[int]:
    """The processes of a server on this machine, children included; empty where it is elsewhere or hidden."""
    try:
        import psutil
    except ImportError:
        return set()
    roots = {target.pid} if target.pid else _listeners(target.url)
    found: set[int] = set()
    for pid in roots:
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            if process.name() != "docker-proxy":  # a container's processes are not its children
                found |= {pid, *(child.pid for child in process.children(recursive=True))}
    return found


def _listeners(url: str) -> set[int]:
    import psutil

    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if not is_loopback(parts.hostname or ""):
        return set()
    with suppress(psutil.Error):
        rows = psutil.net_connections("tcp")
        return {
            row.pid
            for row in rows
            if row.status == psutil.CONN_LISTEN and row.laddr and row.laddr.port == port and row.pid
        }
    return set()


def _resident(pids: set[int]) -> float | None:
    if not pids:
        return None
    import psutil

    total = 0
    for pid in pids:
        with suppress(psutil.Error):
            total += psutil.Process(pid).memory_info().rss
    return total / _MIB if total else None


def _gpu(pids: set[int]) -> float | None:
    """What NVML says the processes hold; None without a GPU, or where NVML hides processes (containers)."""
    try:
        import pynvml  # pyright: ignore[reportMissingImports]  # the extra `bench` has it, machines without a GPU need not
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return None
    try:
        held = [used for pid, used in _gpu_processes(pynvml) if pid in pids and used]
        return sum(held) / _MIB if held else None
    except pynvml.NVMLError:
        return None
    finally:
        pynvml.nvmlShutdown()


def _gpu_processes(nvml: Any) -> Iterator[tuple[int, int]]:
    for index in range(nvml.nvmlDeviceGetCount()):
        handle = nvml.nvmlDeviceGetHandleByIndex(index)
        for process in nvml.nvmlDeviceGetComputeRunningProcesses(handle):
            yield process.pid, process.usedGpuMemory or 0


def _own_figures(target: Target) -> MemoryReading:
    """What vLLM's /metrics or Ollama's /api/ps say."""
    root = target.url.rstrip("/").removesuffix("/v1")
    with suppress(httpx.HTTPError, ValueError), httpx.Client(timeout=2.0, **transport_options(target.url)) as client:
        if target.kind == "ollama":
            return ollama_figures(client.get(f"{root}/api/ps").raise_for_status().json(), target.model)
        if target.kind == "vllm":
            return vllm_figures(client.get(f"{root}/metrics").raise_for_status().text)
    return MemoryReading()


def find_kind(target: Target) -> str:
    """Whose figures can be asked for: `vllm`, `ollama`, or `openai` for nobody's."""
    root = target.url.rstrip("/").removesuffix("/v1")
    with suppress(httpx.HTTPError, ValueError), httpx.Client(timeout=2.0, **transport_options(target.url)) as client:
        if "vllm:" in client.get(f"{root}/metrics").text:
            return "vllm"
        listed: object = client.get(f"{root}/api/ps").json()
        if isinstance(listed, dict) and "models" in listed:
            return "ollama"
    return "openai"


def ollama_figures(listed: object, model: str) -> MemoryReading:
    """Ollama's own account of the model, of which the part outside the GPU's memory is in main memory."""
    models = cast(dict[str, Any], listed).get("models", []) if isinstance(listed, dict) else []
    for entry in cast(list[dict[str, Any]], models):
        if model in (entry.get("name"), entry.get("model")):
            size, on_gpu = int(entry.get("size", 0)), int(entry.get("size_vram", 0))
            return MemoryReading(rss=(size - on_gpu) / _MIB, gpu=on_gpu / _MIB)
    return MemoryReading()


def vllm_figures(metrics: str) -> MemoryReading:
    """The KV cache of vLLM, from its page of metrics."""
    usage = [float(value) for value in _KV_USAGE.findall(metrics)]
    info = _CACHE.search(metrics)
    labels = dict(_LABEL.findall(info[1])) if info else {}
    sizes = [labels.get("num_gpu_blocks", ""), labels.get("block_size", "")]
    known = all(size.isdecimal() for size in sizes)
    return MemoryReading(
        kv_cache_used=max(usage) if usage else None,
        kv_cache_tokens=int(sizes[0]) * int(sizes[1]) if known else None,
    )


def _larger(one: float | None, other: float | None) -> float | None:
    known = [value for value in (one, other) if value is not None]
    return max(known) if known else None
