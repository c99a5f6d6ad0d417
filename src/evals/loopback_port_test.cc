#include "evals/loopback_port.h"

#include <gtest/gtest.h>

#include "store/test_directory.h"

namespace maester::evals {
namespace {

// A data plane that is not there.
class NoLoopback final : public gateway::Loopback {
 public:
  std::shared_ptr<gateway::LoopbackTicket> begin(
      gateway::LoopbackAsk, std::function<void(gateway::LoopbackReply)> then) override {
    gateway::LoopbackReply refused;
    refused.status = 503;
    then(std::move(refused));
    return nullptr;
  }
};

class LoopbackPortTest : public ::testing::Test {
 protected:
  LoopbackPortTest()
      : db_(*store::Database::open(directory_.path() + "/control.db", store::Database::Sync::off)),
        audit_(*access::AuditLog::open(db_, clock_, std::string(32, 'k'))),
        registry_(*prompts::Registry::open(db_, clock_, *audit_)),
        port_(loopback_port(loopback_, *registry_, {.tenant = "acme", .key_id = "k"})) {}

  void push(prompts::NewVersion version) {
    const auto pushed = registry_->push("acme", std::move(version));
    ASSERT_TRUE(pushed) << pushed.error().message;
  }

  store::TestDirectory directory_;
  ManualClock clock_;
  store::Database db_;
  std::unique_ptr<access::AuditLog> audit_;
  std::unique_ptr<prompts::Registry> registry_;
  NoLoopback loopback_;
  std::unique_ptr<ModelPort> port_;
};

TEST_F(LoopbackPortTest, ATextPromptIsItsText) {
  prompts::NewVersion version;
  version.name = "rubric";
  version.template_text = "Grade {output}.";
  push(version);
  const auto got = port_->prompt("rubric");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->string(), "Grade {output}.");
  const auto none = port_->prompt("nobody");
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->exists());
}

TEST_F(LoopbackPortTest, APlaceholderIsNoEmptyMessage) {
  prompts::NewVersion version;
  version.name = "rubric";
  version.messages = {{.role = "system", .text = "You grade.", .placeholder = ""},
                      {.role = "user", .text = "{output}", .placeholder = ""}};
  push(version);
  const auto chat = port_->prompt("rubric");
  ASSERT_TRUE(chat);
  ASSERT_EQ(chat->array().size(), 2u);
  EXPECT_EQ(chat->array()[1].get("content").string(), "{output}");
  version.messages.insert(version.messages.begin() + 1,
                          {.role = "", .text = "", .placeholder = "history"});
  push(version);
  const auto refused = port_->prompt("rubric");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("`history`"), std::string::npos);
}

}  // namespace
}  // namespace maester::evals
