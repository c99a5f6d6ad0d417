#include "gateway/evidence/grounding.h"

#include <algorithm>
#include <set>

#include "gateway/evidence/markers.h"
#include "retrieval/index.h"

namespace maester::gateway {
namespace {

// Shares of a sentence's words that its evidence must have.
constexpr double kGroundedCover = 0.5;
constexpr double kPartialCover = 0.3;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_letter(char c) {
  return is_upper(c) || (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
}

retrieval::AnalysisSettings analysis_of(const Evidence& evidence) {
  return {.language = evidence.language, .stop_words = true};
}

std::string without_markers(std::string_view text, std::size_t passages) {
  std::string out;
  std::size_t at = 0;
  for (const Marker& marker : find_markers(text, passages)) {
    if (marker.start < at) continue;
    out += text.substr(at, marker.start - at);
    at = marker.end;
  }
  return out += text.substr(at);
}

// Numbers as a reader compares them: "1,200" and "1200" are one, "3.50" is itself.
std::vector<std::string> numbers_in(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < text.size();) {
    if (!is_digit(text[i])) {
      ++i;
      continue;
    }
    std::string number;
    while (i < text.size()) {
      const bool inner = (text[i] == ',' || text[i] == '.') && i + 1 < text.size() &&
                         is_digit(text[i + 1]) && i > 0 && is_digit(text[i - 1]);
      if (!is_digit(text[i]) && !inner) break;
      if (text[i] != ',') number += text[i];
      ++i;
    }
    out.push_back(std::move(number));
  }
  return out;
}

// Words that begin with a capital though they do not begin the sentence.
std::vector<std::string> names_in(std::string_view text) {
  std::vector<std::string> out;
  bool first = true;
  for (std::size_t i = 0; i < text.size();) {
    if (!is_letter(text[i])) {
      if (text[i] == ':' || text[i] == '"') first = true;
      ++i;
      continue;
    }
    const std::size_t begin = i;
    while (i < text.size() && (is_letter(text[i]) || is_digit(text[i]) || text[i] == '-')) ++i;
    const std::string_view word = text.substr(begin, i - begin);
    if (!first && is_upper(word[0]) && word.size() > 1) out.emplace_back(word);
    first = false;
  }
  return out;
}

std::string folded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ' ' || c == '\n' || c == '\t') {
      if (!out.empty() && out.back() != ' ') out += ' ';
    } else {
      out += is_upper(c) ? static_cast<char>(c + 32) : c;
    }
  }
  return out;
}

// What stands between double quotes and has at least two words.
std::vector<std::string> quotations_in(std::string_view text) {
  std::vector<std::string> out;
  std::size_t open = text.find('"');
  while (open != text.npos) {
    const std::size_t close = text.find('"', open + 1);
    if (close == text.npos) break;
    const std::string quotation = folded(text.substr(open + 1, close - open - 1));
    if (quotation.find(' ') != quotation.npos) out.push_back(quotation);
    open = text.find('"', close + 1);
  }
  return out;
}

}  // namespace

struct Grounder::Source {
  std::set<std::string> terms, numbers;
  std::string folded_text;
  struct Part {
    std::size_t start = 0, end = 0;
    std::set<std::string> terms;
  };
  std::vector<Part> parts;  // its sentences
};

std::string_view to_string(Grounding status) {
  switch (status) {
    case Grounding::neutral:
      return "neutral";
    case Grounding::grounded:
      return "grounded";
    case Grounding::partial:
      return "partial";
    case Grounding::ungrounded:
      return "ungrounded";
  }
  return "ungrounded";
}

Grounder::Grounder(const Evidence& evidence) : evidence_(evidence) {
  const auto analysis = analysis_of(evidence);
  for (const Passage& passage : evidence.passages) {
    auto source = std::make_shared<Source>();
    const std::string context = passage.title + " " + passage.section;
    for (const std::string& term : retrieval::analyse(analysis, context))
      source->terms.insert(term);
    for (const std::string& number : numbers_in(context)) source->numbers.insert(number);
    for (const std::string& number : numbers_in(passage.text)) source->numbers.insert(number);
    source->folded_text = folded(passage.title + " " + passage.section + " " + passage.text);
    for (const auto& [start, end] : sentences_of(passage.text, true)) {
      Source::Part& part = source->parts.emplace_back();
      part.start = start;
      part.end = end;
      for (std::string& term : retrieval::analyse(
               analysis, std::string_view(passage.text).substr(start, end - start))) {
        source->terms.insert(term);
        part.terms.insert(std::move(term));
      }
    }
    sources_.push_back(std::move(source));
  }
}

