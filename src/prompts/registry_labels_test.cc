#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "prompts/registry_for_test.h"

namespace maester::prompts {
namespace {

By by(std::string key, access::Role role = access::Role::member, std::string reason = "",
      std::string override_reason = "") {
  return {
      {"default", std::move(key), "api ::1"}, role, std::move(reason), std::move(override_reason)};
}

class RegistryLabels : public RegistryTest {
 protected:
  RegistryLabels() {
    for (const char* content : {"one", "two", "three"})
      EXPECT_TRUE(registry_->push("default", text(content), by("author")));
  }
  Result<LabelChange> set(std::vector<Share> to, const Expected& expected = {},
                          const By& who = by("ann"), std::string_view label = "production") {
    return registry_->set_label("default", "greet", label, std::move(to), expected, who);
  }
  static std::string told(const Result<LabelChange>& change) {
    return change ? change->target.text() : std::string(to_string(change.error().code));
  }
  std::string pick(std::string_view key) {
    const auto chosen = registry_->choose("default", "greet", {}, key);
    return chosen ? chosen->version->version : chosen.error().message;
  }
  std::vector<LabelEvent> history(std::int64_t before = 0, std::size_t limit = 100) {
    return registry_->label_history("default", "greet", "production", before, limit).value();
  }
};

TEST_F(RegistryLabels, ALabelIsSetOnlyFromWhatIsExpected) {
  EXPECT_EQ(told(set({{"v1"}}, {.version = "v9", .revision = {}})), "version_conflict");
  EXPECT_EQ(told(set({{"v1"}}, {.version = "", .revision = {}})), "v1");
  EXPECT_EQ(told(set({{"v2"}}, {.version = "", .revision = {}})), "version_conflict");
  const auto refused = set({{"v2"}}, {.version = "v3", .revision = {}});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("points to `v1` (revision 1), not `v3`"),
            std::string::npos)
      << refused.error().message;
  EXPECT_EQ(told(set({{"v2"}}, {.version = "v1", .revision = {}})), "v2");
  EXPECT_EQ(told(set({{"v3"}}, {.version = {}, .revision = 1})), "version_conflict");
  EXPECT_EQ(told(set({{"v3"}}, {.version = {}, .revision = 2})), "v3");
  const auto back = [&](Expected expected) {
    return told(registry_->rollback("default", "greet", "production", {}, expected, by("ann")));
  };
  EXPECT_EQ(back({.version = "v2", .revision = {}}), "version_conflict");
  EXPECT_EQ(back({.version = "v3", .revision = {}}), "v2");
}

TEST_F(RegistryLabels, ConcurrentMovesFromTheSameStateMoveOnce) {
  ASSERT_TRUE(set({{"v1"}}));
  for (int round = 0; round < 20; ++round) {
    const std::string from = round % 2 == 0 ? "v1" : "v2", to = round % 2 == 0 ? "v2" : "v1";
    std::atomic<int> moved = 0, refused = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        const auto change = set({{to}}, {.version = from, .revision = {}});
        ++(change ? moved : refused);
      });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(moved, 1);
    ASSERT_EQ(refused, 3);
  }
}

