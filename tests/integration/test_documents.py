"""Pages, drawings, frames and EXIF facts through the real program."""
import struct

import pytest

from support import config, pictures, programs

QUESTION = {"prompt": "What is on it?", "model": "mock/m"}


def pdf(pages: int, box: str = "0 0 300 200") -> bytes:
    """A PDF of empty pages, as small as it gets."""
    out, offsets = b"%PDF-1.4\n", []
    kids = " ".join(f"{3 + i} 0 R" for i in range(pages))
    bodies = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Count {pages} /Kids [{kids}] >>"]
    bodies += [f"<< /Type /Page /Parent 2 0 R /MediaBox [{box}] >>"] * pages
    for number, body in enumerate(bodies, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = len(out)
    out += f"xref\n0 {len(offsets) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{offset:010} 00000 n \n".encode() for offset in offsets)
    return out + f"trailer\n<< /Size {len(offsets) + 1} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n".encode()


def svg(body: str = "") -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="600" height="400">{body}</svg>'.encode()


def exif_jpeg() -> bytes:
    """The test picture with a camera, and a place, in its EXIF."""
    model, data = b"Testcam 9000\0", 8 + 2 + 2 * 12 + 4
    gps_at = data + len(model) + len(model) % 2
    entries = struct.pack("<HHII", 0x0110, 2, len(model), data) + struct.pack("<HHII", 0x8825, 4, 1, gps_at)
    block = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 2) + entries + struct.pack("<I", 0)
    block += model + b"\0" * (len(model) % 2)
    values_at = gps_at + 2 + 4 * 12 + 4
    gps = struct.pack("<H", 4)
    gps += struct.pack("<HHI4s", 1, 2, 2, b"N\0\0\0") + struct.pack("<HHII", 2, 5, 3, values_at)
    gps += struct.pack("<HHI4s", 3, 2, 2, b"E\0\0\0") + struct.pack("<HHII", 4, 5, 3, values_at + 24)
    gps += struct.pack("<I", 0) + struct.pack("<12I", 48, 1, 51, 1, 30, 1, 2, 1, 17, 1, 40, 1)
    body = b"Exif\0\0" + block + gps
    return pictures.JPEG[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + pictures.JPEG[2:]


@pytest.fixture(autouse=True)
def _fresh(mock):
    mock.reset()


def sent(mock):
    return mock.requests()[0]


def test_pages_of_a_pdf(service, mock):
    reply = service.ask({**QUESTION, "image_base64": pictures.b64(pdf(12)), "pages": "2-3,12"})
    assert reply.status == 200, reply.body
    assert len(reply.json()["pictures"]) == 3 and len(sent(mock)["pictures"]) == 3
    reply = service.ask({**QUESTION, "image_base64": pictures.b64(pdf(12))})
    assert len(reply.json()["pictures"]) == 10
    assert any("12 pages" in w for w in reply.json()["warnings"])
    reply = service.ask({**QUESTION, "image_base64": pictures.b64(pdf(2)), "pages": 3})
    assert reply.status == 400 and "there are 2" in reply.error()["message"]


@pytest.mark.parametrize("value", ["0", "x", "3-1", [1], True, ""])
def test_choices_that_are_none(service, value):
    reply = service.ask({**QUESTION, "image_base64": pictures.b64(pdf(2)), "pages": value})
    assert reply.status == 400 and reply.error()["param"] == "pages", reply.body


def test_a_drawing(service, mock):
    reply = service.ask({**QUESTION, "image_base64": pictures.b64(svg("<circle r='50'/>"))})
    assert reply.status == 200, reply.body
    assert (reply.json()["pictures"][0]["width"], reply.json()["pictures"][0]["height"]) == (600, 400)


def test_hostile_documents_are_errors_of_their_own(service):
    laughs = b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "ha">' + b"".join(
        f'<!ENTITY {chr(97 + i)} "{("&" + chr(96 + i) + ";") * 9}">'.encode() for i in range(1, 20))
    laughs += b']><svg xmlns="http://www.w3.org/2000/svg"><text>&t;</text></svg>'
    for document in (laughs, pdf(1)[:60], b"%PDF-1.7\n" + b"\0" * 10_000, svg() [:-10], pdf(1, "0 0 0 0")):
        reply = service.ask({**QUESTION, "image_base64": pictures.b64(document)})
        assert reply.status in (200, 413, 415, 422), reply.body
        if reply.status != 200:
            assert reply.error()["hint"]
    assert service.alive()


def test_frames(service, mock):
    reply = service.ask({**QUESTION, "image_base64": pictures.b64(pictures.GIF), "frames": 3})
    assert reply.status == 200 and len(reply.json()["pictures"]) == 1  # it has only one


def test_exif_is_told_only_on_request(service, mock):
    body = {**QUESTION, "image_base64": pictures.b64(exif_jpeg())}
    for choice, camera, place in (("off", False, False), ("basic", True, False), ("gps", True, True)):
        mock.reset()
        reply = service.ask({**body, "exif": choice, "cache": "off"})
        assert reply.status == 200, reply.body
        prompt = sent(mock)["text"]
        assert ("Testcam 9000" in prompt) == camera, prompt
        assert ("48.85833 N" in prompt) == place, prompt
    assert service.ask({**body, "exif": "all"}).error()["param"] == "exif"


def test_on_the_terminal(tmp_path, mock):
    (tmp_path / "sensorium.toml").write_text(config.standard(mock, tmp_path))
    (tmp_path / "sensorium.toml").chmod(0o600)
    (tmp_path / "doc.pdf").write_bytes(pdf(4))
    done = programs.run(tmp_path, "ask", "What?", "doc.pdf", "--pages", "1,4", "--json", "-m", "mock/m")
    assert done.status == 0, done.stderr
    (item,) = [line for line in done.lines() if line["type"] == "item"]
    assert len(item["output"]["pictures"]) == 2
    wrong = programs.run(tmp_path, "ask", "What?", "doc.pdf", "--pages", "9")
    assert wrong.status == 2 and "there are 4" in wrong.stderr, wrong.stderr
