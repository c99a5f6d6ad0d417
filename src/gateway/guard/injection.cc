#include "gateway/guard/injection.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "base/utf8.h"
#include "codec/base64.h"
#include "gateway/guard/bytes.h"
#include "gateway/guard/injection_signals.h"
#include "gateway/guard/noise.h"
#include "gateway/guard/normalise.h"
#include "gateway/guard/vocabulary.h"

namespace maester::gateway::guard {
namespace {

constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max() / 2;
constexpr std::size_t kShortText = 60;   // words
constexpr std::size_t kMaxSpaced = 256;  // single letters in a row that are read as words

// Follows the sequences through the words: for each, how far it has come and where.
class Reader {
 public:
  explicit Reader(InjectionVerdict& verdict) : verdict_(verdict) {
    for (auto& progress : progress_) progress.fill(kNever);
  }

  void read(std::string_view text) {
    WordReader words(text);
    Word word;
    std::string letters;  // single letters in a row: "i g n o r e"
    std::size_t skip_to = 0;
    while (words.next(word)) {
      ConceptSet concepts = 0;
      if (word.ideographic) {
        if (word.offset < skip_to) continue;
        const Ideographic found = ideographic_concepts(text.substr(word.offset));
        skip_to = word.offset + found.bytes;
        concepts = found.concepts;
      } else {
        concepts = concepts_of(word.folded);
        if (!word.lookalike.empty()) concepts |= concepts_of(word.lookalike);
        if (word.folded.size() >= 6 && concepts == 0) reversed(word.folded);
      }
      if (word.folded.size() == 1 && is_alpha(static_cast<unsigned char>(word.folded[0]))) {
        if (letters.size() < kMaxSpaced) letters += word.folded;
      } else if (!letters.empty()) {
        flush(letters);
      }
      capitals_ = word.capitals ? capitals_ + 1 : 0;
      if (capitals_ >= 4) shouted_ = true;
      take(concepts, word.folded);
    }
    flush(letters);
    odd_ = words.oddities();
  }

  std::size_t words() const { return position_; }
  bool shouted() const { return shouted_; }
  ConceptSet seen() const { return seen_; }
  const Oddities& oddities() const { return odd_; }

  void signal(std::string_view name, double score) {
    const auto at = std::ranges::find(named_, name, &Named::name);
    if (at == named_.end()) {
      named_.push_back({name, score});
      verdict_.signals.push_back(name);
      verdict_.score += score;
    } else if (score > at->score) {
      verdict_.score += score - at->score;
      at->score = score;
    }
  }

 private:
  struct Named {
    std::string_view name;
    double score;
  };

  void flush(std::string& letters) {
    if (letters.size() >= 4) {
      // Words are not parted any more: look for known ones at each place.
      for (std::size_t at = 0; at < letters.size();) {
        std::size_t best = 0;
        for (std::size_t n = std::min<std::size_t>(12, letters.size() - at); n >= 3 && best == 0;
             --n) {
          const ConceptSet concepts = concepts_of(std::string_view(letters).substr(at, n));
          if (concepts == 0) continue;
          take(concepts, std::string_view(letters).substr(at, n));
          signal("spaced_letters", 0.3);
          best = n;
        }
        at += std::max<std::size_t>(best, 1);
      }
    }
    letters.clear();
  }

  void reversed(std::string_view word) {
    const std::string turned(word.rbegin(), word.rend());
    constexpr ConceptSet kTelling = bit(Concept::ignore) | bit(Concept::instruction) |
                                    bit(Concept::reveal) | bit(Concept::prior);
    if ((concepts_of(turned) & kTelling) != 0 && ++turned_ >= 2) signal("reversed_text", 1.0);
  }

