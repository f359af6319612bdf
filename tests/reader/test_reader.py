"""sensorium-reader as a process: what it reads, what it measures, and what it answers to bad input."""
import io
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent / "bench/reader")]

numpy = pytest.importorskip("numpy", reason="needs python3-numpy")
PIL = pytest.importorskip("PIL", reason="needs python3-pil")
from PIL import Image, ImageDraw  # noqa: E402

import cer  # noqa: E402
import make_pages  # noqa: E402

PROGRAM = os.environ.get("SENSORIUM_READER", str(HERE.parent.parent / "build/dev/sensorium-reader"))
# Six lines a page: one wrong character is 0.3 %, so one page may not tell 2 % from 2.3 %.
TARGET = {"en": 0.02, "zh": 0.04}

if not Path(PROGRAM).exists():
    pytest.skip("sensorium-reader was not built (OpenVINO is missing: tools/fetch/openvino.sh)", allow_module_level=True)


@pytest.fixture(scope="session")
def running():
    reader = cer.Reader(PROGRAM)
    yield reader
    assert reader.close() == 0, "the reader must end cleanly on SIGTERM"


@pytest.fixture
def reader(running):
    yield running
    assert running.process.poll() is None, "the reader has ended"


def encoded(image, kind="PNG", **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def refused(reader, body):
    status, reply = reader.call("POST", "/read", body)
    assert reply["error"]["message"] and status >= 400
    return status, reply["error"]["code"]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", ["clean", "photo", "small", "turned90", "turned180", "columns"])
def test_pages(reader, tmp_path, language, kind):
    picture = make_pages.make(tmp_path, language, kind, 0, lines=6)
    truth = json.loads(picture.with_suffix(".json").read_text())["lines"]
    reply = reader.read(picture.read_bytes())
    edits, length, _, _ = cer.score(truth, [line["text"] for line in reply["lines"]])
    assert edits / length <= TARGET[language], "\n".join(line["text"] for line in reply["lines"])
    assert reply["rotation"] == {"turned90": 90, "turned180": 180}.get(kind, 0)
    for line in reply["lines"]:
        for x, y in line["box"]:
            assert 0 <= x <= reply["width"] and 0 <= y <= reply["height"]


def test_boxes_are_where_the_text_is(reader, tmp_path):
    image = Image.new("RGB", (900, 500), "white")
    face = make_pages.font("en", 0, 32)
    ImageDraw.Draw(image).text((500, 400), "Invoice 2047", font=face, fill="black")
    (line,) = reader.read(encoded(image))["lines"]
    assert line["text"] == "Invoice 2047"
    left, top, right, bottom = ImageDraw.Draw(image).textbbox((500, 400), "Invoice 2047", font=face)
    xs, ys = [p[0] for p in line["box"]], [p[1] for p in line["box"]]
    assert abs(min(xs) - left) < 12 and abs(max(xs) - right) < 12
    assert abs(min(ys) - top) < 12 and abs(max(ys) - bottom) < 12


def test_light_text_on_dark_ground(reader):
    image = Image.new("RGB", (700, 120), (20, 30, 60))
    ImageDraw.Draw(image).text((30, 40), "Gate B closes at 18:45", font=make_pages.font("en", 0, 30), fill="white")
    assert [line["text"] for line in reader.read(encoded(image))["lines"]] == ["Gate B closes at 18:45"]


def test_exif_orientation_is_undone_before_anything_else(reader, tmp_path):
    picture = Image.open(make_pages.make(tmp_path, "en", "clean", 0, lines=4))
    truth = json.loads((tmp_path / "en-clean-0.json").read_text())["lines"]
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F], exif[0x0110], exif[0x0132] = "Maker", "Model 7", "2024:03:14 09:26:53"
    stored = encoded(picture.rotate(90, expand=True), "JPEG", exif=exif, quality=90)
    reply = reader.read(stored)
    assert (reply["width"], reply["height"]) == picture.size and reply["rotation"] == 0
    edits, length, _, _ = cer.score(truth, [line["text"] for line in reply["lines"]])
    assert edits / length <= 0.02
    assert reply["facts"]["exif"] == {"camera": "Maker Model 7", "date": "2024:03:14 09:26:53", "orientation": 6, "gps": False}


