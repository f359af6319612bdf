"""Calls that end early: the client leaves, the service is told to end, thousands do so at random."""
import random
import signal
import threading
import time

import pytest

from support import pictures, programs

PICTURE = pictures.b64(pictures.JPEG)


def body(prompt, model):
    return {"image_base64": PICTURE, "prompt": prompt, "model": model, "cache": "off"}


def seen_gone(mock, prompt, after=0):
    """The upstream's record of the one call with this prompt, once its client is known to have left."""
    def look():
        rows = [r for r in mock.asked(prompt) if r["outcome"] != "open"]
        return rows if rows else None

    rows = programs.eventually(look)
    assert rows, "the upstream call was not closed"
    (row,) = rows
    return row


@pytest.mark.parametrize("model, stream", [
    ("mock/m;hang", False), ("mock/m;delay=60s", False), ("mock/m;hang", True),
    ("mock/m;chunks=10000;gap=5", True), ("mock/m;stall=3", True),
])
@pytest.mark.parametrize("how", ["close", "reset"])
def test_client_gone_closes_the_upstream_call(service, mock, model, stream, how):
    prompt = f"{model} {stream} {how}"
    with service.wire() as wire:
        wire.post_json("/v1/analyze/image", {**body(prompt, model), "stream": stream})
        assert programs.eventually(lambda: mock.asked(prompt)), "the call never reached the upstream"
        if stream and "hang" not in model:
            _, headers = wire.read_head()
            next(e for e in wire.read_events(headers) if e.name == "message" and e.comment is None)
        left_at = getattr(wire, how)()
    row = seen_gone(mock, prompt)
    assert row["outcome"] == "client_gone"
    assert (row["end_ns"] - left_at) / 1e6 < 100, "later than 100 ms"


def test_whole_stream_read_by_a_client_who_half_closes(service):
    """A client may end its sending side and still read: a few do. We may end the call, but never hang."""
    with service.wire(timeout=10) as wire:
        wire.post_json("/v1/analyze/image", {**body("half", "mock/m;chunks=20;gap=10"), "stream": True})
        wire.socket.shutdown(1)
        assert wire.closed_within(10)


def test_drain_lets_a_running_stream_end(start, mock):
    with start() as service:
        with service.stream(body("drain", "mock/m;chunks=20;gap=50;seq")) as stream:
            next(iter(stream))
            service.signal(signal.SIGTERM)
            stream.read_all()
            assert stream.text().count("#") == 20, "the stream was cut by the drain"
            assert stream.result()["result"]
        assert service.wait(10) == 0


def test_drain_refuses_new_work(start, mock):
    with start() as service:
        with service.stream(body("drain", "mock/m;chunks=40;gap=50")) as stream:
            next(iter(stream))
            with service.wire() as other:
                other.request("GET", "/health")
                assert other.read_reply().status == 200
                service.signal(signal.SIGTERM)
                programs.eventually(lambda: refuses(service))
                assert refuses(service)
            stream.read_all()
            assert stream.result()


def refuses(service):
    """True when new connections are refused, or answered with 503."""
    try:
        with service.wire(timeout=5) as wire:
            wire.request("GET", "/readyz")
            return wire.read_reply().status == 503
    except Exception:
        return True


def test_drain_has_an_end(start, mock):
    with start(server="drain_seconds = 1") as service:
        with service.wire() as wire:
            wire.post_json("/v1/analyze/image", body("drain", "mock/m;hang"))
            assert programs.eventually(lambda: mock.asked("drain"))
            begin = time.monotonic()
            service.signal(signal.SIGTERM)
            assert service.wait(10) == 0
            assert 0.5 < time.monotonic() - begin < 6
    assert seen_gone(mock, "drain")["outcome"] == "client_gone"


def test_interrupt_ends_the_service_too(start):
    with start() as service:
        service.signal(signal.SIGINT)
        assert service.wait(15) in (0, 130)
        service.process.returncode = 0


def leave_at_random(service, prompt, dice, log):
    kind = dice.choice(["mock/m;chunks=50;gap=2", "mock/m;delay=30", "mock/m;hang", "mock/m;stall=2", "mock/m;chunks=3",
                        "mock/m;cut=4;gap=1", "mock/m;status=500"])
    try:
        with service.wire(timeout=20) as wire:
            wire.post_json("/v1/analyze/image", {**body(prompt, kind), "stream": dice.random() < 0.7})
            wire.socket.settimeout(dice.random() * 0.04 + 0.0001)
            try:
                while wire.socket.recv(dice.choice([1, 100, 65536])):
                    pass
            except TimeoutError:
                pass
            log[prompt] = (wire.reset if dice.random() < 0.5 else wire.close)()
    except ConnectionResetError:
        log[prompt] = time.time_ns()


def test_random_cancellations_leave_nothing_behind(start, mock, pytestconfig):
    """Leaks and use after free are the sanitizers' to find; here: upstream calls end, and soon."""
    total, workers, log = pytestconfig.getoption("--cancels"), 6, {}
    with start() as service:
        def work(number):
            dice = random.Random(number)
            for i in range(number, total, workers):
                leave_at_random(service, f"call {i}", dice, log)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(log) == total
        assert programs.eventually(lambda: mock.stats()["open"] == 0), [r for r in mock.requests() if r["outcome"] == "open"]
        late = [(r["end_ns"] - log[r["text"]]) / 1e6 for r in mock.requests() if r["outcome"] == "client_gone"]
        assert late, "no call was cancelled: the test tests nothing"
        late.sort()
        assert late[int(len(late) * 0.99)] < 100, f"closed late: {late[-5:]} ms"
        assert service.alive()


def test_many_open_streams_lose_nothing(start, mock, pytestconfig):
    count = pytestconfig.getoption("--streams")
    with start() as service:
        streams = []
        try:
            for i in range(count):
                wire = service.wire(timeout=60)
                wire.post_json("/v1/analyze/image", {**body(f"stream {i}", "mock/m;chunks=10;gap=200;seq"), "stream": True})
                streams.append(wire)
            for wire in streams:
                status, headers = wire.read_head()
                assert status == 200
                events = list(wire.read_events(headers))
                text = "".join(e.json()["content"] for e in events if e.name == "message" and e.comment is None and e.data != "[DONE]")
                assert [part.split(" ")[0] for part in text.split("#")[1:]] == [str(n) for n in range(10)]
        finally:
            for wire in streams:
                wire.close()
        assert mock.stats()["peak_open"] >= count * 0.9
