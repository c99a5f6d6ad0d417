// Against AWS's published examples: the signature test suite (account AKIDEXAMPLE) and the worked
// request of the IAM user guide.
#include "gateway/providers/bedrock/sigv4.h"

#include <gtest/gtest.h>

#include "gateway/providers/bedrock/bedrock.h"
#include "wire/client.h"

namespace maester::gateway::bedrock {

namespace {

constexpr SigningScope kSuite{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                              "us-east-1", "service"};

WallTime suite_time() {
  return std::chrono::sys_days(std::chrono::year{2015} / 8 / 30) + std::chrono::hours(12) +
         std::chrono::minutes(36);
}

SignedRequest suite_request(std::string_view method, std::string_view target) {
  SignedRequest out;
  out.method = method;
  out.target = target;
  out.headers = {{"host", "example.amazonaws.com"}, {"x-amz-date", "20150830T123600Z"}};
  return out;
}

std::string signature(const SignedRequest& request) {
  const std::string whole = authorization(request, kSuite, suite_time());
  return whole.substr(whole.rfind('=') + 1);
}

TEST(SigV4, the_date_is_written_as_aws_wants_it) {
  EXPECT_EQ(amz_date(suite_time()), "20150830T123600Z");
  EXPECT_EQ(amz_date(WallTime{}), "19700101T000000Z");
}

TEST(SigV4, the_test_suites_vectors) {
  EXPECT_EQ(authorization(suite_request("GET", "/"), kSuite, suite_time()),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            "SignedHeaders=host;x-amz-date, "
            "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
  EXPECT_EQ(signature(suite_request("POST", "/")),  // post-vanilla
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
  EXPECT_EQ(signature(suite_request("GET", "/?Param2=value2&Param1=value1")),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
}

TEST(SigV4, the_user_guides_request) {
  SignedRequest request;
  request.method = "GET";
  request.target = "/?Action=ListUsers&Version=2010-05-08";
  request.headers = {{"content-type", "application/x-www-form-urlencoded; charset=utf-8"},
                     {"host", "iam.amazonaws.com"},
                     {"x-amz-date", "20150830T123600Z"}};
  SigningScope scope = kSuite;
  scope.service = "iam";
  EXPECT_EQ(authorization(request, scope, suite_time()),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
            "SignedHeaders=content-type;host;x-amz-date, "
            "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

TEST(SigV4, the_path_is_encoded_once_more_and_headers_are_folded) {
  SignedRequest request = suite_request("POST", "/model/a%3A0/converse?b&a=2&a=1");
  request.headers.emplace_back("my-header", "  a   b  ");
  request.headers.emplace_back("my-header", "c");
  request.body = "{}";
  EXPECT_EQ(canonical_request(request),
            "POST\n/model/a%253A0/converse\na=1&a=2&b=\nhost:example.amazonaws.com\n"
            "my-header:a b,c\nx-amz-date:20150830T123600Z\n\nhost;my-header;x-amz-date\n"
            "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
}

TEST(SigV4, a_request_is_signed_with_its_token_and_its_host) {
  wire::ClientRequest request;
  request.path = "/model/m/converse";
  request.body = "{}";
  wire::Origin origin;
  origin.host = "bedrock-runtime.us-east-1.amazonaws.com";
  make_signer({.access_key_id = "AKIDEXAMPLE",
               .secret_access_key = access::Secret("s"),
               .session_token = access::Secret("TOKEN"),
               .region = "us-east-1"})
      ->sign(request, origin, suite_time());
  EXPECT_EQ(request.headers.get("x-amz-date"), "20150830T123600Z");
  EXPECT_EQ(request.headers.get("x-amz-security-token"), "TOKEN");
  const std::string_view header = request.headers.get("authorization");
  EXPECT_NE(header.find("Credential=AKIDEXAMPLE/20150830/us-east-1/bedrock/aws4_request"),
            std::string_view::npos);
  EXPECT_NE(header.find("SignedHeaders=host;x-amz-date;x-amz-security-token"),
            std::string_view::npos);
  // What is signed is what is sent: another body is another signature.
  wire::ClientRequest other = request;
  other.headers = {};
  other.body = "{ }";
  make_signer({.access_key_id = "AKIDEXAMPLE",
               .secret_access_key = access::Secret("s"),
               .session_token = access::Secret("TOKEN"),
               .region = "us-east-1"})
      ->sign(other, origin, suite_time());
  EXPECT_NE(other.headers.get("authorization"), header);
}

}  // namespace

}  // namespace maester::gateway::bedrock
