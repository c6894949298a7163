// Stylesheets and scripts, bundled at build time and embedded. Each has an address that holds the
// hash of its bytes and may be cached for ever.

#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "platform/http/router.h"

namespace osier::web {

class Assets {
 public:
  // The embedded ones.
  Assets();

  // "/assets/shop.1a2b3c4d.css" for "shop.css"; a bug for a name that is not there.
  const std::string& url(std::string_view name) const;
  // GET /assets/{name}, and /favicon.ico with /assets' icon.
  void add_routes(http::Router& router) const;

 private:
  struct File {
    std::string type;
    std::shared_ptr<const std::string> bytes;
    std::shared_ptr<const std::string> brotli;
    std::shared_ptr<const std::string> gzip;
  };
  std::map<std::string, std::string, std::less<>> urls_;  // name → url
  std::shared_ptr<std::map<std::string, File, std::less<>>>
      files_;  // last segment of the url → file
};

}  // namespace osier::web
