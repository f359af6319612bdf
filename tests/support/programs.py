"""The programs under test as objects: the scripted upstream and the real sensorium binary.

Both listen on port 0 and tell their port; both end with their fixture, and sensorium must end cleanly:
status 0 and no sanitizer report, whatever the test did to it.
"""
from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import signal
import subprocess
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any, Callable, Iterator

from .wire import Event, Reply, Wire

ROOT = Path(__file__).resolve().parents[2]
SANITIZER = re.compile(r"AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:|sensorium: bug:")


def binary() -> Path:
    return Path(os.environ.get("SENSORIUM_BINARY", ROOT / "build/dev/sensorium"))


def mock_binary() -> Path:
    return Path(os.environ.get("SENSORIUM_MOCK", binary().parent / "mock_upstream"))


@functools.cache
def sanitized() -> bool:
    """Whether the binary was built with AddressSanitizer, whose memory is not the program's."""
    return b"__asan_init" in binary().read_bytes()


def eventually(check: Callable[[], Any], seconds: float = 5.0, every: float = 0.005) -> Any:
    """Polls `check` until it is true; the last value either way."""
    end = time.monotonic() + seconds
    while not (value := check()) and time.monotonic() < end:
        time.sleep(every)
    return value


class _Lines(threading.Thread):
    """Collects the lines of a pipe, so that the program never blocks on it."""

    def __init__(self, pipe: Any):
        super().__init__(daemon=True)
        self.pipe, self.lines, self.news = pipe, [], threading.Condition()
        self.ended = False
        self.start()

    def run(self) -> None:
        for line in self.pipe:
            with self.news:
                self.lines.append(line)
                self.news.notify_all()
        with self.news:
            self.ended = True
            self.news.notify_all()

    def find(self, pattern: str, seconds: float) -> re.Match[str] | None:
        def search() -> re.Match[str] | None:
            return next((m for line in self.lines if (m := re.search(pattern, line))), None)

        with self.news:
            self.news.wait_for(lambda: search() or self.ended, seconds)
            return search()

    def text(self) -> str:
        with self.news:
            return "".join(self.lines)


class Mock:
    """mock_upstream; requests() tells what it was asked since reset()."""

    def __init__(self, *options: str):
        self.process = subprocess.Popen([mock_binary(), "-with-parent", "-keep", "20000", *options],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("mock_upstream listening on "):
            raise RuntimeError(f"mock_upstream did not start: {line}{self.process.stderr.read()}")
        host, port = line.split()[-1].rsplit(":", 1)
        self.address = (host, int(port))

    @property
    def base_url(self) -> str:
        return f"http://{self.address[0]}:{self.address[1]}/v1"

    def _get(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://{self.address[0]}:{self.address[1]}{path}", timeout=10) as reply:
            return json.load(reply)

    def stats(self, last: int | str = 0) -> dict[str, Any]:
        return self._get(f"/stats?last={last}")

    def reset(self) -> None:
        self._get("/stats/reset")

    def requests(self, last: int | str = "all") -> list[dict[str, Any]]:
        return self.stats(last)["last"]

    def asked(self, text: str) -> list[dict[str, Any]]:
        """Requests whose prompt is `text`."""
        return [r for r in self.requests() if r.get("text") == text]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()
        self.process.stderr.close()


def clean_environment(home: Path, **more: str) -> dict[str, str]:
    """An environment without keys, proxies or colours, with all folders under `home`."""
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "TMPDIR")}
    folders = {"HOME": home, "XDG_CONFIG_HOME": home / "config", "XDG_STATE_HOME": home / "state",
               "XDG_DATA_HOME": home / "data", "XDG_CACHE_HOME": home / "cache"}
    sanitizers = {"ASAN_OPTIONS": "detect_leaks=1:halt_on_error=1:abort_on_error=0:exitcode=99",
                  "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
                  "LSAN_OPTIONS": f"suppressions={ROOT / 'tests/support/leaks.txt'}:print_suppressions=0"}
    return {**kept, **{k: str(v) for k, v in folders.items()}, **sanitizers, **more}


def assert_no_report(stderr: str) -> None:
    assert not SANITIZER.search(stderr), f"sanitizer or bug report:\n{stderr[-8000:]}"


