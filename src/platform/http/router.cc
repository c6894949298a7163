#include "platform/http/router.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <tuple>
#include <utility>

#include "platform/base/require.h"
#include "platform/http/ascii.h"

namespace osier::http {

namespace {

constexpr std::size_t methods = 7;

constexpr std::size_t index_of(Method method) { return static_cast<std::size_t>(method); }

struct Route {
  Handler handler;  // With the guard and all filters around it.
  RouteOptions options;
};

// The routes of one pattern, and the patterns that go on from it.
struct Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::unique_ptr<Node> placeholder;
  std::unique_ptr<Node> rest;
  std::array<std::unique_ptr<Route>, methods> routes;
  std::string allow;  // Empty: no pattern ends here.
};

Task<Response> answer_options(std::string allow) {
  Response response;
  response.status = 204;
  response.headers.add("Allow", std::move(allow));
  co_return response;
}

Task<Response> ask_guard(const Router::Guard& guard, const Access& access,
                         const QuickHandler& quick, const Handler& handler, Request request) {
  require(static_cast<bool>(guard), "a router whose routes name a person has a guard");
  if (auto answer = co_await guard(access, request)) co_return std::move(*answer);
  require(request.principal != nullptr, "who passes the guard has a name");
  if (quick) {
    if (auto answer = quick(request)) co_return std::move(*answer);
  }
  co_return co_await handler(std::move(request));
}

Response plain_error_page(int status) {
  return text(status, "Error " + std::to_string(status) + "\n");
}

}  // namespace

struct Router::State {
  Node root;
  std::vector<Filter> filters;
  std::vector<Node*> ends;  // Every node where a pattern ends.
  std::vector<RouteInfo> infos;
  ErrorPage error_page;
  Finish finish;
  Gate gate;
  Guard guard;

  void add(Method method, std::string_view pattern, Access access, Handler handler,
           RouteOptions options);
  Handler guarded(Access access, Handler handler, RouteOptions& options);
  Node& node_of(std::string_view pattern);
  void list_methods(Node& node);
  void wrap(Route& route, std::size_t first_filter);
};

Node& Router::State::node_of(std::string_view pattern) {
  require(pattern.starts_with('/'), "a route's pattern begins with a slash");
  Node* node = &root;
  std::string_view left = pattern.substr(1);
  while (!left.empty()) {
    const std::string_view segment = cut_before(left, '/');
    const bool is_placeholder = segment.starts_with('{') && segment.ends_with('}');
    const bool is_rest = is_placeholder && segment.ends_with("*}");
    require(!segment.empty(), "a route's pattern has no empty segment");
    require(!is_rest || left.empty(), "a {rest*} stands last in a pattern");
    auto& next = is_rest          ? node->rest
                 : is_placeholder ? node->placeholder
                                  : node->literals[std::string(segment)];
    if (!next) next = std::make_unique<Node>();
    node = next.get();
  }
  return *node;
}

void Router::State::wrap(Route& route, std::size_t first_filter) {
  for (std::size_t i = first_filter; i < filters.size(); ++i) {
    route.handler = [filter = filters[i], next = std::move(route.handler)](Request request) {
      return filter(std::move(request), next);
    };
  }
}

void Router::State::list_methods(Node& node) {
  node.allow.clear();
  for (std::size_t i = 0; i < methods; ++i) {
    const auto method = static_cast<Method>(i);
    const bool has = node.routes[i] || method == Method::options ||
                     (method == Method::head && node.routes[index_of(Method::get)]);
    if (!has) continue;
    if (!node.allow.empty()) node.allow += ", ";
    node.allow += to_string(method);
  }
}

// The guard is looked up when it is needed: it may be set after the routes were added.
Handler Router::State::guarded(Access access, Handler handler, RouteOptions& options) {
  if (!access.names_a_person()) return handler;
  return [this, access = std::move(access), quick = std::exchange(options.quick, nullptr),
          handler = std::move(handler)](Request request) {
    return ask_guard(guard, access, quick, handler, std::move(request));
  };
}

void Router::State::add(Method method, std::string_view pattern, Access access, Handler handler,
                        RouteOptions options) {
  Node& node = node_of(pattern);
  const bool is_new = node.allow.empty();
  require(!node.routes[index_of(method)] || (method == Method::options && !is_new),
          "a pattern has one handler per method");
  infos.push_back({.method = method, .pattern = std::string(pattern), .access = access});
  handler = guarded(std::move(access), std::move(handler), options);
  node.routes[index_of(method)] =
      std::make_unique<Route>(Route{std::move(handler), std::move(options)});
  wrap(*node.routes[index_of(method)], 0);
  if (is_new) ends.push_back(&node);
  list_methods(node);
  if (!node.routes[index_of(Method::options)]) {
    Handler answer = [&node](Request) { return answer_options(node.allow); };
    node.routes[index_of(Method::options)] = std::make_unique<Route>(Route{answer, {}});
    wrap(*node.routes[index_of(Method::options)], 0);
  }
}

