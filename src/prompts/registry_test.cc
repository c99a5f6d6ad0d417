#include "prompts/registry.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include "codec/json.h"
#include "prompts/dev_prompts.h"
#include "prompts/registry_for_test.h"

namespace maester::prompts {
namespace {

class RefuseProduction final : public access::ReleaseGuard {
 public:
  Status may_release(const access::Release& release) override {
    if (release.slot != "production" || release.rollback) return {};
    return fail(Code::gate_refused, "The gate for `" + release.slot + "` failed.");
  }
};

TEST_F(RegistryTest, NumbersVersionsAndTakesTheLastInNaturalOrder) {
  for (int i = 1; i <= 10; ++i) {
    EXPECT_EQ(push(text("hello " + std::to_string(i))), "v" + std::to_string(i));
  }
  EXPECT_EQ(resolve({}), "v10");
  EXPECT_EQ(resolve({"v2", ""}), "v2");
  EXPECT_EQ(resolve({"", "latest"}), "v10");
}

TEST_F(RegistryTest, NeverChangesAVersion) {
  EXPECT_EQ(push(text("one", "v1")), "v1");
  const auto again = registry_->push("default", text("one", "v1"));
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->created);
  const auto other = registry_->push("default", text("two", "v1"));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Code::version_conflict);
  EXPECT_NE(other.error().message.find("`v2`"), std::string::npos) << other.error().message;
  EXPECT_EQ(push(text("two")), "v2");
  EXPECT_EQ(push(text("one")), "v1") << "same content again is the same version";
}

TEST_F(RegistryTest, PrefersProductionToTheLatest) {
  NewVersion first = text("one");
  first.labels = {"production", "stable", "stable"};
  EXPECT_EQ(push(std::move(first)), "v1");
  EXPECT_EQ(push(text("two")), "v2");
  EXPECT_EQ(resolve({}), "v1");
  EXPECT_EQ(resolve({"", "stable"}), "v1");
  EXPECT_EQ(resolve({"", "staging"}), "not_found");
  EXPECT_EQ(resolve({"v3", ""}), "not_found");
  EXPECT_EQ(resolve({"v1", "stable"}), "invalid_request");
}

TEST_F(RegistryTest, SaysWhatThereIsWhenSomethingIsNotFound) {
  EXPECT_EQ(registry_->resolve("default", "greet", {}).error().message,
            "There is no prompt `greet`; there are no prompts yet: push one with POST "
            "/v1/prompts.");
  push(text("one"));
  EXPECT_EQ(registry_->resolve("default", "great", {}).error().message,
            "There is no prompt `great`; there is `greet`.");
  EXPECT_EQ(registry_->resolve("default", "greet", {"v7", ""}).error().message,
            "Prompt `greet` has no version `v7`; it has `v1`.");
  EXPECT_EQ(registry_->resolve("default", "greet", {"", "x"}).error().message,
            "Prompt `greet` has no label `x`; it has no labels.");
}

TEST_F(RegistryTest, KeepsTenantsApart) {
  EXPECT_EQ(push(text("mine"), "a"), "v1");
  EXPECT_EQ(resolve({}, "b"), "not_found");
  EXPECT_EQ(registry_->resolve("b", "greet", {}).error().message.find("`greet`; there are no"),
            std::string("There is no prompt ").size());
  EXPECT_EQ(push(text("yours"), "b"), "v1");
  EXPECT_EQ(registry_->list("a").size(), 1u);
}

TEST_F(RegistryTest, RollsALabelBackThroughARestart) {
  for (const char* content : {"one", "two", "three"}) {
    NewVersion version = text(content);
    version.labels = {"production"};
    push(std::move(version));
  }
  EXPECT_EQ(resolve({}), "v3");
  auto back = registry_->rollback("default", "greet", "production");
  ASSERT_TRUE(back);
  EXPECT_EQ(back->target.text(), "v2");
  EXPECT_EQ(back->previous.text(), "v3");
  reopen();
  EXPECT_EQ(resolve({}), "v2");
  EXPECT_EQ(registry_->rollback("default", "greet", "production")->target.text(), "v1");
  EXPECT_EQ(registry_->rollback("default", "greet", "production").error().code, Code::conflict);
  EXPECT_EQ(registry_->rollback("default", "greet", "production", "v3")->target.text(), "v3");
  EXPECT_EQ(registry_->rollback("default", "greet", "production", "v9").error().code,
            Code::not_found);
  EXPECT_EQ(registry_->rollback("default", "greet", "canary").error().code, Code::not_found);
}

