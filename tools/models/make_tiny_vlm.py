#!/usr/bin/env python3
"""Writes a tiny vision-language model with random weights, for tests of everything but the answers.

    make_tiny_vlm.py TOKENIZER.gguf OUT_DIR

OUT_DIR/tiny-vlm.gguf         a qwen2vl text model with the tokenizer of TOKENIZER.gguf (8 MB)
OUT_DIR/mmproj-tiny-vlm.gguf  its vision tower: one token per 28 x 28 pixels (0.4 MB)

The same bytes every time; needs nothing but Python. Picture decoding, preprocessing, token counts that
grow with the picture, streaming, usage and errors are real; the answers are noise that changes with the
picture. Both files carry `sensorium.test_only`, so that no program of ours offers them as a model.
"""
import random
import struct
import sys
from pathlib import Path

EMBD, FF, HEADS, KV_HEADS, BLOCKS = 64, 128, 4, 2, 2
HEAD = EMBD // HEADS
PATCH, MERGE = 14, 2
SPREAD = 0.0866  # uniform within +-SPREAD: standard deviation 0.05

# GGUF value types and tensor types (ggml docs/gguf.md)
U32, F32, BOOL, STRING, ARRAY = 4, 6, 7, 8, 9
WIDTHS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
TENSOR_F32, TENSOR_F16 = 0, 1
ALIGNMENT = 32
VISION_MARKERS = {3: "<|vision_start|>", 4: "<|vision_end|>"}  # two unused specials of the tokenizer

rng = random.Random(7)


def text(value):
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


