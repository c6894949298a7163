// Which handler answers which request.
//
// Patterns are literal segments and {placeholders} of one segment: "/store/carts/{id}/line-items";
// a last {name*} takes the rest of the path, slashes and all ("/assets/{file*}"). Literals win over
// placeholders, these over a rest. A path that matches no pattern is 404, a method that the path
// does not have 405 with Allow; HEAD is answered by GET's handler without the body, OPTIONS (if the
// path has no handler of its own for it) by 204 with Allow, through the filters, so that CORS can
// answer preflights. Built once at start; then read by all loops.
//
// Every route says who may ask (access.h). Where that names a person, the guard is asked inside the
// filters and before the handler, a quick one too.

#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/async/task.h"
#include "platform/http/access.h"
#include "platform/http/message.h"

namespace osier::http {

using Handler = std::function<Task<Response>(Request)>;
// For answers that need no waiting (a cached page): called first, on the hot path and past the
// filters; nothing = go on to the handler. Where the access names a person it is called after the
// guard instead, inside the filters.
using QuickHandler = std::function<std::optional<Response>(const Request&)>;

struct RouteOptions {
  std::size_t body_max = 64 * 1024;  // One byte more is answered 413. JSON routes use 256 KB.
  QuickHandler quick{};
};

class Router {
 public:
  Router();
  ~Router();
  Router(Router&&) noexcept;

  void get(std::string pattern, Access access, Handler handler, RouteOptions options = {});
  void post(std::string pattern, Access access, Handler handler, RouteOptions options = {});
  void put(std::string pattern, Access access, Handler handler, RouteOptions options = {});
  void patch(std::string pattern, Access access, Handler handler, RouteOptions options = {});
  void delete_(std::string pattern, Access access, Handler handler, RouteOptions options = {});
  void options(std::string pattern, Access access, Handler handler, RouteOptions options = {});

  // Wraps every handler added so far and later (CORS, security headers, error pages): called with
  // the request and the rest of the chain. The last one added is the outermost.
  using Filter = std::function<Task<Response>(Request, const Handler& next)>;
  void add_filter(Filter filter);

  // Asked before the handler of every route whose access names a person: puts the principal into
  // the request, or answers in the handler's place (to sign in, 401, 403). The request outlives it.
  using Guard = std::function<Task<std::optional<Response>>(const Access&, Request&)>;
  void set_guard(Guard guard);
  // Called by the server at start: a route whose access names a person, and no guard, is a bug.
  void require_guard() const;

  // Every route that was added, by pattern and method; without what the router answers by itself
  // (HEAD, OPTIONS).
  struct RouteInfo {
    Method method;
    std::string pattern;
    Access access;
  };
  std::vector<RouteInfo> routes() const;

  // Asked as soon as a request's head has come, before its body is read and before any filter,
  // unless the route has a quick handler: what it answers is sent instead (too often, too much to
  // do). Must be fast and must not throw.
  using Gate = std::function<std::optional<Response>(const Request&)>;
  void set_gate(Gate gate);

  // The last touch to every response: handlers', quick ones and error pages (security headers).
  // Must be fast and must not throw.
  using Finish = std::function<void(const Request&, Response&)>;
  void set_finish(Finish finish);

  // Answers requests that match nothing (404, 405) and turns exceptions into answers; replaceable,
  // since what people see is the shop's page. `status` is 400, 404, 405, 413, 414, 415, 431, 500,
  // 503 …
  using ErrorPage = std::function<Response(const Request&, int status)>;
  void set_error_page(ErrorPage page);

  struct Match {
    const Handler* handler = nullptr;  // With filters applied; nullptr if status says why not.
    const RouteOptions* options = nullptr;
    std::vector<std::string> path_values;
    int status = 0;     // 404 or 405.
    std::string allow;  // For 405 and OPTIONS.
  };
  Match match(Method method, const std::string& path) const;
  std::optional<Response> ask_gate(const Request& request) const;
  Response error_page(const Request& request, int status) const;
  void finish(const Request& request, Response& response) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace osier::http
