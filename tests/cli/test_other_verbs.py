"""version, health, doctor, models, config, completion and help."""
import json
import re
import subprocess
import tomllib

import pytest

from support import config as configuration
from support import pictures, programs


@pytest.mark.parametrize("arguments", [("version",), ("--version",)])
def test_version(cli, arguments):
    run = cli(*arguments)
    assert run.status == 0 and re.match(r"sensorium \d+\.\d+\.\d+", run.stdout)


def test_help_names_every_verb(cli):
    run = cli("--help")
    assert run.status == 0
    for verb in ("ask", "serve", "models", "config", "doctor", "health", "completion", "version"):
        assert re.search(rf"^\s*{verb}\b", run.stdout, re.M), verb


@pytest.mark.parametrize("verb", ["ask", "serve", "models", "config", "doctor", "health", "completion", "version"])
def test_each_verb_has_help(cli, verb):
    run = cli(verb, "--help")
    assert run.status == 0 and verb in run.stdout and run.stderr == ""


def test_no_arguments_is_a_usage_error_with_help(cli):
    run = cli()
    assert run.status == 2 and "ask" in run.stdout + run.stderr


def test_health_of_a_running_service(cli, mock, tmp_path):
    with programs.Sensorium(tmp_path / "s", configuration.standard(mock, tmp_path / "s")) as service:
        url = f"http://127.0.0.1:{service.address[1]}"
        run = cli("health", url)
        assert run.status == 0 and "healthy" in run.stdout
        assert json.loads(cli("health", url, "--json").stdout.splitlines()[-1])
    down = cli("health", url)
    assert down.status == 4 and "serve" in down.stderr, down.stderr


def test_health_of_something_else(cli, mock):
    run = cli("health", f"http://127.0.0.1:{mock.address[1]}")
    assert run.status == 4, run.stdout + run.stderr


def test_doctor_tells_what_is_there(cli, config):
    run = cli("doctor", *config)
    assert run.status in (0, 1), run.stderr
    for word in ("libvips", "reader", "mock"):
        assert word in run.stdout, word
    assert "test" not in re.findall(r"api_key\W+(\w+)", run.stdout), "no key is printed"


def test_doctor_looks_at_a_picture(cli, config, tmp_path):
    good, bad = tmp_path / "good.jpg", tmp_path / "bad.jpg"
    good.write_bytes(pictures.JPEG)
    bad.write_bytes(pictures.JPEG[:300])
    run = cli("doctor", good, *config)
    assert run.status in (0, 1) and "64" in run.stdout and "48" in run.stdout and "jpeg" in run.stdout.lower()
    run = cli("doctor", bad, *config)
    assert run.status == 3 and "bad.jpg" in run.stdout + run.stderr


def test_models_are_listed(cli, config):
    run = cli("models", "ls", *config)
    assert run.status == 0, run.stderr
    assert "reader" in run.stdout


def test_models_as_json(cli, config):
    run = cli("models", "ls", "--json", *config)
    assert run.status == 0, run.stderr
    assert run.lines()[-1]["type"] == "summary"
    assert all(isinstance(line, dict) for line in run.lines())


@pytest.mark.parametrize("task", ["document", "chinese", "general", "video", "cheap", "private"])
def test_models_are_recommended_with_reasons(cli, config, task):
    run = cli("models", "recommend", "--task", task, "--json", *config)
    assert run.status == 0, run.stderr
    *found, summary = run.lines()
    assert summary["type"] == "summary" and found
    states = [line["state"] for line in found]
    assert states == sorted(states, key=["ready", "to pull", "no key", "no room"].index)
    assert all(line["reasons"] and line["mark"] > 0 for line in found)
    if task == "private":
        assert all(line["model"] == "reader" or line["model"].startswith("local/") for line in found)


def test_models_recommend_for_people(cli, config):
    run = cli("models", "recommend", "--task", "document", *config)
    assert run.status == 0, run.stderr
    assert "reader" in run.stdout and "MODEL" in run.stdout
    assert cli("models", "recommend", "--task", "cooking", *config).status == 2


def test_doctor_names_the_ten_errors(cli):
    run = cli("doctor", "--errors", "--json")
    assert run.status == 0, run.stderr
    *errors, summary = run.lines()
    assert len(errors) == 10 and all(error["hint"] for error in errors)
    assert "429" in cli("doctor", "--errors").stdout


def test_doctor_tells_videos_and_base64_from_pictures(cli, config, tmp_path):
    cut, text = tmp_path / "film.mp4", tmp_path / "picture.txt"
    cut.write_bytes(b"\0\0\0\x18ftypisom\0\0\2\0isommp42" + b"\0\0\x40\0mdat" + b"x" * 100)
    text.write_bytes(b"iVBORw0KGgoAAAANSUhEUgAA" * 20)
    run = cli("doctor", cut, text, *config)
    assert run.status == 3
    assert "unreadable or unsupported video" in run.stdout and "cut off" in run.stdout
    assert "bad base64" in run.stdout


