#include "retrieval/analysis/analyser.h"

#include <libstemmer.h>

#include "retrieval/analysis/stop_words.h"

namespace maester::retrieval {

void Analyser::Free::operator()(sb_stemmer* stemmer) const {
  sb_stemmer_delete(stemmer);
}

Result<Analyser> Analyser::make(const AnalysisSettings& settings) {
  Analyser made;
  made.settings_ = settings;
  made.english_ = settings.language == "english" || settings.language == "porter";
  if (!settings.language.empty()) {
    made.stemmer_.reset(sb_stemmer_new(settings.language.c_str(), "UTF_8"));
    if (made.stemmer_ == nullptr) {
      return fail(Code::invalid_request,
                  "There is no stemmer for this language. Name one of Snowball's, such as english, "
                  "german or french, or none (\"\").",
                  "language");
    }
  }
  return made;
}

std::string_view Analyser::term(std::string_view word) {
  if (english_ && word.ends_with("'s")) word.remove_suffix(2);
  if (settings_.stop_words && is_stop_word(settings_.language, word)) return {};
  if (stemmer_ == nullptr) return word;
  const sb_symbol* stem =
      sb_stemmer_stem(stemmer_.get(), reinterpret_cast<const sb_symbol*>(word.data()),
                      static_cast<int>(word.size()));
  if (stem == nullptr) return word;  // out of memory
  return {reinterpret_cast<const char*>(stem),
          static_cast<std::size_t>(sb_stemmer_length(stemmer_.get()))};
}

std::vector<std::string> Analyser::terms(std::string_view text) {
  std::vector<std::string> out;
  words(text, [&](std::string_view word) {
    const std::string_view made = term(word);
    if (!made.empty()) out.emplace_back(made);
  });
  return out;
}

std::vector<std::string> analyse(const AnalysisSettings& settings, std::string_view text) {
  auto analyser = Analyser::make(settings);
  if (!analyser) return {};
  return analyser->terms(text);
}

}  // namespace maester::retrieval
