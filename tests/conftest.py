"""Fixtures and options of all Python tests. The programs come from SENSORIUM_BINARY (default
build/dev/sensorium) and its folder."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from support import config, programs  # noqa: E402


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--cancels", type=int, default=300, help="random cancellations in the long run")
    parser.addoption("--update-golden", action="store_true", help="write tests/cli/golden anew")
    parser.addoption("--streams", type=int, default=200, help="streams held open at once")


def pytest_configure(config: pytest.Config) -> None:
    for path in (programs.binary(), programs.mock_binary()):
        if not path.exists():
            raise pytest.UsageError(f"{path} does not exist: build it, or name it with SENSORIUM_BINARY.")


@pytest.fixture(scope="session")
def mock():
    upstream = programs.Mock("-key", "test")
    yield upstream
    upstream.stop()


@pytest.fixture(scope="session")
def shared_service(mock, tmp_path_factory):
    home = tmp_path_factory.mktemp("service")
    with programs.Sensorium(home, config.standard(mock, home)) as service:
        yield service


@pytest.fixture
def service(mock, shared_service):
    """The service that all tests share; it must be alive after each of them."""
    mock.reset()
    yield shared_service
    assert shared_service.process.poll() is None, f"sensorium has ended:\n{shared_service.stderr()[-8000:]}"
    assert shared_service.alive()


@pytest.fixture
def start(mock, tmp_path):
    """start(server="max_body_mb = 1", more="...") starts a service of one's own; the test closes it."""
    mock.reset()

    def begin(*arguments: str, server: str = "", more: str = "", **environment: str) -> programs.Sensorium:
        text = config.standard(mock, tmp_path, more=more, server=server)
        return programs.Sensorium(tmp_path, text, *arguments, environment=environment)

    return begin


@pytest.fixture
def cli(mock, tmp_path):
    """cli("ask", ...) runs the program to its end with the usual configuration."""
    mock.reset()
    file = tmp_path / "sensorium.toml"
    file.write_text(config.standard(mock, tmp_path))
    file.chmod(0o600)

    def call(*arguments, **options) -> programs.Run:
        return programs.run(tmp_path, *arguments, **options)

    return call
