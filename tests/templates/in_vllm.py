"""Runs in vLLM's environment: renders with transformers, and asks vLLM which content format it detects.

A script, because the agent's environment has neither. Reads a JSON object on stdin: `model`, a folder;
`templates`, sources by name; `prompts`, a list of template name, messages and tools. Prints a JSON object.
"""

import json
import sys
from typing import Any

from transformers import AutoTokenizer
from vllm.renderers.hf import _detect_content_format


def main() -> None:
    asked: dict[str, Any] = json.load(sys.stdin)
    tokenizer = AutoTokenizer.from_pretrained(asked["model"])
    prompts = [
        tokenizer.apply_chat_template(
            messages,
            tools=tools or None,
            chat_template=asked["templates"][template],
            tokenize=False,
            add_generation_prompt=True,
        )
        for template, messages, tools in asked["prompts"]
    ]
    formats = {name: _detect_content_format(text, default="string") for name, text in asked["templates"].items()}
    print(json.dumps({"prompts": prompts, "formats": formats}))


if __name__ == "__main__":
    main()
