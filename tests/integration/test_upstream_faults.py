"""Engines that answer with errors, nonsense or nothing: which status, code and wait the caller sees."""
import pytest

from support import pictures

QUESTION = {"image_base64": pictures.b64(pictures.JPEG), "prompt": "What is this?", "cache": "off"}

FAULTS = [
    # what the upstream does                                              our status, code
    ("mock/m;status=401", 502, "upstream_auth"),
    ("mock/m;status=403", 502, "upstream_auth"),
    ("mock/m;status=404", 404, "unknown_model"),
    ("mock/m;status=400;errmsg=The moon is wrong", 400, "invalid_request"),
    ("mock/m;status=400;errcode=context_length_exceeded;errmsg=too long", 413, "model_limit"),
    ("mock/m;status=400;errcode=content_policy_violation", 422, "content_filtered"),
    ("mock/m;status=413", 413, "model_limit"),
    ("mock/m;status=429", 429, "upstream_rate_limited"),
    ("mock/m;status=429;errtype=insufficient_quota;errcode=insufficient_quota", 502, "upstream_quota"),
    ("mock/m;status=500", 502, "upstream_unavailable"),
    ("mock/m;status=502;html", 502, "upstream_unavailable"),
    ("mock/m;status=503", 503, "upstream_overloaded"),
    ("mock/m;status=529", 503, "upstream_overloaded"),
    ("mock/m;status=504;html", 504, "upstream_timeout"),
    ("mock/m;html", 502, "upstream_protocol"),
    ("mock/m;garble", 502, "upstream_protocol"),
    ("mock/m;nochoices", 502, "upstream_protocol"),
    ("mock/m;cut=1", 502, "upstream_broken_stream"),
    ("mock/m;badframe", 502, "upstream_broken_stream"),
    ("hasty/m;stall=1", 504, "upstream_timeout"),
    ("dead/m", 502, "upstream_unavailable"),
]


@pytest.mark.parametrize("model, status, code", FAULTS)
def test_fault_of_the_engine(service, model, status, code):
    reply = service.ask({**QUESTION, "model": model})
    assert reply.status == status, reply.body
    error = reply.error()
    assert error["code"] == code
    assert error["hint"], "what to do next"
    assert "test" not in error["message"], "no key in a message"


@pytest.mark.parametrize("model, status, code", [f for f in FAULTS if "status=" in f[0] or "dead" in f[0]])
def test_fault_before_the_first_token_of_a_stream(service, model, status, code):
    with service.stream({**QUESTION, "model": model}) as stream:
        assert stream.error()["code"] == code


def test_the_words_of_the_provider_are_passed_on(service):
    error = service.ask({**QUESTION, "model": "mock/m;status=400;errmsg=The moon is wrong"}).error()
    assert "The moon is wrong" in error["message"]


@pytest.mark.parametrize("status", [429, 503])
def test_wait_of_the_provider_is_passed_on(service, status):
    reply = service.ask({**QUESTION, "model": f"mock/m;status={status};retryafter=7"})
    assert reply.status == status
    assert reply.headers["retry-after"] == "7"


@pytest.mark.parametrize("status", [429, 503, 529])
def test_there_is_always_a_wait(service, status):
    reply = service.ask({**QUESTION, "model": f"mock/m;status={status}"})
    assert int(reply.headers["retry-after"]) >= 1


def test_refused_field_is_renamed_once_and_remembered(service, mock):
    """Each worker learns for itself; what one has learned it does not forget."""
    import os

    count, model = 3 * os.cpu_count(), "mock/o9-new;refuse=max_tokens;reply=fine"
    for _ in range(count):
        reply = service.ask({**QUESTION, "model": model, "max_tokens": 55})
        assert reply.status == 200 and reply.json()["result"] == "fine", reply.body
    requests = mock.requests()
    assert count < len(requests) <= count + os.cpu_count()
    assert requests[-1]["request"]["max_completion_tokens"] == 55 and "max_tokens" not in requests[-1]["request"]


def test_refusal_that_cannot_be_helped_is_the_callers_error(service, mock):
    reply = service.ask({**QUESTION, "model": "mock/m;refuse=messages"})
    assert reply.status == 400 and reply.error()["code"] == "invalid_request"
    assert len(mock.requests()) <= 2


def test_passing_faults_are_tried_again(service, mock):
    reply = service.ask({**QUESTION, "model": "patient/m;failn=2;failstatus=500;reply=at last"})
    assert reply.status == 200, reply.body
    assert reply.json()["result"] == "at last"
    assert any("2 failed tries" in warning for warning in reply.json()["warnings"])
    assert reply.json()["attempts"][-1]["outcome"] == "ok"
    assert len(mock.requests()) == 3


def test_final_faults_are_not_tried_again(service, mock):
    assert service.ask({**QUESTION, "model": "patient/m;status=401"}).status == 502
    assert len(mock.requests()) == 1


def test_retries_wait_as_long_as_the_provider_says(service, mock):
    reply = service.ask({**QUESTION, "model": "patient/m;failn=1;failstatus=429;retryafter=1;reply=ok"})
    assert reply.status == 200, reply.body
    first, second = mock.requests()
    assert 0.95 <= (second["at_ns"] - first["end_ns"]) / 1e9 < 3


def test_stream_that_was_begun_is_never_begun_again(service, mock):
    with service.stream({**QUESTION, "model": "patient/m;chunks=6;seq;cut=3"}) as stream:
        assert stream.error()["code"] == "upstream_broken_stream"
    assert stream.text().count("#0 ") == 1
    assert len(mock.requests()) == 1


def test_broken_connection_before_the_first_token_is_tried_again(service, mock):
    with service.stream({**QUESTION, "model": "patient/m;chunks=3;seq;failn=1;failstatus=503"}) as stream:
        stream.read_all()
    assert stream.text().count("#") == 3
    assert len(mock.requests()) == 2
    assert stream.result()["attempts"][-1]["outcome"] == "ok"


def test_whole_answer_that_never_comes_ends_at_the_callers_limit(service, mock):
    reply = service.ask({**QUESTION, "model": "mock/m;hang", "timeout": "400ms"})
    assert reply.status == 504 and reply.error()["code"] == "deadline_exceeded", reply.body
    assert mock.requests()[0]["outcome"] == "client_gone"


@pytest.mark.parametrize("finish", ["length", "content_filter"])
def test_finish_reason_is_told(service, finish):
    reply = service.ask({**QUESTION, "model": f"mock/m;finish={finish}"})
    if reply.status == 200:
        assert reply.json()["finish_reason"] == finish
    else:
        assert finish == "content_filter" and reply.error()["code"] == "content_filtered"
