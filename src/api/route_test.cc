#include "api/route.h"

#include <gtest/gtest.h>

#include "api/data_plane.h"
#include "api/handlers.h"
#include "api/operation.h"
#include "codec/json.h"

namespace maester::api {
namespace {

using access::Role;

Route route(std::string_view method, std::string_view pattern) {
  return {method,        pattern, Access::tenant(Role::viewer), ErrorStyle::problem,
          "What it is.", healthz};
}

access::Principal principal(std::string tenant, Role role) {
  return {std::move(tenant), "k", role, nullptr, {}};
}

static_assert(!std::is_default_constructible_v<Access>,
              "a route without a declaration of access must not compile");
static_assert(!std::is_default_constructible_v<Route>);

TEST(Routes, TheTableHolds) {
  const Status good = check_routes(routes());
  EXPECT_TRUE(good) << good.error().message;
}

TEST(Routes, EveryOneIsDescribed) {
  for (const Route& route : routes()) {
    const Operation* operation = operation_of(route);
    ASSERT_NE(operation, nullptr) << route.method << " " << route.pattern
                                  << " has no line in operations.cc";
    EXPECT_EQ(operation->body.empty(), operation->example.empty());
    if (operation->body.empty()) continue;
    EXPECT_TRUE(json::Document::parse(operation->body)) << route.pattern;
    EXPECT_TRUE(json::Document::parse(operation->example)) << route.pattern;
  }
}

TEST(Routes, ATableThatContradictsItselfIsRefused) {
  EXPECT_FALSE(check_routes({route("GET", "/v1/a"), route("GET", "/v1/a")}));
  EXPECT_TRUE(check_routes({route("GET", "/v1/a"), route("PUT", "/v1/a")}));
  for (const char* pattern : {"v1/a", "/v1/{", "/v1/{}", "/v1/a{id}", "/v1/{id}a"})
    EXPECT_FALSE(check_routes({route("GET", pattern)})) << pattern;
  Route none = route("GET", "/v1/a");
  none.handler = nullptr;
  EXPECT_FALSE(check_routes({none}));
  Route both = route("GET", "/v1/a");
  both.pipeline = data_plane;
  EXPECT_FALSE(check_routes({both}));
  Route open_pipeline = route("POST", "/v1/a");
  open_pipeline.handler = nullptr;
  open_pipeline.pipeline = data_plane;
  EXPECT_TRUE(check_routes({open_pipeline}));
  open_pipeline.access = Access::open();
  EXPECT_FALSE(check_routes({open_pipeline}));
}

TEST(Access, RoleAndScopeDecide) {
  EXPECT_TRUE(Access::open().check(principal("acme", Role::viewer)));
  EXPECT_TRUE(Access::tenant(Role::member).check(principal("acme", Role::admin)));
  EXPECT_FALSE(Access::tenant(Role::member).check(principal("acme", Role::viewer)));
  EXPECT_FALSE(Access::all_tenants().check(principal("acme", Role::admin)));
  EXPECT_FALSE(Access::all_tenants().check(principal("default", Role::member)));
  EXPECT_TRUE(Access::all_tenants().check(principal("default", Role::admin)));
}

}  // namespace
}  // namespace maester::api