class Sensorium:
    """`sensorium serve` on a free port. Use as a context manager; leaving it ends the program with
    SIGTERM and checks that it ended well."""

    def __init__(self, home: Path, config: str, *arguments: str, environment: dict[str, str] | None = None):
        home.mkdir(parents=True, exist_ok=True)
        self._told = False
        self.config = home / "sensorium.toml"
        self.config.write_text(config)
        self.config.chmod(0o600)
        self.process = subprocess.Popen(
            [binary(), "serve", "--listen", "127.0.0.1:0", "--config", self.config, *arguments], cwd=home, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=clean_environment(home, **(environment or {})), errors="replace")
        self._out, self._err = _Lines(self.process.stdout), _Lines(self.process.stderr)
        listening = self._find_address(30)
        if not listening:
            self.process.kill()
            raise RuntimeError(f"sensorium serve did not tell its address:\n{self._out.text()}{self._err.text()}")
        self.address = (listening[1], int(listening[2]))

    def _find_address(self, seconds: float) -> re.Match[str] | None:
        pattern, end = r"http://(127\.0\.0\.1):(\d+)", time.monotonic() + seconds
        while time.monotonic() < end:
            for lines in (self._out, self._err):
                if found := lines.find(pattern, 0.05):
                    return found
            if self.process.poll() is not None:
                return None
        return None

    def __enter__(self) -> Sensorium:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        status = self.stop()
        if kind is None:
            assert status == 0, f"sensorium ended with {status}:\n{self.stderr()[-8000:]}"
        assert_no_report(self.stderr())

    def stderr(self) -> str:
        return self._err.text()

    def signal(self, number: signal.Signals) -> None:
        self._told = True
        self.process.send_signal(number)

    def wait(self, seconds: float) -> int:
        status = self.process.wait(seconds)
        self._out.join(5)
        self._err.join(5)
        return status

    def stop(self, seconds: float = 40) -> int:
        if self.process.poll() is None and not self._told:
            self.signal(signal.SIGTERM)  # a second one would mean: at once
        try:
            return self.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
            raise AssertionError(f"sensorium did not end within {seconds} s of SIGTERM:\n{self.stderr()[-4000:]}")

    def wire(self, timeout: float = 30.0) -> Wire:
        return Wire(self.address, timeout)

    def call(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Reply:
        with self.wire() as wire:
            wire.request(method, path, body, headers)
            return wire.read_reply(head_only=method == "HEAD")

    def get(self, path: str, headers: dict[str, str] | None = None) -> Reply:
        return self.call("GET", path, headers=headers)

    def post(self, path: str, value: Any, headers: dict[str, str] | None = None) -> Reply:
        with self.wire() as wire:
            wire.post_json(path, value, headers)
            return wire.read_reply()

    def ask(self, body: dict[str, Any], headers: dict[str, str] | None = None) -> Reply:
        return self.post("/v1/analyze/image", body, headers)

    @contextlib.contextmanager
    def stream(self, body: dict[str, Any], timeout: float = 30.0) -> Iterator[Stream]:
        with self.wire(timeout) as wire:
            wire.post_json("/v1/analyze/image", {**body, "stream": True})
            yield Stream(wire)

    def alive(self) -> bool:
        return self.get("/health").json()["status"] == "healthy"

    def memory_kib(self) -> int:
        return memory_kib(self.process.pid)


class Stream:
    """A streamed reply: its head is read, its events come one by one or all at once."""

    def __init__(self, wire: Wire):
        self.wire = wire
        self.status, self.headers = wire.read_head()
        self.events: list[Event] = []
        self._rest = wire.read_events(self.headers)

    def __iter__(self) -> Iterator[Event]:
        """The events not yet read."""
        for event in self._rest:
            self.events.append(event)
            yield event

    def read_all(self) -> Stream:
        for _ in self:
            pass
        return self

    def named(self, name: str) -> list[Event]:
        return [e for e in self.events if e.name == name and e.comment is None]

    def text(self) -> str:
        return "".join(e.json()["content"] for e in self.named("message") if e.data != "[DONE]")

    def result(self) -> dict[str, Any]:
        (event,) = self.named("result")
        return event.json()

    def error(self) -> dict[str, Any]:
        """The error object, wherever it came: as a plain reply or as an event."""
        if self.status != 200:
            reply = Reply(self.status, self.headers, b"".join(self.wire._pieces(self.headers)))
            return reply.error()
        self.read_all()
        (event,) = self.named("error")
        return event.json()["error"]


def memory_kib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


class Run:
    """One finished run of the command line."""

    def __init__(self, status: int, stdout: str, stderr: str):
        self.status, self.stdout, self.stderr = status, stdout, stderr

    def lines(self) -> list[dict[str, Any]]:
        """stdout as JSON Lines."""
        return [json.loads(line) for line in self.stdout.splitlines()]


def run(home: Path, *arguments: str | Path, stdin: bytes = b"", environment: dict[str, str] | None = None,
        seconds: float = 60) -> Run:
    """Runs `sensorium ARGUMENTS` to its end in the folder `home`."""
    done = subprocess.run([binary(), *arguments], input=stdin, capture_output=True, timeout=seconds, cwd=home,
                          env=clean_environment(home, **(environment or {})))
    result = Run(done.returncode, done.stdout.decode(), done.stderr.decode(errors="replace"))
    assert_no_report(result.stderr)
    return result
