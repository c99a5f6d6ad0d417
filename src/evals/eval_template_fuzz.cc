// Oracles: parsing and rendering never crash and always end; a rendering is the same twice; the
// value of a variable is put in as it is, whatever it looks like.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "evals/template.h"

namespace {

using namespace maester::evals;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string source(reinterpret_cast<const char*>(data), size);
  const Value hostile = Value::of(source);
  const Value list = Value::of(Value::Array{Value::of(1.0), hostile, Value::null()});
  const Lookup lookup = [&](std::string_view name) -> const Value& {
    static const Value kNone;
    return name == "a" ? hostile : name == "m" ? list : kNone;
  };
  const auto plain = Template::parse("<{{ a }}>");
  require(plain.has_value() && plain->render(lookup) == "<" + source + ">");
  if (const auto parsed = Template::parse(source)) {
    const auto once = parsed->render(lookup);
    const auto twice = parsed->render(lookup);
    require(once.has_value() == twice.has_value() && (!once || *once == *twice));
    require(!parsed->plain() || (once && *once == source));
  } else {
    require(!parsed.error().message.empty());
  }
  if (const auto script = parse_expression(source, Dialect::script)) {
    Budget budget;
    (void)evaluate(*script, lookup, budget);
  }
  return 0;
}
