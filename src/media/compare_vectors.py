#!/usr/bin/env python3
"""Prints the table of compare_test.cc: generated pictures and what scikit-image says about their likeness.

pip install scikit-image==0.26.0 pillow
"""
import numpy as np
from PIL import Image
from skimage.metrics import structural_similarity


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


def shifted(pixels, amount):
    return np.clip(pixels.astype(int) + amount, 0, 255).astype(np.uint8)


def boxed(pixels):
    pixels = pixels.copy()
    h, w = pixels.shape[:2]
    pixels[h // 5:h // 5 + h // 4, w // 3:w // 3 + w // 4] = (250, 120, 30)
    return pixels


CASES = [("waves", waves(w, h, s), other, make) for w, h, s in ((64, 48, 3), (320, 200, 7), (101, 181, 8), (11, 11, 2))
         for other, make in (("same", lambda p: p), ("lighter", lambda p: shifted(p, 12)), ("boxed", boxed))]
CASES += [("noise", noise(w, h, 1), "lighter", lambda p: shifted(p, 12)) for w, h in ((40, 30), (90, 70))]
CASES += [("noise", noise(50, 40, 1), "other noise", lambda p: noise(50, 40, 2))]

for kind, first, other, make in CASES:
    second = make(first)
    a, b = (np.asarray(Image.fromarray(p).convert("L")) for p in (first, second))
    value = structural_similarity(a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255)
    h, w = a.shape
    print(f'    {{{kind}, {{{w}, {h}}}, "{other}", {value:.6f}}},')
