"""Recordings made at test time, and where the real weights are."""
import subprocess

import pytest

from support import config, programs
from support.recordings import CACHE, JFK, WEIGHTS, ffmpeg

def pytest_collection_modifyitems(items):
    worker = programs.binary().parent / "sensorium-speech"
    for path, what in ((WEIGHTS, "tools/fetch/speech_weights.sh"), (worker, "libwhisper (tools/fetch/whisper.sh)"),
                       (JFK, "tools/fetch/whisper.sh")):
        if not path.exists():
            for item in items:
                item.add_marker(pytest.mark.skip(reason=f"needs {what}"))


@pytest.fixture(scope="session")
def sounds(tmp_path_factory):
    """sounds(name, *ffmpeg arguments behind the inputs) makes a recording once."""
    folder = tmp_path_factory.mktemp("sounds")

    def make(name, *arguments):
        path = folder / name
        if not path.exists():
            ffmpeg(*arguments, path)
        return path

    return make


@pytest.fixture(scope="session")
def say(tmp_path_factory):
    """say(text, voice) is a WAV file in which espeak-ng says it."""
    folder = tmp_path_factory.mktemp("spoken")

    def make(text, voice="en", speed=150):
        path = folder / f"{voice}-{abs(hash(text))}.wav"
        if not path.exists():
            subprocess.run(["espeak-ng", "-v", voice, "-s", str(speed), "-w", path, text], check=True)
        return path

    return make


@pytest.fixture
def hear(tmp_path):
    """hear("transcribe", ...) with the real weights."""

    def call(*arguments, **options):
        environment = {"SENSORIUM_CACHE": str(CACHE), **options.pop("environment", {})}
        return programs.run(tmp_path, *arguments, environment=environment, seconds=300, **options)

    return call


@pytest.fixture
def translating(mock, tmp_path, hear):
    """The same with a chat engine that answers as the mock is told."""
    file = tmp_path / "sensorium.toml"
    file.write_text(config.standard(mock, tmp_path))
    file.chmod(0o600)
    return hear


@pytest.fixture(scope="session")
def speech_service(mock, tmp_path_factory):
    home = tmp_path_factory.mktemp("speech")
    with programs.Sensorium(home, config.standard(mock, home), environment={"SENSORIUM_CACHE": str(CACHE)}) as service:
        yield service
