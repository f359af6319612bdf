"""Files and small helpers for the tests of the terminal."""
import pytest

from support import pictures


@pytest.fixture
def jpeg(tmp_path):
    path = tmp_path / "scene.jpg"
    path.write_bytes(pictures.JPEG)
    return path


@pytest.fixture
def config(tmp_path):
    """The arguments that name the test's configuration, for `cli`."""
    return ("--config", tmp_path / "sensorium.toml")
