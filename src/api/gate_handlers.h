// The functions behind the routes of gates and comparison.
#pragma once

#include "api/route.h"

namespace maester::api {

// gates.cc
runtime::Task<Result<Answer>> create_gate(Context&);
runtime::Task<Result<Answer>> list_gates(Context&);
runtime::Task<Result<Answer>> show_gate(Context&);
runtime::Task<Result<Answer>> delete_gate(Context&);
runtime::Task<Result<Answer>> check_gate(Context&);
runtime::Task<Result<Answer>> list_gate_decisions(Context&);

// eval_compare.cc
runtime::Task<Result<Answer>> compare_evals(Context&);
runtime::Task<Result<Answer>> show_comparison(Context&);

}  // namespace maester::api
