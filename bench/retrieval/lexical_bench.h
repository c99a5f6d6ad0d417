// What every program of the lexical leg does alike: the texts, the questions, the timing and the
// line of JSON that comes out.
//
// Texts. 5,183 chunks are SciFact's abstracts themselves. More are made of them: each takes an
// abstract as its topic and draws three words in five from it and two from the whole collection, so
// words are as frequent and as bursty as in the original; one in a hundred is a rare word of its
// own kind (a name, a number), so the vocabulary goes on growing with the text as natural ones do.
// Questions are SciFact's 300.
#pragma once

#include <fmt/core.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "retrieval/analysis/analyser.h"
#include "support/judged_collection.h"

namespace maester::bench {

// Of the wall; or of this thread's processor time, which other programs on the machine disturb
// less.
inline bool& by_cpu() {
  static bool value = false;
  return value;
}
inline double seconds() {
  timespec now{};
  ::clock_gettime(by_cpu() ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

struct Options {
  std::string collection = "/work/shared/data/retrieval/scifact";
  std::string directory = "/tmp/bench_lexical";
  std::size_t chunks = 5183, words = 200, rounds = 3, top_k = 10, depth = 200;
  bool keep = false;   // use what an earlier run left in the directory
  bool embed = false;  // vectors too
};

inline Options parse(int argc, char** argv) {
  Options out;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const auto number = [&] { return std::strtoull(argv[i + 1], nullptr, 10); };
    if (name == "--collection") out.collection = argv[i + 1];
    if (name == "--directory") out.directory = argv[i + 1];
    if (name == "--chunks") out.chunks = number();
    if (name == "--words") out.words = number();
    if (name == "--rounds") out.rounds = number();
    if (name == "--top-k") out.top_k = number();
    if (name == "--clock") by_cpu() = std::string_view(argv[i + 1]) == "cpu";
    if (name == "--depth") out.depth = number();
    if (name == "--embed") out.embed = number() != 0;
    if (name == "--keep") out.keep = number() != 0;
  }
  return out;
}

class Texts {
 public:
  explicit Texts(const Options& options)
      : collection_(test::JudgedCollection::read(options.collection)), options_(options) {
    for (const auto& document : collection_.documents) {
      begins_.push_back(words_.size());
      const std::string& text = document.text;
      for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        if (end > at) words_.push_back(std::string_view(text).substr(at, end - at));
        at = end + 1;
      }
    }
    begins_.push_back(words_.size());
  }

  std::size_t size() const { return options_.chunks; }
  bool original() const { return options_.chunks <= collection_.documents.size(); }
  std::string text(std::size_t chunk) const {
    if (original()) return collection_.documents[chunk].text;
    std::uint64_t state = chunk * 0x9e3779b97f4a7c15U + 1;
    const auto below = [&](std::uint64_t bound) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      return (state >> 33) * bound >> 31;
    };
    const std::size_t topic = below(begins_.size() - 1);
    const std::size_t begin = begins_[topic], of_topic = begins_[topic + 1] - begin;
    const std::size_t count = options_.words / 2 + below(options_.words);
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) out += i % 17 == 0 ? ". " : " ";
      const std::uint64_t kind = below(100);
      if (kind == 0) {
        // Ranks with a heavy tail: the logarithm is uniform.
        const double u = static_cast<double>(below(1 << 20)) / (1 << 20);
        out += "n" + std::to_string(static_cast<std::uint64_t>(std::exp(u * 16)));
      } else if (kind < 60 && of_topic > 0) {
        out += words_[begin + below(of_topic)];
      } else {
        out += words_[below(words_.size())];
      }
    }
    return out;
  }
  const std::string& title(std::size_t chunk) const {
    return collection_.documents[chunk % collection_.documents.size()].title;
  }
  const std::vector<test::JudgedCollection::Text>& questions() const { return collection_.queries; }

 private:
  test::JudgedCollection collection_;
  Options options_;
  std::vector<std::string_view> words_;
  std::vector<std::size_t> begins_;
};

// A term as a word of letters and digits, for engines that would cut it again.
inline std::string plain(std::string_view term) {
  std::string out;
  for (const char c : term) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) > 127)
      out += c;
    else
      out += "zq";
  }
  return out;
}

struct Latencies {
  std::vector<double> each;  // seconds
  double at(double quantile) {
    std::sort(each.begin(), each.end());
    return each.empty()
               ? 0
               : each[static_cast<std::size_t>(quantile * static_cast<double>(each.size() - 1))];
  }
  double per_second() const {
    double sum = 0;
    for (const double one : each) sum += one;
    return static_cast<double>(each.size()) / sum;
  }
};

// Asks every question `rounds` times after one round for warmth. ask(text) returns the hits.
template <class Ask>
Latencies measure(const Texts& texts, std::size_t rounds, const Ask& ask) {
  Latencies out;
  std::size_t hits = 0;
  for (std::size_t round = 0; round <= rounds; ++round) {
    for (const auto& question : texts.questions()) {
      const double begin = seconds();
      hits += ask(question.text);
      if (round > 0) out.each.push_back(seconds() - begin);
    }
  }
  if (hits == 0) std::abort();
  return out;
}

inline double resident_mib() {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("RssAnon:")) return std::strtod(line.c_str() + 8, nullptr) / 1024;
  }
  return 0;
}

inline void report(const char* subject, const Options& options, Latencies latencies,
                   const std::string& more) {
  fmt::print(
      "{{\"subject\": \"{}\", \"clock\": \"{}\", \"chunks\": {}, \"top_k\": {}, "
      "\"queries_per_second\": {:.0f}, "
      "\"p50_ms\": {:.3f}, \"p99_ms\": {:.3f}{}}}\n",
      subject, by_cpu() ? "cpu" : "wall", options.chunks, options.top_k, latencies.per_second(),
      latencies.at(0.5) * 1e3, latencies.at(0.99) * 1e3, more);
}

}  // namespace maester::bench
