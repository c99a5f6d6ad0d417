"""The results as Markdown."""

TARGETS = ("direct", "nginx", "maester")


def table(head: list, rows: list) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def us(value: float) -> str:
    return f"{value:,.0f} us" if value < 10_000 else f"{value / 1000:,.1f} ms"


def throughput(rows: list) -> str:
    out = []
    for row in rows:
        for name in TARGETS:
            if name in row:
                r = row[name]
                out.append([f"{row['body_bytes'] // 1024} KiB", name, f"{r['rps']:,.0f}",
                            f"{r['to_nginx']:.2f}" if "to_nginx" in r else "", us(r["p50_us"]), us(r["p99_us"]),
                            f"{r['cpu_per_10k']:.3f}" if r["cpu_per_10k"] else "",
                            f"{r['provider_share']:.2f} + {r['driver_share']:.2f}", r["failed"]])
    return "## Throughput, 64 connections, closed loop, one core a server\n\n" + table(
        ["request", "through", "requests/s", "to nginx", "p50", "p99", "CPU s / 10,000", "rig CPU (provider + driver)",
         "failed"], out)


def latency(rows: list) -> str:
    out = []
    for row in rows:
        for name in TARGETS:
            if name in row:
                r, d = row[name], row["direct"]
                over = [us(max(0, r[p] - d[p])) if name != "direct" else "" for p in ("p50", "p99", "p999")]
                out.append([row["rate"], name, us(r["p50"]), us(r["p99"]), us(r["p999"]), *over,
                            f"{r['cpu_per_10k']:.3f}" if r["cpu_per_10k"] else "", r["failed"]])
    return "## Latency, open loop, 1 KiB requests\n\n" + table(
        ["requests/s", "through", "p50", "p99", "p99.9", "p50 over direct", "p99 over direct", "p99.9 over direct",
         "CPU s / 10,000", "failed"], out)


def streams(rows: list) -> str:
    out = []
    for row in rows:
        for name in TARGETS:
            if name in row:
                r, d = row[name], row["direct"]
                added = [us(max(0, r[p] - d[p])) if name != "direct" else ""
                         for p in ("first_p50", "first_p99", "delay_p50", "delay_p99")]
                out.append([row["streams"], row["opened"], name, us(r["first_p50"]), us(r["first_p99"]), us(r["delay_p50"]),
                            us(r["delay_p99"]), *added, r["wrong_chunks"], r["failed"]])
    return "## Concurrent streams, 10 chunks a second each\n\n" + table(
        ["streams", "opened", "through", "first chunk p50", "p99", "chunk delay p50", "p99", "first added p50", "p99",
         "delay added p50", "p99", "wrong chunks", "failed"], out)


def idle(data: dict) -> str:
    rows = [[name, *(f"{data[name]['idle'][kind] / 1024:.1f} MiB" for kind in ("rss", "pss"))]
            for name in ("nginx", "maester") if name in data]
    if "after_10k" in data:
        rows.append(["maester after 10,000 requests", *(f"{data['after_10k'][kind] / 1024:.1f} MiB" for kind in ("rss", "pss"))])
    out = "## At rest\n\n" + table(["", "RSS", "PSS"], rows)
    if "start_to_first_answer_ms" in data:
        out += f"\nFrom start to the first answer: {data['start_to_first_answer_ms']:.0f} ms\n"
    return out


def governance(rows: list) -> str:
    return "## What budgets and limits cost, 1 KiB requests, 64 connections\n\n" + table(
        ["switched on", "requests/s", "to key only", "CPU s / 10,000", "failed"],
        [[row["variant"], f"{row['rps']:,.0f}", f"{row['share']:.3f}", f"{row['cpu_per_10k']:.3f}", row["failed"]] for row in rows])


def cache(rows: list) -> str:
    return "## Answers from the cache, 1 KiB requests, 64 connections\n\n" + table(
        ["variant", "requests/s", "to nginx", "p99", "CPU s / 10,000", "failed"],
        [[r["variant"], f"{r['rps']:,.0f}", f"{r['to_nginx']:.3f}", us(r["p99_us"]), f"{r['cpu_per_10k']:.3f}", r["failed"]] for r in rows])


def features(rows: list) -> str:
    return "## What each feature costs, 1 KiB requests, 64 connections\n\n" + table(
        ["variant", "requests/s", "p99", "CPU s / 10,000", "CPU saved a request", "failed"],
        [[r["variant"], f"{r['rps']:,.0f}", us(r["p99_us"]), f"{r['cpu_per_10k']:.3f}", f"{r['cpu_saved_us']:+.1f} us",
          r["failed"]] for r in rows])


def tokens(rows: list) -> str:
    out = [[r["text"], r["encoding"], f"{r['bytes']:,}", f"{r['tokens']:,}", "yes" if r["tokens"] == r["tiktoken_tokens"] else
            f"no: {r['tiktoken_tokens']:,}", f"{r['per_second'] / 1e6:.2f}", f"{r['tiktoken_per_second'] / 1e6:.2f}",
            f"{r['per_second'] / r['tiktoken_per_second']:.1f}"] for r in rows]
    return "## Tokens a second, one core\n\n" + table(
        ["text", "encoding", "bytes", "tokens", "as tiktoken counts", "Maester, millions/s", "tiktoken, millions/s", "ratio"], out)


def guard(rows: list) -> str:
    return "## Guardrails, one core, text in which nothing is found\n\n" + table(
        ["rule", "us a KiB"], [[r["rule"], f"{r['us_per_kib']:.1f}"] for r in rows])


def markdown(results: dict) -> str:
    shown = {"throughput": throughput, "latency": latency, "streams": streams, "idle": idle, "features": features,
             "governance": governance, "cache": cache, "tokens": tokens, "guard": guard}
    parts = [f"# Maester bench, {results['date']}\n\n{results['machine']}; medians of {results['repeats']}; "
             f"cores: server {results['cores']['server']}, provider {results['cores']['provider']}, "
             f"driver {results['cores']['driver']}; load before {results['load']:.1f}\n"]
    parts += [show(results[name]) for name, show in shown.items() if results.get(name)]
    return "\n".join(parts)
