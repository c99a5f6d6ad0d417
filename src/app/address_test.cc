#include "app/address.h"

#include <gtest/gtest.h>

namespace maester::app {
namespace {

TEST(Address, ListensOnNumericAddressesOnly) {
  EXPECT_EQ(parse_listen_address("127.0.0.1:8080")->port, 8080);
  EXPECT_EQ(parse_listen_address("[::1]:0")->host, "::1");
  for (const char* bad : {"", "8080", ":8080", "localhost:8080", "127.0.0.1",
                          "127.0.0.1:", "127.0.0.1:65536", "127.1:80", "::1:80", "[127.0.0.1]:80",
                          "[::1]", "127.0.0.1:-1", "127.0.0.1: 80", "1.2.3.4:80x"}) {
    EXPECT_FALSE(parse_listen_address(bad)) << bad;
  }
}

TEST(Address, OpensNamesAndAddressesWithAPort) {
  EXPECT_EQ(parse_host_port("ollama.internal:11434")->host, "ollama.internal");
  EXPECT_EQ(parse_host_port("[fd00::1]:80")->host, "fd00::1");
  for (const char* bad :
       {"ollama", "ollama:0", "a b:80", "http://a:80", "A:80", "-a:80", ".a:80"}) {
    EXPECT_FALSE(parse_host_port(bad)) << bad;
  }
}

TEST(Address, KnowsLoopback) {
  for (const char* yes : {"127.0.0.1", "127.1.2.3", "::1", "localhost"}) {
    EXPECT_TRUE(is_loopback(yes)) << yes;
  }
  for (const char* no : {"127.example.com", "10.0.0.1", "::2", "example.com"}) {
    EXPECT_FALSE(is_loopback(no)) << no;
  }
}

}  // namespace
}  // namespace maester::app