TEST_F(RegistryLabels, TheHistoryTellsWhoWhenWhatAndWhy) {
  ASSERT_TRUE(set({{"v1"}}, {}, by("ann", access::Role::member, "first release")));
  clock_.advance(std::chrono::seconds(60));
  ASSERT_TRUE(set({{"v1", 90}, {"v2", 10}}, {}, by("bob")));
  ASSERT_TRUE(set({{"v3"}}, {}, by("root", access::Role::admin, "", "the house is on fire")));
  ASSERT_TRUE(registry_->rollback("default", "greet", "production", {}, {},
                                  by("ann", access::Role::member, "v3 is rude")));
  for (int restart = 0; restart < 2; ++restart) {
    const auto events = history();
    ASSERT_EQ(events.size(), 4u);
    EXPECT_EQ(events[0].revision, 4);
    EXPECT_EQ(events[0].from.text(), "v3");
    EXPECT_EQ(events[0].to.text(), "v1:90,v2:10");
    EXPECT_TRUE(events[0].rollback);
    EXPECT_EQ(events[0].reason, "v3 is rude");
    EXPECT_EQ(events[1].override_reason, "the house is on fire");
    EXPECT_EQ(events[1].key_id, "root");
    EXPECT_EQ(events[2].key_id, "bob");
    EXPECT_EQ(events[3].from.text(), "");
    EXPECT_EQ(events[3].source, "api ::1");
    EXPECT_EQ(events[2].at - events[3].at, std::chrono::seconds(60));
    const auto page = history(3, 1);
    ASSERT_EQ(page.size(), 1u);
    EXPECT_EQ(page[0].revision, 2);
    EXPECT_EQ(page[0].from.text(), "v1") << "whence the last of a page came is told, too";
    reopen();
  }
  EXPECT_EQ(told(set({{"v1"}}, {.version = {}, .revision = 4})), "v1");
}

TEST_F(RegistryLabels, ASplitKeepsItsUsersThroughRestartAndRollback) {
  ASSERT_TRUE(set({{"v1"}}));
  ASSERT_TRUE(set({{"v1", 50}, {"v2", 50}}));
  std::map<std::string, std::string> users;
  int second = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string user = "user" + std::to_string(i);
    users[user] = pick(user);
    second += users[user] == "v2";
  }
  EXPECT_NEAR(second, 500, 60);
  EXPECT_EQ(pick(""), "v1") << "without a user: the first of the heaviest";
  reopen();
  for (const auto& [user, version] : users) ASSERT_EQ(pick(user), version);
  ASSERT_TRUE(set({{"v1", 50}, {"v2", 25}, {"v3", 25}}));
  ASSERT_TRUE(set({{"v3"}}));
  ASSERT_TRUE(registry_->rollback("default", "greet", "production", {}, {}, by("ann")));
  ASSERT_TRUE(registry_->rollback("default", "greet", "production", {}, {}, by("ann")));
  for (const auto& [user, version] : users) ASSERT_EQ(pick(user), version);
  const auto chosen = registry_->choose("default", "greet", {}, "user1");
  EXPECT_EQ(chosen->label, "production");
  EXPECT_TRUE(chosen->split);
  EXPECT_EQ(registry_->choose("default", "greet", {"v2", ""}, "user1")->label, "");
  EXPECT_EQ(registry_->choose("default", "greet", {"", "latest"}, "user1")->label, "latest");
}

TEST_F(RegistryLabels, EveryNewVersionOfASplitMustPassTheGuard) {
  class OnlyFirst final : public access::ReleaseGuard {
   public:
    Status may_release(const access::Release& release) override {
      asked.push_back(release.slot + ":" + release.from + ">" + release.to + "/" +
                      release.actor.key_id + "/" + release.override_reason);
      return release.to == "v1" || !release.override_reason.empty()
                 ? Status{}
                 : fail(Code::gate_refused, "No.");
    }
    std::vector<std::string> asked;
  } guard;
  reopen(guard);
  EXPECT_EQ(told(set({{"v1"}})), "v1");
  EXPECT_EQ(told(set({{"v1", 99}, {"v2", 1}})), "gate_refused");
  EXPECT_EQ(pick("anyone"), "v1");
  EXPECT_EQ(told(set({{"v1", 99}, {"v2", 1}}, {}, by("root", access::Role::admin, "", "why"))),
            "v1:99,v2:1");
  EXPECT_EQ(guard.asked, (std::vector<std::string>{"production:>v1/ann/", "production:v1>v2/ann/",
                                                   "production:v1>v2/root/why"}))
      << "what is live already goes out to nobody new";
  EXPECT_EQ(told(set({{"v3"}}, {}, by("ann", access::Role::member, "", "why"))), "forbidden");
  // Without the label the latest is served: that is a release, too.
  EXPECT_EQ(told(registry_->delete_label("default", "greet", "production", {}, by("ann"))),
            "gate_refused");
}

