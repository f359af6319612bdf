#!/usr/bin/env python3
"""A scan of 4000 x 6000 pixels with 200 known lines through `sensorium ask --tile -m reader`, English and Chinese.

    bench/reader/tiles.py SENSORIUM_PROGRAM [--check]

Prints the character error rate (spaces left out), tiles and seconds; --check exits 1 above 2 % (English) or 4 % (Chinese).
"""
import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests/reader"))
import numpy  # noqa: E402
from PIL import Image, ImageDraw  # noqa: E402

import cer  # noqa: E402
import make_pages  # noqa: E402

WIDTH, HEIGHT, MARGIN, GAP, LINES = 4000, 6000, 200, 160, 200


def distance(a, b):
    """Levenshtein, a row at a time."""
    a, b = (numpy.frombuffer(t.encode("utf-32-le"), numpy.uint32) for t in (a, b))
    steps = numpy.arange(len(b) + 1, dtype=numpy.int32)
    previous = steps.copy()
    for i, x in enumerate(a, 1):
        row = numpy.empty_like(previous)
        row[0] = i
        row[1:] = numpy.minimum(previous[1:] + 1, previous[:-1] + (b != x))
        previous = numpy.minimum.accumulate(row - steps) + steps
    return int(previous[-1])


def scan(language, columns, size, seed=1):
    """The page and its lines in reading order."""
    rng, face = random.Random(f"{language}{seed}"), make_pages.font(language, 0, size)
    image = Image.new("RGB", (WIDTH, HEIGHT), (250, 249, 245))
    draw = ImageDraw.Draw(image)
    width = (WIDTH - 2 * MARGIN - GAP * (columns - 1)) // columns
    rows = LINES // columns
    sentences = make_pages.ENGLISH if language == "en" else make_pages.CHINESE
    lines = []
    while len(lines) < LINES:
        for sentence in rng.sample(sentences, len(sentences)):
            lines += make_pages.wrap(draw, sentence, face, width, language)
    lines = lines[:LINES]
    for number, line in enumerate(lines):
        column, row = divmod(number, rows)
        draw.text((MARGIN + column * (width + GAP), MARGIN + row * (HEIGHT - 2 * MARGIN) / rows), line, font=face, fill=(35, 35, 40))
    return make_pages.light_and_noise(image, seed, 0.08), lines


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        for language, columns, size in (("en", 1, 20), ("zh", 1, 20), ("en", 2, 36), ("zh", 2, 36)):
            image, truth = scan(language, columns, size)
            path = f"{folder}/scan.jpg"
            image.save(path, quality=85)
            begin = time.monotonic()
            run = subprocess.run([args.program, "ask", "Read all text", path, "-m", "reader", "--tile", "--format", "json", "--timeout", "300s"],
                                 capture_output=True, text=True)
            if run.returncode:
                sys.exit(run.stderr)
            answer = json.loads(run.stdout)
            # Without the head line and the closing remark.
            lines = [line for line in answer["result"].split("\n") if line][1:-1]
            true_text, text = (cer.fold(" ".join(part)).replace(" ", "") for part in (truth, lines))
            rate = distance(true_text, text) / len(true_text)
            print(f"{language}, {columns} column{'s' * (columns > 1)}, {size} px: CER {rate:.4f}, {len(answer['pictures'])} tiles, {time.monotonic() - begin:.1f} s", flush=True)
            if rate > cer.TARGET[language]:
                missed.append(f"{language} {columns}")
    if args.check and missed:
        sys.exit("missed: " + ", ".join(missed))


if __name__ == "__main__":
    main()
