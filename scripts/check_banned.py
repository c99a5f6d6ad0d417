#!/usr/bin/env python3
"""Refuses constructs that the project does without, each with its reason.

usage: check_banned.py [ROOT] | --self-test
"""
import re
import sys
import tempfile
from pathlib import Path

# (pattern, where it is banned, the reason, a planted violation)
RULES = [
    (r"std::(w?regex|basic_regex)|<regex>", r"", "std::regex is neither linear nor bounded: use RE2", "std::regex r;"),
    (r"\b(float|double)\b", r"^src/meter/", "money is integers: no floating point in meter/", "double price;"),
    (r"\b(?:std::)?(system|popen)\s*\(", r"^(src|extract)/", "no shell: nothing that comes in may name a program", 'system("ls");'),
    (r"\b(gets|strcpy|strcat|sprintf|vsprintf|strtok)\s*\(", r"^(src|extract)/", "unbounded or not reentrant", "strcpy(a, b);"),
    (r"(?<![\w:])(?:std::)?s?rand\s*\(", r"^(src|extract)/", "randomness comes from the injected Random", "int x = rand();"),
    (r"std::random_device|std::mt19937", r"^(src|extract)/", "randomness comes from the injected Random", "std::mt19937 g;"),
    (r"(system|steady|high_resolution)_clock::now|\btime\s*\(\s*(nullptr|NULL|0)\s*\)", r"^(src|extract)/",
     "time comes from the injected Clock", "auto t = std::chrono::steady_clock::now();"),
    (r"std::(stoi|stol|stoul|stoll|stoull|stod|stof|atoi)\b|\b(atoi|atol|strtol)\s*\(", r"^(src|extract)/",
     "throws, or forgives rubbish: use std::from_chars", "int n = std::stoi(s);"),
    (r"\.detach\s*\(\)", r"^(src|extract)/", "no thread without an owner", "t.detach();"),
    (r"std::(cout|cerr|endl)\b", r"^(src/(?!app/|api/)|extract/)", "say it through obs::Log", "std::cerr << 1;"),
]
COMMENT_RULES = [(r"\b(TODO|FIXME|XXX|HACK)\b", "finish it, or open an issue", "// TODO: later")]
# Where a rule must not apply, with the reason.
ALLOWED = {
    ("scripts/check_banned.py", None): "names what it bans",
}
IS_TEST = re.compile(r"_(test|bench|fuzz)\.cc$|^tests/|^bench/")
TEST_RULES = {0, 3}  # the rules that hold in tests too, by index
NOT_CODE = re.compile(r'''R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])'|//[^\n]*|/\*.*?\*/''', re.S)


def blank(match: re.Match) -> str:
    return re.sub(r"[^\n]", " ", match.group(0))


def check(root: Path) -> list:
    faults = []
    for folder in ("src", "extract", "tests", "bench", "scripts"):
        for path in sorted((root / folder).rglob("*")) if (root / folder).exists() else []:
            if path.suffix not in (".h", ".cc", ".py") or "node_modules" in path.parts:
                continue
            name = str(path.relative_to(root))
            if (name, None) in ALLOWED:
                continue
            text = path.read_text(errors="replace")
            for pattern, reason, _ in COMMENT_RULES:
                for match in re.finditer(pattern, text):
                    faults.append(f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {match.group(0)}: {reason}")
            if path.suffix == ".py":
                continue
            code = NOT_CODE.sub(blank, text)
            for index, (pattern, where, reason, _) in enumerate(RULES):
                if IS_TEST.search(name) and index not in TEST_RULES:
                    continue
                if not re.search(where, name):
                    continue
                for match in re.finditer(pattern, code):
                    faults.append(f"{name}:{code.count(chr(10), 0, match.start()) + 1}: {match.group(0).strip()}: {reason}")
    return faults


def self_test() -> int:
    plants = [plant for *_, plant in RULES] + [plant for *_, plant in COMMENT_RULES]
    failed = 0
    for text in ["int ok; // a double in words only\nconst char* s = \"system(\";"] + plants:
        with tempfile.TemporaryDirectory() as directory:
            (Path(directory) / "src/meter").mkdir(parents=True)
            (Path(directory) / "src/meter/a.cc").write_text(text + "\n")
            if bool(check(Path(directory))) != (text in plants):
                print(f"self-test: {text!r} was {'refused' if text not in plants else 'not found'}")
                failed += 1
    print(f"check_banned self-test: {len(plants) + 1 - failed} passed, {failed} failed")
    return 1 if failed else 0


def main() -> int:
    if "--self-test" in sys.argv:
        return self_test()
    faults = check(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent)
    print("\n".join(faults) if faults else "banned constructs: none")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