TEST_F(RegistryTest, MovesLabels) {
  push(text("one"));
  push(text("two"));
  const auto set = registry_->set_label("default", "greet", "canary", {{"v2"}});
  ASSERT_TRUE(set);
  EXPECT_TRUE(set->changed);
  EXPECT_EQ(set->previous.text(), "");
  EXPECT_FALSE(registry_->set_label("default", "greet", "canary", {{"v2"}})->changed);
  EXPECT_EQ(registry_->set_label("default", "greet", "canary", {{"v5"}}).error().code,
            Code::not_found);
  EXPECT_EQ(registry_->set_label("default", "greet", "latest", {{"v1"}}).error().param, "label");
  const Labels labels = *registry_->labels("default", "greet");
  ASSERT_EQ(labels.size(), 1u);
  EXPECT_EQ(labels.at("canary").target.text(), "v2");
  EXPECT_EQ(labels.at("canary").revision, 1);
}

TEST_F(RegistryTest, StoresNothingWhenTheGateRefuses) {
  RefuseProduction guard;
  reopen(guard);
  push(text("one"));
  NewVersion version = text("two");
  version.labels = {"canary", "production"};
  const auto pushed = registry_->push("default", std::move(version));
  ASSERT_FALSE(pushed);
  EXPECT_EQ(pushed.error().code, Code::gate_refused);
  EXPECT_EQ(resolve({"v2", ""}), "not_found");
  EXPECT_TRUE(registry_->labels("default", "greet")->empty());
  reopen();
  EXPECT_EQ(resolve({"v2", ""}), "not_found");
}

TEST_F(RegistryTest, ReadsBackWhatWasPushed) {
  NewVersion version;
  version.name = "greet";
  version.messages = {{"system", "Be {{kind}}: {tone}\n\"quoted\" \\ ü"}, {"user", "{q}"}};
  version.variables = {{"tone", "string"}, {"q", "json"}};
  version.message = "why it changed";
  version.config = R"({"model": "gpt-4.1", "temperature": 0.10})";
  push(std::move(version));
  const VersionPtr before = *registry_->resolve("default", "greet", {});
  reopen();
  const VersionPtr after = *registry_->resolve("default", "greet", {});
  EXPECT_TRUE(same_content(*before, *after));
  EXPECT_EQ(after->template_hash, before->template_hash);
  EXPECT_EQ(after->message, "why it changed");
  EXPECT_EQ(after->tenant, "default");
  EXPECT_EQ(after->created_at, clock_.wall());
}

TEST_F(RegistryTest, EveryChangeIsInTheAuditLogAndNoOther) {
  const access::Actor actor{"default", "key", "api 127.0.0.1"};
  NewVersion version = text("one");
  version.labels = {"production"};
  ASSERT_TRUE(registry_->push("default", version, {actor}));
  ASSERT_TRUE(registry_->push("default", version, {actor}));  // the same again
  ASSERT_TRUE(registry_->push("default", text("two"), {actor}));
  ASSERT_TRUE(registry_->set_label("default", "greet", "production", {{"v2"}}, {}, {actor}));
  ASSERT_TRUE(registry_->set_label("default", "greet", "production", {{"v2"}}, {}, {actor}));
  ASSERT_TRUE(registry_->rollback("default", "greet", "production", {}, {}, {actor}));
  EXPECT_FALSE(registry_->set_label("default", "greet", "production", {{"v9"}}, {}, {actor}));
  std::vector<std::string> told;
  for (const access::AuditRow& row : *audit_->page("default", 0, 50)) {
    told.push_back(row.action + " " + row.object);
    EXPECT_EQ(row.actor.key_id, "key");
  }
  EXPECT_EQ(told,
            (std::vector<std::string>{"prompt.rollback greet:production",
                                      "prompt.label greet:production", "prompt.push greet@v2",
                                      "prompt.label greet:production", "prompt.push greet@v1"}));
}

