"""maester.toml for tests: one OpenAI-shaped and one Anthropic-shaped provider, both the fake one."""

PRICE = 'price = { input_per_mtok = "1.00", cached_input_per_mtok = "0.50", output_per_mtok = "4.00" }\n'


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def providers(port: int) -> str:
    return f"""
[egress]
allow = ["127.0.0.1:{port}"]
[[providers]]
name = "fake-openai"
kind = "openai"
base_url = "http://127.0.0.1:{port}/v1"
api_key = "sk-fake-openai-credential-0001"
[[providers]]
name = "fake-anthropic"
kind = "anthropic"
base_url = "http://127.0.0.1:{port}/v1"
api_key = "sk-fake-anthropic-credential-0002"
"""


def models(names: list, provider: str = "fake-openai") -> str:
    """Each name is a model of the fake provider; {name: upstream} gives another name to it."""
    out = ""
    for name in names:
        upstream = names[name] if isinstance(names, dict) else name
        out += (f"[[models]]\nname = {quoted(name)}\nprovider = {quoted(provider)}\n"
                f"upstream_model = {quoted(upstream)}\n{PRICE}")
    return out


def route(name: str, targets: list, attempts: int = 3, **timeouts_ms: int) -> str:
    """A route with priority; timeouts as connect_ms=, first_byte_ms=, idle_ms=, total_ms=, stream_total_ms=."""
    listed = ", ".join(f"{{ model = {quoted(target)} }}" for target in targets)
    times = ", ".join(f"{key} = {value}" for key, value in timeouts_ms.items())
    return (f"[[routes]]\nname = {quoted(name)}\ntargets = [ {listed} ]\nretry = {{ attempts = {attempts} }}\n"
            + (f"timeouts = {{ {times} }}\n" if times else ""))


# What loads of many requests of one key need.
NO_LIMITS = "[limits]\nconcurrency_per_key = 100000\nconcurrency_total = 100000\n"

# For tests that fail on purpose, again and again, and want every request to meet the provider: nothing is remembered.
FORGETFUL = "[breaker]\nenabled = false\n"
