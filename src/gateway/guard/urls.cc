#include "gateway/guard/urls.h"

#include <algorithm>
#include <array>

#include "gateway/guard/bytes.h"

namespace maester::gateway::guard {
namespace {

constexpr std::size_t kMaxUrl = 2048;
constexpr auto kBeginnings = std::to_array<std::string_view>(
    {"https://", "http://", "ftp://", "ws://", "wss://", "data:", "javascript:", "www.", "//"});

bool url_byte(int byte) {
  return byte > ' ' && byte != '"' && byte != '<' && byte != '>' && byte != '`' && byte != '\\' &&
         byte != '{' && byte != '}' && byte != '|' && byte != '^' && byte != ')' && byte != ']' &&
         byte != '\'';
}

// Length of the beginning that stands here, 0 for none.
std::size_t beginning(const Source& source, std::size_t at) {
  for (const std::string_view word : kBeginnings) {
    std::size_t n = 0;
    while (n < word.size()) {
      const int byte = source.at(at + n);
      if (byte < 0 || lower(static_cast<char>(byte)) != word[n]) break;
      ++n;
    }
    if (n < word.size()) continue;
    // "//host" needs a host with a point; "data:" something of a media type.
    if (word == "//" && (source.before(at) == ':' || !is_alnum(source.at(at + 2)))) continue;
    if (word == "data:" && !is_alpha(source.at(at + 5))) continue;
    return n;
  }
  return 0;
}

bool covers(std::string_view rule, std::string_view host) {
  if (rule.starts_with("*.")) rule.remove_prefix(2);
  return host == rule || (host.size() > rule.size() && host.ends_with(rule) &&
                          host[host.size() - rule.size() - 1] == '.');
}

class UrlScanner final : public Scanner {
 public:
  explicit UrlScanner(UrlRules rules) : rules_(std::move(rules)) {
    for (auto* list : {&rules_.allow, &rules_.deny}) {
      for (std::string& host : *list) host = lower_ascii(host);
    }
  }

  Step next(std::string_view text, std::size_t from, bool final) const override {
    const Source source(text, final);
    for (std::size_t at = from; at < text.size(); ++at) {
      const int byte = lower(text[at]);
      if (byte != 'h' && byte != 'w' && byte != 'f' && byte != 'd' && byte != 'j' && byte != '/')
        continue;
      if (is_alnum(source.before(at))) continue;
      const std::size_t head = beginning(source, at);
      std::size_t end = at + head;
      while (head > 0 && end - at < kMaxUrl && url_byte(source.at(end))) ++end;
      if (source.starved()) return {std::nullopt, at};
      if (head == 0) continue;
      while (end > at + head &&
             std::string_view(".,;:!?").find(text[end - 1]) != std::string_view::npos)
        --end;
      if (end == at + head) continue;
      if (byte == '/' && host_of(text.substr(at, end - at)).find('.') == std::string::npos)
        continue;
      if (refused(text.substr(at, end - at))) return {Match{at, end, "url"}, end};
      at = end - 1;
    }
    return {std::nullopt, text.size()};
  }

 private:
  bool refused(std::string_view url) const {
    const std::string host = host_of(url);
    const auto among = [&](const std::vector<std::string>& list) {
      return std::ranges::any_of(list, [&](const std::string& rule) { return covers(rule, host); });
    };
    if (among(rules_.deny)) return true;
    if (!rules_.allow.empty()) return !among(rules_.allow);
    return rules_.deny.empty();
  }
  UrlRules rules_;
};

}  // namespace

std::unique_ptr<Scanner> make_url_scanner(UrlRules rules) {
  return std::make_unique<UrlScanner>(std::move(rules));
}

std::string host_of(std::string_view url) {
  const std::string folded = lower_ascii(url);
  std::string_view rest = folded;
  if (rest.starts_with("data:") || rest.starts_with("javascript:")) return {};
  if (const std::size_t slashes = rest.find("//"); slashes != std::string_view::npos && slashes < 9)
    rest.remove_prefix(slashes + 2);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (const std::size_t user = rest.rfind('@'); user != std::string_view::npos)
    rest.remove_prefix(user + 1);
  if (rest.starts_with('[')) return std::string(rest.substr(0, rest.find(']') + 1));
  rest = rest.substr(0, rest.find(':'));
  while (rest.ends_with('.')) rest.remove_suffix(1);
  return std::string(rest);
}

}  // namespace maester::gateway::guard
