// What an index must answer, computed the slow way from its documents: the model that tests compare
// with. Everything is scored; nothing is pruned, packed or merged.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "retrieval/index.h"

namespace maester::retrieval {

class ModelIndex {
 public:
  struct Document {
    IndexDocument document;
    std::string text;
    std::vector<std::vector<float>> vectors;           // of each chunk
    std::vector<std::map<std::string, double>> terms;  // of each chunk; made by add()
  };
  struct Answer {
    Uuid document;
    std::uint32_t chunk = 0;
    double score = 0;
  };

  std::map<Uuid, Document> documents;
  AnalysisSettings analysis;

  void add(const Document& one) {
    Document& kept = documents[one.document.id] = one;
    for (const IndexChunk& chunk : one.document.chunks) {
      auto& terms = kept.terms.emplace_back();
      const std::string text = one.text.substr(chunk.start, chunk.end - chunk.start);
      for (const std::string& part : {chunk.context, text}) {
        for (const std::string& term : analyse(analysis, part)) ++terms[term];
      }
    }
  }

  bool may_read(const IndexDocument& document, const Query& query) const {
    bool open = !document.groups;
    for (const std::string& group : document.groups.value_or(std::vector<std::string>())) {
      open |= std::find(query.groups.begin(), query.groups.end(), group) != query.groups.end();
    }
    return open && std::all_of(query.filters.begin(), query.filters.end(),
                               [&](const Condition& c) { return meets(document, c); });
  }

  static bool meets(const IndexDocument& document, const Condition& condition) {
    std::vector<FieldValue> values;
    if (condition.field == "source_id") values = {document.source_id};
    if (condition.field == "title") values = {document.title};
    if (condition.field == "document_id") values = {document.id.to_string()};
    for (const Field& field : document.metadata) {
      if (field.name == condition.field) values = field.values;
    }
    const auto any = [&](const auto& fits) {
      for (const FieldValue& have : values) {
        for (const FieldValue& want : condition.values) {
          if (have.index() == want.index() && fits(have, want)) return true;
        }
      }
      return false;
    };
    switch (condition.op) {
      case Condition::Op::equal:
      case Condition::Op::in:
        return any(std::equal_to<>());
      case Condition::Op::not_equal:
        return !any(std::equal_to<>());
      case Condition::Op::gte:
        return any(std::greater_equal<>());
      case Condition::Op::lte:
        return any(std::less_equal<>());
    }
    return false;
  }

  std::vector<Answer> lexical(const Query& query) const {
    std::map<std::string, double> df;
    double chunks = 0, length = 0;
    for (const auto& [id, one] : documents) {
      for (const auto& terms : one.terms) {
        ++chunks;
        for (const auto& [term, times] : terms) {
          ++df[term];
          length += times;
        }
      }
    }
    const std::vector<std::string> wanted = analyse(analysis, query.text);
    std::vector<Answer> out;
    for (const auto& [id, one] : documents) {
      if (!may_read(one.document, query)) continue;
      for (std::uint32_t c = 0; c < one.terms.size(); ++c) {
        double mine = 0, score = 0;
        for (const auto& [term, times] : one.terms[c]) mine += times;
        for (const std::string& term : wanted) {
          const auto found = one.terms[c].find(term);
          if (found == one.terms[c].end()) continue;
          const double idf = std::log(1 + (chunks - df[term] + 0.5) / (df[term] + 0.5));
          const double norm = query.k1 * (1 - query.b + query.b * mine / (length / chunks));
          score += idf * found->second * (query.k1 + 1) / (found->second + norm);
        }
        if (score > 0) out.push_back({id, c, score});
      }
    }
    return sorted(std::move(out));
  }

  std::vector<Answer> by_vector(const Query& query) const {
    std::vector<Answer> out;
    for (const auto& [id, one] : documents) {
      if (!may_read(one.document, query)) continue;
      for (std::uint32_t c = 0; c < one.vectors.size(); ++c) {
        if (one.vectors[c].empty()) continue;
        double sum = 0;
        for (std::size_t i = 0; i < query.vector.size(); ++i) {
          sum += static_cast<double>(query.vector[i]) * static_cast<double>(one.vectors[c][i]);
        }
        out.push_back({id, c, sum});
      }
    }
    return sorted(std::move(out));
  }

  // The share of the query's idf that the documents have words for.
  double known_share(const Query& query) const {
    std::map<std::string, double> df;
    double chunks = 0;
    for (const auto& [id, one] : documents) {
      for (const auto& terms : one.terms) {
        ++chunks;
        for (const auto& [term, times] : terms) ++df[term];
      }
    }
    double known = 0, all = 0;
    for (const std::string& term : analyse(analysis, query.text)) {
      const double with = df[term];
      const double idf = std::log(1 + (chunks - with + 0.5) / (with + 0.5));
      all += idf;
      known += with > 0 ? idf : 0;
    }
    return all > 0 ? known / all : 1;
  }

  std::vector<Answer> hybrid(const Query& query) const {
    std::map<std::pair<Uuid, std::uint32_t>, double> scores;
    const auto add = [&](const std::vector<Answer>& list, double weight) {
      for (std::size_t i = 0; i < std::min(list.size(), query.depth); ++i) {
        scores[{list[i].document, list[i].chunk}] += weight / (61.0 + static_cast<double>(i));
      }
    };
    add(lexical(query), query.lexical_weight);
    add(by_vector(query), query.vector_weight * (1 + 5 * (1 - known_share(query))));
    std::vector<Answer> out;
    for (const auto& [key, score] : scores) out.push_back({key.first, key.second, score});
    return sorted(std::move(out));
  }

 private:
  static std::vector<Answer> sorted(std::vector<Answer> list) {
    std::sort(list.begin(), list.end(), [](const Answer& a, const Answer& b) {
      if (std::abs(a.score - b.score) > 1e-9) return a.score > b.score;
      return a.document != b.document ? a.document < b.document : a.chunk < b.chunk;
    });
    return list;
  }
};

}  // namespace maester::retrieval
