// Addresses in a text: which hosts may be named, which may not.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/guard/scan.h"

namespace maester::gateway::guard {

struct UrlRules {
  // Hosts, each with what is below it: "example.com" covers "www.example.com". With an allow list
  // every other host is a finding; with a deny list those on it; with neither, every address.
  std::vector<std::string> allow, deny;
};

// Finds http, https, ftp, ws and data addresses and "www." names; kind "url".
std::unique_ptr<Scanner> make_url_scanner(UrlRules rules);

// The host of an address as it stands in a text, lower-case; "" when it has none.
std::string host_of(std::string_view url);

}  // namespace maester::gateway::guard
