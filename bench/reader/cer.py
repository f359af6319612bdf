#!/usr/bin/env python3
"""Character error rate and seconds per page of the real sensorium-reader, on pages whose text is known.

    bench/reader/cer.py READER_PROGRAM PAGES_DIR [--threads N] [--show] [--check] [--only PART]

PAGES_DIR comes from tests/reader/make_pages.py. CER is the edit distance over the length of the true
text, spaces left out; for English also with spaces. --check exits 1 when a target is missed: CER 2 %
(English), 4 % (Chinese), 1 s for a page of 30 lines. Each page is read twice: the second, warm time counts.
"""
import argparse
import collections
import itertools
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TARGET = {"en": 0.02, "zh": 0.04}
TARGET_SECONDS = 1.0


class Reader:
    """A running worker and one connection per request to it."""

    def __init__(self, program, threads=1):
        self.folder = tempfile.TemporaryDirectory()
        self.path = self.folder.name + "/reader.sock"
        self.key = "bench-key"
        environment = {**os.environ, "SENSORIUM_CHILD_KEY": self.key, "OMP_WAIT_POLICY": "passive"}
        begin = time.monotonic()
        self.process = subprocess.Popen([program, "--socket", self.path, "--threads", str(threads)], env=environment)
        while time.monotonic() - begin < 60:
            if self.process.poll() is not None:
                raise RuntimeError(f"{program} ended with {self.process.returncode}")
            try:
                if self.call("GET", "/health")[0] == 200:
                    break
            except OSError:
                pass
            time.sleep(0.005)
        self.start_seconds = time.monotonic() - begin

    def call(self, method, path, body=b"", key=None):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(120)
            s.connect(self.path)
            head = f"{method} {path} HTTP/1.1\r\nAuthorization: Bearer {key or self.key}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
            s.sendall(head.encode() + body)
            answer = b""
            while piece := s.recv(1 << 16):
                answer += piece
        head, _, text = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), json.loads(text)

    def read(self, picture):
        status, reply = self.call("POST", "/read", picture)
        if status != 200:
            raise RuntimeError(f"{status}: {reply}")
        return reply

    def memory_mb(self, field="VmRSS"):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) / 1024
        return 0

    def cpu_seconds(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self):
        self.process.terminate()
        status = self.process.wait(10)
        self.folder.cleanup()
        return status


def distance(a, b):
    """Levenshtein."""
    previous = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            row.append(min(previous[j] + 1, row[-1] + 1, previous[j - 1] + (x != y)))
        previous = row
    return previous[-1]


# Full-width forms and typographic quotes are the same characters to a reader.
FOLD = str.maketrans("，。；：？！（）“”‘’、", ",.;:?!()\"\"'',")


def fold(text):
    return text.translate(FOLD)


def score(truth, lines):
    """Edits and length without spaces, then with."""
    true_text, text = fold(" ".join(truth)), fold(" ".join(lines))
    plain_true, plain = true_text.replace(" ", ""), text.replace(" ", "")
    return distance(plain_true, plain), len(plain_true), distance(true_text, text), len(true_text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("pages", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    reader = Reader(args.program, args.threads)
    idle = reader.memory_mb()
    sums = collections.defaultdict(lambda: [0, 0, 0, 0, 0, 0.0, 0.0])
    slowest = 0.0
    for path in sorted(args.pages.glob("*.json")):
        if args.only not in path.stem:
            continue
        known = json.loads(path.read_text())
        picture = path.with_suffix(".jpg").read_bytes()
        reader.read(picture)
        begin, cpu_begin = time.monotonic(), reader.cpu_seconds()
        reply = reader.read(picture)
        seconds, cpu = time.monotonic() - begin, reader.cpu_seconds() - cpu_begin
        lines = [line["text"] for line in reply["lines"]]
        edits = score(known["lines"], lines)
        total = sums[known["language"], known["kind"]]
        for i, value in enumerate(edits):
            total[i] += value
        total[4] += 1
        total[5] += seconds
        total[6] += cpu
        if known["kind"] == "long":
            slowest = max(slowest, seconds)
        if args.show:
            print(f"{path.stem}: {edits[0] / edits[1]:.4f} rotation {reply['rotation']} {reply['timings_ms']}")
            for a, b in itertools.zip_longest(known["lines"], lines, fillvalue=""):
                if fold(a) != fold(b):
                    print(f"   - {a}\n   + {b}")
    failed = []
    print("page             CER     with spaces  s/page  CPU s/page")
    for (language, kind), (edits, length, spaced, spaced_length, pages, seconds, cpu) in sums.items():
        cer = edits / length
        if cer > TARGET[language]:
            failed.append(f"{language} {kind}")
        with_spaces = f"{spaced / spaced_length:.4f}" if language == "en" else "     -"
        print(f"{language} {kind:12s}  {cer:.4f}  {with_spaces}       {seconds / pages:.2f}    {cpu / pages:.2f}")
    print(f"30 lines, slowest: {slowest:.2f} s; start to ready {reader.start_seconds:.2f} s; resident {idle:.0f} MB at start, "
          f"{reader.memory_mb():.0f} MB after, {reader.memory_mb('VmHWM'):.0f} MB at most")
    reader.close()
    if slowest > TARGET_SECONDS:
        failed.append("time")
    if args.check and failed:
        sys.exit("missed: " + ", ".join(failed))


if __name__ == "__main__":
    main()
