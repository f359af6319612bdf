#!/usr/bin/env python3
"""Makes the test picture, the same bytes every time: noise at many scales and sharp-edged boxes, like a photograph.

make_picture.py OUT.jpg [--size 4000x3000] [--quality 92]      needs Pillow and numpy
"""
import argparse

import numpy as np
from PIL import Image


def photo(width: int, height: int, seed: int) -> Image.Image:
    random = np.random.default_rng(seed)
    pixels = np.full((height, width, 3), 128, np.float32)
    cells, strength = 3, 90.0
    while cells < min(width, height) // 3:
        grid = random.normal(0, 1, (cells, cells * width // height + 1, 3)).astype(np.float32)
        for channel in range(3):
            layer = Image.fromarray(grid[..., channel]).resize((width, height), Image.BICUBIC)
            pixels[..., channel] += strength * np.asarray(layer)
        cells, strength = cells * 3, strength * 0.55
    pixels += random.normal(0, 2.5, (height, width, 1)).astype(np.float32)
    for _ in range(12):
        x, y = random.integers(0, width), random.integers(0, height)
        box = pixels[y:y + random.integers(height // 30, height // 5), x:x + random.integers(width // 30, width // 5)]
        box *= random.uniform(0.3, 1.5)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--size", default="4000x3000")
    parser.add_argument("--quality", type=int, default=92)
    args = parser.parse_args()
    width, height = map(int, args.size.split("x"))
    photo(width, height, seed=7).save(args.out, quality=args.quality)


if __name__ == "__main__":
    main()
