#!/usr/bin/env python3
"""Makes small static tables with tokenizers of each kind, and what the official library makes of some texts with them.

For each folder beside this file: model.safetensors, tokenizer.json, config.json, expected.jsonl ({"text", "tokens", "vector"}).
Run again only to record more: pip install model2vec==0.10.0 tokenizers==0.23.3 && record_static.py
"""
import json
import shutil
from pathlib import Path

import numpy as np
from model2vec import StaticModel
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

HERE = Path(__file__).resolve().parent
CORPUS = [
    "The aeroplane's wings carry the load; the loads were measured at high speed.",
    "Measuring pressures along a heated wall gives the coefficients of friction.",
    "Vitamin B12 lowers the level of homocysteine in the blood of older patients.",
    "She sells 12 sea shells, 345 of them by the sea shore, for 6,789.50 euros.",
    "Größe und Straße: naïve café déjà vu, Ünïcödé and ASCII.",
    "東京と京都 are cities; 한국어 is a language; русский тоже.",
    "def main(argv): return [x for x in argv if x != '--help']",
] * 4
TEXTS = [
    "", " ", "the", "The wings carry loads.", "unmeasurable aeroplanes!", "Größe der Straße", "naïve  CAFÉ\tdéjà\nvu",
    "東京 cities 한국어", "B12 & homocysteine (345)", "x != '--help'", "don't we'll I'm", "\u200bzero\u00a0width\u0007 bell", "🙂 emoji 👩‍👩‍👧",
    "İstanbul ΣΑΣ ﬁne ①", "a_b-c.d/e", "measure " * 300, "русский язык", "quite unknown zzzqqq", "12345678 6,789.50",
    "  leading and trailing  ", "e\u0301clair and \u00e9clair", "\ufeffmark", "supercalifragilisticexpialidocious" * 4,
]


def trained(model, trainer, normalizer, pre_tokenizer) -> Tokenizer:
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


def kinds() -> dict:
    bert = {"special_tokens": ["[PAD]", "[UNK]"], "vocab_size": 260}
    yield "wordpiece", trained(models.WordPiece(unk_token="[UNK]"), trainers.WordPieceTrainer(**bert),
                               normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()), {}
    yield "wordpiece_cased", trained(
        models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=20), trainers.WordPieceTrainer(**bert),
        normalizers.BertNormalizer(lowercase=False), pre_tokenizers.Whitespace()), {"dtype": np.float16}
    yield "unigram", trained(
        models.Unigram(), trainers.UnigramTrainer(vocab_size=220, unk_token="<unk>", special_tokens=["<unk>"]),
        normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " "), normalizers.Lowercase()]),
        pre_tokenizers.Metaspace()), {"weights": True}
    yield "bpe_bytes", trained(models.BPE(), trainers.BpeTrainer(
        vocab_size=420, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()),
        normalizers.NFC(), pre_tokenizers.ByteLevel(add_prefix_space=False)), {"mapping": True}
    yield "bpe_split", trained(
        models.BPE(unk_token="[UNK]"), trainers.BpeTrainer(vocab_size=260, special_tokens=["[UNK]"]),
        normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents(), normalizers.Strip()]),
        pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Digits(individual_digits=True),
                                 pre_tokenizers.Punctuation(behavior="merged_with_next"),
                                 pre_tokenizers.Split(Regex("[-_]"), "merged_with_previous")])), {"dtype": np.int8}
    words = {"[UNK]": 0}
    for text in CORPUS:
        for word in text.lower().split():
            words.setdefault(word, len(words))
    level = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    level.normalizer = normalizers.Lowercase()
    level.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    yield "words", level, {"max_length": 3}


for seed, (name, tokenizer, options) in enumerate(kinds()):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    draw = np.random.default_rng(seed)
    size = max(tokenizer.get_vocab().values()) + 1
    dtype = options.get("dtype", np.float32)
    rows = 40 if options.get("mapping") else size
    table = draw.normal(size=(rows, 8))
    table = (table * 40).astype(np.int8) if dtype == np.int8 else table.astype(dtype)
    model = StaticModel(
        table, tokenizer, normalize=True, max_length=options.get("max_length", 512),
        weights=draw.uniform(0.1, 2, size=size).astype(np.float32) if options.get("weights") else None,
        token_mapping=draw.integers(0, rows, size=size) if options.get("mapping") else None)
    model.save_pretrained(folder)
    for extra in ("README.md", "modules.json"):
        (folder / extra).unlink(missing_ok=True)
    with open(folder / "expected.jsonl", "w") as out:
        for text in TEXTS:
            vector = model.encode([text])[0].astype(float)
            tokens = model.tokenize([text])[0]
            out.write(json.dumps({"text": text, "tokens": tokens, "vector": [round(float(x), 6) for x in vector]}) + "\n")
