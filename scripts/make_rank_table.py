#!/usr/bin/env python3
"""Turns a .tiktoken file into the table that codec/tokens/rank_table.h reads in place (docs/formats/rank-table.md).

usage: make_rank_table.py INPUT.tiktoken OUTPUT.bin
"""
import base64
import struct
import sys

MAGIC = 0x314B4E52  # "RNK1"
MASK = (1 << 64) - 1
MULTIPLIER = 0x9E3779B97F4A7C15
EMPTY = 0xFFFFFFFF
ID_BITS = 18


def token_hash(token):
    """The same as hash_token() in rank_table.h: eight bytes at a time, the tail padded with zeros."""
    value = len(token)
    for at in range(0, len(token), 8):
        word = int.from_bytes(token[at:at + 8], "little")
        value = ((value ^ word) * MULTIPLIER) & MASK
        value ^= value >> 32
    return value


def main():
    with open(sys.argv[1], "rb") as file:
        pairs = [line.split() for line in file if line.strip()]
    tokens = {int(rank): base64.b64decode(text) for text, rank in pairs}
    count = len(tokens)
    known = set(tokens.values())
    if count >= 1 << ID_BITS or max(tokens) != count - 1 or len(known) != count:
        sys.exit("make_rank_table: ranks with holes, repeated tokens, or too many")
    if any(bytes([byte]) not in known for byte in range(256)):
        sys.exit("make_rank_table: a byte has no token")
    slots_bits = (2 * count - 1).bit_length()
    slots = [EMPTY] * (1 << slots_bits)
    mask = len(slots) - 1
    for rank in sorted(tokens):
        value = token_hash(tokens[rank])
        at = value & mask
        while slots[at] != EMPTY:
            at = (at + 1) & mask
        slots[at] = (value >> (64 - (32 - ID_BITS))) << ID_BITS | rank
    offsets, blob = [0], bytearray()
    for rank in range(count):
        blob += tokens[rank]
        offsets.append(len(blob))
    longest = max(map(len, known))
    with open(sys.argv[2], "wb") as out:
        out.write(struct.pack("<4I", MAGIC, count, slots_bits, longest))
        out.write(struct.pack(f"<{len(slots)}I", *slots))
        out.write(struct.pack(f"<{len(offsets)}I", *offsets))
        out.write(blob)


if __name__ == "__main__":
    main()
