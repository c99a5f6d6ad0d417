#include "gateway/pipeline/route_plan.h"

#include <gtest/gtest.h>

namespace maester::gateway {
namespace {

struct RoutePlanTest : ::testing::Test {
  RoutePlanTest() {
    Config config;
    ProviderConfig& provider = config.providers.emplace_back();
    provider.name = "p";
    provider.kind = ProviderKind::simulated;
    for (const char* name : {"one", "two", "three"}) {
      ModelConfig& model = config.models.emplace_back();
      model.name = name;
      model.provider = "p";
    }
    config.models[2].region = "eu";
    RouteConfig& route = config.routes.emplace_back();
    route.name = "r";
    route.targets = {{"one", 1}, {"two", 1}};
    route.on_context_length = {"three"};
    auto made = Snapshot::make(
        std::move(config), meter::PriceBook::builtin(),
        [](const ProviderConfig&) { return nullptr; }, health);
    call.snapshot = *made;
    call.resolution = *call.snapshot->resolve("r");
  }
  Status plan() { return plan_route(call, MonoTime{std::chrono::seconds{1}}); }
  void allow(std::vector<std::string> models, std::vector<std::string> routes = {}) {
    auto terms = std::make_shared<access::KeyTerms>();
    terms->models = std::move(models);
    terms->routes = std::move(routes);
    call.principal.terms = std::move(terms);
  }
  std::vector<std::string> left() const {
    std::vector<std::string> out;
    for (const Target& target : call.resolution.targets) out.push_back(target.model);
    return out;
  }
  HealthBoard health;
  Call call;
};

TEST_F(RoutePlanTest, WithoutTermsEveryTargetIsLeftFallbacksLast) {
  ASSERT_TRUE(plan());
  EXPECT_EQ(left(), (std::vector<std::string>{"one", "two", "three"}));
  EXPECT_EQ(call.resolution.targets[2].use, TargetUse::context_length);
}

TEST_F(RoutePlanTest, ATargetThatTheKeyMayNotUseIsNoTargetFallbacksIncluded) {
  allow({"two"});
  ASSERT_TRUE(plan());
  EXPECT_EQ(left(), std::vector<std::string>{"two"});
  ASSERT_EQ(call.routing.passed_over.size(), 2u);
  EXPECT_EQ(call.routing.passed_over[0].reason, "not_allowed");
  EXPECT_EQ(call.routing.passed_over[1].model, "three");
}

TEST_F(RoutePlanTest, AKeyThatMayUseNoneIsForbidden) {
  allow({"four"});
  const Status planned = plan();
  ASSERT_FALSE(planned);
  EXPECT_EQ(planned.error().code, Code::forbidden);
}

TEST_F(RoutePlanTest, FallbacksAloneAreNoRoute) {
  call.options.region = "eu";  // only the fallback is there
  const Status planned = plan();
  ASSERT_FALSE(planned);
  EXPECT_EQ(planned.error().code, Code::invalid_request);
}

TEST_F(RoutePlanTest, AModelAskedForByNameIsLeftAlone) {
  call.resolution = *call.snapshot->resolve("one");
  call.options.region = "eu";
  EXPECT_TRUE(plan());
  EXPECT_EQ(left(), std::vector<std::string>{"one"});
}

}  // namespace
}  // namespace maester::gateway
