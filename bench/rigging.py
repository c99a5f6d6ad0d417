"""The servers that are compared, started and pinned."""
import os
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from support import configs  # noqa: E402
from support.processes import Process, Workspace  # noqa: E402
from support.programs import FakeProvider, Maester, Nginx, loadgen, maester_binary  # noqa: E402

STREAM_INTERVAL_MS = 100
KEY = "bench-key-0123456789abcdef"


@dataclass
class Cores:
    """Who runs where: the measured server alone on its cores, the rig on the rest."""
    server: list
    provider: list
    driver: list

    @classmethod
    def of_machine(cls, server_cores: int = 1) -> "Cores":
        cpus = sorted(os.sched_getaffinity(0))
        if len(cpus) <= server_cores:
            return cls(cpus, cpus, cpus)
        rest = cpus[server_cores:]
        return cls(cpus[:server_cores], rest[:1], rest[1:] or rest)


@dataclass
class Target:
    name: str
    port: int
    stream_port: int
    process: Process | None  # whose CPU counts; None for direct


def stream_model(chunks: int) -> str:
    return f"stream:chunks={chunks}:interval_ms={STREAM_INTERVAL_MS}"


class Rig:
    """Everything that a run starts; ends it with the `with` block."""

    def __init__(self, chunks: int, server_cores: int = 1):
        self.cores = Cores.of_machine(server_cores)
        self.chunks = chunks
        self.server_cores = server_cores
        self.space = Workspace()

    def __enter__(self) -> "Rig":
        self.provider = self.space.add(FakeProvider(log=self.space.path / "provider.log", cpus=self.cores.provider))
        self.nginx = self.space.add(Nginx(self.space.path / "nginx", self.provider.port, self.server_cores,
                                          cpus=self.cores.server))
        return self

    def __exit__(self, *rest) -> None:
        self.space.__exit__(*rest)

    def config(self, debug: dict | None = None, key: bool = False) -> str:
        """maester.toml below the top level keys; `debug` switches features off, `key` adds a key that must be shown."""
        out = f"cores = {self.server_cores}\n" + configs.NO_LIMITS
        if debug:
            out += "[debug]\n" + "".join(f"{name} = {str(on).lower()}\n" for name, on in debug.items())
        out += '[capture]\nreplay = "metadata"\n' + configs.providers(self.provider.port)
        out += configs.models(["plain", stream_model(self.chunks)])
        out += configs.route("kept", ["plain"]) + 'cache = { mode = "exact", ttl_s = 3600 }\n'
        if key:
            out += f'[[keys]]\nname = "bench"\nkey = "{KEY}"\nrole = "member"\n'
        return out

    def start_maester(self, name: str = "maester", debug: dict | None = None, key: bool = True) -> Maester:
        directory = self.space.path / name
        directory.mkdir(exist_ok=True)
        return self.space.add(Maester(directory, self.config(debug, key), dev=not key, cpus=self.cores.server))

    def targets(self, maester: Maester | None) -> list:
        out = [Target("direct", self.provider.port, self.provider.port, None),
               Target("nginx", self.nginx.port, self.nginx.stream_port, self.nginx)]
        if maester:
            out.append(Target("maester", maester.port, maester.port, maester))
        return out

    def drive(self, port: int, *options) -> dict:
        """Every side gets the key's header, so that all carry the same bytes."""
        return loadgen(port, *options, "-H", f"authorization: Bearer {KEY}", cpus=self.cores.driver)


def have_maester() -> bool:
    return maester_binary().is_file()
