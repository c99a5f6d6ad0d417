#!/usr/bin/env python3
"""Refuses includes that break the architecture.

- An include may point only to the own module or to one that stands above it in CMakeLists.txt's list, and DEPS of a module's
  CMakeLists.txt must name what its files include.
- Heavy third-party headers stay in the .cc files of the modules that own them.
- Sockets are opened in wire/ only.

usage: check_layers.py [ROOT] | --self-test
"""
import re
import sys
import tempfile
from pathlib import Path

# header prefix -> (modules that may include it, may it stand in a header file?)
HEAVY = {
    "boost/": ({"runtime", "wire"}, False),
    "openssl/": ({"base", "wire", "access", "store"}, False),
    "sqlite3.h": ({"store"}, False),
    "simdjson": ({"codec"}, False),
    "toml++/": ({"app"}, False),
    "CLI/": ({"app"}, False),
    "sodium": ({"access", "store"}, False),
    "re2/": ({"codec", "checks"}, False),
    "unicode/": ({"codec", "checks", "retrieval", "ingest", "extract"}, False),
    # Readers of hostile documents live outside of the server (extract/README.md); poppler is GPL and has its own program.
    "poppler": ({"extract/pdf"}, False),
    "gumbo.h": ({"extract"}, True),
    "md4c.h": ({"extract"}, False),
    "zip.h": ({"extract"}, False),
    "pugixml.hpp": ({"extract"}, True),
    "seccomp.h": ({"extract"}, False),
    "fmt/": (None, False),
}
SOCKET_CALLS = re.compile(r"(?<![\w.>])(?:::)?(?:socket|connect|getaddrinfo|accept4?|bind|listen)\s*\(")
SOCKET_HEADERS = {"sys/socket.h", "netdb.h", "netinet/in.h", "arpa/inet.h", "sys/un.h"}
SOCKET_MODULES = {"wire"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
STRINGS_AND_COMMENTS = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.S)


def module_order(root: Path) -> list:
    match = re.search(r"foreach\(module ([^)]*)\)", (root / "CMakeLists.txt").read_text())
    return match.group(1).split()


def declared_deps(root: Path, module: str) -> set:
    text = (root / "src" / module / "CMakeLists.txt").read_text()
    match = re.search(r"\bDEPS\s+(.*?)(?:\bLIBS\b|\bTEST_LIBS\b|\))", text, re.S)
    return set(match.group(1).split()) if match else set()


# What the programs of extract/ may use of the server, and which of their folders may use which.
EXTRACT_MODULES = {"base", "codec", "ingest"}
EXTRACT_FOLDERS = {"formats": {"formats"}, "child": {"child", "formats"}, "pdf": {"pdf", "child", "formats"}}


def check_program(root: Path, path: Path) -> list:
    """A file of extract/: no server module but the lowest, no other program's folder, heavy headers where they belong."""
    where = path.relative_to(root)
    folder = where.parts[1]
    is_test = folder == "tests" or path.stem.endswith(("_test", "_fuzz", "_bench", "_probe"))
    faults = []
    for mark, name in INCLUDE.findall(path.read_text(errors="replace")):
        parts = name.split("/")
        if mark == '"' and parts[0] == "extract" and parts[1] not in EXTRACT_FOLDERS.get(folder, set()) and not is_test:
            faults.append(f'{where}: #include "{name}": {folder} does not stand below {parts[1]}')
        if mark == '"' and parts[0] not in EXTRACT_MODULES | {"extract", "support"} and not is_test:
            faults.append(f'{where}: #include "{name}": programs of extract/ use {", ".join(sorted(EXTRACT_MODULES))} only')
        if name in SOCKET_HEADERS and not is_test:
            faults.append(f"{where}: <{name}>: nothing in extract/ opens a socket")
        for prefix, (modules, header_too) in HEAVY.items():
            if not name.startswith(prefix) or mark == '"':
                continue
            if modules is not None and not modules & {"extract", f"extract/{folder}"} and not is_test:
                faults.append(f"{where}: <{name}> belongs to {', '.join(sorted(modules))}")
            elif path.suffix == ".h" and not header_too:
                faults.append(f"{where}: <{name}> may stand in .cc files only")
    return faults


