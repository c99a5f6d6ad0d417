#!/usr/bin/env python3
"""Writes measures.jsonl: rankings with judgements and what trec_eval says of them (by pytrec_eval-terrier 0.5, which is
trec_eval 9 as a module). Run again only to record more: pip install pytrec-eval-terrier; record_measures.py > measures.jsonl
"""
import json
import random

import pytrec_eval

draw = random.Random(7)
for number in range(60):
    documents = [f"d{i}" for i in range(150)]
    grades = {d: draw.choice([-1, 0, 1, 1, 2, 3]) for d in draw.sample(documents, draw.randint(1, 40))}
    if not any(grade > 0 for grade in grades.values()):
        grades["d3"] = 2
    ranking = draw.sample(documents, draw.choice([0, 1, 5, 9, 10, 30, 140]))
    run = {d: float(len(ranking) - i) for i, d in enumerate(ranking)}
    measured = {"ndcg_cut_10": 0.0, "recip_rank": 0.0, "recall_100": 0.0, "map": 0.0}
    if run:  # trec_eval leaves out a query without answers; it is worth nothing
        evaluator = pytrec_eval.RelevanceEvaluator({"q": grades}, {"ndcg_cut.10", "recip_rank", "recall.100", "map"})
        measured = evaluator.evaluate({"q": run})["q"]
    print(json.dumps({"grades": grades, "ranking": ranking, **{name: measured[name] for name in
                      ("ndcg_cut_10", "recip_rank", "recall_100", "map")}}, separators=(",", ":")))
