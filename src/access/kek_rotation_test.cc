#include "access/kek_rotation.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "store/test_directory.h"

namespace maester::access {
namespace {

constexpr SealedPlace kPlace{"acme", "journal", "capture", "1", ""};

class KekRotationTest : public testing::Test {
 protected:
  KekRotationTest() {
    auto db = open_db();
    auto vault = *open_vault(db, source_, random_);
    EXPECT_TRUE(vault->ensure("acme"));
    sealed_ = *vault->seal(kPlace, "the prompt");
    secret_ = *vault->system_secret("pepper");
  }
  store::Database open_db() {
    return std::move(
        *store::Database::open(directory_.path() + "/control.db", store::Database::Sync::off));
  }
  std::string text(const std::string& file) {
    std::ifstream in(file);
    return std::string{std::istreambuf_iterator<char>(in), {}};
  }
  void expect_opens(const KekSource& source) {
    auto db = open_db();
    auto vault = open_vault(db, source, random_);
    ASSERT_TRUE(vault) << vault.error().message;
    EXPECT_EQ(*(*vault)->open_sealed(kPlace, sealed_), "the prompt");
    EXPECT_EQ(*(*vault)->system_secret("pepper"), secret_);
  }

  store::TestDirectory directory_;
  SystemRandom random_;
  KekSource source_{directory_.path() + "/kek", ""};
  std::string sealed_, secret_;
};

TEST_F(KekRotationTest, TheNewKeyOpensEverythingAndTheOldOneNothing) {
  const std::string old = text(source_.file);
  auto db = open_db();
  EXPECT_EQ(*rotate_kek(db, source_, "", random_), 2u);  // acme's and the system's
  EXPECT_NE(text(source_.file), old);
  EXPECT_FALSE(std::filesystem::exists(source_.file + ".next"));
  expect_opens(source_);
  const auto wrong = open_vault(db, {source_.file, old}, random_);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Code::corrupt);
}

TEST_F(KekRotationTest, ACrashBeforeTheTransactionChangesNothing) {
  (void)*load_kek(source_.file + ".next", "", random_);
  expect_opens(source_);
  auto db = open_db();
  EXPECT_TRUE(rotate_kek(db, source_, "", random_));
  expect_opens(source_);
}

TEST_F(KekRotationTest, ACrashAfterTheTransactionIsPutRightByTheNextStart) {
  const std::string old = text(source_.file);
  auto db = open_db();
  ASSERT_TRUE(rotate_kek(db, source_, "", random_));
  std::filesystem::rename(source_.file, source_.file + ".next");
  std::ofstream(source_.file) << old;
  std::filesystem::permissions(source_.file, std::filesystem::perms::owner_read);
  expect_opens(source_);
  EXPECT_NE(text(source_.file), old);
  EXPECT_FALSE(std::filesystem::exists(source_.file + ".next"));
}

TEST_F(KekRotationTest, AKeyOfTheEnvironmentIsFollowedByOneOfTheEnvironment) {
  const std::string old = text(source_.file), next(64, 'b');
  const KekSource given{source_.file, old};
  auto db = open_db();
  EXPECT_EQ(rotate_kek(db, given, "", random_).error().code, Code::invalid_request);
  EXPECT_EQ(rotate_kek(db, source_, next, random_).error().code, Code::invalid_request);
  EXPECT_EQ(rotate_kek(db, given, "short", random_).error().code, Code::invalid_request);
  expect_opens(given);
  ASSERT_TRUE(rotate_kek(db, given, next, random_));
  expect_opens({source_.file, next});
  EXPECT_EQ(text(source_.file), old) << "a file that is not used stays";
}

}  // namespace
}  // namespace maester::access