TEST_F(RegistryLabels, AProtectedLabelMovesByItsRoleAlone) {
  ASSERT_TRUE(set({{"v1"}}));
  ASSERT_TRUE(registry_->protect("default", {.prompt = "*", .label = "production"}));
  for (int restart = 0; restart < 2; ++restart) {
    const auto refused = set({{"v2"}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::forbidden);
    EXPECT_NE(refused.error().message.find("takes role admin"), std::string::npos);
    EXPECT_EQ(told(registry_->rollback("default", "greet", "production", "v2", {}, by("ann"))),
              "forbidden");
    NewVersion pushed = text("four");
    pushed.labels = {"production"};
    EXPECT_EQ(registry_->push("default", pushed, by("ann")).error().code, Code::forbidden);
    EXPECT_EQ(told(registry_->delete_label("default", "greet", "production", {},
                                           by("root", access::Role::admin))),
              "conflict");
    EXPECT_EQ(registry_->delete_prompt("default", "greet").error().code, Code::conflict);
    EXPECT_EQ(told(set({{"v1"}}, {}, by("ann"), "canary")), "v1") << "others are free";
    reopen();
  }
  EXPECT_EQ(told(set({{"v2"}}, {}, by("root", access::Role::admin))), "v2");
  EXPECT_EQ(registry_->unprotect("default", "greet", "production").error().code, Code::not_found);
  ASSERT_TRUE(registry_->unprotect("default", "*", "production"));
  EXPECT_EQ(told(set({{"v1"}})), "v1");
  ASSERT_TRUE(registry_->protect("default", {.prompt = "other", .label = "production"}));
  EXPECT_EQ(told(set({{"v2"}})), "v2") << "another prompt's protection";
}

TEST(Protection, ItsAuthorsWordIsNoApproval) {
  const Protected one{.any = true, .role = access::Role::member, .approvals = 1};
  const Approval own{"author", {}}, other{"ann", {}};
  const Status by_the_author = check_approvals(one, "production", "v2", "author", {own});
  ASSERT_FALSE(by_the_author);
  EXPECT_EQ(by_the_author.error().code, Code::conflict);
  EXPECT_TRUE(check_approvals(one, "production", "v2", "author", {own, other}));
}

TEST_F(RegistryLabels, AVersionGoesOutOnceOthersApprovedIt) {
  ASSERT_TRUE(set({{"v1"}}));
  ASSERT_TRUE(registry_->protect(
      "default", {.label = "production", .role = access::Role::member, .approvals = 2}));
  EXPECT_EQ(told(set({{"v2"}})), "conflict");
  EXPECT_EQ(registry_->approve("default", "greet", "v2", "", by("author")).error().code,
            Code::forbidden);
  EXPECT_EQ(registry_->approve("default", "greet", "v2", "fine", by("ann"))->size(), 1u);
  EXPECT_EQ(registry_->approve("default", "greet", "v2", "again", by("ann"))->size(), 1u);
  EXPECT_EQ(told(set({{"v1", 99}, {"v2", 1}})), "conflict") << "one is not two";
  EXPECT_EQ(registry_->approve("default", "greet", "v2", "", by("bob"))->size(), 2u);
  reopen();
  EXPECT_EQ(told(set({{"v1", 99}, {"v2", 1}})), "v1:99,v2:1");
  EXPECT_EQ(told(set({{"v2"}})), "v2");
  EXPECT_EQ(told(registry_->rollback("default", "greet", "production", "v1", {}, by("ann"))), "v1")
      << "what was live comes back at once";
  EXPECT_EQ(told(registry_->rollback("default", "greet", "production", "v3", {}, by("ann"))),
            "conflict");
  EXPECT_EQ(told(set({{"v3"}}, {}, by("ann", access::Role::member, "", "now"))), "forbidden");
  EXPECT_EQ(told(set({{"v3"}}, {}, by("root", access::Role::admin, "", "now"))), "v3");
}

TEST_F(RegistryLabels, ADeletedLabelIsGoneAndItsHistoryStays) {
  ASSERT_TRUE(set({{"v1"}}));
  EXPECT_EQ(told(registry_->delete_label("default", "greet", "production",
                                         {.version = "v2", .revision = {}}, by("ann"))),
            "version_conflict");
  ASSERT_TRUE(registry_->delete_label("default", "greet", "production", {}, by("ann")));
  for (int restart = 0; restart < 2; ++restart) {
    EXPECT_EQ(pick("x"), "v3") << "the latest again";
    EXPECT_EQ(history().size(), 2u);
    EXPECT_EQ(history()[0].to.text(), "");
    EXPECT_EQ(told(registry_->rollback("default", "greet", "production")), "not_found");
    reopen();
  }
  EXPECT_EQ(set({{"v2"}})->revision, 3);
  EXPECT_EQ(registry_->label_history("default", "greet", "x", 0, 9).error().code, Code::not_found);
}

TEST_F(RegistryLabels, ADeletedPromptsVersionsAreNeverAnother) {
  ASSERT_TRUE(set({{"v1"}}));
  ASSERT_TRUE(registry_->delete_prompt("default", "greet", by("ann")));
  for (int restart = 0; restart < 2; ++restart) {
    EXPECT_EQ(resolve({}), "not_found");
    EXPECT_EQ(registry_->push("default", text("other", "v2")).error().code, Code::version_conflict);
    reopen();
  }
  EXPECT_EQ(push(text("other")), "v4") << "numbers go on";
  EXPECT_EQ(push(text("two", "v2")), "v2") << "the same content may come back";
  EXPECT_TRUE(registry_->labels("default", "greet")->empty());
  EXPECT_EQ(registry_->delete_prompt("default", "nobody").error().code, Code::not_found);
}

TEST_F(RegistryLabels, APromptStaysATextOrAChat) {
  NewVersion chat;
  chat.name = "greet";
  chat.messages = {{"user", "hi"}};
  EXPECT_EQ(registry_->push("default", chat).error().code, Code::conflict);
}

TEST_F(RegistryLabels, VersionsKnowTheirAuthor) {
  for (int restart = 0; restart < 2; ++restart) {
    EXPECT_EQ((*registry_->resolve("default", "greet", {}))->author, "author");
    reopen();
  }
}

TEST_F(RegistryLabels, DraftsChangeByTheirEtagAndBecomeVersionsOnce) {
  const auto save = [&](std::string content, std::optional<std::string> expected) {
    return registry_->save_draft("default", {"greet", "next", std::move(content), "", {}}, expected,
                                 by("ann"));
  };
  const auto first = save("{1}", "");
  ASSERT_TRUE(first);
  EXPECT_EQ(save("{2}", "").error().code, Code::version_conflict) << "it is there";
  EXPECT_EQ(save("{2}", "stale").error().code, Code::version_conflict);
  const auto second = save("{2}", etag_of(*first));
  ASSERT_TRUE(second);
  EXPECT_EQ(save("{3}", etag_of(*first)).error().code, Code::version_conflict);
  EXPECT_EQ(resolve({}), "v3") << "no request reaches a draft";
  // What was read is what is published, or nothing is.
  EXPECT_EQ(registry_->publish_draft("default", *first, text("four"), by("ann")).error().code,
            Code::version_conflict);
  EXPECT_EQ(resolve({"v4", ""}), "not_found");
  ASSERT_TRUE(registry_->publish_draft("default", *second, text("four"), by("ann")));
  EXPECT_EQ(resolve({}), "v4");
  EXPECT_EQ(registry_->draft("default", "greet", "next").error().code, Code::not_found);
  EXPECT_EQ(registry_->publish_draft("default", *second, text("five"), by("ann")).error().code,
            Code::version_conflict);
}

}  // namespace
}  // namespace maester::prompts