@pytest.mark.parametrize("make", [
    lambda: Image.new("RGB", (640, 480), "white"),
    lambda: Image.new("RGB", (640, 480), "black"),
    lambda: Image.linear_gradient("L").resize((640, 480)),
    lambda: Image.fromarray(numpy.random.default_rng(1).integers(0, 255, (480, 640, 3), numpy.uint8)),
    lambda: Image.new("RGB", (1, 1), "red"),
    lambda: Image.new("RGB", (1, 20000), "red"),
    lambda: Image.new("RGBA", (64, 64), (0, 0, 0, 0)),
    lambda: Image.new("I;16", (64, 64)),
], ids=["white", "black", "gradient", "noise", "dot", "strip", "clear", "sixteen-bit"])
def test_nothing_is_read_where_nothing_is_written(reader, make):
    reply = reader.read(encoded(make()))
    assert reply["lines"] == [] and reply["codes"] == []


def test_measured_facts(reader):
    image = Image.new("RGB", (300, 200), (220, 20, 20))
    image.paste((250, 250, 250), (0, 0, 300, 50))
    facts = reader.read(encoded(image))["facts"]
    assert facts["format"] == "png" and facts["frames"] == 1 and facts["alpha"] is False
    assert [(c["name"], round(c["share"], 2)) for c in facts["colours"]] == [("red", 0.75), ("white", 0.25)]
    assert abs(facts["brightness"] - (0.75 * (0.299 * 220 + 0.701 * 20) + 0.25 * 250)) < 1
    assert len(facts["phash"]) == 16


def png_header(width, height):
    ihdr = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + ihdr
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


def test_bad_pictures_are_refused_with_a_code(reader):
    whole = encoded(Image.effect_noise((400, 300), 60), "JPEG")
    assert refused(reader, b"")[1] in ("unsupported_media", "corrupt_media")
    assert refused(reader, b"hello, this is no picture")[1] == "unsupported_media"
    assert refused(reader, whole[: len(whole) // 2])[1] == "corrupt_media"
    assert refused(reader, whole[:30])[1] == "corrupt_media"
    assert refused(reader, png_header(40000, 40000)) == (413, "too_large")
    assert refused(reader, b"<svg xmlns='http://www.w3.org/2000/svg'><rect width='5' height='5'/></svg>")[1] == "unsupported_media"
    assert reader.memory_mb("VmHWM") < 2000


def test_bad_requests(reader):
    assert reader.call("POST", "/read", b"x", key="wrong")[0] == 401
    assert reader.call("GET", "/read")[0] == 405
    assert reader.call("POST", "/elsewhere", b"x")[0] == 404
    assert reader.call("GET", "/health", key="wrong")[0] == 200


def test_a_caller_who_hangs_up_does_not_hold_the_reader(reader, tmp_path):
    page = make_pages.make(tmp_path, "en", "long", 0).read_bytes()
    for _ in range(3):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(reader.path)
            s.sendall(f"POST /read HTTP/1.1\r\nAuthorization: Bearer {reader.key}\r\nContent-Length: {len(page)}\r\n\r\n".encode() + page)
    begin = time.monotonic()
    assert reader.call("GET", "/health")[0] == 200
    assert time.monotonic() - begin < 5
    assert reader.read(encoded(Image.new("RGB", (64, 64), "white")))["lines"] == []


def test_it_dies_with_its_parent(tmp_path):
    path = tmp_path / "r.sock"
    parent = subprocess.Popen(
        [sys.executable, "-c", "import subprocess, sys, time\np = subprocess.Popen(sys.argv[1:])\nprint(p.pid, flush=True)\ntime.sleep(600)",
         PROGRAM, "--socket", str(path)], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    # Only once it serves has it surely asked the kernel for this.
    deadline = time.monotonic() + 60
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    while Path(f"/proc/{child}").exists() and time.monotonic() < deadline:
        if "\nState:\tZ" in Path(f"/proc/{child}/status").read_text():
            break
        time.sleep(0.01)
    assert time.monotonic() < deadline


def test_usage_errors_name_the_way_out():
    done = subprocess.run([PROGRAM, "--port", "80"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "Usage" in done.stderr
    done = subprocess.run([PROGRAM, "--picture", "x.jpg", "--weights", "/nonexistent"], capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and done.stderr.startswith("sensorium-reader: ")
