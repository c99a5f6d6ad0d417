// Grading by models: who is asked, what was asked before, and what it cost. Assertions that a model
// grades (llm-rubric, similar, ...) reach models through this only.
//
//   Graders graders(port, {.text = "gpt-4.1-mini"}, cache.get());
//   Graded subject{..., .graders = &graders, .spend = &row_spend};
//   Grading grading = grade_all(assertions, threshold, subject);   // assertion.h
//
// A grader's reply is read strictly: what it does not say clearly is an error, never a grade. Only
// replies that could be read are kept in the cache; its key is the whole request (grader's model,
// parameters, rendered grading prompt). Thread-safe; blocking.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.h"
#include "base/result.h"
#include "evals/model_port.h"
#include "evals/value.h"

namespace maester::evals {

// A model that grades. `id` as in suites ("maester:NAME", "openai:NAME") or a bare model's name; ""
// = the default.
struct GraderModel {
  std::string id;
  Value config;  // parameters of the request
};

// Who grades an assertion and with which words: its own, else its test's, else defaultTest's.
struct GraderChoice {
  GraderModel text, embedding, classification, moderation;
  Value rubric_prompt;  // undefined: the registry's, else our own
  Value factuality;     // {subset, superset, agree, disagree, differButFactual}: scores
};

struct GraderDefaults {
  std::string text;       // "" = the server's default model
  std::string embedding;  // "" = none: `similar` then needs a provider
};

struct GradeSpend {
  std::size_t asked = 0, from_cache = 0;
  std::size_t unpriced = 0;  // asked, and the cost is not known
  std::int64_t prompt_tokens = 0, completion_tokens = 0;
  FemtoUsd cost;
  void add(const GradeSpend& other);
};

// Replies that graders gave before. Thread-safe.
class GradeCache {
 public:
  virtual ~GradeCache() = default;
  virtual std::optional<std::string> find(const std::string& key) = 0;
  virtual void keep(const std::string& key, const std::string& reply) = 0;
};
// Forgets the oldest beyond `bytes`.
std::unique_ptr<GradeCache> memory_grade_cache(std::size_t bytes = 64u << 20);

class Graders {
 public:
  // `cache` may be null. Both must outlive the graders.
  Graders(ModelPort& port, GraderDefaults defaults, GradeCache* cache);

  Status ready() { return port_.ready(); }

  // Reads what a grader said, or fails: then the case is an error.
  using Reader = std::function<Result<Value>(const std::string& text)>;
  // `messages` is a list of {role, content}. `sample` tells apart questions that are put several
  // times to get several answers.
  Result<Value> ask(const GraderModel& model, const Value& messages, const Reader& read,
                    GradeSpend& spend, std::size_t sample = 0);
  using Vector = std::vector<double>;
  // A vector for each text, all of the same length.
  Result<std::vector<Vector>> embed(const GraderModel& model, const std::vector<std::string>& texts,
                                    GradeSpend& spend);
  // The registry's grading prompt `maester.graders.KIND`, looked up once; undefined = there is
  // none.
  Result<Value> prompt(const std::string& kind);

  GradeSpend spent() const;  // by everybody, so far

 private:
  // A reply's body, from the cache or from the model; `read` judges whether it may be kept.
  Status exchange(const std::string& path, const std::string& body, std::size_t sample,
                  const std::function<Status(const std::string& body)>& read, GradeSpend& spend);
  void count(const GradeSpend& one, GradeSpend& spend);

  ModelPort& port_;
  const GraderDefaults defaults_;
  GradeCache* const cache_;
  mutable std::mutex mutex_;  // of what follows
  GradeSpend spent_;
  std::map<std::string, Value, std::less<>> prompts_;
};

}  // namespace maester::evals