class Reader:
    """Walks over the keys and values of a GGUF file and hands them out as raw bytes."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, form):
        return struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))[0]

    def text(self):
        return self.take(self.number("Q"))

    def skip_value(self, kind):
        if kind == STRING:
            self.text()
        elif kind == ARRAY:
            inner, count = self.number("I"), self.number("Q")
            for _ in range(count if inner == STRING else 0):
                self.text()
            if inner != STRING:
                self.take(WIDTHS[inner] * count)
        else:
            self.take(WIDTHS[kind])

    def entries(self):
        assert self.take(4) == b"GGUF", "not a GGUF file"
        self.number("I"), self.number("Q")
        for _ in range(self.number("Q")):
            key, kind = self.text().decode(), self.number("I")
            begin = self.at
            self.skip_value(kind)
            yield key, kind, self.data[begin:self.at]


class Writer:
    def __init__(self, architecture, name):
        self.entries, self.tensors, self.data = [], [], bytearray()
        self.add("general.architecture", STRING, text(architecture))
        self.add("general.name", STRING, text(name))
        self.add("sensorium.test_only", BOOL, b"\x01")

    def add(self, key, kind, raw):
        self.entries.append(text(key) + struct.pack("<I", kind) + raw)

    def u32(self, key, value):
        self.add(key, U32, struct.pack("<I", value))

    def f32(self, key, value):
        self.add(key, F32, struct.pack("<f", value))

    def numbers(self, key, kind, form, values):
        self.add(key, ARRAY, struct.pack(f"<IQ{len(values)}{form}", kind, len(values), *values))

    def tensor(self, name, shape, kind, raw):
        self.data += b"\0" * (-len(self.data) % ALIGNMENT)
        sizes = struct.pack(f"<I{len(shape)}Q", len(shape), *reversed(shape))  # fastest dimension first
        self.tensors.append(text(name) + sizes + struct.pack("<IQ", kind, len(self.data)))
        self.data += raw

    def random(self, name, *shape):
        count = 1
        for size in shape:
            count *= size
        values = [(rng.random() * 2 - 1) * SPREAD for _ in range(count)]
        self.tensor(name + ".weight", shape, TENSOR_F16, struct.pack(f"<{count}e", *values))

    def same(self, name, count, value):
        self.tensor(name, (count,), TENSOR_F32, struct.pack(f"<{count}f", *[value] * count))

    def linear(self, name, n_out, n_in, bias=True):
        self.random(name, n_out, n_in)
        if bias:
            self.same(name + ".bias", n_out, 0.0)

    def norm(self, name, bias=False):
        self.same(name + ".weight", EMBD, 1.0)
        if bias:
            self.same(name + ".bias", EMBD, 0.0)

    def save(self, path):
        head = b"GGUF" + struct.pack("<IQQ", 3, len(self.tensors), len(self.entries))
        head += b"".join(self.entries) + b"".join(self.tensors)
        part = path.with_suffix(".part")
        part.write_bytes(head + b"\0" * (-len(head) % ALIGNMENT) + self.data)
        part.replace(path)


def rename_markers(raw):
    """The token list with two of its entries renamed."""
    reader = Reader(raw)
    inner, count = reader.number("I"), reader.number("Q")
    tokens = [reader.text() for _ in range(count)]
    for index, marker in VISION_MARKERS.items():
        tokens[index] = marker.encode()
    body = b"".join(struct.pack("<Q", len(token)) + token for token in tokens)
    return count, struct.pack("<IQ", inner, count) + body


def text_model(path, tokenizer):
    writer = Writer("qwen2vl", "tiny-vlm (random weights)")
    for key, value in (("context_length", 8192), ("embedding_length", EMBD), ("block_count", BLOCKS),
                       ("feed_forward_length", FF), ("attention.head_count", HEADS),
                       ("attention.head_count_kv", KV_HEADS)):
        writer.u32("qwen2vl." + key, value)
    writer.f32("qwen2vl.attention.layer_norm_rms_epsilon", 1e-6)
    writer.f32("qwen2vl.rope.freq_base", 10000.0)
    # time, height, width: they add up to half of a head
    writer.numbers("qwen2vl.rope.dimension_sections", 5, "i", [2, 3, 3, 0])
    vocabulary = 0
    for key, kind, raw in Reader(Path(tokenizer).read_bytes()).entries():
        if not key.startswith("tokenizer."):
            continue
        if key == "tokenizer.ggml.tokens":
            vocabulary, raw = rename_markers(raw)
        writer.add(key, kind, raw)
    writer.random("token_embd", vocabulary, EMBD)  # also the output projection
    writer.norm("output_norm")
    for block in range(BLOCKS):
        name = f"blk.{block}."
        writer.norm(name + "attn_norm")
        writer.linear(name + "attn_q", EMBD, EMBD)
        writer.linear(name + "attn_k", KV_HEADS * HEAD, EMBD)
        writer.linear(name + "attn_v", KV_HEADS * HEAD, EMBD)
        writer.linear(name + "attn_output", EMBD, EMBD, bias=False)
        writer.norm(name + "ffn_norm")
        writer.linear(name + "ffn_gate", FF, EMBD, bias=False)
        writer.linear(name + "ffn_up", FF, EMBD, bias=False)
        writer.linear(name + "ffn_down", EMBD, FF, bias=False)
    writer.save(path)


def vision_model(path):
    writer = Writer("clip", "tiny-vlm vision (random weights)")
    writer.add("clip.has_vision_encoder", BOOL, b"\x01")
    writer.add("clip.projector_type", STRING, text("qwen2vl_merger"))
    for key, value in (("image_size", 560), ("patch_size", PATCH), ("embedding_length", EMBD),
                       ("feed_forward_length", FF), ("projection_dim", EMBD), ("block_count", 1),
                       ("attention.head_count", HEADS), ("spatial_merge_size", MERGE)):
        writer.u32("clip.vision." + key, value)
    writer.f32("clip.vision.attention.layer_norm_epsilon", 1e-6)
    for key in ("image_mean", "image_std"):
        writer.numbers("clip.vision." + key, F32, "f", [0.5, 0.5, 0.5])
    writer.random("v.patch_embd", EMBD, 3, PATCH, PATCH)
    count = EMBD * 3 * PATCH * PATCH  # two frames per patch; a still picture uses both
    values = [(rng.random() * 2 - 1) * SPREAD for _ in range(count)]
    writer.tensor("v.patch_embd.weight.1", (EMBD, 3, PATCH, PATCH), TENSOR_F16, struct.pack(f"<{count}e", *values))
    for name in ("attn_q", "attn_k", "attn_v", "attn_out"):
        writer.linear("v.blk.0." + name, EMBD, EMBD)
    writer.norm("v.blk.0.ln1", bias=True)
    writer.norm("v.blk.0.ln2", bias=True)
    writer.linear("v.blk.0.ffn_up", FF, EMBD)
    writer.linear("v.blk.0.ffn_down", EMBD, FF)
    writer.norm("v.post_ln", bias=True)
    merged = EMBD * MERGE * MERGE
    writer.linear("mm.0", merged, merged)
    writer.linear("mm.2", EMBD, merged)
    writer.save(path)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    out = Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    vision_model(out / "mmproj-tiny-vlm.gguf")
    text_model(out / "tiny-vlm.gguf", sys.argv[1])
