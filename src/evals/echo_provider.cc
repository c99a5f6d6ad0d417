#include "evals/provider.h"

namespace maester::evals {
namespace {

class Echo final : public EvalProvider {
 public:
  Answer ask(const std::string& prompt, const Value&) override {
    Answer out;
    out.output = Value::of(prompt);
    out.latency = milliseconds{0};
    out.cost = FemtoUsd{};
    return out;
  }
  bool waits() const override { return false; }
};

}  // namespace

std::unique_ptr<EvalProvider> echo_provider() {
  return std::make_unique<Echo>();
}

}  // namespace maester::evals
