// The pre-tokenizers of tokenizer.json.
#include <unicode/uchar.h>

#include <array>
#include <functional>

#include "codec/json.h"
#include "retrieval/embed/code_points.h"
#include "retrieval/embed/pattern_split.h"
#include "retrieval/embed/tokenizer.h"

namespace maester::retrieval {
namespace {

using Pieces = std::vector<std::string>;
enum class Behaviour : std::uint8_t { removed, isolated, with_previous, with_next, contiguous };

class Steps final : public PreTokenizer {
 public:
  using Step = std::function<void(Pieces&)>;
  void split(Pieces& pieces) const override {
    for (const Step& step : steps_) step(pieces);
  }
  std::vector<Step> steps_;
};

// GPT-2's pattern (github.com/openai/gpt-2, src/encoder.py).
constexpr std::string_view kBytePattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

bool is_blank(char32_t c) {
  return u_isUWhiteSpace(static_cast<UChar32>(c));
}
bool is_punctuation(char32_t c) {
  const bool ascii =
      c < 128 && u_isgraph(static_cast<UChar32>(c)) && !u_isalnum(static_cast<UChar32>(c));
  return ascii || u_ispunct(static_cast<UChar32>(c));
}
bool is_word(char32_t c) {  // \w of a regular expression
  const auto type = U_GET_GC_MASK(static_cast<UChar32>(c));
  return u_isalnum(static_cast<UChar32>(c)) || (type & (U_GC_M_MASK | U_GC_PC_MASK)) != 0 ||
         u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_ALPHABETIC);
}

// Puts the parts of one piece together again as `behaviour` says.
class Gather {
 public:
  Gather(Pieces& out, Behaviour behaviour) : out_(out), behaviour_(behaviour) {}
  void part(std::string_view text, bool matches) {
    const bool joins =
        !first_ && ((behaviour_ == Behaviour::with_previous && matches) ||
                    (behaviour_ == Behaviour::with_next && last_matched_) ||
                    (behaviour_ == Behaviour::contiguous && matches == last_matched_));
    if (matches && behaviour_ == Behaviour::removed) {
      first_ = true;
      return;
    }
    if (joins)
      out_.back() += text;
    else
      out_.emplace_back(text);
    // A piece that a separator was joined to is closed.
    first_ = behaviour_ == Behaviour::with_previous && matches;
    last_matched_ = matches;
  }

 private:
  Pieces& out_;
  Behaviour behaviour_;
  bool first_ = true, last_matched_ = false;
};

template <class Parts>  // calls gather.part() for the parts of a piece
Steps::Step each_piece(Behaviour behaviour, const Parts& parts) {
  return [behaviour, parts](Pieces& pieces) {
    Pieces out;
    for (const std::string& piece : pieces) {
      Gather gather(out, behaviour);
      parts(piece, gather);
    }
    pieces = std::move(out);
  };
}

template <class Test>  // every code point of which it holds is a match of its own
Steps::Step by_character(Behaviour behaviour, const Test& test) {
  return each_piece(behaviour, [test](std::string_view piece, Gather& gather) {
    std::size_t at = 0, begun = 0;
    each_code_point(piece, [&](char32_t c, std::string_view bytes) {
      if (test(c)) {
        if (at > begun) gather.part(piece.substr(begun, at - begun), false);
        gather.part(bytes, true);
        begun = at + bytes.size();
      }
      at += bytes.size();
    });
    if (at > begun) gather.part(piece.substr(begun), false);
  });
}

Steps::Step words_and_signs() {  // \w+|[^\w\s]+
  return [](Pieces& pieces) {
    Pieces out;
    for (const std::string& piece : pieces) {
      int kind = 0;  // of the piece under way: 0 none, 1 word, 2 signs
      each_code_point(piece, [&](char32_t c, std::string_view bytes) {
        const int now = is_blank(c) ? 0 : is_word(c) ? 1 : 2;
        if (now != 0 && now == kind)
          out.back() += bytes;
        else if (now != 0)
          out.emplace_back(bytes);
        kind = now;
      });
    }
    pieces = std::move(out);
  };
}

Steps::Step metaspace(const json::Value& value) {
  std::string mark(value.get("replacement").string_or(""));
  if (mark.empty()) mark = "\xe2\x96\x81";
  const std::string_view scheme =
      value.get("prepend_scheme")
          .string_or(value.get("add_prefix_space").bool_or(true) ? "always" : "never");
  const bool cut = value.get("split").bool_or(true);
  return [mark, cut, always = scheme == "always", first = scheme == "first"](Pieces& pieces) {
    Pieces out;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      std::string text;
      for (const char c : pieces[i]) {
        if (c == ' ')
          text += mark;
        else
          text += c;
      }
      if ((always || (first && i == 0)) && !text.starts_with(mark)) text.insert(0, mark);
      for (std::size_t at = 0; at < text.size();) {
        const std::size_t own = text.compare(at, mark.size(), mark) == 0 ? mark.size() : 0;
        const std::size_t end =
            std::min(cut ? text.find(mark, at + own) : std::string::npos, text.size());
        out.push_back(text.substr(at, end - at));
        at = end;
      }
    }
    pieces = std::move(out);
  };
}

