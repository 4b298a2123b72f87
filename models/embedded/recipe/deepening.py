"""More layers for a trained decoder, without a change in what it says at first.

A run that its size holds back continues deeper instead of from the start. Each new layer is a copy
of the one below it whose outputs are zero, so it adds nothing until training moves it (the block
expansion of LLaMA Pro, https://arxiv.org/abs/2401.02415).
"""

from copy import deepcopy
from dataclasses import replace

import torch

from models.embedded.recipe.decoder import Block, Decoder


def deepened(model: Decoder, layers: int) -> Decoder:
    """The same function with `layers` layers, the new ones spread evenly between the old.

    Raises:
        ValueError: when the model has more layers than that.
    """
    old = len(model.layers)
    if layers < old:
        raise ValueError(f"the model has {old} layers, more than {layers}")
    deeper = Decoder(replace(model.shape, layers=layers))
    deeper.embed_tokens, deeper.norm = model.embed_tokens, model.norm
    blocks: list[Block] = []
    for index, block in enumerate(model.layers):
        new = (index + 1) * (layers - old) // old - index * (layers - old) // old
        blocks += [block, *(_silent_copy(block) for _ in range(new))]
    deeper.layers = torch.nn.ModuleList(blocks)
    return deeper


def _silent_copy(block: Block) -> Block:
    copy = deepcopy(block)
    for projection in (copy.self_attn.o_proj, copy.mlp.down_proj):
        torch.nn.init.zeros_(projection.weight)
    return copy
