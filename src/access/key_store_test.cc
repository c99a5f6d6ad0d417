#include "access/key_store.h"

#include <gtest/gtest.h>

#include "store/test_directory.h"

namespace maester::access {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr std::string_view kGiven = "team-a-0123456789abcdef";

class KeyStoreTest : public testing::Test {
 protected:
  void SetUp() override { open(); }

  // As a start does; a second call is a restart.
  void open() {
    store_.reset();
    audit_.reset();
    vault_.reset();
    vault_ = *Vault::open(db_, SecretKey(std::string(32, 'k')), random_);
    audit_ = *AuditLog::open(db_, clock_, "digest key");
    store_ = *KeyStore::open({db_, *vault_, *audit_, clock_, random_}, 1);
  }

  std::expected<const Key*, Refusal> find(std::string_view credential,
                                          std::string_view peer = "127.0.0.1") {
    held_ = store_->view().newest();
    return held_->find(credential, peer, clock_);
  }
  Refusal refusal(std::string_view credential, std::string_view peer = "127.0.0.1") {
    const auto found = find(credential, peer);
    EXPECT_FALSE(found);
    return found ? Refusal{} : found.error();
  }
  KeyStore::Minted mint(std::string_view tenant, KeyTerms terms = {}, Role role = Role::member) {
    return *store_->create(kAll, tenant, {"name", role, std::move(terms)}, kActor);
  }

