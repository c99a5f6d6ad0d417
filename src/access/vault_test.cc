#include "access/vault.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/hex.h"

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
  static SealedPlace capture(std::string_view tenant, std::string_view id) {
    return {tenant, "journal", "capture", id, ""};
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
    sealed = *vault->seal(capture("acme", "1"), "the prompt");
    EXPECT_EQ(sealed.find("the prompt"), std::string::npos);
  }
  auto db = open_db();
  auto vault = std::move(*Vault::open(db, std::move(*kek()), random_));
  EXPECT_EQ(*vault->open_sealed(capture("acme", "1"), sealed), "the prompt");
}

TEST_F(VaultTest, AValueOpensOnlyForItsTenantAndPurposeAndUnaltered) {
  auto db = open_db();
  auto vault = std::move(*Vault::open(db, std::move(*kek()), random_));
  ASSERT_TRUE(vault->ensure("acme"));
  ASSERT_TRUE(vault->ensure("other"));
  const std::string sealed = *vault->seal(capture("acme", "1"), "secret");
  EXPECT_EQ(vault->open_sealed(capture("acme", "2"), sealed).error().code, Code::corrupt);
  EXPECT_EQ(vault->open_sealed(capture("other", "1"), sealed).error().code, Code::corrupt);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string altered = sealed;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_FALSE(vault->open_sealed(capture("acme", "1"), altered)) << i;
  }
  EXPECT_FALSE(vault->open_sealed(capture("acme", "1"), ""));
}

TEST_F(VaultTest, ACredentialOpensForItsOriginOnly) {
  auto db = open_db();
  auto vault = std::move(*Vault::open(db, std::move(*kek()), random_));
  SealedPlace place{kSystemTenant, "providers", "api_key", "openai", "https://api.openai.com:443"};
  const std::string sealed = *vault->seal(place, "sk-secret");
  EXPECT_EQ(*vault->open_sealed(place, sealed), "sk-secret");
  for (const char* origin : {"", "http://api.openai.com:443", "https://api.openai.com:8443",
                             "https://evil.example:443"}) {
    SealedPlace elsewhere = place;
    elsewhere.origin = origin;
    EXPECT_EQ(vault->open_sealed(elsewhere, sealed).error().code, Code::corrupt) << origin;
  }
  for (const SealedPlace& moved : {SealedPlace{"", "providersapi_key", "", "openai", place.origin},
                                   SealedPlace{"", "other", "api_key", "openai", place.origin},
                                   SealedPlace{"", "providers", "other", "openai", place.origin}})
    EXPECT_FALSE(vault->open_sealed(moved, sealed));
}

TEST_F(VaultTest, AValueOfTheFoundationsFormStillOpens) {
  const std::string kek_hex(64, '5');
  std::ifstream file(MAESTER_SOURCE_DIR "/src/access/testdata/foundation_sealed.txt");
  std::string sealed_key, sealed_value;
  ASSERT_TRUE(std::getline(file, sealed_key) && std::getline(file, sealed_value));
  auto db = open_db();
  const auto unhex = [](const std::string& hex) {
    std::string out(hex.size() / 2, '\0');
    EXPECT_TRUE(
        hex_decode(hex, std::span(reinterpret_cast<std::uint8_t*>(out.data()), out.size())));
    return out;
  };
  ASSERT_TRUE(
      db.execute("CREATE TABLE tenant_keys (tenant TEXT PRIMARY KEY, sealed BLOB NOT NULL) "
                 "WITHOUT ROWID"));
  {
    auto insert = *db.prepare("INSERT INTO tenant_keys VALUES ('acme', ?1)");
    ASSERT_TRUE(insert.bind_blob(1, unhex(sealed_key)).run());
  }
  auto vault =
      std::move(*Vault::open(db, std::move(*load_kek(path("kek"), kek_hex, random_)), random_));
  EXPECT_EQ(*vault->open_sealed(capture("acme", "7"), unhex(sealed_value)), "a body of before");
}

TEST_F(VaultTest, WhatATenantSealedIsGoneWithItsKey) {
  auto db = open_db();
  auto vault = std::move(*Vault::open(db, std::move(*kek()), random_));
  ASSERT_TRUE(vault->ensure("acme"));
  const std::string sealed = *vault->seal(capture("acme", "1"), "secret");
  std::string stored;
  {
    auto row = *db.prepare("SELECT sealed FROM tenant_keys WHERE tenant = 'acme'");
    ASSERT_TRUE(*row.step());
    stored = row.text(0);
  }
  ASSERT_TRUE(vault->erase("acme"));
  vault->forget("acme");
  EXPECT_EQ(vault->open_sealed(capture("acme", "1"), sealed).error().code, Code::not_found);
  EXPECT_EQ(vault->seal(capture("acme", "1"), "more").error().code, Code::not_found);
  ASSERT_TRUE(db.execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  for (const char* name : {"control.db", "control.db-wal"}) {
    std::ifstream file(path(name), std::ios::binary);
    const std::string all{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(all.find(stored), std::string::npos) << name;
  }
  vault.reset();
  vault = std::move(*Vault::open(db, std::move(*kek()), random_));
  ASSERT_TRUE(vault->ensure("acme"));  // a new key opens nothing of the old one
  EXPECT_EQ(vault->open_sealed(capture("acme", "1"), sealed).error().code, Code::corrupt);
}

TEST_F(VaultTest, ASystemSecretIsMadeOnceAndKept) {
  auto db = open_db();
  auto vault = std::move(*Vault::open(db, std::move(*kek()), random_));
  const std::string one = *vault->system_secret("pepper/1");
  EXPECT_EQ(one.size(), 32u);
  EXPECT_NE(one, *vault->system_secret("audit"));
  vault = std::move(*Vault::open(db, std::move(*kek()), random_));
  EXPECT_EQ(one, *vault->system_secret("pepper/1"));
  EXPECT_EQ(*vault->system_secrets_named("pepper/"), std::vector<std::string>{"pepper/1"});
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