  void take(ConceptSet concepts, std::string_view word) {
    ++position_;
    if (concepts == 0) return;
    seen_ |= concepts;
    const auto rules = sequences();
    for (std::size_t r = 0; r < rules.size(); ++r) {
      const Sequence& rule = rules[r];
      auto& progress = progress_[r];
      // From the last step back, so that one word does not take two steps.
      for (std::size_t step = 4; step-- > 0;) {
        const Concept wanted = rule.concepts[step];
        if (wanted == Concept::kCount || (concepts & bit(wanted)) == 0) continue;
        if (step > 0 && (progress[step - 1] == kNever || position_ - progress[step - 1] > rule.gap))
          continue;
        progress[step] = position_;
        if (step == 3 || rule.concepts[step + 1] == Concept::kCount) signal(rule.name, rule.score);
      }
    }
    const auto counted = tallies();
    for (std::size_t t = 0; t < counted.size(); ++t) {
      if ((concepts & bit(counted[t].meaning)) == 0) continue;
      auto& words = counted_[t];
      if (words.size() >= 8 || std::ranges::find(words, word) != words.end()) continue;
      words.emplace_back(word);
      signal(counted[t].name,
             std::min(counted[t].most, counted[t].score * static_cast<double>(words.size())));
    }
  }

  static constexpr std::size_t kMaxRules = 96, kMaxTallies = 16;
  InjectionVerdict& verdict_;
  std::vector<Named> named_;
  std::array<std::array<std::size_t, 4>, kMaxRules> progress_;
  std::array<std::vector<std::string>, kMaxTallies> counted_;
  std::size_t position_ = 0, capitals_ = 0, turned_ = 0;
  bool shouted_ = false;
  ConceptSet seen_ = 0;
  Oddities odd_;
};

void find_markers(std::string_view text, Reader& reader) {
  const std::string folded = lower_ascii(text);
  for (const Marker& marker : markers()) {
    if (folded.find(marker.text) != std::string::npos) reader.signal(marker.name, marker.score);
  }
}

std::string rot13(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>('a' + (c - 'a' + 13) % 26);
    if (c >= 'A' && c <= 'Z') c = static_cast<char>('A' + (c - 'A' + 13) % 26);
  }
  return out;
}

void judge(std::string_view text, InjectionVerdict& verdict, bool decode);

// What is inside an encoding counts as if it stood there, and a little more.
void judge_hidden(std::string_view text, Reader& reader, std::string_view name) {
  InjectionVerdict hidden;
  judge(text, hidden, false);
  if (hidden.score >= 0.6) reader.signal(name, hidden.score + 0.4);
}

void find_base64(std::string_view text, Reader& reader) {
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t end = at;
    const auto in = [&](std::size_t i) {
      return is_alnum(static_cast<unsigned char>(text[i])) || text[i] == '+' || text[i] == '/';
    };
    while (end < text.size() && in(end)) ++end;
    std::size_t n = end - at;
    if (n >= 16) {
      n -= n % 4 == 1 ? 1 : 0;
      std::string padded(text.substr(at, n));
      while (padded.size() % 4 != 0) padded += padded.size() % 4 >= 2 ? '=' : 'A';
      auto bytes = base64_decode(padded);
      if (!bytes) {  // bits left over: without the last group
        padded.resize(padded.size() - 4);
        bytes = base64_decode(padded);
      }
      if (bytes && utf8::valid(*bytes)) judge_hidden(*bytes, reader, "base64");
    }
    at = end + 1;
  }
}

void judge(std::string_view text, InjectionVerdict& verdict, bool decode) {
  Reader reader(verdict);
  reader.read(text);
  find_markers(text, reader);
  const ConceptSet seen = reader.seen();
  const auto has = [&](Concept c) { return (seen & bit(c)) != 0; };
  const Oddities& odd = reader.oddities();
  if (odd.tags >= 4) reader.signal("hidden_tags", 1.0);
  if (odd.invisible >= 3) reader.signal("invisible_letters", 0.4);
  if (odd.mixed_scripts >= 1) reader.signal("mixed_scripts", odd.mixed_scripts >= 2 ? 0.5 : 0.3);
  if (reader.shouted() && (has(Concept::ignore) || has(Concept::obey)) && has(Concept::add))
    reader.signal("shouted_order", 0.6);
  if (is_noise(text)) reader.signal("noise", 1.0);
  if (decode) {
    find_base64(text, reader);
    if (has(Concept::encoding)) judge_hidden(rot13(text), reader, "rot13");
  }
  // Talk about injections, in a short question, is no injection.
  if (reader.words() <= kShortText && has(Concept::meta) && has(Concept::question) &&
      text.find('?') != std::string_view::npos)
    verdict.score -= 0.7;
}

}  // namespace

InjectionVerdict injection_score(std::string_view text) {
  InjectionVerdict verdict;
  judge(text, verdict, true);
  return verdict;
}

}  // namespace maester::gateway::guard