// GPT-2's spelling of bytes as letters: printable ones as themselves, the rest from U+0100 on.
std::array<std::string, 256> byte_letters() {
  std::array<std::string, 256> out;
  char32_t next = 256;
  for (unsigned b = 0; b < 256; ++b) {
    const bool plain = (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
    utf8::append(out[b], plain ? static_cast<char32_t>(b) : next++);
  }
  return out;
}

Status add_bytes(const json::Value& value, Steps& out) {
  if (value.get("add_prefix_space").bool_or(true)) {
    out.steps_.emplace_back([](Pieces& pieces) {
      for (std::string& piece : pieces) {
        if (!piece.starts_with(' ')) piece.insert(0, 1, ' ');
      }
    });
  }
  if (value.get("use_regex").bool_or(true)) {
    TRY_ASSIGN(auto pattern, PatternSplit::regex(kBytePattern));
    out.steps_.push_back(each_piece(
        Behaviour::isolated, [shared = std::make_shared<PatternSplit>(std::move(pattern))](
                                 std::string_view piece, Gather& gather) {
          shared->each(piece, [&](std::string_view part, bool m) { gather.part(part, m); });
        }));
  }
  out.steps_.emplace_back([letters = byte_letters()](Pieces& pieces) {
    for (std::string& piece : pieces) {
      std::string spelled;
      for (const char c : piece) spelled += letters[static_cast<unsigned char>(c)];
      piece = std::move(spelled);
    }
  });
  return {};
}

Result<Behaviour> read_behaviour(const json::Value& value) {
  const std::string_view name = value.string_or("Isolated");
  if (name == "Removed") return Behaviour::removed;
  if (name == "Isolated") return Behaviour::isolated;
  if (name == "MergedWithPrevious") return Behaviour::with_previous;
  if (name == "MergedWithNext") return Behaviour::with_next;
  if (name == "Contiguous") return Behaviour::contiguous;
  return fail(Code::unprocessable, "tokenizer.json has an unknown `behavior` of a pre-tokenizer.");
}

Status add_split(const json::Value& value, Steps& out) {
  TRY_ASSIGN(auto pattern, PatternSplit::read(value.get("pattern")));
  TRY_ASSIGN(const Behaviour behaviour, read_behaviour(value.get("behavior")));
  const bool invert = value.get("invert").bool_or(false);
  out.steps_.push_back(
      each_piece(behaviour, [invert, shared = std::make_shared<PatternSplit>(std::move(pattern))](
                                std::string_view piece, Gather& gather) {
        shared->each(piece, [&](std::string_view part, bool m) { gather.part(part, m != invert); });
      }));
  return {};
}

Status add(const json::Value& value, Steps& out) {
  const std::string_view type = value.get("type").string_or("");
  if (type == "Sequence") {
    for (const json::Value one : value.get("pretokenizers")) TRY(add(one, out));
    return {};
  }
  if (type == "ByteLevel") return add_bytes(value, out);
  if (type == "Split") return add_split(value, out);
  if (type == "BertPreTokenizer" || type == "WhitespaceSplit")
    out.steps_.push_back(by_character(Behaviour::removed, is_blank));
  if (type == "BertPreTokenizer") {
    out.steps_.push_back(by_character(Behaviour::isolated, is_punctuation));
  } else if (type == "Punctuation") {
    TRY_ASSIGN(const Behaviour behaviour, read_behaviour(value.get("behavior")));
    out.steps_.push_back(by_character(behaviour, is_punctuation));
  } else if (type == "Digits") {
    const bool each = value.get("individual_digits").bool_or(false);
    out.steps_.push_back(by_character(
        each ? Behaviour::isolated : Behaviour::contiguous,
        [](char32_t c) { return (U_GET_GC_MASK(static_cast<UChar32>(c)) & U_GC_N_MASK) != 0; }));
  } else if (type == "Whitespace") {
    out.steps_.push_back(words_and_signs());
  } else if (type == "Metaspace") {
    out.steps_.push_back(metaspace(value));
  } else if (type != "WhitespaceSplit") {
    return fail(Code::unprocessable,
                "tokenizer.json has a pre-tokenizer `" + std::string(type.substr(0, 40)) +
                    "`, which is not known here. Use a table whose tokenizer is WordPiece, "
                    "Unigram or BPE with the usual pre-tokenizers.");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<const PreTokenizer>> read_pre_tokenizer(const json::Value& value) {
  if (value.empty()) return std::unique_ptr<const PreTokenizer>();
  auto out = std::make_unique<Steps>();
  TRY(add(value, *out));
  return std::unique_ptr<const PreTokenizer>(std::move(out));
}

}  // namespace maester::retrieval
