#include "identity/issuer_http.h"

#include <utility>

namespace osier::identity {

bool IssuerHttp::may_call(std::string_view url) const {
  return url.starts_with("https://") || (schemes_ == Schemes::any && url.starts_with("http://"));
}

Task<IssuerAnswer> IssuerHttp::send(http_client::Request request) {
  if (!may_call(request.url)) co_return IssuerAnswer{0, "the address is not an https:// one"};
  Loop& home = Loop::current();
  co_await resume_on(loop_);
  IssuerAnswer answer = co_await send_here(std::move(request));
  co_await resume_on(home);
  co_return answer;
}

Task<IssuerAnswer> IssuerHttp::send_here(http_client::Request request) {
  IssuerAnswer answer{0, "too many calls to issuers are under way"};
  if (calls_ >= calls_max) co_return answer;
  request.timeout_total = 5s;
  request.timeout_connect = 3s;
  request.response_size_max = 256 * 1024;
  request.headers.emplace_back("Accept", "application/json");
  ++calls_;
  try {
    auto response = co_await client_.send(std::move(request));
    answer = {response.status, std::move(response.body)};
  } catch (const std::exception& error) {
    answer = {0, error.what()};
  }
  --calls_;
  co_return answer;
}

}  // namespace osier::identity
