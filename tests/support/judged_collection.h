// A judged collection of the shared folder (data/retrieval): documents, queries, and which
// documents answer which query.
#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "base/id.h"
#include "codec/json.h"
#include "retrieval/index.h"

namespace maester::test {

struct JudgedCollection {
  struct Text {
    std::string id, title, text;
  };
  std::vector<Text> documents, queries;
  std::map<std::string, std::map<std::string, int>> judgements;  // query -> document -> grade

  static std::vector<Text> lines(const std::string& path) {
    std::vector<Text> out;
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) {
      const auto doc = json::Document::parse(line);
      if (!doc) continue;
      const json::Value root = doc->root();
      out.push_back({std::string(root.get("_id").string_or("")),
                     std::string(root.get("title").string_or("")),
                     std::string(root.get("text").string_or(""))});
    }
    return out;
  }

  static JudgedCollection read(const std::string& folder) {
    JudgedCollection out;
    out.documents = lines(folder + "/corpus.jsonl");
    out.queries = lines(folder + "/queries.jsonl");
    std::ifstream in(folder + "/qrels.tsv");
    std::string line;
    std::getline(in, line);
    while (std::getline(in, line)) {
      std::istringstream fields(line);
      std::string query, document;
      int grade = 0;
      fields >> query >> document >> grade;
      out.judgements[query][document] = grade;
    }
    return out;
  }

  // The collection's document i, whole as one chunk below its title.
  retrieval::IndexDocument document(std::size_t i) const {
    retrieval::IndexDocument out;
    for (std::size_t b = 0; b < 8; ++b) {
      out.id.bytes[15 - b] = static_cast<std::uint8_t>(i >> 8 * b);
    }
    out.source_id = documents[i].id;
    out.title = documents[i].title;
    out.text = documents[i].text;
    retrieval::IndexChunk whole;
    whole.end = out.text.size();
    whole.context = out.title;
    out.chunks.push_back(whole);
    return out;
  }
  std::vector<retrieval::IndexDocument> all_documents() const {
    std::vector<retrieval::IndexDocument> out;
    for (std::size_t i = 0; i < documents.size(); ++i) out.push_back(document(i));
    return out;
  }
};

}  // namespace maester::test