Router::Router() : state_(std::make_unique<State>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;

void Router::get(std::string pattern, Access access, Handler handler, RouteOptions options) {
  state_->add(Method::get, pattern, std::move(access), std::move(handler), std::move(options));
}
void Router::post(std::string pattern, Access access, Handler handler, RouteOptions options) {
  state_->add(Method::post, pattern, std::move(access), std::move(handler), std::move(options));
}
void Router::put(std::string pattern, Access access, Handler handler, RouteOptions options) {
  state_->add(Method::put, pattern, std::move(access), std::move(handler), std::move(options));
}
void Router::patch(std::string pattern, Access access, Handler handler, RouteOptions options) {
  state_->add(Method::patch, pattern, std::move(access), std::move(handler), std::move(options));
}
void Router::delete_(std::string pattern, Access access, Handler handler, RouteOptions options) {
  state_->add(Method::delete_, pattern, std::move(access), std::move(handler), std::move(options));
}
void Router::options(std::string pattern, Access access, Handler handler, RouteOptions options) {
  state_->add(Method::options, pattern, std::move(access), std::move(handler), std::move(options));
}

void Router::add_filter(Filter filter) {
  state_->filters.push_back(std::move(filter));
  for (Node* node : state_->ends) {
    for (auto& route : node->routes) {
      if (route) state_->wrap(*route, state_->filters.size() - 1);
    }
  }
}

void Router::set_guard(Guard guard) { state_->guard = std::move(guard); }

void Router::require_guard() const {
  const bool is_needed = std::any_of(state_->infos.begin(), state_->infos.end(),
                                     [](const auto& info) { return info.access.names_a_person(); });
  require(!is_needed || state_->guard, "a router whose routes name a person has a guard");
}

std::vector<Router::RouteInfo> Router::routes() const {
  auto infos = state_->infos;
  std::sort(infos.begin(), infos.end(), [](const RouteInfo& one, const RouteInfo& other) {
    return std::tie(one.pattern, one.method) < std::tie(other.pattern, other.method);
  });
  return infos;
}

void Router::set_gate(Gate gate) { state_->gate = std::move(gate); }
void Router::set_finish(Finish finish) { state_->finish = std::move(finish); }
void Router::set_error_page(ErrorPage page) { state_->error_page = std::move(page); }

namespace {

// The search for the node of a path: literals first, then placeholders, then a rest. A node that
// lacks the method is remembered for 405, and the search goes on.
struct Search {
  Method method;
  std::vector<std::string_view> values;
  const Node* without_method = nullptr;

  const Node* accept(const Node& node) {
    if (node.allow.empty()) return nullptr;
    if (node.routes[index_of(method)]) return &node;
    if (without_method == nullptr) without_method = &node;
    return nullptr;
  }

  // `left` is what follows the last slash, or nothing at the path's end.
  const Node* find(const Node& node, std::optional<std::string_view> left) {
    if (!left) return accept(node);
    std::string_view rest = *left;
    const std::string_view segment = cut_before(rest, '/');
    const bool is_last = segment.size() == left->size();
    const auto next = is_last ? std::nullopt : std::optional(rest);
    if (const auto literal = node.literals.find(segment); literal != node.literals.end()) {
      if (const Node* found = find(*literal->second, next)) return found;
    }
    if (node.placeholder && !segment.empty()) {
      values.push_back(segment);
      if (const Node* found = find(*node.placeholder, next)) return found;
      values.pop_back();
    }
    if (node.rest && !left->empty()) {
      values.push_back(*left);
      if (const Node* found = accept(*node.rest)) return found;
      values.pop_back();
    }
    return nullptr;
  }
};

}  // namespace

Router::Match Router::match(Method method, const std::string& path) const {
  Search search{.method = method == Method::head ? Method::get : method, .values = {}};
  const auto start = path == "/" ? std::nullopt : std::optional(std::string_view(path).substr(1));
  const Node* node = search.find(state_->root, start);

  Match match;
  if (node == nullptr) {
    match.status = search.without_method ? 405 : 404;
    if (search.without_method) match.allow = search.without_method->allow;
    return match;
  }
  const Route& route = *node->routes[index_of(search.method)];
  match.handler = &route.handler;
  match.options = &route.options;
  match.path_values.assign(search.values.begin(), search.values.end());
  if (method == Method::options) match.allow = node->allow;
  return match;
}

std::optional<Response> Router::ask_gate(const Request& request) const {
  return state_->gate ? state_->gate(request) : std::nullopt;
}

Response Router::error_page(const Request& request, int status) const {
  return state_->error_page ? state_->error_page(request, status) : plain_error_page(status);
}

void Router::finish(const Request& request, Response& response) const {
  if (state_->finish) state_->finish(request, response);
}

}  // namespace osier::http
