"""`maester eval run`: the page for a person, runs of what an earlier one left, what is refused by name."""
import html.parser
import json

from test_eval_run import SUITE, run

HOSTILE = """</pre></details><script>alert(1)</script><img src=x onerror=alert(2)><style>*{display:none}</style>&quot;'"""


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.rows, self.text, self.attributes, self.open = [], [], [], set(), []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attributes}
        if tag not in ("meta", "input"):
            self.open.append(tag)
        if tag == "details" and "row" in (dict(attributes).get("class") or ""):
            self.rows.append(dict(attributes)["class"].split()[1])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def page(path) -> Page:
    out = Page()
    out.feed(path.read_text())
    assert not out.open, "tags that do not close"
    return out


def test_the_page_shows_hostile_outputs_as_text(binary, tmp_path):
    rows = [{"vars": {"out": HOSTILE}, "description": HOSTILE, "assert": [{"type": "contains", "value": "nowhere", "metric": HOSTILE}]},
            {"vars": {"out": "long " * 5000}}, {"vars": {"out": "x"}, "assert": [{"type": "perplexity", "threshold": 1}]}]
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    (tmp_path / "s.yaml").write_text("prompts: ['{{out}}']\nproviders: [echo]\ndescription: '<b>bold</b>'\ntests: file://t.jsonl\n")
    done = run(binary, tmp_path, "s.yaml", "-o", "r.html")
    assert done.returncode == 100, done.stderr
    shown = page(tmp_path / "r.html")
    assert shown.rows == ["fail", "pass", "error"]
    assert not {"script", "img", "b1", "iframe", "link"} & set(shown.tags) and shown.tags.count("style") == 1
    assert not any(name.startswith("on") or name in ("src", "href") for name in shown.attributes)
    assert HOSTILE in shown.text, "the output itself, whole"
    assert "<b>bold</b>" in "".join(shown.text)
    # The long one is folded, and the sums are there.
    assert any("bytes, open to read" in text for text in shown.text)
    assert "default-src 'none'" in (tmp_path / "r.html").read_text()
    assert shown.tags.count("input") == 4 and not list(tmp_path.glob("*.partial"))


def test_an_earlier_runs_failures_are_run_again(binary, tmp_path):
    (tmp_path / "s.yaml").write_text(SUITE.replace("WORD", "Eve"))
    assert run(binary, tmp_path, "s.yaml", "-o", "r.jsonl").returncode == 100

    def indexes(*options):
        done = run(binary, tmp_path, "s.yaml", "-o", "n.jsonl", *options)
        return done.returncode, [json.loads(line)["testIdx"] for line in (tmp_path / "n.jsonl").read_text().splitlines()]

    assert indexes("--filter-failing", "r.jsonl") == (100, [2])
    none = run(binary, tmp_path, "s.yaml", "--filter-errors-only", "r.jsonl")
    assert none.returncode == 1 and "no test is selected" in none.stderr
    whole = (tmp_path / "r.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "cut.jsonl").write_text(whole[0] + whole[1][:40])
    assert indexes("--resume", "cut.jsonl") == (100, [1, 2])
    for wrong in (["--filter-failing", "s.yaml"], ["--filter-failing", "nosuch.jsonl"], ["--resume", "r.jsonl", "--filter-failing", "r.jsonl"]):
        assert run(binary, tmp_path, "s.yaml", *wrong).returncode == 2, wrong


def test_what_changes_a_run_is_done_or_refused(binary, tmp_path):
    base = "prompts: [x]\nproviders: [PROVIDER]\nMORE\ntests: [{vars: {}, options: {OPTIONS}}]\n"

    def outcome(provider="echo", more="", options=""):
        (tmp_path / "s.yaml").write_text(base.replace("PROVIDER", provider).replace("MORE", more).replace("OPTIONS", options))
        return run(binary, tmp_path, "s.yaml")

    for fine in ({"provider": "{id: echo, delay: 5}"}, {"more": "evaluateOptions: {delay: 5, cache: false, timeoutMs: 1000}"},
                 {"options": "runSerially: true"}, {"more": "commandLineOptions: {verbose: true}"}):
        assert outcome(**fine).returncode == 0, fine
    for refused in ({"more": "env: {A: b}"}, {"provider": "{id: echo, env: {A: b}}"}, {"provider": "{id: echo, inputs: {a: b}}"},
                    {"more": "evaluateOptions: {filterRange: '0:1'}"}, {"more": "evaluateOptions: {maxEvalTimeMs: 5}"},
                    {"more": "commandLineOptions: {filterPattern: x}"}, {"options": "storeOutputAs: x"}, {"provider": "{id: echo, delay: soon}"}):
        done = outcome(**refused)
        assert done.returncode == 1 and "s.yaml:" in done.stderr, (refused, done.stderr)


def test_retrieval_is_measured_in_a_suite(binary, tmp_path):
    (tmp_path / "s.yaml").write_text("""
prompts: ['{{found}}']
providers: [echo]
tests:
  - vars: {found: '["a", "x", "b"]'}
    assert:
      - {type: retrieval-recall, value: [a, b, c, d], threshold: 0.5, metric: recall}
      - {type: retrieval-mrr, value: [x], threshold: 0.5, metric: mrr}
      - {type: retrieval-map, value: {a: 1, b: 1}, metric: map}
      - {type: retrieval-ndcg, value: {a: 2, b: 1}, config: {k: 1}, metric: ndcg}
      - {type: not-retrieval-recall, value: [z]}
  - {description: no list, vars: {found: hello}, assert: [{type: retrieval-recall, value: [a]}]}
""")
    done = run(binary, tmp_path, "s.yaml", "-o", "r.jsonl")
    assert "1 of 2 passed, 0 failed, 1 error" in done.stdout, done.stdout
    named = json.loads((tmp_path / "r.jsonl").read_text().splitlines()[0])["namedScores"]
    assert named == {"recall": 0.5, "mrr": 0.5, "map": (1 + 2 / 3) / 2, "ndcg": 1}
