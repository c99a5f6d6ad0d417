"""maester ingest, search, ask, collections, eval retrieval and jobs, as a person uses them."""
import json
import os
import subprocess

import pytest
from support.access import SIMULATED
from support.knowledge import ENGINEERING, REFUNDS
from support.programs import Maester, maester_binary


@pytest.fixture(scope="module")
def server(space, binary):
    directory = space.path / "cli"
    directory.mkdir()
    return space.add(Maester(directory, SIMULATED))


@pytest.fixture
def maester(server):
    def run(*arguments, status: int = 0) -> str:
        done = subprocess.run([maester_binary(), *arguments], capture_output=True, text=True, timeout=60,
                              env={**os.environ, "MAESTER_URL": f"http://127.0.0.1:{server.port}"})
        assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
        return done.stdout + done.stderr
    return run


@pytest.fixture
def wiki(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "refunds.txt").write_text(REFUNDS)
    (tmp_path / "sub" / "expenses.md").write_text(ENGINEERING)
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4\nnothing")
    (tmp_path / "nothing.txt").write_bytes(b"")
    (tmp_path / ".hidden.txt").write_text("not me")
    return tmp_path


def test_a_folder_in_and_questions_out(maester, wiki):
    told = maester("ingest", str(wiki), "--collection", "wiki", status=1)
    assert "broken.pdf" in told and "corrupt" in told and "2 ready (0 unchanged), 1 failed, 0 need OCR, 1 empty" in told
    (wiki / "broken.pdf").unlink()
    again = json.loads(maester("ingest", str(wiki), "--collection", "wiki", "-o", "json"))
    assert (again["ready"], again["unchanged"], again["empty"]) == (2, 3, 1)
    found = maester("search", "how long do refunds take", "--collection", "wiki")
    assert "refunds.txt" in found and "14 days" in found
    hits = json.loads(maester("search", "comptroller", "-c", "wiki", "--mode", "lexical", "-o", "json"))["hits"]
    assert [hit["source_id"] for hit in hits] == ["sub/expenses.md"] and "Travel" in hits[0]["section"] + hits[0]["text"]
    assert "request" in maester("ask", "How long do refunds take?", "-c", "wiki")
    assert "cannot answer" in maester("ask", "Capital of Mongolia?", "-c", "wiki")
    assert "wiki" in maester("collections", "list") and "sub/expenses.md" in maester("collections", "documents", "wiki")


def test_an_index_is_judged_before_it_goes_live(maester, tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    for i in range(20):
        (folder / f"d{i}.txt").write_text(f"Document about subject{i}. It says things. Refunds of kind{i}.")
    maester("ingest", str(folder), "-c", "judged")
    queries, qrels = tmp_path / "queries.jsonl", tmp_path / "qrels.tsv"
    queries.write_text("".join(json.dumps({"_id": str(i), "text": f"subject{i}"}) + "\n" for i in range(20)))
    qrels.write_text("query-id\tcorpus-id\tscore\n" + "".join(f"{i}\td{i}.txt\t1\n" for i in range(20)))
    given = ["eval", "retrieval", "-c", "judged", "--queries", str(queries), "--qrels", str(qrels)]
    report = json.loads(maester(*given, "--mode", "lexical", "-o", "json"))
    assert report["index_version"] == "v1" and report["passed"] and report["report"]["ndcg"]["mean"] > 0.95, report
    assert "refused" in maester(*given, "--mode", "lexical", "--min", "recall=1.5", status=100)
    built = json.loads(maester("collections", "build", "judged", "--embedding", "none", "-o", "json"))
    for _ in range(200):
        if json.loads(maester("jobs", "show", built["job_id"], "-o", "json"))["state"] == "succeeded":
            break
    told = maester(*given, "--mode", "lexical", "--index-version", "v2", "--against", "v1", "--no-worse")
    assert "judged v2" in told and "against v1" in told
    assert "v2" in maester("collections", "flip", "judged", "v2") and "v1" in maester("collections", "rollback", "judged")


def test_wrong_use_is_told(maester, tmp_path):
    assert "no file or folder" in maester("ingest", str(tmp_path / "nothing"), "-c", "x", status=2)
    assert "no collection" in maester("search", "x", "-c", "nothere", status=1)
    assert "--filters is not JSON" in maester("search", "x", "-c", "wiki", "--filters", "{", status=2)
    bad = tmp_path / "bad.jsonl"
    bad.write_text("not json\n")
    told = maester("eval", "retrieval", "-c", "wiki", "--queries", str(bad), "--qrels", str(bad), status=2)
    assert "bad.jsonl" in told and "1" in told
