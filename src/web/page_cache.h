// Rendered public pages, ready to be sent: bytes with ETag and their br and gzip forms.
//
// A page is kept under its address and the version of what it shows; another version renders it
// anew. Pages here are the same for everybody: no session, no cart, no token, no cookie. From any
// thread.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "platform/http/message.h"
#include "web/security_headers.h"

namespace osier::web {

class PageCache {
 public:
  PageCache(SecurityHeaders headers, std::size_t bytes_max);
  ~PageCache();

  struct Content {
    std::string type = "text/html; charset=utf-8";
    int status = 200;
  };
  // Answers the request with the page of that key: 200, or 304 if the browser has it. Calls
  // `render` if the page is not there or has another version; an exception of it passes through and
  // nothing is kept.
  http::Response answer(const http::Request& request, std::string_view key, std::uint64_t version,
                        const std::function<std::string()>& render);
  http::Response answer(const http::Request& request, std::string_view key, std::uint64_t version,
                        const Content& content, const std::function<std::string()>& render);

  // Asked before a page has to be rendered; what it answers is sent instead (a limit, too much to
  // do). Once, before the first answer.
  using Gate = std::function<std::optional<http::Response>(const http::Request& request)>;
  void set_gate(Gate gate);

  struct Statistics {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::size_t bytes = 0;
  };
  Statistics statistics() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace osier::web
