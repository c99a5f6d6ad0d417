"""Every surface before every provider: the table that tests/integration/test_matrix.py holds the server to, and that
scripts/matrix.py writes into docs/reference/matrix.md."""

# name -> the fields of its [[providers]] beside name and base_url, and what follows the port in base_url.
PROVIDERS = {
    "openai": ('kind = "openai"\napi_key = "k-openai"', "/v1"),
    "openai-compatible": ('kind = "openai-compatible"\napi_key = "k-compatible"', "/v1"),
    "azure": ('kind = "azure"\napi_key = "k-azure"', ""),
    "mistral": ('kind = "mistral"\napi_key = "k-mistral"', "/v1"),
    "anthropic": ('kind = "anthropic"\napi_key = "k-anthropic"', "/v1"),
    "gemini": ('kind = "gemini"\napi_key = "k-gemini"', "/v1beta"),
    "bedrock": ('kind = "bedrock"\nregion = "us-east-1"\napi_key = "k-bedrock"', ""),
    "cohere": ('kind = "cohere"\napi_key = "k-cohere"', "/v2"),
    "ollama": ('kind = "ollama"', ""),
}
SURFACES = {
    "chat": "/v1/chat/completions",
    "messages": "/v1/messages",
    "responses": "/v1/responses",
    "completions": "/v1/completions",
}
FEATURES = ("plain", "stream", "tools", "parallel tools", "structured", "vision", "reasoning", "error")
# The model of the fake provider that answers so.
MODELS = {"plain": "plain", "stream": "plain", "tools": "tools", "parallel tools": "tools-parallel", "structured": "json",
          "vision": "images", "reasoning": "reasoning", "error": "fault:400:say=no such thing"}

# Who speaks the surface's own protocol gets the caller's bytes, whatever is in them.
NATIVE = {"chat": {"openai", "openai-compatible", "azure"}, "messages": {"anthropic"}, "responses": {"openai", "azure"},
          "completions": {"openai", "openai-compatible", "azure"}}

# What a surface has no words for: the request's own field is refused by name, unless the provider gets the caller's bytes.
ABSENT = {"completions": {"tools": "tools", "parallel tools": "tools", "structured": "response_format", "vision": "prompt",
                          "reasoning": "reasoning_effort"}}

# What a provider cannot be told, by feature: refused by name, with the field of the normal form.
REFUSED = {
    # (provider, feature): the field as each surface names it
}

YES, OWN = "yes", "as sent"


def cell(surface: str, provider: str, feature: str) -> str:
    """`yes`; `as sent`: the provider gets the bytes and decides; else the field that is refused by name."""
    if feature in ABSENT.get(surface, {}):
        return OWN if provider in NATIVE[surface] else ABSENT[surface][feature]
    refused = REFUSED.get((provider, feature), {})
    return refused.get(surface, YES) if provider not in NATIVE[surface] else YES


def page() -> str:
    out = ["# Any surface before any provider", "",
           "Made by `scripts/matrix.py` from `tests/support/matrix.py`; every cell is a test of the real server in front of the fake provider",
           "(`tests/integration/test_matrix.py`). `yes`: it works and arrives as that surface says it. A field in its place: the request is refused",
           "with 400 before anything is sent, and that field is named. `as sent`: the surface has no words for it; a provider of the same protocol",
           "gets the caller's bytes and decides. **Bold**: the provider speaks the surface's own protocol, so the caller's bytes are forwarded.", ""]
    for surface, path in SURFACES.items():
        out += [f"## POST {path}", "", "| provider | " + " | ".join(FEATURES) + " |", "|---" * (len(FEATURES) + 1) + "|"]
        for provider in PROVIDERS:
            name = f"**{provider}**" if provider in NATIVE[surface] else provider
            cells = [cell(surface, provider, feature) for feature in FEATURES]
            out.append(f"| {name} | " + " | ".join(c if c in (YES, OWN) else f"`{c}`" for c in cells) + " |")
        out.append("")
    return "\n".join(out)
