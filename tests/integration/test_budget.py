"""Money: limits of a question and an alias, the ledger, GET /v1/usage. Prices come from the table of known
models: the mock stands in for openai."""
import pytest

from support import config, pictures, programs

QUESTION = {"image_base64": pictures.b64(pictures.JPEG), "prompt": "What is this?", "model": "openai/gpt-4o"}


@pytest.fixture
def serve(tmp_path, mock):
    mock.reset()

    def start(more="", cache="off"):
        openai = f'[engines.openai]\nbase_url = "{mock.base_url}"\napi_key = "test"\nretries = 0\n'
        return programs.Sensorium(tmp_path, config.standard(mock, tmp_path, more=openai + more, cache=cache))

    return start


def asked(mock):
    return len([r for r in mock.requests() if r["path"] == "/v1/chat/completions"])


def test_question_that_may_cost_too_much_is_never_sent(serve, mock):
    with serve() as service:
        reply = service.ask({**QUESTION, "max_cost": 0.000001})
        assert reply.status == 402
        error = reply.error()
        assert error["code"] == "budget_exhausted" and "gpt-4o" in error["message"] and error["hint"]
        assert asked(mock) == 0
        assert service.ask({**QUESTION, "max_cost": 1}).status == 200


def test_unknown_price_cannot_keep_a_limit(serve, mock):
    with serve() as service:
        reply = service.ask({**QUESTION, "model": "mock/gpt-4o", "max_cost": 1})
        assert reply.status == 402 and "price" in reply.error()["message"]
        assert asked(mock) == 0


@pytest.mark.parametrize("wrong", [-1, "much", 1e12, True])
def test_wrong_limits_are_told(serve, wrong):
    with serve() as service:
        reply = service.ask({**QUESTION, "max_cost": wrong})
        assert reply.status == 400 and reply.error()["param"] == "max_cost"


def test_alias_has_a_limit(serve, mock):
    with serve('[models.alias.cheap]\nchain = ["openai/gpt-4o"]\nmax_cost_usd = 0.000001\n') as service:
        assert service.ask({**QUESTION, "model": "cheap"}).status == 402
        assert service.ask({**QUESTION, "model": "cheap", "max_cost": 1}).status == 402, "the smaller limit counts"
        assert asked(mock) == 0


def test_hit_is_within_every_budget(serve, mock):
    with serve(cache="sqlite") as service:
        assert service.ask(QUESTION).status == 200
        assert service.ask({**QUESTION, "max_cost": 0}).json()["cache"] == "hit"


def test_usage_adds_up_and_survives_a_restart(serve, mock):
    with serve() as service:
        costs = [service.ask({**QUESTION, "prompt": f"q{i}"}).json()["cost_usd"] for i in range(5)]
        service.ask({**QUESTION, "model": "openai/gpt-4o;status=500"})
        usage = service.get("/v1/usage").json()
        assert usage["schema"] == "sensorium.usage/1"
        assert usage["total"]["calls"] == 6 and usage["total"]["failed"] == 1
        assert usage["total"]["cost_usd"] == pytest.approx(sum(costs)) and sum(costs) > 0
        assert usage["total"]["estimated_usd"] > usage["total"]["cost_usd"]
    with serve() as service:
        again = service.get("/v1/usage").json()
        assert again["total"]["cost_usd"] == pytest.approx(sum(costs))
        day = again["rows"][0]["day"]
        assert {r["provider"] for r in again["rows"]} == {"openai"}
        assert service.get(f"/v1/usage?from={day}&to={day}").json()["rows"] == again["rows"]
        assert service.get("/v1/usage?from=2999-01-01").json()["rows"] == []


@pytest.mark.parametrize("query", ["from=yesterday", "to=2026-1-1", "from=2026-11-24%20"])
def test_wrong_days_are_told(serve, query):
    with serve() as service:
        reply = service.get("/v1/usage?" + query)
        assert reply.status == 400 and reply.error()["param"] in ("from", "to")
