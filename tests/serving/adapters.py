"""LoRA adapters for the embedded weights that change nothing: what is tested is how they are named and served."""

import json
from pathlib import Path

HIDDEN, LAYERS, RANK = 192, 4, 8


def write_adapter(folder: Path) -> Path:
    """An adapter of zeros in the layout of PEFT: `adapter_config.json` beside a safetensors file."""
    folder.mkdir()
    config = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": RANK, "lora_alpha": RANK, "bias": "none"}
    config |= {"target_modules": ["q_proj", "v_proj"], "base_model_name_or_path": "switchyard-embedded"}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    header: dict[str, object] = {}
    end = 0
    for layer in range(LAYERS):
        for module in ("q_proj", "v_proj"):
            for part, shape in (("lora_A", [RANK, HIDDEN]), ("lora_B", [HIDDEN, RANK])):
                name = f"base_model.model.model.layers.{layer}.self_attn.{module}.{part}.weight"
                start, end = end, end + 4 * shape[0] * shape[1]
                header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    (folder / "adapter_model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + bytes(end))
    return folder
