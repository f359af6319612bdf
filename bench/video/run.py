#!/usr/bin/env python3
"""`sensorium timeline --no-model` beside the usual Python pipeline on films with known cuts (make_clips.sh).

run.py [CASE...]   all cases by default:
  python1 exact1 exact02 snap1 keyframes content adaptive pycontent pyadaptive   on scenes300_a
  hour_keyframes hour_exact02 hour_exact1 hour_ffmpeg                            on film3600
  short_keyframes                                                                on film600, for memory
Prints one JSON line a case. CPU seconds are user + system of the whole program; wall time is only worth what the
machine was otherwise idle (`load`). A scene counts as found when a kept frame lies in it.
SENSORIUM_BINARY names the program (default build/release/sensorium), BENCH_PYTHON the interpreter with
requirements.txt of this folder.
"""
import bisect
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MEDIA = Path(os.environ.get("SENSORIUM_BENCH_MEDIA", Path.home() / ".cache/sensorium-bench"))
BINARY = os.environ.get("SENSORIUM_BINARY", str(ROOT / "build/release/sensorium"))
PYTHON = os.environ.get("BENCH_PYTHON", "python3")

OURS = {
    "exact1": ("scenes300_a", "--fps 1"), "exact02": ("scenes300_a", "--fps 0.2"),
    "snap1": ("scenes300_a", "--fps 1 --sampling snap"), "keyframes": ("scenes300_a", "--sampling keyframes"),
    "content": ("scenes300_a", "--scenes content"), "adaptive": ("scenes300_a", "--scenes adaptive"),
    "hour_keyframes": ("film3600", "--sampling keyframes"), "hour_exact02": ("film3600", "--fps 0.2"),
    "hour_exact1": ("film3600", "--fps 1"), "short_keyframes": ("film600", "--sampling keyframes"),
}
THEIRS = {"python1": ("scenes300_a", "extract"), "pycontent": ("scenes300_a", "content"), "pyadaptive": ("scenes300_a", "adaptive")}


def measured(command):
    """Output, wall and CPU seconds and peak memory of one run."""
    begin = time.perf_counter()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdout=out)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        if status:
            raise SystemExit(f"{command} failed: {status}")
        out.seek(0)
        text = out.read().decode()
    return text, {"wall_s": round(wall, 2), "cpu_s": round(used.ru_utime + used.ru_stime, 2),
                  "peak_rss_mib": round(used.ru_maxrss / 1024, 1), "load": round(os.getloadavg()[0], 1)}


def cover(times, truth):
    scenes = [0.0] + truth
    hit = [bisect.bisect_right(scenes, t + 1e-3) - 1 for t in times]
    return {"scenes": len(scenes), "found": len(set(hit)), "surplus": len(hit) - len(set(hit))}


def score(cuts, truth, tolerance=1 / 30 + 1e-3):
    left, good = list(truth), 0
    for cut in cuts:
        near = [t for t in left if abs(t - cut) <= tolerance]
        if near:
            left.remove(near[0])
            good += 1
    return {"precision": round(good / max(1, len(cuts)), 3), "recall": round(good / max(1, len(truth)), 3)}


def ours(case):
    film, flags = OURS[case]
    truth = json.loads((MEDIA / f"{film}.json").read_text())["cuts"]
    text, numbers = measured([BINARY, "timeline", str(MEDIA / f"{film}.mp4"), "--no-model", "-f", "json", "-q", *flags.split()])
    timeline = json.loads(text)
    kept = [f["time"] for f in timeline["frames"] if f["decision"] == "sent"]
    starts = [s["start"] for s in timeline["scenes"]][1:]
    more = {"sampled": timeline["sampling"]["sampled"], "decoded": timeline["sampling"]["decoded"], "kept": len(kept),
            "duplicates": timeline["sampling"]["duplicates"], "read_s": round(timeline["timings_ms"]["read"] / 1000, 2)}
    if film.startswith("scenes"):
        marked = [f["time"] for f in timeline["frames"] if f["scene_changed"]]
        more |= cover(marked, truth)
    if case in ("content", "adaptive"):
        more |= score(starts, truth)
    return numbers | more


def theirs(case):
    film, what = THEIRS[case]
    truth = json.loads((MEDIA / f"{film}.json").read_text())["cuts"]
    text, numbers = measured([PYTHON, str(Path(__file__).with_name("baseline.py")), str(MEDIA / f"{film}.mp4"), what])
    found = json.loads(text)
    if what == "extract":
        return numbers | {"sampled": len(found["sampled"]), "kept": len(found["kept"])} | cover(found["kept"], truth)
    return numbers | score(found["cuts"], truth)


def main():
    for case in sys.argv[1:] or [*THEIRS, *OURS]:
        if case == "hour_ffmpeg":
            with tempfile.TemporaryDirectory() as folder:
                _, line = measured(["ffmpeg", "-nostdin", "-loglevel", "error", "-i", str(MEDIA / "film3600.mp4"), "-an",
                                    "-vf", "fps=1", "-q:v", "3", f"{folder}/%06d.jpg"])
        else:
            line = ours(case) if case in OURS else theirs(case)
        print(json.dumps({"case": case, **line}), flush=True)


main()