def check(root: Path) -> list:
    order = module_order(root)
    rank = {name: i for i, name in enumerate(order)}
    faults = []
    deps = {}
    for module in order:
        if (root / "src" / module / "CMakeLists.txt").exists():
            deps[module] = declared_deps(root, module)
            for dep in deps[module]:
                if rank.get(dep, len(order)) >= rank[module]:
                    faults.append(f"src/{module}/CMakeLists.txt: DEPS names {dep}, which does not stand above {module}")

    def reachable(module: str) -> set:
        seen, todo = set(), [module]
        while todo:
            for dep in deps.get(todo.pop(), ()):
                if dep not in seen:
                    seen.add(dep)
                    todo.append(dep)
        return seen

    for path in sorted((root / "src").rglob("*")) + sorted((root / "extract").rglob("*")):
        if path.suffix not in (".h", ".cc"):
            continue
        if path.is_relative_to(root / "extract"):
            faults += check_program(root, path)
            continue
        module = path.relative_to(root / "src").parts[0]
        where = path.relative_to(root)
        if module not in rank:
            faults.append(f"{where}: src/{module} is not in CMakeLists.txt's list of modules")
            continue
        text = path.read_text(errors="replace")
        is_test = path.stem.endswith(("_test", "_fuzz", "_bench"))
        allowed = reachable(module) | {module}
        for mark, name in INCLUDE.findall(text):
            first = name.split("/")[0]
            if mark == '"' and first in rank and first not in allowed:
                reason = "points upwards" if rank[first] > rank[module] else "is missing in its DEPS"
                faults.append(f'{where}: #include "{name}" {reason}')
            if name in SOCKET_HEADERS and module not in SOCKET_MODULES and not is_test:
                faults.append(f"{where}: <{name}>: sockets are opened in wire/ only")
            for prefix, (modules, header_too) in HEAVY.items():
                if not name.startswith(prefix):
                    continue
                if modules is not None and module not in modules and not is_test:
                    faults.append(f"{where}: <{name}> belongs to {', '.join(sorted(modules))}")
                elif path.suffix == ".h" and not header_too:
                    faults.append(f"{where}: <{name}> may stand in .cc files only")
        if module not in SOCKET_MODULES and not is_test:
            code = STRINGS_AND_COMMENTS.sub(" ", text)
            for call in SOCKET_CALLS.findall(code):
                if SOCKET_HEADERS & {name for _, name in INCLUDE.findall(text)} or call.strip().startswith("::"):
                    faults.append(f"{where}: {call.strip()}...): sockets are opened in wire/ only")
    return faults


def self_test() -> int:
    """Each planted violation must be found, and the clean tree must be clean."""
    plants = {
        "an include that points upwards": ("base/a.h", '#include "wire/x.h"\n'),
        "an include missing in DEPS": ("wire/a.cc", '#include "store/x.h"\n#include "codec/x.h"\n'),
        "boost in a header": ("wire/a.h", "#include <boost/asio.hpp>\n"),
        "boost outside wire and runtime": ("base/a.cc", "#include <boost/asio.hpp>\n"),
        "sqlite outside store": ("base/a.cc", "#include <sqlite3.h>\n"),
        "simdjson outside codec": ("wire/a.cc", "#include <simdjson.h>\n"),
        "a socket header outside wire": ("base/a.cc", "#include <sys/socket.h>\n"),
        "a connect call outside wire": ("base/a.cc", "int f() { return ::connect(1, p, n); }\n"),
        "poppler in the server": ("base/a.cc", "#include <poppler-document.h>\n"),
        "poppler outside of extract/pdf": ("../extract/formats/a.cc", "#include <poppler-document.h>\n"),
        "a server module in a child": ("../extract/child/a.cc", '#include "store/x.h"\n'),
        "formats that use pdf": ("../extract/formats/a.cc", '#include "extract/pdf/x.h"\n'),
    }
    failed = 0
    for what, (name, text) in [("nothing", ("base/ok.cc", '#include "base/ok.h"\n'))] + list(plants.items()):
        with tempfile.TemporaryDirectory() as directory:
            root = Path(directory)
            (root / "CMakeLists.txt").write_text("foreach(module base codec wire store)\n")
            for module, dep_list in {"base": "", "codec": "DEPS base", "wire": "DEPS base", "store": "DEPS wire"}.items():
                (root / "src" / module).mkdir(parents=True)
                (root / "src" / module / "CMakeLists.txt").write_text(f"maester_module({module} {dep_list})\n")
            for folder in ("formats", "child", "pdf"):
                (root / "extract" / folder).mkdir(parents=True)
            (root / "src" / name).write_text(text)
            found = bool(check(root))
            if found != (what != "nothing"):
                print(f"self-test: planted {what}: {'found' if found else 'not found'}")
                failed += 1
    print(f"check_layers self-test: {len(plants) + 1 - failed} passed, {failed} failed")
    return 1 if failed else 0


def main() -> int:
    if "--self-test" in sys.argv:
        return self_test()
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    faults = check(root)
    print("\n".join(faults) if faults else "layers: every include points to a module that stands above")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