Sentence Grounder::judge(std::string_view answer, std::size_t start, std::size_t end) const {
  Sentence out{
      .start = start, .end = end, .status = Grounding::neutral, .reason = {}, .citations = {}};
  const std::string_view text = answer.substr(start, end - start);
  const std::vector<Marker> markers = find_markers(text, sources_.size());
  const std::string bare = without_markers(text, sources_.size());
  const std::vector<std::string> words = retrieval::analyse(analysis_of(evidence_), bare);
  const std::set<std::string> terms(words.begin(), words.end());
  // What it cites; without a citation, all there is.
  std::vector<const Source*> asked;
  for (const Marker& marker : markers) {
    const Source* source = sources_[marker.passage - 1].get();
    if (std::ranges::find(asked, source) != asked.end()) continue;
    asked.push_back(source);
    const Passage& passage = evidence_.passages[marker.passage - 1];
    const Source::Part* best = nullptr;
    std::size_t most = 0;
    for (const Source::Part& part : source->parts) {
      const auto common = static_cast<std::size_t>(std::ranges::count_if(
          terms, [&](const std::string& term) { return part.terms.contains(term); }));
      if (best == nullptr || common > most) {
        best = &part;
        most = common;
      }
    }
    const std::size_t from = best != nullptr ? best->start : 0;
    const std::size_t to = best != nullptr ? best->end : passage.text.size();
    out.citations.push_back({.marker = marker.passage,
                             .document_id = passage.document_id,
                             .source_id = passage.source_id,
                             .title = passage.title,
                             .quote = passage.text.substr(from, to - from),
                             .start = passage.start + from,
                             .end = passage.start + to,
                             .page = passage.page,
                             .answer_start = start,
                             .answer_end = end});
  }
  const std::vector<std::string> numbers = numbers_in(bare);
  if (terms.empty() && numbers.empty()) return out;
  const bool cites = !asked.empty();
  if (!cites) {
    // A heading or a lead-in claims nothing.
    if (bare.ends_with(':') || bare.starts_with('#')) return out;
    for (const auto& source : sources_) asked.push_back(source.get());
  }
  const auto among = [&](auto has) {
    return std::ranges::any_of(asked, [&](const Source* source) { return has(*source); });
  };
  const auto covered = static_cast<double>(std::ranges::count_if(terms, [&](const std::string& t) {
    return among([&](const Source& source) { return source.terms.contains(t); });
  }));
  const double cover = terms.empty() ? 1 : covered / static_cast<double>(terms.size());
  for (const std::string& number : numbers) {
    if (!among([&](const Source& source) { return source.numbers.contains(number); })) {
      out.status = Grounding::ungrounded;
      out.reason = "the number " + number + " is not in the evidence";
      return out;
    }
  }
  for (const std::string& quotation : quotations_in(bare)) {
    if (!among(
            [&](const Source& s) { return s.folded_text.find(quotation) != s.folded_text.npos; })) {
      out.status = Grounding::ungrounded;
      out.reason = "the quotation is not in the evidence";
      return out;
    }
  }
  std::string missing;
  for (const std::string& name : names_in(bare)) {
    const std::string wanted = folded(name);
    if (!among([&](const Source& s) { return s.folded_text.find(wanted) != s.folded_text.npos; }))
      missing = name;
  }
  if (cover < kPartialCover) {
    out.status = Grounding::ungrounded;
    out.reason = "its words are not in the evidence";
  } else if (!missing.empty()) {
    out.status = Grounding::partial;
    out.reason = "the name " + missing + " is not in the evidence";
  } else if (cover < kGroundedCover) {
    out.status = Grounding::partial;
    out.reason = "only some of its words are in the evidence";
  } else if (!cites) {
    out.status = Grounding::partial;
    out.reason = "it cites nothing";
  } else {
    out.status = Grounding::grounded;
  }
  return out;
}

Grounding sum_up(const std::vector<Sentence>& sentences) {
  std::size_t claims = 0, grounded = 0, ungrounded = 0;
  for (const Sentence& sentence : sentences) {
    if (sentence.status == Grounding::neutral) continue;
    ++claims;
    grounded += sentence.status == Grounding::grounded ? 1 : 0;
    ungrounded += sentence.status == Grounding::ungrounded ? 1 : 0;
  }
  if (claims > 0 && grounded == claims) return Grounding::grounded;
  return claims == ungrounded ? Grounding::ungrounded : Grounding::partial;
}

Judgement judge_grounding(const Evidence& evidence, std::string_view answer) {
  const Grounder grounder(evidence);
  Judgement out;
  for (const auto& [start, end] : sentences_of(answer, true))
    out.sentences.push_back(grounder.judge(answer, start, end));
  out.status = sum_up(out.sentences);
  return out;
}

void write_cited(json::Writer& w, const Cited& cited) {
  w.begin_object().field("marker", cited.marker).field("document_id", cited.document_id);
  w.field("source_id", cited.source_id).field("title", cited.title);
  w.field("start", cited.start).field("end", cited.end).field("quote", cited.quote);
  if (cited.page > 0) w.field("page", cited.page);
  w.field("answer_start", cited.answer_start).field("answer_end", cited.answer_end).end_object();
}

void write_sentence(json::Writer& w, const Sentence& sentence, std::string_view answer) {
  w.begin_object().field("text", answer.substr(sentence.start, sentence.end - sentence.start));
  w.field("status", to_string(sentence.status)).optional_field("reason", sentence.reason);
  w.key("citations").begin_array();
  for (const Cited& cited : sentence.citations) w.value(cited.marker);
  w.end_array().end_object();
}

}  // namespace maester::gateway
