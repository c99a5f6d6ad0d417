// Recorded answers of real providers (shared/fixtures/wire), read when first asked for.
// Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace maester::rig {

struct Fixture {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;  // without those of the framing
  std::string body;
  bool streaming = false;
};

class Fixtures {
 public:
  // `directory` holds INDEX.tsv; "" = no fixtures.
  explicit Fixtures(std::string directory) : directory_(std::move(directory)) {}
  // By id ("openai-018"); nothing with a sentence in `error` when there is none.
  std::optional<Fixture> find(const std::string& id, std::string& error) const;

 private:
  std::string directory_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, Fixture> read_;
};

std::optional<Fixture> read_fixture(const std::string& path, std::string& error);

}  // namespace maester::rig
