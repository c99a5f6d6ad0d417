// Which encoding an OpenAI model uses, after tiktoken's public list of names and prefixes.
#include <array>

#include "codec/tokens/tokens.h"

namespace maester::tokens {
namespace {

struct Family {
  std::string_view prefix;
  Encoding encoding;
};

// The first that matches wins, so longer names stand before their beginnings.
constexpr std::array<Family, 16> kFamilies = {{
    {"gpt-4o", Encoding::o200k_base},
    {"gpt-4.1", Encoding::o200k_base},
    {"gpt-4.5", Encoding::o200k_base},
    {"gpt-5", Encoding::o200k_base},
    {"gpt-oss", Encoding::o200k_base},
    {"chatgpt-4o", Encoding::o200k_base},
    {"o1", Encoding::o200k_base},
    {"o3", Encoding::o200k_base},
    {"o4", Encoding::o200k_base},
    {"gpt-4", Encoding::cl100k_base},
    {"gpt-3.5", Encoding::cl100k_base},
    {"gpt-35", Encoding::cl100k_base},
    {"text-embedding-3", Encoding::cl100k_base},
    {"text-embedding-ada-002", Encoding::cl100k_base},
    {"davinci-002", Encoding::cl100k_base},
    {"babbage-002", Encoding::cl100k_base},
}};

// A family's name ends where a word does: "gpt-5.1" and "o1-mini" are of the families "gpt-5" and
// "o1", "o11" is of none.
bool is_of(std::string_view model, std::string_view family) {
  if (!model.starts_with(family)) return false;
  if (model.size() == family.size()) return true;
  const char next = model[family.size()];
  return next == '-' || next == '.' || next == ':';
}

}  // namespace

std::optional<Encoding> encoding_for_model(std::string_view model) {
  for (const std::string_view prefix : {"openai/", "ft:"}) {
    if (model.starts_with(prefix)) model.remove_prefix(prefix.size());
  }
  for (const Family& family : kFamilies) {
    if (!is_of(model, family.prefix)) continue;
    if (!available(family.encoding)) return std::nullopt;
    return family.encoding;
  }
  return std::nullopt;
}

}  // namespace maester::tokens
