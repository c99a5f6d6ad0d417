// The receipt: every version that made an answer, what was tried, used, spent and decided
// (docs/formats/receipt.md). Also the pieces that answers share with it.
#pragma once

#include <string>

#include "codec/json_writer.h"
#include "gateway/pipeline/call.h"

namespace maester::gateway {

// One JSON object. `error` is what the client was told, null for a good answer.
std::string write_receipt(const Call& call, const Error* error);

// The `maester` object of an answer (CONTRACT.md §3).
void write_maester(json::Writer& w, const Call& call);

// {model, input_tokens, output_tokens, total_tokens, input_cost_usd, output_cost_usd,
// total_cost_usd, unit}; with six decimals on Maester's own routes, exact elsewhere. Costs are null
// for an unpriced model.
void write_cost(json::Writer& w, const Call& call, bool six_decimals);

// The `budget` object of CONTRACT.md §5.
void write_budget(json::Writer& w, const Call& call, bool six_decimals);
void write_estimate(json::Writer& w, const Estimate& estimate, bool six_decimals);

}  // namespace maester::gateway
