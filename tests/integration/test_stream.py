"""Streams of /v1/analyze/image: their form, and what becomes of them when the engine misbehaves."""
import pytest

from support import pictures, programs

QUESTION = {"image_base64": pictures.b64(pictures.JPEG), "prompt": "What is this?", "cache": "off"}


def stream_of(service, model):
    return service.stream({**QUESTION, "model": model})


def test_stream_has_the_documented_form(service):
    with stream_of(service, "mock/gpt-4o;chunks=5;seq") as stream:
        assert stream.status == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        name = stream.headers["sensorium-stream-id"]
        assert stream.headers["x-request-id"]
        stream.read_all()
    data = [e for e in stream.events if e.comment is None]
    numbers = [int(e.id.removeprefix(name + ":")) for e in data if e.data != "[DONE]"]
    assert numbers == sorted(set(numbers)), "every event has its own rising number"
    assert data[-1].data == "[DONE]" and data[-1].name == "message"
    assert data[-2].name == "result", "the whole result is the last thing before the end mark"
    assert stream.text().count("#") == 5
    result = stream.result()
    assert result["schema"] == "sensorium.answer/1" and result["result"] == stream.text()
    assert result["usage"]["source"] == "provider", "usage is asked for in streams too"


def test_text_arrives_while_it_is_generated(service):
    with stream_of(service, "mock/gpt-4o;chunks=4;gap=150") as stream:
        times = [e.at for e in stream if e.name == "message" and e.data != "[DONE]"]
    assert len(times) == 4
    assert all(later - earlier > 0.05 for earlier, later in zip(times, times[1:])), "chunks were held back"


def test_result_of_a_stream_equals_the_plain_answer(service):
    model = "mock/gpt-4o;reply=Ein rotes Kästchen 红色 und ein Kreis.;chunks=7"
    with stream_of(service, model) as stream:
        stream.read_all()
    plain = service.ask({**QUESTION, "model": model}).json()
    streamed = stream.result()
    assert streamed["result"] == plain["result"] == "Ein rotes Kästchen 红色 und ein Kreis."
    assert set(streamed) == set(plain)
    assert streamed["pictures"] == plain["pictures"]


@pytest.mark.parametrize("options", ["crlf", "comments", "split=3", "split=1;crlf;comments", "nousage", "nodone", "nofinish"])
def test_odd_but_complete_streams_are_read(service, options):
    """A stream without [DONE] is complete if it had a finish_reason, and the reverse."""
    with stream_of(service, f"mock/gpt-4o;chunks=6;seq;{options}") as stream:
        stream.read_all()
    assert stream.named("error") == []
    assert [f"#{n} " in stream.text() for n in range(6)] == [True] * 6
    assert stream.result()["usage"]["source"] == ("estimate" if options == "nousage" else "provider")


@pytest.mark.parametrize("options, lost, word", [("badchunk", 1, "One"), ("garble", 3, "3")])
def test_lines_that_are_not_json_are_skipped_and_told(service, options, lost, word):
    with stream_of(service, f"mock/gpt-4o;chunks=6;seq;{options}") as stream:
        stream.read_all()
    result = stream.result()
    assert stream.text().count("#") == 6 - lost
    assert any(word in warning and "JSON" in warning for warning in result["warnings"]), result["warnings"]


@pytest.mark.parametrize("options, code", [
    ("cut=3", "upstream_broken_stream"),
    ("badframe", "upstream_protocol"),
    ("nodone;nofinish", "upstream_broken_stream"),
    ("streamerror=2", "upstream_unavailable"),
])
def test_broken_stream_ends_with_an_error_event(service, options, code):
    with stream_of(service, f"mock/gpt-4o;chunks=6;seq;gap=5;{options}") as stream:
        error = stream.error()
    assert error["code"] == code, error
    assert error["message"] and error["hint"]
    assert "#0 " in stream.text(), "what had come was passed on"
    assert stream.named("result") == []


@pytest.mark.parametrize("options", ["stall=2", "stall=0", "hang"])
def test_silence_is_a_timeout(service, options):
    with stream_of(service, f"hasty/gpt-4o;chunks=6;{options}") as stream:
        error = stream.error()
    assert error["code"] == "upstream_timeout", error


def test_slow_reader_gets_all_of_a_large_stream(service):
    """Back-pressure: 4 MB at a client that reads late; nothing is lost and nothing piles up."""
    import time

    before = service.memory_kib()
    with stream_of(service, "mock/gpt-4o;chunks=4000;size=1000;seq") as stream:
        time.sleep(0.5)
        grown = service.memory_kib() - before
        stream.read_all()
    assert [int(part.split(" ")[0]) for part in stream.text().split("#")[1:]] == list(range(4000))
    assert grown < (150_000 if programs.sanitized() else 30_000), f"{grown} KiB held for a reader who does not read"


def test_http_1_0_client_gets_an_answer(service):
    import json

    body = json.dumps({**QUESTION, "model": "mock/gpt-4o"}).encode()
    with service.wire() as wire:
        wire.send(b"POST /v1/analyze/image HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        wire.socket.settimeout(10)
        data = b""
        while piece := wire.socket.recv(65536):
            data += piece
    assert data.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200")) and b"sensorium.answer/1" in data
