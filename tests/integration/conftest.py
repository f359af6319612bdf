"""Two slow checks run beside all other tests instead of after them: a silent stream that must be kept
alive by pings, and a client that sends a byte a second and must be cut off."""
import threading
import time

import pytest

from support import config, pictures, programs


class Beside(threading.Thread):
    """Runs `work` in a thread; join_and_tell() waits for its result and raises what it raised."""

    def __init__(self, work):
        super().__init__(daemon=True)
        self.work, self.value, self.error = work, None, None
        self.start()

    def run(self):
        try:
            self.value = self.work()
        except Exception as error:  # told by join_and_tell
            self.error = error

    def join_and_tell(self, seconds):
        self.join(seconds)
        assert not self.is_alive(), f"not done after {seconds} s"
        if self.error:
            raise self.error
        return self.value


@pytest.fixture(scope="session")
def background_service(tmp_path_factory):
    """With an upstream of its own: its calls are open while other tests count theirs."""
    home, upstream = tmp_path_factory.mktemp("background"), programs.Mock("-key", "test")
    with programs.Sensorium(home, config.standard(upstream, home)) as service:
        yield service
    upstream.stop()


def is_needed(session, fixture):
    return any(fixture in item.fixturenames for item in session.items)


@pytest.fixture(scope="session", autouse=True)
def _begin_early(request):
    for name in ("silent_stream", "slow_client"):
        if is_needed(request.session, name):
            request.getfixturevalue(name)


@pytest.fixture(scope="session")
def silent_stream(background_service):
    """Comments of a stream whose engine says nothing for 17 s, with the time since its begin."""

    def watch():
        body = {"image_base64": pictures.b64(pictures.JPEG), "prompt": "silence", "model": "mock/m;ttft=17s;chunks=2", "cache": "off"}
        begin = time.monotonic()
        with background_service.stream(body, timeout=40) as stream:
            stream.read_all()
        return stream, [(e.comment, e.at - begin) for e in stream.events if e.comment is not None]

    return Beside(watch)


@pytest.fixture(scope="session")
def slow_client(background_service):
    """True when a client that sends a byte of its head each second was cut off."""

    def drip():
        with background_service.wire() as wire:
            for byte in b"GET /health HTTP/1.1\r\nHost: " + b"x" * 600:
                try:
                    wire.send(bytes([byte]))
                except OSError:
                    return True
                if wire.closed_within(1.0):
                    return True
        return False

    return Beside(drip)
