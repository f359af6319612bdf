"""sensorium ask: what goes to stdout, what to stderr, and with which exit status it ends."""
import os
import pty
import re
import signal
import subprocess
import time

import pytest

from support import pictures, programs

ESCAPE = "\x1b["


def sentence(run):
    """The one line on stderr that tells what went wrong."""
    (line,) = [line for line in run.stderr.splitlines() if line.startswith("sensorium:") or "error" in line.lower()][:1]
    return line


def test_answer_goes_to_stdout_and_the_closing_line_to_stderr(cli, config, jpeg):
    run = cli("ask", "What is this?", jpeg, "-m", "mock/gpt-4o;reply=A red box.", *config)
    assert (run.status, run.stdout) == (0, "A red box.\n"), run.stderr
    (closing,) = run.stderr.splitlines()
    assert "mock/gpt-4o" in closing and re.search(r"\d+ tokens|tokens", closing)
    assert ESCAPE not in run.stdout + run.stderr, "no colours where there is no terminal"


def test_quiet_leaves_only_the_answer(cli, config, jpeg):
    run = cli("ask", "?", jpeg, "-q", "-m", "mock/gpt-4o;reply=yes", *config)
    assert (run.status, run.stdout, run.stderr) == (0, "yes\n", "")


def test_the_upstream_gets_what_was_said(cli, config, mock, jpeg, tmp_path):
    png = tmp_path / "second.png"
    png.write_bytes(pictures.png(12, 34))
    run = cli("ask", "Vergleiche 漢字", jpeg, png, "-m", "mock/gpt-4o", "-s", "Be brief.", "--max-tokens", "99", "--detail", "low", *config)
    assert run.status == 0, run.stderr
    (request,) = mock.requests()
    assert request["text"] == "Vergleiche 漢字" and request["system"] == "Be brief."
    assert [(p["width"], p["height"], p["detail"]) for p in request["pictures"]] == [(64, 48, "low"), (12, 34, "low")]
    assert request["request"].get("max_tokens", request["request"].get("max_completion_tokens")) == 99


def test_options_may_stand_anywhere_and_have_one_spelling(cli, config, mock, jpeg):
    assert cli("ask", "--max-tokens=7", *config, "?", "--model", "mock/gpt-4o", jpeg).status == 0
    sent = mock.requests()[0]["request"]
    assert sent.get("max_tokens", sent.get("max_completion_tokens")) == 7


def test_picture_from_stdin(cli, config, mock):
    run = cli("ask", "?", "-", "-m", "mock/gpt-4o;reply=ok", *config, stdin=pictures.JPEG)
    assert (run.status, run.stdout) == (0, "ok\n"), run.stderr
    assert mock.requests()[0]["pictures"][0]["bytes"] == len(pictures.JPEG)


def test_type_is_by_content_not_by_name(cli, config, mock, tmp_path):
    path = tmp_path / "photo.txt"
    path.write_bytes(pictures.WEBP)
    assert cli("ask", "?", path, "-m", "mock/gpt-4o", *config).status == 0
    assert mock.requests()[0]["pictures"][0]["mime"] == "image/webp"


def test_prompt_by_option_and_from_a_file(cli, config, mock, jpeg, tmp_path):
    (tmp_path / "prompt.txt").write_text("From a file\n")
    assert cli("ask", "-p", "By option", jpeg, "-m", "mock/gpt-4o", *config).status == 0
    assert cli("ask", "-p", f"@{tmp_path / 'prompt.txt'}", jpeg, "-m", "mock/gpt-4o", *config).status == 0
    first, second = mock.requests()
    assert first["text"] == "By option" and second["text"].strip() == "From a file"


def test_json_lines(cli, config, jpeg):
    run = cli("ask", "?", jpeg, "--json", "-m", "mock/gpt-4o;chunks=3;seq", *config)
    assert run.status == 0, run.stderr
    lines = run.lines()
    assert [line["type"] for line in lines] == ["begin"] + ["delta"] * 3 + ["item", "summary"]
    item, summary = lines[-2:]
    assert "".join(line["text"] for line in lines[1:4]) == item["output"]["result"]
    assert set(item) == {"type", "input", "status", "output", "usage", "cost_usd", "error"}
    assert item["status"] == "ok" and item["error"] is None and item["output"]["schema"] == "sensorium.answer/1"
    assert set(summary) == {"type", "verb", "ok", "failed", "skipped", "usage", "cost_usd", "elapsed_s", "exit_code"}
    assert (summary["verb"], summary["ok"], summary["failed"], summary["exit_code"]) == ("ask", 1, 0, 0)


