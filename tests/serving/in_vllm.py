"""Run by vLLM's Python, not by ours: what vLLM itself makes of the profiles.

Reads `{"profiles": {name: {"config": FILE, "flags": [...], "template": TEXT or null}}, "dropped": [flag, ...]}`
from stdin and prints for each profile the options vLLM understood in both ways and the content format it
detects, the names of all parsers it has, and which of the dropped flags it refuses.
"""

import contextlib
import io
import json
import sys

from vllm.entrypoints.launchers.cli_args import make_arg_parser, validate_parsed_serve_args
from vllm.reasoning import ReasoningParserManager
from vllm.renderers.hf import _detect_content_format
from vllm.tool_parsers import ToolParserManager
from vllm.utils.argparse_utils import FlexibleArgumentParser

PARSER = make_arg_parser(FlexibleArgumentParser())


def understood(arguments: list[str]) -> dict[str, str]:
    """The options, without where they came from."""
    parsed = PARSER.parse_args(arguments)
    validate_parsed_serve_args(parsed)
    return {name: repr(value) for name, value in sorted(vars(parsed).items()) if name != "config"}


def refused(flag: str) -> bool:
    silent = io.StringIO()
    try:
        with contextlib.redirect_stderr(silent):
            PARSER.parse_args(["--model", "m", flag, "1"])
    except (SystemExit, ValueError):
        return any(word in silent.getvalue() for word in ("unrecognized", "ambiguous"))
    return False


def main() -> None:
    asked = json.load(sys.stdin)
    profiles = {
        name: {
            "from_config": understood(["--config", profile["config"]]),
            "from_flags": understood(profile["flags"]),
            "content": profile["template"] and _detect_content_format(profile["template"], default="string"),
        }
        for name, profile in asked["profiles"].items()
    }
    found = {
        "profiles": profiles,
        "tool_parsers": ToolParserManager.list_registered(),
        "reasoning_parsers": ReasoningParserManager.list_registered(),
        "not_refused": [flag for flag in asked["dropped"] if not refused(flag)],
    }
    sys.__stdout__.write("\n" + json.dumps(found))


if __name__ == "__main__":
    main()
