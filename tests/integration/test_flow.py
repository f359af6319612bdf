"""Limits, retries, fallback, hedging and takeover through the real service: what a caller sees of them."""
import threading
import time

import pytest

from support import pictures, programs

QUESTION = {"image_base64": pictures.b64(pictures.JPEG), "prompt": "What is this?", "cache": "off"}

CONFIG = """
[cache]
backend = "off"
[models.alias.chain]
chain = ["dead/a", "limited/b", "plain/c"]
[models.alias.breaks]
chain = ["plain/a;cut=5;seq;ttft=1", "plain/b;reply=Whole"]
[models.alias.hedged]
chain = ["plain/a;ttft=20s", "plain/b;reply=Quick"]
hedge_after_ms = 100
[models.alias.slow]
chain = ["slow/a;ttft=20s", "plain/b;reply=Second"]
[models.alias.crawls]
chain = ["slow/a;gap=300;chunks=50", "plain/b;reply=Second"]
[engines.plain]
type = "openai"
base_url = "{url}"
[engines.limited]
type = "openai"
base_url = "{url}"
rpm = 1
[engines.slow]
type = "openai"
base_url = "{url}"
timeout_first_token_s = 0.3
min_tokens_per_s = 20
[engines.dead]
type = "openai"
base_url = "http://127.0.0.1:9/v1"
[keys.few]
key = "key-of-few"
rpm = 2
[keys.small]
key = "key-of-small"
megapixels_per_minute = 1
[keys.free]
key = "key-of-free"
"""


def auth(name="free"):
    return {"Authorization": f"Bearer key-of-{name}"}


@pytest.fixture(scope="module")
def upstream():
    mock = programs.Mock()
    yield mock
    mock.stop()


@pytest.fixture(scope="module")
def flowing(tmp_path_factory, upstream):
    with programs.Sensorium(tmp_path_factory.mktemp("flow"), CONFIG.format(url=upstream.base_url)) as service:
        yield service


def ask(service, key="free", **fields):
    return service.ask({**QUESTION, **fields}, auth(key))


def metrics(service):
    return service.get("/metrics", auth()).body.decode()


def stream(service, **fields):
    with service.wire() as wire:
        wire.post_json("/v1/analyze/image", {**QUESTION, **fields, "stream": True}, auth())
        return programs.Stream(wire).read_all()


def test_every_single_try_is_told(flowing):
    answer = ask(flowing, model="plain/twice;failn=2;failstatus=503").json()
    assert [a["outcome"] for a in answer["attempts"]] == ["upstream_overloaded", "upstream_overloaded", "ok"]
    assert "sensorium_retries_total" in metrics(flowing)


def test_the_next_engine_is_asked_when_one_is_dead_or_used_up(flowing):
    for expected in (["dead/a", "limited/b"], ["dead/a", "limited/b", "plain/c"]):
        answer = ask(flowing, model="chain", timeout="5s").json()
        assert [a["model"] for a in answer["attempts"]] == expected
    assert answer["attempts"][1]["outcome"] == "upstream_rate_limited"
    assert 'sensorium_fallbacks_total{from="dead",to="limited"}' in metrics(flowing)


def test_our_own_limit_is_told_with_the_time_to_come_back(flowing):
    ask(flowing, model="limited/x", timeout="1s")
    reply = ask(flowing, model="limited/x", timeout="1s")
    assert reply.status == 429 and reply.error()["code"] == "rate_limited"
    assert 1 <= int(reply.headers["retry-after"]) <= 62


def test_a_key_has_limits_of_its_own(flowing):
    replies = [ask(flowing, "few", model="plain/m") for _ in range(3)]
    assert [r.status for r in replies] == [200, 200, 429]
    assert replies[2].error()["code"] == "rate_limited"
    assert 20 <= int(replies[2].headers["retry-after"]) <= 30
    assert ask(flowing, "free", model="plain/m").status == 200


def test_a_key_has_limits_on_pixels(flowing):
    reply = ask(flowing, "small", image_base64=pictures.b64(pictures.png(1300, 1000)), model="plain/m")
    assert reply.error()["code"] == "model_limit"


def test_an_error_in_a_stream_says_what_was_delivered(flowing):
    events = stream(flowing, model="plain/m;cut=3;ttft=1")
    (error,) = events.named("error")
    assert error.json()["error"]["code"] == "upstream_broken_stream"
    assert error.json()["delivered"]["characters"] == len(events.text())


def test_a_takeover_begins_anew_behind_a_seam(flowing):
    events = stream(flowing, model="breaks", takeover=True)
    (seam,) = events.named("seam")
    assert seam.json()["from"].startswith("plain/a") and seam.json()["reason"] == "upstream_broken_stream"
    assert events.result()["result"] == "Whole"
    assert events.text().endswith("Whole")
    assert seam.json()["void_characters"] == len(events.text()) - len("Whole")


def test_without_being_asked_nothing_is_taken_over(flowing):
    events = stream(flowing, model="breaks")
    assert not events.named("seam") and events.named("error")


def test_a_silent_engine_is_hedged_and_its_call_cancelled(flowing, upstream):
    upstream.reset()
    begin = time.monotonic()
    answer = stream(flowing, model="hedged").result()
    assert answer["result"] == "Quick"
    assert time.monotonic() - begin < 10
    assert programs.eventually(lambda: upstream.stats()["client_gone"] == 1)
    assert [a["outcome"] for a in answer["attempts"]] == ["cancelled", "ok"]


@pytest.mark.parametrize("model", ["slow", "crawls"])
def test_a_stream_that_does_not_get_going_counts_as_failed(flowing, model):
    events = stream(flowing, model=model)
    assert events.text() == "Second"
    assert [a["outcome"] for a in events.result()["attempts"]] == ["upstream_timeout", "ok"]


def test_interactive_questions_and_many_at_once(flowing):
    """A mixed load ends well and leaves no queue behind."""
    statuses = []

    def work(n):
        statuses.append(ask(flowing, model=["plain/m", "chain", "plain/x;failn=2;failstatus=500", "hedged"][n % 4]).status)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) == {200}
    for line in metrics(flowing).splitlines():
        if line.startswith("sensorium_queue_depth{"):
            assert line.endswith(" 0"), line
