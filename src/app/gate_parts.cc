#include "app/gate_parts.h"

#include "app/runtime_parts.h"

namespace maester::app {
namespace {

class PromptGuard final : public prompts::ReleaseGuard {
 public:
  explicit PromptGuard(access::ReleaseGuard& gates) : gates_(gates) {}
  Status may_move(const prompts::LabelMove& move) override {
    access::Release out;
    out.tenant = move.tenant;
    out.kind = "prompt_label";
    out.object = move.prompt;
    out.slot = move.label;
    out.from = move.from;
    out.to = move.to;
    out.rollback = move.rollback;
    out.role = access::Role::member;
    return gates_.may_release(out);
  }

 private:
  access::ReleaseGuard& gates_;
};

class NoRuns final : public evals::RunResults {
  Result<evals::Run> find(std::string_view, std::string_view id) override {
    return fail(Code::not_found, "There is no run `" + std::string(id.substr(0, 64)) + "`.");
  }
  Result<Page> list(std::string_view, const Query&) override { return Page{}; }
  Status for_each_case(std::string_view, std::string_view, bool,
                       const std::function<Status(const evals::CaseResult&)>&) override {
    return {};
  }
};

}  // namespace

Status open_gates(Parts& parts) {
  TRY_ASSIGN(parts.gates.gates, evals::Gates::open(*parts.control_db, parts.clock, *parts.audit));
  parts.gates.prompts = std::make_unique<PromptGuard>(*parts.gates.gates);
  return {};
}

void attach_gates(Parts& parts) {
  GateParts& made = parts.gates;
  made.results = std::make_unique<NoRuns>();
  const auto latest = [](std::string_view, std::string_view) -> Result<std::int64_t> {
    return fail(Code::not_found, "There are no datasets.");
  };
  made.evidence = std::make_unique<evals::Evidence>(*made.results, latest, parts.clock);
  made.gates->attach(*made.evidence);
  made.guard = std::make_unique<ControlGuard>(*made.gates, *parts.control_pool);
  parts.knowledge.library->guard_with(*made.guard);
  parts.config->guard_with(*made.gates);
}

}  // namespace maester::app