@pytest.mark.parametrize("model, status, code", [("mock/m;status=500", 4, "upstream_unavailable"), ("nobody/x", 2, "unknown_model")])
def test_json_lines_end_with_a_summary_also_on_failure(cli, config, jpeg, model, status, code):
    run = cli("ask", "?", jpeg, "--json", "-m", model, *config)
    assert run.status == status
    lines = run.lines()
    assert lines[-1]["type"] == "summary"
    assert (lines[-1]["failed"], lines[-1]["exit_code"]) == (1, status)
    (item,) = [line for line in lines if line["type"] == "item"]
    assert item["status"] == "failed" and item["output"] is None and item["error"]["code"] == code


def test_dry_run_sends_nothing(cli, config, mock, jpeg):
    run = cli("ask", "?", jpeg, "--dry-run", "-m", "mock/gpt-4o", *config)
    assert run.status == 0 and run.stdout.strip(), run.stderr
    assert "tokens" in run.stdout + run.stderr
    assert mock.requests() == []


def test_dry_run_as_json_is_the_plan(cli, config, mock, jpeg):
    run = cli("ask", "What is this?", jpeg, "--dry-run", "--json", "-m", "openai/gpt-4o", *config, environment={"OPENAI_API_KEY": "sk-none"})
    assert run.status == 0, run.stderr
    plan = run.lines()[0]
    assert plan["schema"] == "sensorium.plan/1" and plan["verb"] == "ask" and plan["calls"] == 1
    (picture,) = plan["pictures"]
    assert picture["width"] == 64 and re.fullmatch(r"[0-9a-f]{16}", picture["phash"])
    assert picture["estimated_tokens"] == 85, "gpt-4o sees all of it at the price of low detail"
    assert plan["input_tokens"] >= 85 and plan["output_tokens_max"] == 1024
    assert 0 < plan["cost_usd"]["low"] <= plan["cost_usd"]["high"]
    assert mock.requests() == []


def test_text_is_streamed_to_the_terminal(config, tmp_path, mock, jpeg, cli):
    """The first piece is on stdout while the engine is still speaking."""
    process = subprocess.Popen([programs.binary(), "ask", "?", jpeg, "-m", "mock/gpt-4o;chunks=3;gap=400;seq", *config], cwd=tmp_path,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=programs.clean_environment(tmp_path))
    first = os.read(process.stdout.fileno(), 100)
    assert b"#0" in first and b"#2" not in first
    assert b"#2" in process.stdout.read()
    process.stdout.close()
    assert process.wait(20) == 0


# -- failures -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("model, status, words", [
    ("mock/m;status=401", 4, "key"),
    ("mock/m;status=429;retryafter=3", 4, "3"),
    ("mock/m;status=500", 4, ""),
    ("mock/m;html", 4, ""),
    ("mock/m;cut=2", 4, ""),
    ("mock/m;status=404", 2, "model"),
    ("hasty/m;hang", 4, ""),
    ("dead/m", 4, "127.0.0.1:9"),
    ("nobody/gpt", 2, "nobody"),
])
def test_failing_engine(cli, config, jpeg, model, status, words):
    run = cli("ask", "?", jpeg, "-m", model, *config)
    assert run.status == status, run.stderr
    assert words in run.stderr and run.stderr.strip().count("\n") <= 3, run.stderr


def test_answer_begun_and_broken_is_exit_4_with_the_text_kept(cli, config, jpeg):
    run = cli("ask", "?", jpeg, "-m", "mock/m;chunks=6;seq;cut=3;gap=20", *config)
    assert run.status == 4
    assert "#2" in run.stdout and "#3" not in run.stdout


def test_time_limit_is_exit_5(cli, config, jpeg):
    begin = time.monotonic()
    run = cli("ask", "?", jpeg, "-m", "mock/m;hang", "--timeout", "500ms", *config)
    assert run.status == 5 and time.monotonic() - begin < 8
    assert "timeout" in run.stderr or "time" in run.stderr


def test_missing_file(cli, config, mock, tmp_path):
    run = cli("ask", "?", tmp_path / "absent.jpg", "-m", "mock/gpt-4o", *config)
    assert run.status == 3 and "absent.jpg" in run.stderr
    assert mock.requests() == []


def test_unreadable_content(cli, config, tmp_path):
    path = tmp_path / "letter.jpg"
    path.write_text("Dear Sir, this is not a picture.")
    run = cli("ask", "?", path, "-m", "mock/gpt-4o", *config)
    assert run.status == 3 and "letter.jpg" in run.stderr


@pytest.mark.parametrize("data", [b"", pictures.JPEG[:300], pictures.png_claiming(40_000, 40_000)], ids=["empty", "cut", "bomb"])
def test_broken_pictures(cli, config, tmp_path, data):
    path = tmp_path / "broken.jpg"
    path.write_bytes(data)
    run = cli("ask", "?", path, "-m", "mock/gpt-4o", *config)
    assert run.status == 3 and "broken.jpg" in run.stderr, run.stderr


