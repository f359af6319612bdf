#!/usr/bin/env python3
"""Prints the table of phash_test.cc: generated pictures and what Python's imagehash says about them.

pip install imagehash==4.3.2 'Pillow<13' scipy      Pillow 13 scales pictures that are much taller than wide
in another order (vertically first), which changes a few bits of theirs; the table is of the order before.
"""
import imagehash
import numpy as np
from PIL import Image


def noise(width, height, seed):
    state, samples = seed, []
    for _ in range(width * height * 3):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        samples.append(state >> 16 & 255)
    return np.array(samples, np.uint8).reshape(height, width, 3)


def waves(width, height, seed):
    y, x = np.indices((height, width), np.int64)
    planes = [x * x * (seed + c) // 97 + y * (11 + seed * c) + x * y // 31 for c in range(3)]
    return (np.stack(planes, -1) // 8 & 255).astype(np.uint8)


def flat(width, height, seed):
    return np.full((height, width, 3), seed, np.uint8)


def rows(width, height, seed):
    return np.repeat(noise(1, height, seed), width, 1)


def columns(width, height, seed):
    return np.repeat(noise(width, 1, seed), height, 0)


def mirror(width, height, seed):
    half = noise(width // 2, height, seed)
    return np.concatenate([half, half[:, ::-1]], 1)


def box(width, height, seed):
    pixels = flat(width, height, 0)
    pixels[height // 5:height // 5 + seed, width // 3:width // 3 + 2 * seed] = (250, 120, 30)
    return pixels


CASES = [(kind, width, height, seed)
         for kind in (noise, waves)
         for width, height, seed in ((1, 1, 3), (7, 5, 1), (32, 32, 2), (33, 31, 5), (64, 48, 3), (320, 200, 7),
                                     (200, 320, 4), (500, 40, 6), (641, 479, 9), (100, 181, 8))]
CASES += [(flat, 50, 40, 0), (flat, 50, 40, 255), (flat, 640, 480, 77), (rows, 60, 70, 3), (rows, 321, 99, 8),
          (columns, 60, 70, 3), (columns, 321, 99, 8), (mirror, 80, 60, 2), (mirror, 300, 200, 5),
          (box, 320, 240, 40), (box, 640, 480, 90), (box, 99, 101, 20)]

for kind, width, height, seed in CASES:
    value = imagehash.phash(Image.fromarray(kind(width, height, seed)))
    print(f"    {{{kind.__name__}, {{{width}, {height}}}, {seed}, 0x{value}}},")
