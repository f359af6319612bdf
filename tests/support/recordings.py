"""Where the speech weights and the recording that comes with them are, and ffmpeg for tests."""
import os
import subprocess
from pathlib import Path

CACHE = Path(os.environ.get("SENSORIUM_CACHE") or
             Path(os.environ.get("XDG_CACHE_HOME") or Path(os.environ.get("HOME", "/root"), ".cache"), "sensorium"))
WEIGHTS = CACHE / "engines/speech-weights-1/ggml-base.bin"
JFK = next(iter(sorted(CACHE.glob("engines/whisper-*/jfk.wav"))), Path("/nonexistent"))


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, arguments)], check=True)