def test_folder_prints_the_command_to_run(cli, config, tmp_path):
    (tmp_path / "photos").mkdir()
    run = cli("ask", "What?", tmp_path / "photos", "-m", "mock/gpt-4o", *config)
    assert run.status == 2
    assert "sensorium batch ask" in run.stderr and str(tmp_path / "photos") in run.stderr


def test_one_bad_input_of_two_stops_before_anything_is_sent(cli, config, mock, jpeg, tmp_path):
    run = cli("ask", "?", jpeg, tmp_path / "absent.png", "-m", "mock/gpt-4o", *config)
    assert run.status == 3 and mock.requests() == [], "an input that is named and not sent is an error"


@pytest.mark.parametrize("arguments, words", [
    ((), "PROMPT"),
    (("?", "scene.jpg", "--max-tokens", "0"), "max-tokens"),
    (("?", "scene.jpg", "--max-tokens", "5000"), "max-tokens"),
    (("?", "scene.jpg", "--max-tokens", "many"), "max-tokens"),
    (("?", "scene.jpg", "--detail", "ultra"), "low"),
    (("?", "scene.jpg", "--timeout", "soon"), "timeout"),
    (("?", "scene.jpg", "--modle", "x"), "--model"),
    (("?", "scene.jpg", "--color", "sometimes"), "color"),
])
def test_wrong_usage(cli, jpeg, arguments, words):
    run = cli("ask", *arguments)
    assert run.status == 2 and run.stdout == ""
    assert words in run.stderr, run.stderr


def test_unknown_verb_is_guessed(cli):
    run = cli("aks", "?")
    assert run.status == 2 and "ask" in run.stderr


def test_interrupt_is_130_and_closes_the_upstream_call(config, tmp_path, mock, jpeg, cli):
    process = subprocess.Popen([programs.binary(), "ask", "interrupt me", jpeg, "-m", "mock/m;chunks=1000;gap=50", *config], cwd=tmp_path,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=programs.clean_environment(tmp_path))
    os.read(process.stdout.fileno(), 10)
    process.send_signal(signal.SIGINT)
    sent = time.time_ns()
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    programs.assert_no_report(errors.decode())
    assert programs.eventually(lambda: mock.asked("interrupt me")[0]["outcome"] == "client_gone")
    assert (mock.asked("interrupt me")[0]["end_ns"] - sent) / 1e6 < 100


def test_terminate_is_143(config, tmp_path, mock, jpeg, cli):
    process = subprocess.Popen([programs.binary(), "ask", "end", jpeg, "-m", "mock/m;hang", *config], cwd=tmp_path,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=programs.clean_environment(tmp_path))
    assert programs.eventually(lambda: mock.asked("end"), seconds=20)
    process.terminate()
    assert process.wait(20) == 143


def test_closed_stdout_is_no_crash(config, tmp_path, mock, jpeg, cli):
    process = subprocess.Popen([programs.binary(), "ask", "?", jpeg, "-m", "mock/m;chunks=200;size=1000;gap=2", *config], cwd=tmp_path,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=programs.clean_environment(tmp_path))
    process.stdout.close()
    _, errors = process.communicate(timeout=30)
    programs.assert_no_report(errors.decode())
    assert process.returncode not in (-6, -11, 70)


# -- colours ------------------------------------------------------------------------------------------


def on_a_terminal(tmp_path, arguments, **environment):
    """stderr of the program when it is a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([programs.binary(), *arguments], cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=theirs, stdin=subprocess.DEVNULL,
                               env=programs.clean_environment(tmp_path, TERM="xterm-256color", **environment))
    os.close(theirs)
    text = b""
    try:
        while piece := os.read(ours, 4096):
            text += piece
    except OSError:
        pass
    os.close(ours)
    process.wait(20)
    return text.decode(errors="replace")


@pytest.mark.parametrize("setting", ["NO_COLOR", "--color"])
def test_colours_can_be_turned_off(tmp_path, setting):
    plain = ("ask", "?", "absent.jpg", *(("--color", "never") if setting == "--color" else ()))
    text = on_a_terminal(tmp_path, plain, **({"NO_COLOR": "1"} if setting == "NO_COLOR" else {}))
    assert "absent.jpg" in text and ESCAPE not in text


def test_colours_are_used_on_a_terminal(tmp_path):
    assert ESCAPE in on_a_terminal(tmp_path, ("ask", "?", "absent.jpg"))


def test_colours_can_be_forced(cli):
    assert ESCAPE in cli("ask", "?", "absent.jpg", "--color", "always").stderr
