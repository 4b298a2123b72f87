"""Servers that speak OpenAI's dialect: how each is recognised, and how tool calling is switched on there.

Recognised by `owned_by` in their list of models, which costs no further request. A server that nobody
here knows gets the general words.
"""

from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True, kw_only=True)
class Backend:
    """One kind of server."""

    name: str
    owned_by: tuple[str, ...] = ()
    """What it writes into `owned_by` of its models."""
    enable_tools: str
    """What to do where it has tool calling switched off; `{parser}` is the parser's name."""
    parsers: dict[str, str] = field(default_factory=dict[str, str])
    """The parser's name here by vLLM's name for it; empty where the server finds the form by itself."""
    set_template: str = "give it a chat template that knows tools"
    """How a chat template is set."""

    def parser_hint(self, parser: str) -> str:
        """What to do so that calls in the form of `parser` (vLLM's name) are read."""
        here = self.parsers.get(parser) if self.parsers else parser
        if here is None:
            return f"{self.name} has no parser for this form that is known here: see its documentation."
        return self.enable_tools.format(parser=here)


VLLM = Backend(
    name="vLLM",
    owned_by=("vllm",),
    enable_tools="Start vLLM with --enable-auto-tool-choice --tool-call-parser {parser}; `python -m app serve` does.",
    set_template="start vLLM with --chat-template and a file of prompts/templates; `python -m app serve` does",
)
SGLANG = Backend(
    name="SGLang",
    owned_by=("sglang",),
    enable_tools="Start SGLang with --tool-call-parser {parser}.",
    parsers={"hermes": "qwen25", "llama3_json": "llama3", "mistral": "mistral", "qwen3_xml": "qwen3_coder"},
    set_template="start SGLang with --chat-template and a file of prompts/templates",
)
LMDEPLOY = Backend(
    name="LMDeploy",
    owned_by=("lmdeploy",),
    enable_tools="Start LMDeploy with --tool-call-parser {parser}.",
    parsers={"hermes": "qwen2d5", "llama3_json": "llama3", "qwen3_xml": "qwen3coder"},
)
LLAMA_CPP = Backend(
    name="llama.cpp",
    owned_by=("llamacpp", "llama.cpp"),
    enable_tools="Start llama-server with --jinja.",
    set_template="start llama-server with --jinja --chat-template-file and a file of prompts/templates",
)
OLLAMA = Backend(
    name="Ollama",
    owned_by=("library",),
    enable_tools="Pick a model that has tools among the capabilities that `ollama show MODEL` lists.",
    set_template="give its Modelfile a TEMPLATE that prints .Tools",
)
TENSORRT_LLM = Backend(
    name="TensorRT-LLM",
    owned_by=("tensorrt_llm", "tensorrt-llm"),
    enable_tools="Start trtllm-serve with --tool_parser and the parser of the model's family.",
)
XINFERENCE = Backend(
    name="Xinference",
    owned_by=("xinference",),
    enable_tools="Launch a model that has the ability `tools` in Xinference's list of models.",
)
OPENAI = Backend(
    name="OpenAI",
    owned_by=("openai", "system", "openai-internal"),
    enable_tools="Pick a model that has function calling.",
    set_template="pick another model",
)
UNKNOWN = Backend(
    name="an unknown server",
    enable_tools="Switch tool calling on at the server; vLLM's parser for this form is called {parser}.",
)
BACKENDS = (VLLM, SGLANG, LMDEPLOY, LLAMA_CPP, OLLAMA, TENSORRT_LLM, XINFERENCE, OPENAI)


def recognise(base_url: str, owned_by: str) -> Backend:
    """The kind of server at an address, by what its models say who owns them."""
    if urlsplit(base_url).hostname == "api.openai.com":
        return OPENAI
    owner = owned_by.lower()
    return next((backend for backend in BACKENDS if owner in backend.owned_by), UNKNOWN)
