#include "gateway/guard/words.h"

#include <algorithm>
#include <map>

#include "base/utf8.h"
#include "gateway/guard/bytes.h"
#include "gateway/guard/fold.h"

namespace maester::gateway::guard {
namespace {

constexpr std::size_t kMaxEntry = 200;

// The folded letter at `at`; length 0 at the end of what is there.
utf8::Decoded folded_at(const Source& source, std::size_t at) {
  const int first = source.at(at);
  if (first < 0) return {};
  if (first < 0x80) return {fold_letter(static_cast<char32_t>(first)), 1};
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  (void)source.at(at + length - 1);  // starved when the rest has not come
  utf8::Decoded out = utf8::decode(source.text(), at);
  if (out.length == 0) return {0xfffd, 1};
  out.code_point = fold_letter(out.code_point);
  return out;
}

// A tree over the entries' folded letters; white space of any length is one space.
class WordScanner final : public Scanner {
 public:
  struct Node {
    std::vector<std::pair<char32_t, std::uint32_t>> next;  // sorted
    std::int32_t list = -1;                                // an entry ends here
    bool stem = false;
  };

  explicit WordScanner(std::vector<WordList> lists) : lists_(std::move(lists)), nodes_(1) {
    for (std::size_t l = 0; l < lists_.size(); ++l) {
      for (const std::string& word : lists_[l].words) add(word, static_cast<std::int32_t>(l));
    }
    for (const auto& [c, node] : nodes_[0].next) {
      if (c < 0x80) ascii_[c] = true;
    }
  }

  Step next(std::string_view text, std::size_t from, bool final) const override {
    const Source source(text, final);
    for (std::size_t at = from; at < text.size(); ++at) {
      const auto byte = static_cast<unsigned char>(text[at]);
      if (byte < 0x80 ? !ascii_[byte] && !(byte <= 'Z' && ascii_[byte | 0x20])
                      : (byte & 0xc0) == 0x80)
        continue;
      if (is_word(byte) && is_word(source.before(at)) &&
          !is_ideographic(utf8::decode(text, at).code_point))
        continue;
      const Match match = match_at(source, at);
      if (source.starved()) return {std::nullopt, at};
      if (match.end > at) return {match, match.end};
    }
    return {std::nullopt, text.size()};
  }

 private:
  void add(std::string_view word, std::int32_t list) {
    const bool stem = word.ends_with('*');
    if (stem) word.remove_suffix(1);
    std::uint32_t node = 0;
    for (std::size_t at = 0; at < word.size();) {
      const utf8::Decoded letter = utf8::decode(word, at);
      node = child(node, fold_letter(letter.code_point));
      at += letter.length;
    }
    if (nodes_[node].list < 0) nodes_[node].list = list;
    nodes_[node].stem = nodes_[node].stem || stem;
  }

  std::uint32_t child(std::uint32_t node, char32_t letter) {
    auto& next = nodes_[node].next;
    const auto at =
        std::ranges::lower_bound(next, letter, {}, &std::pair<char32_t, std::uint32_t>::first);
    if (at != next.end() && at->first == letter) return at->second;
    const auto made = static_cast<std::uint32_t>(nodes_.size());
    next.insert(at, {letter, made});
    nodes_.emplace_back();
    return made;
  }

  const Node* step(const Node& node, char32_t letter) const {
    const auto at =
        std::ranges::lower_bound(node.next, letter, {}, &std::pair<char32_t, std::uint32_t>::first);
    return at != node.next.end() && at->first == letter ? &nodes_[at->second] : nullptr;
  }

  Match match_at(const Source& source, std::size_t at) const {
    Match best{at, at, {}};
    const Node* node = &nodes_[0];
    char32_t last = 0;
    for (std::size_t pos = at; pos - at < 4 * kMaxEntry;) {
      const auto [letter, length] = folded_at(source, pos);
      if (length == 0) break;
      if (is_invisible(letter)) {
        pos += length;
        continue;
      }
      const bool space = letter < 0x80 && is(static_cast<int>(letter), kSpace);
      if (space && last == ' ') {
        pos += length;
        continue;
      }
      last = space ? U' ' : letter;
      node = step(*node, last);
      if (node == nullptr) break;
      pos += length;
      if (node->list < 0) continue;
      std::size_t end = pos;
      if (node->stem) {
        while (end - at < 4 * kMaxEntry && is_word(source.at(end))) ++end;
      } else if (is_word(source.at(end)) && !is_ideographic(last)) {
        continue;
      }
      best = {at, end, lists_[static_cast<std::size_t>(node->list)].kind};
    }
    return best;
  }

  std::vector<WordList> lists_;
  std::vector<Node> nodes_;
  bool ascii_[128] = {};  // folded letters that begin an entry
};

}  // namespace

Result<std::unique_ptr<Scanner>> make_word_scanner(std::vector<WordList> lists) {
  for (const WordList& list : lists) {
    for (const std::string& word : list.words) {
      const bool empty = word.find_first_not_of(" *") == std::string::npos;
      if (empty || word.size() > kMaxEntry || !utf8::valid(word)) {
        return fail(Code::invalid_request,
                    "An entry of a word list must be 1 to 200 bytes of UTF-8, not only spaces.");
      }
    }
  }
  return std::make_unique<WordScanner>(std::move(lists));
}

}  // namespace maester::gateway::guard
