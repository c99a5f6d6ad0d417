"""Which source files of a library may be compiled as one: reads their paths, a line each, and prints `BATCH PATH` for each.

Two files go together only when nothing that one of them keeps to itself (a name of its unnamed namespace, a macro, an alias) is so much as
mentioned by the other, but as a member or with its namespace before it: then neither can tell that the other is there. Names are found by
where clang-format leaves them, at the start of a line. One that is overlooked fails to compile; it cannot change what the program does,
because two definitions of one name are an error. CMake asks at configure time (cmake/MaesterModule.cmake).
"""
import re
import sys
from pathlib import Path

MOST = 8  # files of a batch: more save little, and a long last batch keeps one core busy while the others are idle

WORD = re.compile(r"[A-Za-z_]\w*")
MENTIONED = re.compile(r"(?<![\w:.>])[A-Za-z_]\w*")
TEXT = re.compile(r'''R"(\w*)\(.*?\)\1"|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])[']''', re.S)
DECLARED = re.compile(r"(\w+)\s*(?:[({=;\[]|$)")  # the name before what a declaration goes on with


class Source:
    def __init__(self, path: str):
        self.path = path
        text = TEXT.sub(" ", re.sub(r"^\}  // namespace$", "} namespace", Path(path).read_text(), flags=re.M))
        text = re.sub(r" +$", "", text, flags=re.M)
        self.words = set(MENTIONED.findall(text))
        self.kept = {}  # name: what it stands for
        for name in re.findall(r"^#define (\w+)|^namespace (\w+) =|^using (\w+) =|^TEST(?:_F|_P)?\((\w+),", text, re.M):
            self.kept["".join(name)] = path
        for target in re.findall(r"^using ([\w:]+::\w+);", text, re.M):
            self.kept[target.rpartition(":")[2]] = target
        for block in re.findall(r"^namespace \{$(.*?)^\} namespace$", text, re.S | re.M):
            self.keep_names(block)

    def keep_names(self, block: str) -> None:
        for line in re.findall(r"^(?!using [\w:]+;)[A-Za-z].*", block, re.M):
            found = re.match(r"(?:struct|class|enum class|using) (\w+)", line)
            found = found or DECLARED.search(re.sub(r"^template <.*?> ?(?=\w)|^\w+\(", "", line))
            if found:
                self.kept[found[1]] = self.path
        for enumerators in re.findall(r"^enum (?!class)\w*[^{]*\{([^}]*)\}", block, re.M):
            self.kept |= dict.fromkeys(WORD.findall(enumerators), self.path)

    def disturbs(self, other: "Source") -> bool:
        return any(name in other.words and other.kept.get(name) != meaning for name, meaning in self.kept.items())


def main() -> None:
    batches: list[list[Source]] = []
    for path in sorted(sys.stdin.read().split()):
        source = Source(path)
        for batch in batches:
            if len(batch) < MOST and not any(source.disturbs(one) or one.disturbs(source) for one in batch):
                batch.append(source)
                break
        else:
            batches.append([source])
    for number, batch in enumerate(batches):
        for source in batch:
            print(number, source.path)


if __name__ == "__main__":
    main()
