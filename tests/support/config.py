"""The configuration that most tests use: engines of one scripted upstream, each with another temper."""
from pathlib import Path

from .programs import Mock


def standard(mock: Mock, home: Path, more: str = "", server: str = "", cache: str = "off") -> str:
    """`more` is added at the end, `server` to the [server] table.

    mock     fails at once            patient  tries three times
    hasty    waits one second         dead     nobody listens there
    """
    return f"""
[server]
state_dir = "{home}/state"
{server}

[models]
default = "mock/gpt-4o"

[cache]
backend = "{cache}"

[engines.mock]
type = "openai"
base_url = "{mock.base_url}"
api_key = "test"
retries = 0

[engines.patient]
type = "openai"
base_url = "{mock.base_url}"
api_key = "test"
retries = 2

[engines.hasty]
type = "openai"
base_url = "{mock.base_url}"
api_key = "test"
retries = 0
timeout_first_token_s = 1
timeout_idle_s = 1

[engines.dead]
type = "openai"
base_url = "http://127.0.0.1:9/v1"
api_key = "test"
retries = 0
{more}
"""
