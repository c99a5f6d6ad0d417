// /v1/evals/compare: two runs held against each other.
#include <array>
#include <charconv>

#include "api/body.h"
#include "api/eval_services.h"
#include "api/gate_handlers.h"
#include "codec/json_object.h"
#include "evals/compare/compare_json.h"
#include "wire/url.h"

namespace maester::api {
namespace {

using runtime::Task;

constexpr std::size_t kMostCases = 1000;  // of those that changed

struct Asked {
  std::string first, second;
  evals::CompareOptions options;
};

Status read_runs(Asked& out) {
  if (!out.first.empty() && !out.second.empty()) return {};
  return fail(Code::invalid_request,
              "`first` and `second` are the ids of two runs, the baseline first.",
              out.first.empty() ? "first" : "second");
}

Task<Result<Answer>> compared(Context& context, Asked asked) {
  auto work = [&]() -> Result<Answer> {
    TRY_ASSIGN(const evals::Comparison got,
               evals::compare_runs(context.deps.evals.runs, context.principal.tenant, asked.first,
                                   asked.second, asked.options));
    Answer answer;
    answer.body = evals::comparison_json(got, asked.options, kMostCases);
    return answer;
  };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

Result<double> number_of(std::string_view name, const std::string& text) {
  double out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error == std::errc{} && end == text.data() + text.size()) return out;
  return fail(Code::invalid_request, "`" + std::string(name) + "` must be a number.",
              std::string(name));
}

}  // namespace

Task<Result<Answer>> compare_evals(Context& context) {
  static constexpr std::array<std::string_view, 7> kKnown{
      "first", "second", "confidence", "min_effect", "approved_only", "resamples", "seed"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  const json::Value body = document.root();
  Asked asked;
  CO_TRY(json::read_text(body.get("first"), 64, asked.first));
  CO_TRY(json::read_text(body.get("second"), 64, asked.second));
  CO_TRY(read_runs(asked));
  if (const auto given = body.get("confidence"); !given.empty()) {
    CO_TRY_ASSIGN(asked.options.confidence, given.as_double());
  }
  if (const auto given = body.get("min_effect"); !given.empty()) {
    CO_TRY_ASSIGN(asked.options.min_effect, given.as_double());
  }
  if (const auto given = body.get("approved_only"); !given.empty()) {
    CO_TRY_ASSIGN(asked.options.approved_only, given.as_bool());
  }
  if (const auto given = body.get("resamples"); !given.empty()) {
    CO_TRY_ASSIGN(asked.options.resamples, given.as_int());
  }
  if (const auto given = body.get("seed"); !given.empty()) {
    CO_TRY_ASSIGN(const std::int64_t seed, given.as_int());
    asked.options.seed = static_cast<std::uint64_t>(seed);
  }
  auto comparing = compared(context, std::move(asked));
  co_return co_await std::move(comparing);
}

Task<Result<Answer>> show_comparison(Context& context) {
  const std::string_view query = context.request.query();
  Asked asked;
  asked.first = wire::query_parameter(query, "first").value_or("");
  asked.second = wire::query_parameter(query, "second").value_or("");
  CO_TRY(read_runs(asked));
  for (const auto& [name, to] : {std::pair{"confidence", &asked.options.confidence},
                                 std::pair{"min_effect", &asked.options.min_effect}}) {
    if (const auto text = wire::query_parameter(query, name)) {
      CO_TRY_ASSIGN(*to, number_of(name, *text));
    }
  }
  auto comparing = compared(context, std::move(asked));
  co_return co_await std::move(comparing);
}

}  // namespace maester::api
