#include "access/secret.h"

#include <gtest/gtest.h>

#include <string>
#include <type_traits>

#include "codec/json_writer.h"

namespace maester::access {
namespace {

template <class T>
concept Streams = requires(std::ostream& out, const T& value) { out << value; };
template <class T>
concept Writes = requires(json::Writer& w, const T& value) { w.value(value); };

static_assert(Streams<std::string> && Writes<std::string>);
static_assert(!Streams<Secret>, "a secret must not go into a stream");
static_assert(!Writes<Secret>, "a secret must not go into JSON");
static_assert(!std::is_convertible_v<Secret, std::string_view>);
static_assert(!std::is_convertible_v<Secret, std::string>);

TEST(Secret, ShowsOnlyWhatIsAskedFor) {
  const Secret secret("sk-0123456789abcdef");
  EXPECT_EQ(secret.reveal(), "sk-0123456789abcdef");
  EXPECT_EQ(secret.masked(), "sec_...cdef");
  EXPECT_EQ(Secret("short").masked(), "sec_...");
}

TEST(Secret, MovedFromItHoldsNothing) {
  Secret one("short");  // in the object itself
  const Secret two = std::move(one);
  EXPECT_EQ(two.reveal(), "short");
  EXPECT_TRUE(one.empty());  // NOLINT(bugprone-use-after-move): that is the test
  EXPECT_FALSE(Secret() == Secret()) << "nothing equals nothing";
}

}  // namespace
}  // namespace maester::access
