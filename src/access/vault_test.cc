#include "access/vault.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace maester::access {
namespace {

class VaultTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ =
        std::filesystem::temp_directory_path() / ("vault_test_" + std::to_string(::getpid()));
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string path(const char* name) const { return (directory_ / name).string(); }
  store::Database open_db() {
    return std::move(*store::Database::open(path("control.db"), store::Database::Sync::off));
  }
  Result<SecretKey> kek() { return load_kek(path("kek"), "", random_); }

  SystemRandom random_;
  std::filesystem::path directory_;
};

TEST_F(VaultTest, WhatIsSealedOpensAfterARestart) {
  std::string sealed;
  {
    auto db = open_db();
    auto vault = std::move(*Vault::open(db, std::move(*kek()), random_));
    ASSERT_TRUE(vault->ensure("acme"));
    sealed = *vault->seal("acme", "capture:1", "the prompt");
    EXPECT_EQ(sealed.find("the prompt"), std::string::npos);
  }
  auto db = open_db();
  auto vault = std::move(*Vault::open(db, std::move(*kek()), random_));
  EXPECT_EQ(*vault->open_sealed("acme", "capture:1", sealed), "the prompt");
}

TEST_F(VaultTest, AValueOpensOnlyForItsTenantAndPurposeAndUnaltered) {
  auto db = open_db();
  auto vault = std::move(*Vault::open(db, std::move(*kek()), random_));
  ASSERT_TRUE(vault->ensure("acme"));
  ASSERT_TRUE(vault->ensure("other"));
  const std::string sealed = *vault->seal("acme", "capture:1", "secret");
  EXPECT_EQ(vault->open_sealed("acme", "capture:2", sealed).error().code, Code::corrupt);
  EXPECT_EQ(vault->open_sealed("other", "capture:1", sealed).error().code, Code::corrupt);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string altered = sealed;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_FALSE(vault->open_sealed("acme", "capture:1", altered)) << i;
  }
  EXPECT_FALSE(vault->open_sealed("acme", "capture:1", ""));
}

TEST_F(VaultTest, AnotherKekIsRefusedAtOpening) {
  {
    auto db = open_db();
    auto vault = std::move(*Vault::open(db, std::move(*kek()), random_));
    ASSERT_TRUE(vault->ensure("acme"));
  }
  auto db = open_db();
  const auto wrong = Vault::open(db, SecretKey::generate(random_), random_);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Code::corrupt);
}

TEST_F(VaultTest, TheKekFileIsPrivateAndAReadableOneIsRefused) {
  ASSERT_TRUE(kek());
  struct stat info{};
  ASSERT_EQ(::stat(path("kek").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ::chmod(path("kek").c_str(), 0644);
  EXPECT_EQ(kek().error().code, Code::forbidden);
  EXPECT_FALSE(load_kek(path("kek"), "not hexadecimal", random_));
}

}  // namespace
}  // namespace maester::access