def test_models_table_can_be_replaced(cli, tmp_path):
    table, toml = tmp_path / "models.json", tmp_path / "own.toml"
    table.write_text('{"schema": "sensorium.models/1", "rules": {}}')
    toml.write_text(f'[models]\ntable = "{table}"\n')
    assert cli("models", "ls", "--config", toml).status == 0
    table.write_text('{"schema": "sensorium.models/1", "smell": 1}')
    run = cli("models", "ls", "--config", toml)
    assert run.status == 2 and "smell" in run.stderr and "models.json" in run.stderr


def test_models_show_of_nothing(cli, config):
    run = cli("models", "show", "local/no-such-model", *config)
    assert run.status == 2 and "no-such-model" in run.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script(cli, shell):
    run = cli("completion", shell)
    assert run.status == 0 and "sensorium" in run.stdout and "ask" in run.stdout
    if shell == "bash":
        assert subprocess.run(["bash", "-n"], input=run.stdout.encode()).returncode == 0


def test_completion_for_an_unknown_shell(cli):
    assert cli("completion", "tcsh").status == 2


# -- configuration ------------------------------------------------------------------------------------


def test_config_init_is_valid_and_never_overwrites(cli, tmp_path):
    (tmp_path / "sensorium.toml").unlink()
    first = cli("config", "init")
    assert first.status == 0, first.stderr
    (written,) = [p for p in tmp_path.rglob("*.toml")]
    text = written.read_text()
    tomllib.loads(text)
    assert cli("config", "check").status == 0
    written.write_text(text + "\n# mine\n")
    again = cli("config", "init")
    assert again.status == 2 and str(written.name) in again.stderr
    assert written.read_text().endswith("# mine\n")


def test_config_check_of_a_good_file(cli, config):
    run = cli("config", "check", *config)
    assert run.status == 0, run.stderr


@pytest.mark.parametrize("text, place, words", [
    ("[server]\nlisen = \"127.0.0.1:0\"\n", "2:1", "listen"),
    ("[sever]\nlisten = \"127.0.0.1:0\"\n", "1:", "server"),
    ("[server]\nmax_body_mb = \"much\"\n", "2:", "max_body_mb"),
    ("[server]\nmax_body_mb = -1\n", "2:", "max_body_mb"),
    ("[server\n", "1:", ""),
    ("[engines.x]\ntype = \"opnai\"\n", "2:", "openai"),
    ("[engines.x]\ntype = \"openai\"\nbase_url = \"not an address\"\n", "3:", "base_url"),
    ("[server]\nworkers = 2\nworkers = 3\n", "3:", "workers"),
])
def test_config_check_places_each_fault(cli, tmp_path, text, place, words):
    (tmp_path / "bad.toml").write_text(text)
    run = cli("config", "check", "--config", tmp_path / "bad.toml")
    assert run.status == 2
    assert f"bad.toml:{place}" in run.stderr and words in run.stderr, run.stderr


def test_config_that_is_named_must_exist(cli, tmp_path):
    run = cli("config", "check", "--config", tmp_path / "absent.toml")
    assert run.status == 2 and "absent.toml" in run.stderr


def test_config_show_tells_where_values_come_from(cli, config, tmp_path):
    run = cli("config", "show", "--origin", *config, environment={"SENSORIUM_SERVER__MAX_BODY_MB": "7"})
    assert run.status == 0, run.stderr
    line = next(line for line in run.stdout.splitlines() if "max_body_mb" in line)
    assert "7" in line and "SENSORIUM_SERVER__MAX_BODY_MB" in line
    line = next(line for line in run.stdout.splitlines() if "state_dir" in line)
    assert "sensorium.toml" in line
    assert '"test"' not in run.stdout, "keys are not shown"


def test_config_schema_is_json_schema(cli):
    run = cli("config", "schema")
    assert run.status == 0
    schema = json.loads(run.stdout)
    assert "server" in schema["properties"] and "listen" in schema["properties"]["server"]["properties"]


@pytest.mark.parametrize("name, value", [("SENSORIUM_SERVER__MAX_BODY_MB", "much"), ("SENSORIUM_SERVER__NO_SUCH", "1")])
def test_bad_environment_is_named(cli, config, name, value):
    run = cli("config", "check", *config, environment={name: value})
    assert run.status == 2 and name in run.stderr


def test_configuration_beside_the_caller_is_found(cli, tmp_path, mock):
    (tmp_path / "scene.jpg").write_bytes(pictures.JPEG)
    assert cli("ask", "?", "scene.jpg").status == 0, "./sensorium.toml is read, with its default model"
    assert len(mock.requests()) == 1
