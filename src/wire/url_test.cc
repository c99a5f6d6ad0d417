#include "wire/url.h"

#include <gtest/gtest.h>

#include "wire/egress.h"
#include "wire/ip_address.h"

namespace maester::wire {
namespace {

TEST(UrlTest, PartsOfGoodUrls) {
  const Url a = *parse_url("https://API.Example.com/v1/");
  EXPECT_TRUE(a.origin.tls);
  EXPECT_EQ(a.origin.host, "api.example.com");
  EXPECT_EQ(a.origin.port, 443);
  EXPECT_EQ(a.path, "/v1");
  EXPECT_EQ(a.origin.authority(), "api.example.com");
  EXPECT_EQ(a.origin.to_string(), "https://api.example.com:443");
  const Url b = *parse_url("http://127.0.0.1:11434");
  EXPECT_FALSE(b.origin.tls);
  EXPECT_EQ(b.origin.authority(), "127.0.0.1:11434");
  EXPECT_EQ(b.path, "/");
  const Url c = *parse_url("https://[2606:4700::0001]:8443/a%20b");
  EXPECT_EQ(c.origin.host, "2606:4700::1");
  EXPECT_EQ(c.origin.authority(), "[2606:4700::1]:8443");
  EXPECT_EQ(c.path, "/a%20b");
  EXPECT_TRUE(parse_url("https://xn--bcher-kva.example/"));
  EXPECT_TRUE(parse_url("https://my_service.internal:65535/"));
}

TEST(UrlTest, AmbiguousAndHostileUrlsAreRefused) {
  const std::vector<std::string> bad = {
      "",
      "https://",
      "https:///",
      "https:/a",
      "https:a",
      "//a",
      "a",
      "ftp://a",
      "file:///etc/passwd",
      "gopher://a",
      "javascript:alert(1)",
      " https://a",
      "https://a ",
      "https://a b",
      "ht\ttps://a",
      "https://a\t/",
      "https://a\n/",
      "https://a\r\nx: y/",
      std::string("https://a\0b/", 12),
      "https://a/\x7f",
      "https://u@a",
      "https://u:p@a",
      "https://a@b@c",
      "https://@a",
      "https://a#b",
      "https://a/#",
      "https://a/?x=1",
      "https://a?x",
      "https://a\\b",
      "https://a/\\b",
      "https:\\\\a",
      "https://a/b\\c",
      "https://%61",
      "https://a%2eb",
      "https://a%00b",
      "https://a%",
      "https://a:0",
      "https://a:",
      "https://a:65536",
      "https://a:080",
      "https://a:-1",
      "https://a:8x",
      "https://a:1:2",
      "https://a..b",
      "https://.a",
      "https://a.",
      "https://example.com./",
      "https://.",
      "https://-a",
      "https://a-",
      "https://a.-b",
      "https://a_b!",
      "https://a,b",
      "https://a;b",
      "https://a*b",
      // Numbers that some resolvers take for addresses
      "http://2130706433",
      "http://017700000001",
      "http://0x7f000001",
      "http://0x7f.1",
      "http://127.1",
      "http://127.0.1",
      "http://0177.0.0.1",
      "http://0x7f.0.0.1",
      "http://127.0.0.01",
      "http://127.0.0.1.",
      "http://127.0.0.256",
      "http://1.2.3.4.5",
      "http://127.0.0.0x1",
      "http://0",
      "http://00",
      "http://1",
      "http://a.1",
      "http://a.0x1",
      "http://999999999999",
      // IPv6
      "http://::1",
      "http://[::1",
      "http://::1]",
      "http://[]",
      "http://[::1]x",
      "http://[::1]:",
      "http://[127.0.0.1]",
      "http://[fe80::1%eth0]",
      "http://[fe80::1%25eth0]",
      "http://[::g]",
      "http://[::1]]",
      "http://[[::1]]",
      "http://[v1.a]",
      // Look-alikes
      "https://\xc2\xb2\xc2\xb2",
      "https://ex\xc3\xa4mple.com",
      "https://\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1",
      "https://127\xe3\x80\x82"
      "0.0.1",
      "https://a\xe2\x80\x8b.com",
      "https://\xe2\x93\x94",
      // Paths
      "https://a/b c",
      "https://a/%",
      "https://a/%4",
      "https://a/%zz",
      "https://a/../b",
      "https://a/b/..",
      "https://a/./b",
      "https://a/<b>",
      "https://a/\"",
      "https://a/{b}",
      "https://a/b|c",
      "https://a/^",
      "https://" + std::string(254, 'a'),
      "https://" + std::string(64, 'a') + ".com",
      "https://a/" + std::string(2'100, 'b'),
  };
  for (const std::string& url : bad) {
    const Result<Url> parsed = parse_url(url);
    EXPECT_FALSE(parsed) << url << " -> " << (parsed ? parsed->origin.to_string() : "");
    if (!parsed) EXPECT_EQ(parsed.error().code, Code::invalid_request);
  }
}

TEST(UrlTest, SegmentsAndQueries) {
  EXPECT_EQ(encode_segment("a/b?c#d e%\xc3\xa9"), "a%2Fb%3Fc%23d%20e%25%C3%A9");
  EXPECT_EQ(encode_segment(".."), "%2E%2E");
  EXPECT_EQ(encode_segment("a-b_c.d~"), "a-b_c.d~");
  EXPECT_EQ(percent_decode("%41+b"), "A+b");
  EXPECT_EQ(percent_decode("%41+b", true), "A b");
  EXPECT_FALSE(percent_decode("%4"));
  EXPECT_FALSE(percent_decode("%"));
  EXPECT_FALSE(percent_decode("%zz"));
  EXPECT_FALSE(percent_decode("a%00"));
  EXPECT_EQ(query_parameter("a=1&b=%20x&b=2&c", "b"), " x");
  EXPECT_EQ(query_parameter("a=1&c", "c"), "");
  EXPECT_FALSE(query_parameter("a=1", "b"));
}

TEST(EgressTest, PrivateAndReservedAddressesAreDenied) {
  for (const char* text : {"0.0.0.0",
                           "0.1.2.3",
                           "10.0.0.1",
                           "100.64.0.1",
                           "100.127.255.255",
                           "127.0.0.1",
                           "127.255.0.1",
                           "169.254.169.254",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.0.0.1",
                           "192.0.2.1",
                           "192.88.99.1",
                           "192.168.1.1",
                           "198.18.0.1",
                           "198.19.255.255",
                           "198.51.100.1",
                           "203.0.113.1",
                           "224.0.0.1",
                           "239.1.1.1",
                           "240.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "::127.0.0.1",
                           "::ffff:127.0.0.1",
                           "::ffff:10.0.0.1",
                           "::ffff:169.254.169.254",
                           "64:ff9b::7f00:1",
                           "64:ff9b::808:808",
                           "64:ff9b:1::1",
                           "100::1",
                           "2001::1",
                           "2001:db8::1",
                           "2002:7f00:1::1",
                           "fc00::1",
                           "fd12::1",
                           "fe80::1",
                           "fec0::1",
                           "ff02::1"}) {
    EXPECT_TRUE(IpAddress::parse(text)->is_denied()) << text;
  }
  for (const char* text : {"1.1.1.1",         "8.8.8.8",        "9.255.255.255",
                           "11.0.0.0",        "100.63.255.255", "100.128.0.0",
                           "126.255.255.255", "128.0.0.1",      "172.15.255.255",
                           "172.32.0.0",      "192.0.1.1",      "192.167.255.255",
                           "192.169.0.0",     "198.17.255.255", "198.20.0.0",
                           "223.255.255.255", "::ffff:8.8.8.8", "2001:4860:4860::8888",
                           "2606:4700::1",    "2a00::1"}) {
    EXPECT_FALSE(IpAddress::parse(text)->is_denied()) << text;
  }
}

TEST(EgressTest, TheOperatorOpensHostsAndAddressesByPort) {
  const EgressRules rules({"127.0.0.1:11434", "Vllm.local:8000", "[::1]:9000"});
  const auto check = [&](const char* host, std::uint16_t port, std::vector<const char*> texts) {
    std::vector<IpAddress> addresses;
    for (const char* text : texts) addresses.push_back(*IpAddress::parse(text));
    return rules.check(host, port, addresses).has_value();
  };
  EXPECT_TRUE(check("127.0.0.1", 11434, {"127.0.0.1"}));
  EXPECT_FALSE(check("127.0.0.1", 11435, {"127.0.0.1"}));
  EXPECT_TRUE(check("ollama.test", 11434, {"127.0.0.1"}));
  EXPECT_FALSE(check("ollama.test", 11434, {"127.0.0.1", "10.0.0.1"}));
  EXPECT_TRUE(check("vllm.local", 8000, {"10.1.2.3"}));
  EXPECT_FALSE(check("vllm.local", 8001, {"10.1.2.3"}));
  EXPECT_TRUE(check("::1", 9000, {"::1"}));
  EXPECT_FALSE(check("mixed.test", 443, {"8.8.8.8", "192.168.0.1"}));
  EXPECT_TRUE(check("fine.test", 443, {"8.8.8.8"}));
}

TEST(IpAddressTest, OnlyCanonicalFormsAreAddresses) {
  for (const char* text :
       {"", "1", "1.2", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.04", "0x1.2.3.4", "1.2.3.256",
        " 1.2.3.4", "1.2.3.4 ", "fe80::1%lo", "[::1]", ":::", "1::2::3"}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
  EXPECT_FALSE(IpAddress::parse(std::string_view("1.2.3.4\0x", 9)));
}

TEST(NetworkTest, ContainsItsAddressesAndNoOthers) {
  const auto contains = [](const char* network, const char* address) {
    return Network::parse(network)->contains(*IpAddress::parse(address));
  };
  EXPECT_TRUE(contains("10.1.0.0/16", "10.1.255.9"));
  EXPECT_FALSE(contains("10.1.0.0/16", "10.2.0.0"));
  EXPECT_TRUE(contains("10.1.0.0/16", "::ffff:10.1.0.1"));
  EXPECT_FALSE(contains("10.1.0.0/16", "a01::"));  // the same first bytes, another family
  EXPECT_TRUE(contains("0.0.0.0/0", "203.0.113.9"));
  EXPECT_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(contains("192.168.7.32/27", "192.168.7.63"));
  EXPECT_FALSE(contains("192.168.7.32/27", "192.168.7.64"));
  EXPECT_TRUE(contains("127.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(contains("127.0.0.1", "127.0.0.2"));
  EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
}

TEST(NetworkTest, OnlyCanonicalBlocksAreNetworks) {
  for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.1/8",
                           "10.0.0.0/8x", "10/8", "2001:db8::/129", "2001:db8::1/64", "host/8"}) {
    EXPECT_FALSE(Network::parse(text)) << text;
  }
  EXPECT_EQ(Network::parse("10.0.0.0/8")->to_string(), "10.0.0.0/8");
  EXPECT_EQ(Network::parse("::1")->to_string(), "::1/128");
}

}  // namespace
}  // namespace maester::wire
