// What a client sends as cases of a dataset: JSON, a file in one of the forms of cases, or a form
// with files.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/route.h"
#include "codec/json.h"
#include "codec/json_writer.h"
#include "evals/datasets/dataset_store.h"
#include "evals/datasets/recorded.h"
#include "evals/reviews/review_cases.h"

namespace maester::api {

struct SentCases {
  std::vector<evals::Case> cases;
  std::optional<evals::RequestFilter> requests;  // further cases are made of these
  std::optional<evals::ReviewFilter> reviews;    // and of these, with what reviewers said
  std::optional<evals::CaseState> state;         // of all of them
  std::string message;
};

// By its content type. Errors name the file, the line and the column.
Result<SentCases> read_cases(std::string_view content_type, std::string_view file,
                             std::string body);
// The members {cases, requests, reviews, state, message} of a JSON body.
Result<SentCases> read_json_cases(json::Value body);

struct AddedCases {
  evals::DatasetStore::Edited edited;
  evals::RecordedRequests::Cases recorded;  // its cases are gone into `edited`
};
// Blocking. In one version: all, or nothing and the reason.
Result<AddedCases> add_cases(const Context& context, const evals::Dataset& dataset, SentCases sent);
void write_added(json::Writer& w, const evals::Dataset& dataset, const AddedCases& added);
void write_dataset(json::Writer& w, const evals::Dataset& dataset);
void write_dataset_version(json::Writer& w, const evals::DatasetVersion& version);

}  // namespace maester::api
