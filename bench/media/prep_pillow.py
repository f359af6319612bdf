#!/usr/bin/env python3
"""What a Python service does to a picture, timed: open, RGB, fit into 2048 (LANCZOS), JPEG quality 85, in memory.

prep_pillow.py PICTURE [--rounds N]      one JSON line per way:
  pillow        convert("RGB"), then thumbnail(): the usual code
  pillow_draft  thumbnail() first, so that the JPEG decoder may shrink while it decodes: the careful code
"""
import argparse
import json
import time
from io import BytesIO

from PIL import Image, __version__


def prepare(data: bytes, draft: bool) -> Image.Image:
    image = Image.open(BytesIO(data))
    if draft:
        image.thumbnail((2048, 2048), Image.LANCZOS)
    image = image.convert("RGB")
    if not draft:
        image.thumbnail((2048, 2048), Image.LANCZOS)
    out = BytesIO()
    image.save(out, "JPEG", quality=85)
    return image, len(out.getvalue())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("picture")
    parser.add_argument("--rounds", type=int, default=10)
    args = parser.parse_args()
    with open(args.picture, "rb") as file:
        data = file.read()
    for way in ("pillow", "pillow_draft"):
        cpu, wall = [], []
        for _ in range(args.rounds + 1):
            cpu_start, wall_start = time.process_time(), time.perf_counter()
            image, size = prepare(data, way == "pillow_draft")
            cpu.append(time.process_time() - cpu_start)
            wall.append(time.perf_counter() - wall_start)
        cpu, wall = sorted(cpu[1:]), sorted(wall[1:])
        print(json.dumps({"way": way, "version": __version__, "cpu_ms": round(cpu[len(cpu) // 2] * 1000, 1),
                          "wall_ms": round(wall[len(wall) // 2] * 1000, 1), "bytes": size,
                          "size": f"{image.width}x{image.height}"}), flush=True)


if __name__ == "__main__":
    main()
