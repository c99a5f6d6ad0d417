// The normalizers of tokenizer.json. `Precompiled` (SentencePiece's own table) is taken for NFKC
// without control characters, which is what that table holds for nearly all models.
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>

#include <functional>

#include "codec/json.h"
#include "retrieval/embed/code_points.h"
#include "retrieval/embed/pattern_split.h"
#include "retrieval/embed/tokenizer.h"

namespace maester::retrieval {
namespace {

class Steps final : public Normalizer {
 public:
  using Step = std::function<void(std::string&)>;
  void normalize(std::string& text) const override {
    for (const Step& step : steps_) step(text);
  }
  std::vector<Step> steps_;
};

template <class Change>  // (code point, its bytes, out)
Steps::Step by_code_point(const Change& change) {
  return [change](std::string& text) {
    std::string out;
    out.reserve(text.size());
    each_code_point(text, [&](char32_t c, std::string_view bytes) { change(c, bytes, out); });
    text = std::move(out);
  };
}

bool is_blank(char32_t c) {
  return c == '\t' || c == '\n' || c == '\r' || u_isUWhiteSpace(static_cast<UChar32>(c));
}
bool is_other(char32_t c) {  // Cc, Cf, Cn, Co, Cs
  constexpr std::uint32_t kOther = U_GC_C_MASK;
  return (U_GET_GC_MASK(static_cast<UChar32>(c)) & kOther) != 0;
}
bool is_chinese(char32_t c) {  // as BERT has it: ideographs, not kana or hangul
  return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) ||
         (c >= 0x20000 && c <= 0x2a6df) || (c >= 0x2a700 && c <= 0x2b73f) ||
         (c >= 0x2b740 && c <= 0x2b81f) || (c >= 0x2b920 && c <= 0x2ceaf) ||
         (c >= 0xf900 && c <= 0xfaff) || (c >= 0x2f800 && c <= 0x2fa1f);
}

Steps::Step clean_text() {
  return by_code_point([](char32_t c, std::string_view bytes, std::string& out) {
    if (is_blank(c))
      out += ' ';
    else if (c != 0 && c != 0xfffd && !is_other(c))
      out += bytes;
  });
}
Steps::Step part_chinese() {
  return by_code_point([](char32_t c, std::string_view bytes, std::string& out) {
    if (is_chinese(c))
      out.append(" ").append(bytes).append(" ");
    else
      out += bytes;
  });
}
Steps::Step lowercase() {
  return by_code_point([](char32_t c, std::string_view, std::string& out) {
    utf8::append(out, static_cast<char32_t>(u_tolower(static_cast<UChar32>(c))));
    if (c == 0x130) utf8::append(out, 0x307);  // the one letter whose lower case is two
  });
}
Steps::Step without_marks() {
  return by_code_point([](char32_t c, std::string_view bytes, std::string& out) {
    if (u_charType(static_cast<UChar32>(c)) != U_NON_SPACING_MARK) out += bytes;
  });
}
Steps::Step without_controls() {
  return by_code_point([](char32_t c, std::string_view bytes, std::string& out) {
    if (is_blank(c))
      out += ' ';
    else if (u_charType(static_cast<UChar32>(c)) != U_CONTROL_CHAR && c != 0xfffd)
      out += bytes;
  });
}

Steps::Step unicode_form(const icu::Normalizer2* (*form)(UErrorCode&)) {
  return [form](std::string& text) {
    UErrorCode error = U_ZERO_ERROR;
    const icu::Normalizer2* const normalizer = form(error);
    if (U_FAILURE(error)) return;
    std::string out;
    icu::StringByteSink<std::string> sink(&out);
    normalizer->normalizeUTF8(0, text, sink, nullptr, error);
    if (U_SUCCESS(error)) text = std::move(out);
  };
}
Steps::Step nfkc() {
  return unicode_form(icu::Normalizer2::getNFKCInstance);
}
Steps::Step nfd() {
  return unicode_form(icu::Normalizer2::getNFDInstance);
}

Steps::Step strip(bool left, bool right) {
  return [left, right](std::string& text) {
    std::size_t begin = text.size(), end = 0, at = 0;
    each_code_point(text, [&](char32_t c, std::string_view bytes) {
      at += bytes.size();
      if (is_blank(c)) return;
      begin = std::min(begin, at - bytes.size());
      end = at;
    });
    if (right) text.resize(end);
    if (left) text.erase(0, std::min(begin, text.size()));
  };
}

Status add_bert(const json::Value& value, Steps& out) {
  const bool lower = value.get("lowercase").bool_or(true);
  if (value.get("clean_text").bool_or(true)) out.steps_.push_back(clean_text());
  if (value.get("handle_chinese_chars").bool_or(true)) out.steps_.push_back(part_chinese());
  if (value.get("strip_accents").bool_or(lower)) {  // null: as lowercase
    out.steps_.push_back(nfd());
    out.steps_.push_back(without_marks());
  }
  if (lower) out.steps_.push_back(lowercase());
  return {};
}

Status add_replace(const json::Value& value, Steps& out) {
  TRY_ASSIGN(auto pattern, PatternSplit::read(value.get("pattern")));
  out.steps_.emplace_back(
      [pattern = std::make_shared<PatternSplit>(std::move(pattern)),
       content = std::string(value.get("content").string_or(""))](std::string& text) {
        std::string replaced;
        pattern->each(text, [&](std::string_view part, bool matches) {
          replaced += matches ? std::string_view(content) : part;
        });
        text = std::move(replaced);
      });
  return {};
}

Status add(const json::Value& value, Steps& out) {
  const std::string_view type = value.get("type").string_or("");
  if (type == "Sequence") {
    for (const json::Value one : value.get("normalizers")) TRY(add(one, out));
    return {};
  }
  if (type == "BertNormalizer") return add_bert(value, out);
  if (type == "Replace") return add_replace(value, out);
  if (type == "Lowercase")
    out.steps_.push_back(lowercase());
  else if (type == "StripAccents")
    out.steps_.push_back(without_marks());
  else if (type == "NFC")
    out.steps_.push_back(unicode_form(icu::Normalizer2::getNFCInstance));
  else if (type == "NFD")
    out.steps_.push_back(nfd());
  else if (type == "NFKC")
    out.steps_.push_back(nfkc());
  else if (type == "NFKD")
    out.steps_.push_back(unicode_form([](UErrorCode& error) {
      return icu::Normalizer2::getInstance(nullptr, "nfkc", UNORM2_DECOMPOSE, error);
    }));
  else if (type == "Nmt")
    out.steps_.push_back(without_controls());
  else if (type == "Strip")
    out.steps_.push_back(
        strip(value.get("strip_left").bool_or(true), value.get("strip_right").bool_or(true)));
  else if (type == "Prepend")
    out.steps_.emplace_back(
        [text = std::string(value.get("prepend").string_or(""))](std::string& all) {
          if (!all.empty()) all.insert(0, text);
        });
  else if (type == "Precompiled") {
    out.steps_.push_back(nfkc());
    out.steps_.push_back(without_controls());
  } else {
    return fail(Code::unprocessable,
                "tokenizer.json has a normalizer `" + std::string(type.substr(0, 40)) +
                    "`, which is not known here. Use a table whose tokenizer is WordPiece, "
                    "Unigram or BPE with the usual normalizers.");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<const Normalizer>> read_normalizer(const json::Value& value) {
  if (value.empty()) return std::unique_ptr<const Normalizer>();
  auto out = std::make_unique<Steps>();
  TRY(add(value, *out));
  return std::unique_ptr<const Normalizer>(std::move(out));
}

}  // namespace maester::retrieval
