#include "platform/http_client/http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>

#include "platform/http_client/curl_multi.h"
#include "platform/http_client/libcurl.h"

namespace osier::http_client {

namespace {

using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using List = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

// Everything one request needs while libcurl works on it; stays where it is.
struct Exchange {
  Request request;
  Response response{};
  Easy easy{curl_easy_init(), &curl_easy_cleanup};
  List headers{nullptr, &curl_slist_free_all};
  std::array<char, CURL_ERROR_SIZE> error_text{};
  bool is_too_large = false;
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_one_line(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

// RFC 9110 section 5.6.2.
bool is_token(std::string_view text) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    const char l = lower(c);
    return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') ||
           others.find(c) != std::string_view::npos;
  });
}

bool is_fit(const Request& request) {
  return is_token(request.method) && is_one_line(request.url) &&
         std::all_of(request.headers.begin(), request.headers.end(), [](const auto& header) {
           return is_token(header.first) && is_one_line(header.second);
         });
}

std::size_t on_body(char* bytes, std::size_t, std::size_t size, void* to) {
  auto& exchange = *static_cast<Exchange*>(to);
  if (exchange.response.body.size() + size > exchange.request.response_size_max) {
    exchange.is_too_large = true;
    return 0;
  }
  exchange.response.body.append(bytes, size);
  return size;
}

std::size_t on_header(char* bytes, std::size_t, std::size_t size, void* to) {
  auto& headers = static_cast<Exchange*>(to)->response.headers;
  const std::string_view line(bytes, size);
  if (line.starts_with("HTTP/")) {
    headers.clear();  // What came before belonged to a 1xx response.
    return size;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(), lower);
  const auto begin = line.find_first_not_of(" \t", colon + 1);
  const auto end = line.find_last_not_of(" \t\r\n");
  const bool is_empty = begin == std::string_view::npos || end < begin || end <= colon;
  headers.emplace_back(std::move(name), is_empty ? "" : line.substr(begin, end - begin + 1));
  return size;
}

void append(List& list, const std::string& line) {
  auto* const longer = curl_slist_append(list.get(), line.c_str());
  require(longer != nullptr, "there is memory for a header");
  static_cast<void>(list.release());
  list.reset(longer);
}

void set_headers(Exchange& exchange) {
  bool has_content_type = false;
  for (const auto& [name, value] : exchange.request.headers) {
    std::string lowered = name;
    std::transform(lowered.begin(), lowered.end(), lowered.begin(), lower);
    has_content_type = has_content_type || lowered == "content-type";
    // libcurl's way of writing an empty value ends with a semicolon.
    append(exchange.headers, value.empty() ? name + ";" : name + ": " + value);
  }
  append(exchange.headers, "Expect:");  // Asking first costs a round trip.
  if (!has_content_type) append(exchange.headers, "Content-Type:");
  curl_easy_setopt(exchange.easy.get(), CURLOPT_HTTPHEADER, exchange.headers.get());
}

void set_body(Exchange& exchange) {
  CURL* const easy = exchange.easy.get();
  const auto& request = exchange.request;
  if (request.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    return;
  }
  const bool has_body = !request.body.empty() || request.method == "POST" ||
                        request.method == "PUT" || request.method == "PATCH";
  if (has_body) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

long milliseconds_of(Duration duration) {
  return std::max(1L, static_cast<long>(duration.count() / 1000));
}

void set_options(Exchange& exchange, const Client::Settings& settings) {
  CURL* const easy = exchange.easy.get();
  curl_easy_setopt(easy, CURLOPT_URL, exchange.request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_NOPROXY, hosts_without_proxy().c_str());
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!settings.ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, settings.ca_file.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_USERAGENT, settings.user_agent.c_str());
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, milliseconds_of(exchange.request.timeout_total));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   milliseconds_of(exchange.request.timeout_connect));
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange.error_text.data());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange);
  set_headers(exchange);
  set_body(exchange);
}

Unreachable::Kind kind_of(int code, const Exchange& exchange) {
  using Kind = Unreachable::Kind;
  if (exchange.is_too_large) return Kind::too_large;
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return Kind::resolve;
    case CURLE_COULDNT_CONNECT:
      return Kind::connect;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
      return Kind::tls;
    case CURLE_OPERATION_TIMEDOUT:
      return Kind::timeout;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return Kind::invalid;
    default:
      return Kind::broken;
  }
}

// Only scheme and host of the URL: paths and queries can hold what logs must not.
std::string place_of(const std::string& url) {
  const auto authority = url.find("://");
  if (authority == std::string::npos) return "an invalid URL";
  return url.substr(0, url.find_first_of("/?#", authority + 3));
}

Unreachable unreachable(int code, const Exchange& exchange) {
  long bytes_sent = 0;
  curl_easy_getinfo(exchange.easy.get(), CURLINFO_REQUEST_SIZE, &bytes_sent);
  const std::string why = exchange.error_text[0] != '\0'
                              ? exchange.error_text.data()
                              : curl_easy_strerror(static_cast<CURLcode>(code));
  return {kind_of(code, exchange), bytes_sent > 0,
          exchange.request.method + " " + place_of(exchange.request.url) + ": " + why};
}

}  // namespace

std::optional<std::string> Response::header(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [&](const auto& header) { return header.first == name; });
  if (found == headers.end()) return std::nullopt;
  return found->second;
}

Client::Client(Loop& loop) : Client(loop, Settings{}) {}

Client::Client(Loop& loop, Settings settings)
    : settings_(std::move(settings)),
      multi_(std::make_unique<CurlMulti>(loop,
                                         static_cast<long>(settings_.connections_per_host_max))) {}

Client::~Client() = default;

Task<Response> Client::send(Request request) {
  if (!is_fit(request)) {
    throw Unreachable(Unreachable::Kind::invalid, false,
                      "a request has a line break in its URL or headers, or an invalid name");
  }
  Exchange exchange{.request = std::move(request)};
  require(exchange.easy != nullptr, "libcurl gives a handle");
  set_options(exchange, settings_);

  const int code = co_await multi_->perform(exchange.easy.get());
  if (code != CURLE_OK) throw unreachable(code, exchange);

  long status = 0;
  curl_easy_getinfo(exchange.easy.get(), CURLINFO_RESPONSE_CODE, &status);
  exchange.response.status = static_cast<int>(status);
  co_return std::move(exchange.response);
}

}  // namespace osier::http_client
