"""Writes a model of half a megabyte with random weights and a tokeniser of single bytes.

`python -m tests.drafters.llama.tiny_model FILE`
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from gguf import GGUFWriter, TokenType

CONTEXT = 32_768
WIDTH, LAYERS, HEADS, INNER = 64, 2, 4, 128
START, OPEN, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
LIKELY = dict.fromkeys("abcdefghijklmnopqrstuvwxyz", 1.0) | {" ": 1.8, ".": 0.2, '"': 2.0, "\n": -0.5}
"""What the model likes to write, so that its text is printable and its JSON comes to an end."""


def byte_names() -> list[str]:
    """One printable character for each byte, as GPT-2's vocabulary names them."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = (byte for byte in range(256) if byte not in printable)
    stand_ins = {byte: chr(0x100 + i) for i, byte in enumerate(others)}
    return [stand_ins.get(byte, chr(byte)) for byte in range(256)]


def write(path: Path) -> None:
    names = byte_names()
    merged = ["th", "the", "in", "er"]
    tokens = [*names, *merged, START, OPEN, END]
    writer = GGUFWriter(str(path), "llama")
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(tokens))
    writer.add_file_type(0)
    _tokeniser(writer, tokens, ["t h", "th e", "i n", "e r"])
    for name, tensor in _weights(tokens, names).items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _tokeniser(writer: GGUFWriter, tokens: Sequence[str], merges: Sequence[str]) -> None:
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(list(tokens))
    control = {START, OPEN, END}
    writer.add_token_types([TokenType.CONTROL if token in control else TokenType.NORMAL for token in tokens])
    writer.add_token_merges(list(merges))
    writer.add_bos_token_id(tokens.index(START))
    writer.add_eos_token_id(tokens.index(END))
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE)


def _weights(tokens: Sequence[str], names: Sequence[str]) -> dict[str, np.ndarray]:
    """Random, but for one thing: the first dimension is the same everywhere, and so carries `LIKELY`."""
    random = np.random.default_rng(11)

    def matrix(*shape: int, scale: float = 0.3) -> np.ndarray:
        return (random.standard_normal(shape) * scale).astype(np.float32)

    def into_stream(*shape: int) -> np.ndarray:
        weights = matrix(*shape, scale=0.1)
        weights[0] = 0  # leaves the first dimension alone
        return weights

    ones = np.ones(WIDTH, np.float32)
    embedding, output = matrix(len(tokens), WIDTH, scale=1.0), matrix(len(tokens), WIDTH, scale=0.25)
    embedding[:, 0] = 8.0
    output[:, 0] = -6.0
    for character, liking in LIKELY.items():
        output[names.index(names[ord(character)]), 0] = liking
    output[tokens.index(END), 0] = -0.6
    output[[tokens.index(START), tokens.index(OPEN)], 0] = -12.0
    weights = {"token_embd.weight": embedding, "output.weight": output, "output_norm.weight": ones}
    for layer in range(LAYERS):
        block = f"blk.{layer}."
        weights |= {
            f"{block}attn_norm.weight": ones,
            f"{block}attn_q.weight": matrix(WIDTH, WIDTH),
            f"{block}attn_k.weight": matrix(WIDTH, WIDTH),
            f"{block}attn_v.weight": matrix(WIDTH, WIDTH),
            f"{block}attn_output.weight": into_stream(WIDTH, WIDTH),
            f"{block}ffn_norm.weight": ones,
            f"{block}ffn_gate.weight": matrix(INNER, WIDTH),
            f"{block}ffn_up.weight": matrix(INNER, WIDTH),
            f"{block}ffn_down.weight": into_stream(WIDTH, INNER),
        }
    return weights


if __name__ == "__main__":
    write(Path(sys.argv[1]))
