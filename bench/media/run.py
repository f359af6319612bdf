#!/usr/bin/env python3
"""One 12-megapixel JPEG to 2048 pixels, quality 85, in every way on one core, and the ratios.

run.py [PROGRAM] [--rounds N] [--picture FILE]      needs Pillow and numpy, and prep_bench of the release build
  (ninja -C build/release prep_bench). The picture is made on the first run and kept in the user's cache.
"""
import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "sensorium" / "bench"


def rows_of(command: list[str]) -> list[dict]:
    done = subprocess.run(["taskset", "-c", "0", *command], check=True, capture_output=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("program", nargs="?", default=str(HERE.parent.parent / "build/release/prep_bench"))
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--picture", type=Path, default=CACHE / "12mp.jpg")
    args = parser.parse_args()
    if not args.picture.exists():
        args.picture.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, HERE / "make_picture.py", args.picture], check=True)
    rows = rows_of([args.program, str(args.picture), str(args.rounds)])
    rows += rows_of([sys.executable, str(HERE / "prep_pillow.py"), str(args.picture), "--rounds", str(args.rounds)])
    ours = rows[0]
    print(f"{'way':16}{'CPU ms':>8}{'wall ms':>9}{'CPU / ours':>12}  result")
    for row in rows:
        print(f"{row['way']:16}{row['cpu_ms']:8.1f}{row['wall_ms']:9.1f}{row['cpu_ms'] / ours['cpu_ms']:12.2f}"
              f"  {row['size']}, {row['bytes']:,} bytes")


if __name__ == "__main__":
    main()
