"""The server that the SDKs talk to."""
from support import configs

KEY = "sdk-tests-0123456789abcdef0123456789abcdef"


def wildcard(prefix: str, provider: str) -> str:
    return f'[[models]]\nname = "{prefix}/*"\nprovider = "{provider}"\n{configs.PRICE}'


def server_config(provider_port: int) -> str:
    """Models: `plain`; `fake/X` and `anth/X` are the model X of the OpenAI- and the Anthropic-shaped provider."""
    return (f'default_model = "plain"\n[[keys]]\nname = "tests"\nkey = "{KEY}"\nrole = "admin"\n'
            + configs.FORGETFUL + configs.providers(provider_port) + configs.models(["plain"])
            + wildcard("fake", "fake-openai") + wildcard("anth", "fake-anthropic"))
