// A registry over a control.db of its own, for tests.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "prompts/registry.h"
#include "store/sqlite.h"

namespace maester::prompts {

inline NewVersion text(std::string template_text, std::string version = "") {
  NewVersion out;
  out.name = "greet";
  out.version = std::move(version);
  out.template_text = std::move(template_text);
  return out;
}

class RegistryTest : public ::testing::Test {
 protected:
  RegistryTest() {
    directory_ = std::filesystem::temp_directory_path() /
                 ("maester-prompts-" + std::to_string(getpid()) + "-" +
                  ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    reopen();
  }
  ~RegistryTest() override {
    registry_.reset();
    audit_.reset();
    db_.reset();
    std::filesystem::remove_all(directory_);
  }

  void reopen(access::ReleaseGuard& guard = Registry::allow_all()) {
    registry_.reset();
    audit_.reset();
    db_.reset();
    auto db = store::Database::open(directory_ / "control.db", store::Database::Sync::full);
    ASSERT_TRUE(db) << db.error().message << db.error().detail;
    db_ = std::make_unique<store::Database>(std::move(*db));
    audit_ = std::move(*access::AuditLog::open(*db_, clock_, "digest key"));
    auto registry = Registry::open(*db_, clock_, *audit_, guard);
    ASSERT_TRUE(registry) << registry.error().message << registry.error().detail;
    registry_ = std::move(*registry);
  }

  std::string push(NewVersion version, std::string_view tenant = "default") {
    const auto pushed = registry_->push(tenant, std::move(version));
    return pushed ? pushed->version->version : "error: " + pushed.error().message;
  }
  std::string resolve(Selector selector, std::string_view tenant = "default") {
    const auto version = registry_->resolve(tenant, "greet", selector);
    return version ? (*version)->version : std::string(to_string(version.error().code));
  }

  ManualClock clock_;
  std::filesystem::path directory_;
  std::unique_ptr<store::Database> db_;
  std::unique_ptr<access::AuditLog> audit_;
  std::unique_ptr<Registry> registry_;
};

}  // namespace maester::prompts
