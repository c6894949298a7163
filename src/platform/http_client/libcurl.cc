#include "platform/http_client/libcurl.h"

#include <curl/curl.h>

#include <cstdlib>
#include <mutex>

#include "platform/base/require.h"

namespace osier::http_client {

void start_libcurl() {
  static std::once_flag once;
  std::call_once(once, [] {
    require(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, "libcurl can be started");
  });
}

std::string hosts_without_proxy() {
  std::string hosts = "localhost,127.0.0.1,::1";
  for (const char* const name : {"no_proxy", "NO_PROXY"}) {
    const char* const more = std::getenv(name);
    if (!more || !*more) continue;
    hosts += ',';
    hosts += more;
    break;
  }
  return hosts;
}

}  // namespace osier::http_client
