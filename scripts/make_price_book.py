#!/usr/bin/env python3
"""Makes src/meter/data/builtin_prices.toml from LiteLLM's model_prices_and_context_window.json.

    scripts/make_price_book.py ../shared/data/pricing/litellm_model_prices.json > src/meter/data/builtin_prices.toml

Keeps chat and embedding models of the providers below and the prices that the meter knows, exactly (decimals, never binary fractions). The output depends on the input alone.
"""
import json
import re
import sys
from decimal import Decimal

PROVIDERS = {"openai", "text-completion-openai", "anthropic", "gemini", "mistral", "cohere", "cohere_chat", "deepseek",
             "xai", "groq"}
MODES = {"chat", "responses", "completion", "embedding", "realtime"}
PER_MILLION, PER_UNIT, PER_1000 = Decimal(1_000_000), Decimal(1), Decimal("0.001")
FIELDS = {  # in the order of PriceField (src/meter/price.cc): the table's name, ours, the factor between them
    "input_cost_per_token": ("input", PER_MILLION),
    "cache_read_input_token_cost": ("cache_read", PER_MILLION),
    "input_cost_per_token_cache_hit": ("cache_hit", PER_MILLION),
    "cache_read_input_audio_token_cost": ("cached_audio_input", PER_MILLION),
    "cache_creation_input_token_cost": ("cache_write", PER_MILLION),
    "cache_creation_input_token_cost_above_1hr": ("cache_write_1h", PER_MILLION),
    "cache_creation_input_audio_token_cost": ("cache_write_audio", PER_MILLION),
    "input_cost_per_audio_token": ("audio_input", PER_MILLION),
    "input_cost_per_image_token": ("image_input", PER_MILLION),
    "output_cost_per_token": ("output", PER_MILLION),
    "output_cost_per_reasoning_token": ("reasoning", PER_MILLION),
    "output_cost_per_audio_token": ("audio_output", PER_MILLION),
    "output_cost_per_image_token": ("image_output", PER_MILLION),
    "output_cost_per_video_token": ("video_output", PER_MILLION),
    "citation_cost_per_token": ("citation", PER_MILLION),
    "input_cost_per_image": ("per_image_in", PER_UNIT),
    "output_cost_per_image": ("per_image_out", PER_UNIT),
    "input_cost_per_pixel": ("per_pixel_in", PER_UNIT),
    "output_cost_per_pixel": ("per_pixel_out", PER_UNIT),
    "input_cost_per_character": ("per_character_in", PER_UNIT),
    "output_cost_per_character": ("per_character_out", PER_UNIT),
    "input_cost_per_second": ("per_second_in", PER_UNIT),
    "output_cost_per_second": ("per_second_out", PER_UNIT),
    "input_cost_per_audio_per_second": ("per_audio_second_in", PER_UNIT),
    "input_cost_per_video_per_second": ("per_video_second_in", PER_UNIT),
    "output_cost_per_video_per_second": ("per_video_second_out", PER_UNIT),
    "input_cost_per_query": ("per_query", PER_UNIT),
    "input_cost_per_request": ("per_request", PER_UNIT),
    "ocr_cost_per_page": ("per_page", PER_UNIT),
    "annotation_cost_per_page": ("per_annotated_page", PER_UNIT),
    "code_interpreter_cost_per_session": ("per_code_session", PER_UNIT),
    "file_search_cost_per_1k_calls": ("per_file_search", PER_1000),
    "ocr_cost_per_credit": ("per_credit", PER_UNIT),
}
CONDITION = re.compile(r"(?:_above_(\d+)k_tokens)?(?:_(priority|flex|batches))?$")
TIERS = ["priority", "flex", "batches", None]


def decimal_text(value):
    text = format(value.normalize(), "f")
    return text


def field_key(name):
    """(sort key, short key, factor) of a table field, or None when it is not carried."""
    for table_name, (short, factor) in sorted(FIELDS.items(), key=lambda item: -len(item[0])):
        if not name.startswith(table_name):
            continue
        match = CONDITION.fullmatch(name[len(table_name):])
        if match:
            above, tier = match.groups()
            key = short + (f"_above_{above}k" if above else "") + (f"_{tier}" if tier else "")
            return (-int(above or 0), TIERS.index(tier), list(FIELDS).index(table_name)), key, factor
    return None


def line(model, entry):
    parts = [("provider", f'"{entry["litellm_provider"]}"'), ("mode", f'"{entry["mode"]}"')]
    for table_name, short in (("max_input_tokens", "max_input"), ("max_output_tokens", "max_output")):
        limit = entry.get(table_name)
        if isinstance(limit, (int, Decimal)) and limit == int(limit):  # some are written as 2000000.0
            parts.append((short, str(int(limit))))
    prices = []
    for name, value in entry.items():
        found = field_key(name)
        if found and isinstance(value, (int, Decimal)):
            rank, key, factor = found
            prices.append((rank, key, f'"{decimal_text(Decimal(value) * factor)}"'))
    parts += [(key, text) for _, key, text in sorted(prices)]
    for size, price in sorted((entry.get("search_context_cost_per_query") or {}).items(),
                              key=lambda item: ("low", "medium", "high").index(item[0].rsplit("_", 1)[1])):
        parts.append((size.replace("search_context_size", "search"), f'"{decimal_text(Decimal(price))}"'))
    for region in ("eu", "us"):
        factor = entry.get(f"regional_processing_uplift_multiplier_{region}")
        if factor is not None:
            parts.append((f"uplift_{region}", f'"{decimal_text(Decimal(factor))}"'))
    if not prices:
        return None
    return f'"{model}" = {{ ' + ", ".join(f"{key} = {text}" for key, text in parts) + " }"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        table = json.load(file, parse_float=Decimal)
    day = table["last_updated"][:10]
    print("# Built-in prices. Generated by scripts/make_price_book.py from LiteLLM's table (MIT) of the day below; do not edit.")
    print(f'effective_from = "{day}"')
    for model in sorted(table, key=lambda name: name.encode()):
        entry = table[model]
        if isinstance(entry, dict) and entry.get("litellm_provider") in PROVIDERS and entry.get("mode") in MODES:
            text = line(model, entry)
            if text:
                print(text)


if __name__ == "__main__":
    main()