TEST_F(RegistryTest, AnErasedTenantsPromptsAreGone) {
  push(text("mine"), "a");
  push(text("yours"), "b");
  ASSERT_TRUE(registry_->erase(*db_, "a"));
  registry_->forget("a");
  for (int restart = 0; restart < 2; ++restart) {
    EXPECT_EQ(resolve({}, "a"), "not_found");
    EXPECT_EQ(resolve({}, "b"), "v1");
    reopen();
  }
}

TEST_F(RegistryTest, RefusesADamagedTemplate) {
  push(text("one"));
  ASSERT_TRUE(db_->execute("UPDATE prompt_versions SET content = replace(content, 'one', 'two')"));
  registry_.reset();
  const auto opened = Registry::open(*db_, clock_, *audit_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::corrupt);
}

TEST_F(RegistryTest, ComparesVersions) {
  push(text("one\ntwo\n"));
  push(text("one\n2\n"));
  EXPECT_EQ(*registry_->diff("default", "greet", "v1", "v2"),
            "--- greet@v1\n+++ greet@v2\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n");
  EXPECT_EQ(registry_->diff("default", "greet", "v1", "v3").error().code, Code::not_found);
}

TEST_F(RegistryTest, ReadersSeeWholeVersionsWhileWritersPush) {
  push(text("0"));
  std::atomic<bool> done = false;
  std::thread reader([&] {
    while (!done) {
      const auto version = registry_->resolve("default", "greet", {});
      ASSERT_TRUE(version);
      ASSERT_EQ("v" + std::to_string(std::stoi((*version)->messages[0].content.source()) + 1),
                (*version)->version);
    }
  });
  for (int i = 1; i < 30; ++i) push(text(std::to_string(i)));
  done = true;
  reader.join();
}

// CONTRACT.md §5 gives these two hashes.
TEST_F(RegistryTest, RendersTheDevelopmentPromptsToTheDocumentedHashes) {
  ASSERT_TRUE(install_dev_prompts(*registry_));
  ASSERT_TRUE(install_dev_prompts(*registry_)) << "a second start changes nothing";
  const auto hash_of = [&](Selector selector, std::string_view variables) -> std::string {
    const auto version = registry_->resolve("default", "system_summary", selector);
    const auto doc = json::Document::parse(variables);
    const auto rendered = render(**version, doc->root());
    return rendered ? rendered->hash : rendered.error().message;
  };
  EXPECT_EQ(hash_of({"v1", ""}, R"({"event_text":"Admin revoked API key for user account 742."})"),
            "5ba4cce2a985f8234698a63fe2260428b029dfd7d61e53a5793cc963b8737036");
  EXPECT_EQ(
      hash_of(
          {},
          R"({"event_text":"System latency increased above 300ms for the inference service."})"),
      "06c08f6125a189abf90b44c9a63a5bc0f5307f06319363a922a476b38776b8c6");
}

TEST_F(RegistryTest, ALabelThatAGateHoldsAndNobodySetServesNothing) {
  class Holding final : public access::ReleaseGuard {
   public:
    Status may_release(const access::Release&) override { return {}; }
    std::string holding(std::string_view tenant, std::string_view kind, std::string_view object,
                        std::string_view slot) const override {
      const bool held = tenant == "default" && kind == "prompt_label" && object == "greet" &&
                        slot == "production";
      return held ? "greet-gate" : "";
    }
  } guard;
  reopen(guard);
  push(text("hello"));
  push(text("hello"), "acme");
  NewVersion other = text("hello");
  other.name = "other";
  push(other);
  const auto refused = registry_->resolve("default", "greet", {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::gate_refused);
  EXPECT_NE(refused.error().message.find("greet-gate"), std::string::npos);
  EXPECT_NE(refused.error().message.find("maester prompts label greet production"),
            std::string::npos);
  EXPECT_EQ(resolve({"v1", ""}), "v1") << "a version that is named is served";
  EXPECT_EQ(resolve({"", "latest"}), "v1");
  EXPECT_EQ(resolve({}, "acme"), "v1") << "it is another tenant's gate";
  EXPECT_TRUE(registry_->resolve("default", "other", {}));
  ASSERT_TRUE(registry_->set_label("default", "greet", "production", {{"v1", 1}}));
  EXPECT_EQ(resolve({}), "v1");
}

}  // namespace
}  // namespace maester::prompts