  const TenantScope kAll = TenantScope::of({"default", "admin", Role::admin, nullptr, {}});
  const Actor kActor{"default", "admin", "api 127.0.0.1"};
  ManualClock clock_;
  SeededRandom random_{7};
  store::Database db_ = *store::Database::open(":memory:", store::Database::Sync::off);
  std::unique_ptr<Vault> vault_;
  std::unique_ptr<AuditLog> audit_;
  std::unique_ptr<KeyStore> store_;
  std::shared_ptr<const KeyView> held_;
};

TEST_F(KeyStoreTest, AMintedKeyIsItsPrincipalAndStaysSoAfterARestart) {
  ASSERT_TRUE(store_->create_tenant("acme", kActor));
  KeyTerms terms;
  terms.models = {"gpt-4.1"};
  terms.routes = {"fast"};
  terms.groups = {"staff", "x\"y"};
  terms.networks = {*wire::Network::parse("127.0.0.0/8")};
  terms.delegate = true;
  terms.expires_at = clock_.wall() + hours{1};
  const auto made = mint("acme", terms);
  EXPECT_TRUE(made.secret.reveal().starts_with("mst_k_"));
  for (int restart = 0; restart < 2; ++restart) {
    const auto found = find(made.secret.reveal());
    ASSERT_TRUE(found);
    EXPECT_EQ((*found)->principal.tenant, "acme");
    EXPECT_EQ((*found)->principal.key_id, made.key->id);
    EXPECT_EQ((*found)->principal.role, Role::member);
    EXPECT_EQ(*(*found)->principal.terms, terms);
    EXPECT_EQ((*found)->created_by, "admin");
    open();
  }
}

TEST_F(KeyStoreTest, TheSecretIsNowhereInTheDatabase) {
  const auto made = mint("default");
  const auto parsed = *parse_key(made.secret.reveal());
  auto rows = *db_.prepare("SELECT * FROM keys");
  ASSERT_TRUE(*rows.step());
  for (int column = 0; column < 14; ++column)
    EXPECT_EQ(rows.text(column).find(parsed.secret.substr(0, 8)), std::string_view::npos);
}

TEST_F(KeyStoreTest, EveryRefusalHasItsReason) {
  KeyTerms terms;
  terms.expires_at = clock_.wall() + hours{1};
  terms.networks = {*wire::Network::parse("10.0.0.0/8")};
  const auto made = mint("default", terms);
  const std::string key(made.secret.reveal());
  EXPECT_EQ(refusal(""), Refusal::missing);
  EXPECT_EQ(refusal("mst_k_short"), Refusal::malformed);
  EXPECT_EQ(refusal("some-other-credential"), Refusal::unknown);
  EXPECT_EQ(refusal(mint_key(KeyKind::tenant, random_)), Refusal::unknown);
  EXPECT_EQ(refusal(mint_again(KeyKind::tenant, made.key->id, random_)), Refusal::wrong);
  EXPECT_EQ(refusal(key, "11.0.0.1"), Refusal::network);
  EXPECT_EQ(refusal(key, ""), Refusal::network);
  EXPECT_TRUE(find(key, "10.1.2.3"));
  clock_.advance(hours{1});
  EXPECT_EQ(refusal(key, "10.1.2.3"), Refusal::expired);
  ASSERT_TRUE(store_->revoke(kAll, made.key->id, kActor));
  EXPECT_EQ(refusal(key, "10.1.2.3"), Refusal::revoked);
}

TEST_F(KeyStoreTest, TheKindIsPartOfTheSecret) {
  const auto made = mint("default");
  std::string admin(made.secret.reveal());
  admin[4] = 'a';
  EXPECT_EQ(refusal(admin), Refusal::malformed);  // its CRC covers the kind
}

TEST_F(KeyStoreTest, ARotatedKeyKeepsItsIdAndTheOldSecretItsOverlap) {
  const auto first = mint("default");
  const auto second = *store_->rotate(kAll, first.key->id, hours{1}, kActor);
  EXPECT_EQ(first.key->id, second.key->id);
  for (int restart = 0; restart < 2; ++restart) {
    EXPECT_TRUE(find(first.secret.reveal()));
    EXPECT_TRUE(find(second.secret.reveal()));
    open();
  }
  const auto third = *store_->rotate(kAll, first.key->id, hours{1}, kActor);
  EXPECT_EQ(refusal(first.secret.reveal()), Refusal::wrong);  // two back
  EXPECT_TRUE(find(second.secret.reveal()));
  clock_.advance(hours{1});
  EXPECT_EQ(refusal(second.secret.reveal()), Refusal::wrong);
  EXPECT_TRUE(find(third.secret.reveal()));
  const auto fourth = *store_->rotate(kAll, first.key->id, seconds{0}, kActor);
  EXPECT_EQ(refusal(third.secret.reveal()), Refusal::wrong);
  EXPECT_TRUE(find(fourth.secret.reveal()));
}

TEST_F(KeyStoreTest, ARevokedKeyIsGoneFromListsAndCannotBeUsedAgain) {
  const auto made = mint("default");
  std::string ended;
  store_->on_ended([&](std::string_view tenant, std::string_view id) {
    ended = std::string(tenant) + "/" + std::string(id);
  });
  ASSERT_TRUE(store_->revoke(kAll, made.key->id, kActor));
  EXPECT_EQ(ended, "default/" + made.key->id);
  EXPECT_TRUE(list_keys(*store_->view().newest(), kAll).empty());
  EXPECT_EQ(store_->revoke(kAll, made.key->id, kActor).error().code, Code::not_found);
  EXPECT_EQ(store_->rotate(kAll, made.key->id, seconds{0}, kActor).error().code, Code::not_found);
  open();
  EXPECT_EQ(refusal(made.secret.reveal()), Refusal::revoked);
}

TEST_F(KeyStoreTest, AnotherTenantsKeyIsAnsweredAsAnUnknownOne) {
  ASSERT_TRUE(store_->create_tenant("acme", kActor));
  const auto made = mint("default");
  const TenantScope acme = TenantScope::one("acme");
  const std::string unknown = "aaaaaaaaaaaa";
  const auto same = [&](Error a, const Error& b) {
    const std::size_t at = a.message.find(made.key->id);
    ASSERT_NE(at, std::string::npos);
    a.message.replace(at, made.key->id.size(), unknown);
    EXPECT_EQ(a, b);
  };
  same(store_->revoke(acme, made.key->id, kActor).error(),
       store_->revoke(acme, unknown, kActor).error());
  same(store_->rotate(acme, made.key->id, seconds{0}, kActor).error(),
       store_->rotate(acme, unknown, seconds{0}, kActor).error());
  EXPECT_EQ(store_->create(acme, "default", {}, kActor).error().code, Code::not_found);
  EXPECT_TRUE(list_keys(*store_->view().newest(), acme).empty());
  EXPECT_TRUE(find(made.secret.reveal()));
}

TEST_F(KeyStoreTest, AnErasedTenantsKeysStopAndItsNameStaysTaken) {
  struct Objects : TenantObjects {
    std::string erased, forgotten;
    Status erase(store::Database&, std::string_view tenant) override {
      erased = tenant;
      return {};
    }
    void forget(std::string_view tenant) override { forgotten = tenant; }
  } objects;
  store_->also_erase(objects);
  ASSERT_TRUE(store_->create_tenant("acme", kActor));
  const GivenKey given{kGiven, "team-a", "acme", Role::member};
  ASSERT_TRUE(store_->configure(std::span(&given, 1)));
  const auto made = mint("acme");
  const auto other = mint("default");
  ASSERT_TRUE(find(kGiven));
  ASSERT_TRUE(store_->erase_tenant("acme", kActor));
  EXPECT_EQ(objects.erased, "acme");
  EXPECT_EQ(objects.forgotten, "acme");
  EXPECT_FALSE(find(made.secret.reveal()));
  EXPECT_FALSE(find(kGiven));
  EXPECT_TRUE(find(other.secret.reveal()));
  EXPECT_EQ(vault_->seal({"acme", "t", "c", "r", ""}, "x").error().code, Code::not_found);
  open();
  EXPECT_FALSE(find(made.secret.reveal()));
  EXPECT_EQ(*store_->configure(std::span(&given, 1)), std::vector<std::string>{"team-a"});
  EXPECT_FALSE(find(kGiven));
  EXPECT_EQ(store_->create_tenant("acme", kActor).error().code, Code::conflict);
  EXPECT_EQ(store_->erase_tenant("acme", kActor).error().code, Code::not_found);
  EXPECT_EQ(store_->erase_tenant("default", kActor).error().code, Code::conflict);
}

TEST_F(KeyStoreTest, GivenKeysWorkAreReplacedWholeAndAreChecked) {
  const std::string minted = mint_key(KeyKind::admin, random_);
  const GivenKey keys[] = {{kGiven, "team-a", "acme", Role::member},
                           {minted, "admin", "default", Role::admin}};
  ASSERT_TRUE(store_->configure(keys));
  EXPECT_EQ((*find(kGiven))->principal.tenant, "acme");
  EXPECT_TRUE((*find(minted))->principal.manages_all_tenants());
  EXPECT_EQ(store_->revoke(kAll, "team-a", kActor).error().code, Code::conflict);
  const GivenKey weak{"short", "weak", "acme", Role::viewer};
  const auto refused = store_->configure(std::span(&weak, 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.find("short"), refused.error().message.find("shorter"));
  const GivenKey twice[] = {keys[0], keys[0]};
  EXPECT_EQ(store_->configure(twice).error().code, Code::conflict);
  const GivenKey typo{"mst_k_0123456789abcdef", "typo", "acme", Role::viewer};
  EXPECT_FALSE(store_->configure(std::span(&typo, 1)));
  EXPECT_TRUE(find(kGiven)) << "a set that does not load changes nothing";
  ASSERT_TRUE(store_->configure({}));
  EXPECT_FALSE(find(kGiven));
  EXPECT_FALSE(find(minted));
}

TEST_F(KeyStoreTest, BadTermsAndNamesAreRefused) {
  for (const char* name : {"", "Acme", "a b", "-a", "ä"})
    EXPECT_FALSE(store_->create_tenant(name, kActor)) << name;
  EXPECT_EQ(store_->create_tenant("default", kActor).error().code, Code::conflict);
  KeyTerms past;
  past.expires_at = clock_.wall();
  EXPECT_FALSE(store_->create(kAll, "default", {"", Role::member, past}, kActor));
  for (const char* body : {R"({"models":"x"})", R"({"models":[1]})", R"({"models":[""]})",
                           R"({"networks":["10.0.0.1/8"]})", R"({"networks":["host"]})",
                           R"({"expires_at":"soon"})", R"({"delegate":1})"})
    EXPECT_FALSE(read_terms(json::Document::parse(body)->root())) << body;
}

TEST_F(KeyStoreTest, EveryChangeIsInTheAuditLog) {
  ASSERT_TRUE(store_->create_tenant("acme", kActor));
  const auto made = mint("acme");
  ASSERT_TRUE(store_->rotate(kAll, made.key->id, seconds{0}, kActor));
  ASSERT_TRUE(store_->revoke(kAll, made.key->id, kActor));
  const auto rows = *audit_->page("acme", 0, 10);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[2].action, "key.create");
  EXPECT_EQ(rows[1].action, "key.rotate");
  EXPECT_EQ(rows[0].action, "key.revoke");
  for (const AuditRow& row : rows) {
    EXPECT_EQ(row.object, made.key->id);
    EXPECT_EQ(row.actor.key_id, "admin");
  }
  EXPECT_NE(rows[1].before, rows[1].after);
  ASSERT_TRUE(store_->erase_tenant("acme", kActor));
  EXPECT_EQ((*audit_->page(kSystemChain, 0, 1))[0].action, "tenant.erase");
}

}  // namespace
}  // namespace maester::access
