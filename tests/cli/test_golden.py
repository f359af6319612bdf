"""What the terminal prints, word for word: tests/cli/golden holds one file per command, with the command,
the exit status, stdout and stderr. A changed text is a changed promise: look at the difference, then
`pytest cli/test_golden.py --update-golden` writes the files anew."""
import re
from pathlib import Path

import pytest

from support import pictures

GOLDEN = Path(__file__).parent / "golden"

CASES = {
    "ask": 'ask "What is this?" scene.jpg -m "mock/gpt-4o;reply=A red box."',
    "ask-json": 'ask "What is this?" scene.jpg --json -m "mock/gpt-4o;chunks=2;seq"',
    "ask-json-failed": 'ask "What is this?" scene.jpg --json -m "mock/gpt-4o;status=500"',
    "ask-dry-run": 'ask "What is this?" scene.jpg second.png --dry-run -m openai/gpt-4o',
    "ask-dry-run-json": 'ask "What is this?" scene.jpg --dry-run --json -m openai/gpt-4o',
    "ask-nothing": "ask",
    "ask-no-picture": 'ask "What is this?" -m mock/gpt-4o',
    "ask-missing-file": 'ask "What is this?" absent.jpg',
    "ask-not-a-picture": 'ask "What is this?" letter.txt',
    "ask-cut-picture": 'ask "What is this?" cut.jpg',
    "ask-bomb": 'ask "What is this?" bomb.png',
    "ask-folder": 'ask "What is this?" photos',
    "ask-unknown-model": 'ask "What is this?" scene.jpg -m nobody/gpt',
    "ask-unknown-flag": 'ask "What is this?" scene.jpg --modle x',
    "ask-bad-detail": 'ask "What is this?" scene.jpg --detail ultra',
    "ask-bad-max-tokens": 'ask "What is this?" scene.jpg --max-tokens 5000',
    "ask-bad-key": 'ask "What is this?" scene.jpg -m "mock/gpt-4o;status=401"',
    "ask-rate-limited": 'ask "What is this?" scene.jpg -m "mock/gpt-4o;status=429;retryafter=3"',
    "ask-overloaded": 'ask "What is this?" scene.jpg -m "mock/gpt-4o;status=529"',
    "ask-html": 'ask "What is this?" scene.jpg -m "mock/gpt-4o;html"',
    "ask-broken-off": 'ask "What is this?" scene.jpg -m "mock/gpt-4o;chunks=4;seq;gap=20;cut=2"',
    "ask-nobody-there": 'ask "What is this?" scene.jpg -m dead/plain',
    "unknown-verb": "aks",
    "config-check": "config check",
    "config-check-bad": "config check --config bad.toml",
    "health-down": "health http://127.0.0.1:9",
    "completion-unknown": "completion tcsh",
    "version": "version",
}


def normal(text, home, mock):
    """Without what differs from run to run: folders, ports, times, ids."""
    text = text.replace(str(home), "HOME").replace(f":{mock.address[1]}", ":PORT")
    text = re.sub(r"\b\d+(\.\d+)? ?(ms|s)\b", "TIME", text)
    text = re.sub(r'"(ms|fetch|decode|prepare|queue|first_token|generate|total|elapsed_s|seconds)": ?[\d.eE+-]+', r'"\1":TIME', text)
    text = re.sub(r'"(id|request_id|stream_id)": ?"[^"]*"', r'"\1":"ID"', text)
    text = re.sub(r"[ \t]+$", "(space)", text, flags=re.M)
    return re.sub(r"(?<![\d.])0\.\d+\.\d+\b", "VERSION", text)


@pytest.mark.parametrize("name", CASES)
def test_output_is_as_it_was(cli, mock, tmp_path, pytestconfig, name):
    import shlex

    (tmp_path / "scene.jpg").write_bytes(pictures.JPEG)
    (tmp_path / "second.png").write_bytes(pictures.png(1200, 800))
    (tmp_path / "letter.txt").write_text("Dear Sir, this is not a picture.\n")
    (tmp_path / "cut.jpg").write_bytes(pictures.JPEG[:300])
    (tmp_path / "bomb.png").write_bytes(pictures.png_claiming(40_000, 40_000))
    (tmp_path / "bad.toml").write_text('[server]\nlisen = "127.0.0.1:0"\n')
    (tmp_path / "photos").mkdir()
    run = cli(*shlex.split(CASES[name]), environment={"OPENAI_API_KEY": "sk-none"})
    seen = f"$ sensorium {CASES[name]}\n[exit {run.status}]\n-- stdout\n{run.stdout}-- stderr\n{run.stderr}"
    seen = normal(seen, tmp_path, mock)
    path = GOLDEN / f"{name}.txt"
    if pytestconfig.getoption("--update-golden"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(seen)
    assert path.exists(), f"{path} is missing; --update-golden writes it"
    assert seen == path.read_text()


def test_every_golden_file_has_its_command():
    assert {p.stem for p in GOLDEN.glob("*.txt")} == set(CASES)
