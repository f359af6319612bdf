#!/usr/bin/env python3
"""Word error rate, CPU time and memory of `sensorium transcribe` beside faster-whisper (int8) and whisper-cli, with the
same Whisper base weights, on a recording of about N minutes made here: a real speech (jfk.wav) and passages that
espeak-ng reads. CPU seconds count, wall time does not where the machine is shared.

    bench/speech/run.py [--minutes 10] [--beam 5] [--faster-whisper PYTHON --ct2 FOLDER] [--whisper-cli PROGRAM] [--only NAME]

PYTHON is one that can import faster_whisper (pip install faster-whisper), FOLDER the same weights in its format.
"""
import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("SENSORIUM_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "sensorium"))
WEIGHTS = CACHE / "engines/speech-weights-1/ggml-base.bin"
JFK_TEXT = "And so my fellow Americans ask not what your country can do for you ask what you can do for your country"
PASSAGES = [
    "The library opens at half past eight in the morning and closes at six in the evening. Visitors may borrow up to ten books "
    "for four weeks. If a book is returned late, a small fee must be paid at the front desk.",
    "Water boils at a lower temperature on a high mountain, because the pressure of the air is smaller there. Cooking an egg "
    "therefore takes longer. Many travellers have learned this lesson the hard way.",
    "Our company was founded in the spring by three friends who wanted to repair old bicycles. Today they employ forty people "
    "and sell their work in twelve countries. The first workshop is still in use.",
    "Please remember to close the windows before you leave the building. The alarm is switched on at nine. Anyone who stays "
    "longer should tell the guard at the entrance and sign the list.",
    "The old harbour was rebuilt after the storm. New stone walls protect the boats, and a wide path leads along the water to "
    "the market, where fresh fish is sold every morning except on Sunday.",
]
VOICES = [("en-us", 140), ("en-gb", 150), ("en-us+f3", 145)]


def make(folder: Path, minutes: float) -> tuple[Path, str]:
    """The recording and the words in it."""
    parts, text, seconds, turn = [], [], 0.0, 0
    jfk = next(iter(sorted(CACHE.glob("engines/whisper-*/jfk.wav"))))
    while seconds < minutes * 60:
        if turn % 4 == 3:
            parts.append(jfk)
            text.append(JFK_TEXT)
            seconds += 12
        else:
            passage, (voice, speed) = PASSAGES[turn % len(PASSAGES)], VOICES[turn % len(VOICES)]
            path = folder / f"p{turn}.wav"
            subprocess.run(["espeak-ng", "-v", voice, "-s", str(speed), "-w", path, passage], check=True)
            parts.append(path)
            text.append(passage)
            seconds += path.stat().st_size / 44100 + 1
        turn += 1
    inputs = [x for part in parts for x in ("-i", part)]
    chain = "".join(f"[{i}]aresample=16000,apad=pad_dur=1[a{i}];" for i in range(len(parts)))
    chain += "".join(f"[a{i}]" for i in range(len(parts))) + f"concat=n={len(parts)}:v=0:a=1"
    out = folder / "speech.wav"
    subprocess.run(["ffmpeg", "-v", "error", "-y", *inputs, "-filter_complex", chain, "-ac", "1", out], check=True)
    return out, " ".join(text)


def words(text: str) -> list[str]:
    numbers = {"10": "ten", "8": "eight", "6": "six", "9": "nine", "3": "three", "4": "four", "12": "twelve", "40": "forty"}
    return [numbers.get(w, w) for w in re.sub(r"[^a-z0-9' ]", " ", " ".join(text.lower().split())).split()]


def errors(given: list[str], truth: list[str]) -> int:
    row = list(range(len(truth) + 1))
    for i, x in enumerate(given, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(truth, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]


FASTER = """
import sys
from faster_whisper import WhisperModel
model = WhisperModel(sys.argv[2], device="cpu", compute_type="int8", cpu_threads=2)
segments, _ = model.transcribe(sys.argv[1], beam_size=int(sys.argv[3]), language="en")
print(" ".join(s.text for s in segments))
"""


def measure(name: str, command: list, truth: str, seconds: float, environment: dict) -> dict:
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, env={**os.environ, **environment})
    wall, after = time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{name}: {done.stderr[-2000:]}")
    expected = words(truth)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"name": name, "wer_percent": round(100 * errors(words(done.stdout), expected) / len(expected), 2),
            "cpu_s": round(cpu, 1), "wall_s": round(wall, 1), "times_real_time_per_cpu": round(seconds / cpu, 1),
            "largest_child_mib": round(after.ru_maxrss / 1024)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--beam", type=int, default=5)
    parser.add_argument("--sensorium", type=Path, default=ROOT / "build/release/sensorium")
    parser.add_argument("--faster-whisper")
    parser.add_argument("--ct2")
    parser.add_argument("--whisper-cli")
    parser.add_argument("--only")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        recording, truth = make(Path(place), options.minutes)
        seconds = recording.stat().st_size / 32000
        calm = {"OMP_WAIT_POLICY": "passive"}
        runs = [("sensorium", [options.sensorium, "transcribe", recording, "--beam-size", options.beam, "--language", "en",
                               "--progress", "never", "--offline"])]
        if options.faster_whisper:
            runs.append(("faster-whisper int8", [options.faster_whisper, "-c", FASTER, recording, options.ct2, options.beam]))
        if options.whisper_cli:
            runs.append(("whisper-cli", [options.whisper_cli, "-m", WEIGHTS, "-f", recording, "-t", 2, "-bs", options.beam,
                                         "-l", "en", "-mc", 0, "-nt", "-np"]))
        for name, command in runs:
            if not options.only or options.only == name:
                print(json.dumps(measure(name, command, truth, seconds, calm)), flush=True)


if __name__ == "__main__":
    main()
