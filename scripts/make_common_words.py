#!/usr/bin/env python3
"""Makes src/retrieval/embed/data/common_words.txt of a list of words with counts ("word count" a line).

The list is SymSpell's frequency_dictionary_en_82_765.txt (PyPI symspellpy 6.10.1, MIT; its counts are from Google Books Ngrams,
CC BY 3.0, for the words of SCOWL). Kept is how rare a word is, in half steps of -ln(share of all words), not the counts.

usage: make_common_words.py frequency_dictionary_en_82_765.txt > common_words.txt
"""
import collections
import math
import sys

MOST = 30_000

counts = {}
with open(sys.argv[1], encoding="utf-8-sig") as lines:
    for line in lines:
        word, count = line.split()
        if word.isascii() and word.isalpha() and word.islower():
            counts[word] = int(count)
total = sum(counts.values())
classes = collections.defaultdict(list)
for word in sorted(counts, key=lambda w: (-counts[w], w))[:MOST]:
    classes[round(2 * math.log(total / counts[word]))].append(word)
for rarity in sorted(classes):
    print(rarity / 2, *sorted(classes[rarity]))
