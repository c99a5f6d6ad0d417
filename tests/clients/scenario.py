"""What the clients' programs share: scenarios, each a function, and a closing report. Standard library only, for each program runs in its own
environment. usage: program.py URL KEY - runs every scenario; a JSON object {scenario: traceback or null} is its last line."""
import contextlib
import io
import json
import os
import re
import sys
import time
import traceback
from pathlib import Path

SENTENCE = "The fake provider has read your request and answers with this sentence."
VECTOR = [0.5, -0.25, 0.125, -1.0]
SCENARIOS = {}
URL, KEY = (sys.argv[1:] + ["http://unknown", "none"])[:2]


def scenario(function):
    SCENARIOS[function.__name__] = function
    return function


def raises(kinds, call):
    """The error of `call()`, which must be one of `kinds`."""
    try:
        got = call()
    except kinds as error:
        return error
    raise AssertionError(f"no {kinds} but {got!r}")


def the_documented_block() -> None:
    """What docs/how-to/clients.md says about this client, as it stands."""
    client = Path(sys.argv[0]).name.removesuffix("_client.py")
    page = Path(__file__).parent.parent.parent / "docs/how-to/clients.md"
    text = re.search(rf"^```python {client}\n(.*?)^```", page.read_text(), re.M | re.S).group(1)
    os.environ.update(MAESTER_URL=URL, MAESTER_API_KEY=KEY)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(text, str(page), "exec"), {})
    assert printed.getvalue().count(SENTENCE) >= 2, printed.getvalue()


def run() -> None:
    scenario(the_documented_block)
    report = {}
    for name, function in SCENARIOS.items():
        started = time.monotonic()
        try:
            function()
            report[name] = None
        except BaseException:  # noqa: BLE001 - whatever it is, it belongs into the report
            report[name] = traceback.format_exc()
        print(f"{name}: {time.monotonic() - started:.2f} s", flush=True)
    print("\n" + json.dumps(report))
