"""Jobs put into a server's work.db as an earlier process left them: of a kind that nobody runs, so that they stand still."""
import sqlite3
import time
import uuid

from .programs import Maester

LIVE = ("queued", "running", "retry_wait")


def plant(server: Maester, tenant: str, state: str = "queued", subject: str = "planted", kind: str = "planted", **fields) -> str:
    """The id of the job."""
    now = time.time_ns()
    job = str(uuid.UUID(int=(time.time_ns() // 1_000_000 << 80) | (uuid.uuid4().int & ((1 << 80) - 1)) & ~(0xf << 76) | 7 << 76))
    row = {"tenant": tenant, "id": job, "kind": kind, "subject": subject, "payload": "{}", "unique_key": "", "state": state,
           "priority": 1, "attempts": 0, "crashes": 0, "epoch": 0, "lease_until": 0, "worker": "", "due_at": now, "created_at": now,
           "updated_at": now, "ended_at": 0 if state in LIVE else now, "error_code": "", "error_message": "", "result": "",
           "trace_id": uuid.uuid4().hex, **fields}
    with sqlite3.connect(server.data / "work.db", timeout=30) as db:
        db.execute(f"INSERT INTO jobs ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))
    db.close()
    return job
