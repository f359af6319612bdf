"""The rig of ./dev bench http: starts the mock, the service and the Python baseline, makes the request
bodies, calls the load generator and reads what the machine did meanwhile. Standard library only."""
from __future__ import annotations

import base64
import fcntl
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support import pictures  # noqa: E402

CACHE = Path(os.environ.get("SENSORIUM_CACHE", Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "sensorium"))
TICK = os.sysconf("SC_CLK_TCK")

def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def wait_for(url: str, process: subprocess.Popen, log: Path, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            pass
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise SystemExit(f"bench: {process.args[0]} did not come up at {url}. It said:\n{log.read_text()[-2000:]}")


class Program:
    """A program in a process group of its own, ended with the run."""

    def __init__(self, *command: str | Path, environment: dict[str, str] | None = None, **options: Any):
        self.process = subprocess.Popen([str(c) for c in command], start_new_session=True, env={**os.environ, **(environment or {})}, **options)
        self.pid = self.process.pid

    def stop(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.pid, signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            self.process.wait()

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def cpu(self) -> float:
        return sum(cpu_of(pid) for pid in tree(self.pid))

    def rss_kib(self) -> int:
        return sum(int(line.split()[1]) for pid in tree(self.pid)
                   for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS:"))


def tree(root: int) -> list[int]:
    found = [root]
    for pid in found:
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            try:
                found += [int(x) for x in task.read_text().split()]
            except OSError:
                pass
    return found


def cpu_of(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICK


def cpu_of_machine() -> float:
    fields = [int(x) for x in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    return (sum(fields[:3]) + sum(fields[5:7])) / TICK


class Rig:
    """Everything that one run needs; use as a context manager."""

    def __init__(self, build: Path):
        self.build = build
        for name in ("mock_upstream", "loadgen", "sensorium"):
            if not (build / name).exists():
                raise SystemExit(f"bench: {build / name} is missing. ./dev build release makes it.")
        self.folder = tempfile.TemporaryDirectory(prefix="sensorium-bench-")
        self.work = Path(self.folder.name)
        self.records: list[dict[str, Any]] = []
        self.lock = open(Path(tempfile.gettempdir()) / "sensorium-bench.lock", "w")
        fcntl.flock(self.lock, fcntl.LOCK_EX)  # two timings at once are no timings

    def __enter__(self) -> Rig:
        self.mock = Program(self.build / "mock_upstream", "-with-parent", stdout=subprocess.PIPE, text=True)
        line = self.mock.process.stdout.readline()
        self.upstream = f"http://{line.split()[-1]}/v1"
        return self

    def __exit__(self, *_: object) -> None:
        self.mock.stop()
        self.folder.cleanup()

    # -- services ------------------------------------------------------------------------------------

    def sensorium(self) -> tuple[Program, str]:
        """A fresh service; its base URL."""
        port, home = free_port(), self.work / f"sensorium-{time.monotonic_ns()}"
        home.mkdir()
        (home / "sensorium.toml").write_text(
            f'[server]\nstate_dir = "{home}/state"\n\n[engines.mock]\ntype = "openai"\nbase_url = "{self.upstream}"\napi_key = "test"\n')
        (home / "sensorium.toml").chmod(0o600)
        with open(home / "log", "w") as log:
            program = Program(self.build / "sensorium", "serve", "--listen", f"127.0.0.1:{port}", "--config", home / "sensorium.toml",
                              environment={"HOME": str(home)}, cwd=home, stdout=log, stderr=log)
        wait_for(f"http://127.0.0.1:{port}/health", program.process, home / "log")
        return program, f"http://127.0.0.1:{port}"

    def python_shared(self) -> tuple[Program, str] | None:
        """The Python baseline with 4 workers; nothing when its packages cannot be had."""
        venv = CACHE / "bench-python"
        wanted = ROOT / "bench/python_service/requirements.txt"
        stamp = venv / "requirements.txt"
        if not stamp.exists() or stamp.read_text() != wanted.read_text():
            print(f"bench: installing the Python baseline into {venv}", file=sys.stderr)
            try:
                subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
                subprocess.run([str(venv / "bin/pip"), "install", "-q", "--disable-pip-version-check", "-r", str(wanted)], check=True)
            except subprocess.CalledProcessError as failed:
                print(f"bench: the Python baseline is left out: {failed}", file=sys.stderr)
                return None
            stamp.write_text(wanted.read_text())
        port = free_port()
        with open(self.work / "python.log", "w") as log:
            program = Program(venv / "bin/python", "-m", "uvicorn", "app:app", "--app-dir", ROOT / "bench/python_service", "--port", port, "--workers", 4,
                              "--no-access-log", "--log-level", "warning", environment={"BENCH_UPSTREAM": self.upstream}, stdout=log, stderr=log)
        wait_for(f"http://127.0.0.1:{port}/health", program.process, self.work / "python.log")
        time.sleep(2)  # the other workers
        return program, f"http://127.0.0.1:{port}"

    # -- requests ------------------------------------------------------------------------------------

    def body(self, form: str, size: int, options: str = "", stream: bool = False) -> Path:
        """A request with a picture of `size` bytes, for the upstream ("openai") or a service ("ours")."""
        name = f"{form}-{size}-{options.replace(';', '_')}-{stream}.json"
        path = self.work / name
        if path.exists():
            return path
        data, prompt = base64.b64encode(pictures.jpeg_of_size(size)).decode(), "What is in this picture?"
        model = "gpt-4o" + (";" + options if options else "")
        if form == "openai":
            parts = [{"type": "text", "text": prompt},
                     {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64," + data, "detail": "high"}}]
            value = {"model": model, "max_tokens": 1024, "messages": [{"role": "user", "content": parts}], "stream": stream}
        else:
            value = {"image_base64": data, "prompt": prompt, "detail": "high", "stream": stream,
                     "model": model if form == "python" else "mock/" + model}
            if form == "sensorium":
                value["cache"] = "off"
        path.write_text(json.dumps(value))
        return path

    def multipart(self, size: int, widest: int = 2048) -> Path:
        path = self.work / f"upload-{size}-{widest}"
        if not path.exists():
            mark = b"--bench\r\nContent-Disposition: form-data; name="
            path.write_bytes(mark + b'"model"\r\n\r\nmock/plain\r\n' + mark + b'"file"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
                             + pictures.jpeg_of_size(size, widest) + b"\r\n--bench--\r\n")
        return path

    def load(self, label: str, url: str, body: Path, *options: object, watch: Program | None = None) -> dict[str, Any]:
        """One run of the load generator; its record, with the CPU time of everybody meanwhile."""
        own = [p for p in (self.mock, watch) if p]
        command = [self.build / "loadgen", "--url", url, "--body", body, "--label", label, "--pid", (watch or self.mock).pid, *options]
        machine, programs, generator = cpu_of_machine(), sum(p.cpu() for p in own), children_cpu()
        done = subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True)
        record = json.loads(done.stdout)
        used = cpu_of_machine() - machine
        ours = sum(p.cpu() for p in own) - programs + children_cpu() - generator
        record["others_share"] = round(max(0.0, used - ours) / max(used, 0.01), 3)
        self.records.append(record)
        print(f"  {label}: {record['per_s']:,.0f}/s" + (f", {record['errors']} {record.get('first_error')}" if record["errors"] else ""), file=sys.stderr)
        return record


def children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
