#include "platform/http/router.h"

#include <gtest/gtest.h>

#include <concepts>

#include "platform/async/loop.h"

namespace osier::http {
namespace {

Task<Response> say(std::string word) { co_return text(200, std::move(word)); }

Handler saying(std::string word) {
  return [word](Request) { return say(word); };
}

Task<void> call_into(const Handler& handler, std::string& out) {
  Response response = co_await handler(Request{});
  out = response.body;
}

std::string answer_of(const Router& router, Method method, const std::string& path) {
  const auto match = router.match(method, path);
  if (match.handler == nullptr) return std::to_string(match.status);
  std::string out;
  run_to_end(call_into(*match.handler, out));
  for (const auto& value : match.path_values) out += " " + value;
  return out;
}

Router shop() {
  Router router;
  router.get("/", Access::everyone(), saying("home"));
  router.get("/carts/{id}", Access::everyone(), saying("cart"));
  router.post("/carts/new", Access::everyone(), saying("new"));
  router.get("/carts/{id}/lines/{line}", Access::everyone(), saying("line"));
  router.get("/carts/mine/lines", Access::everyone(), saying("mine"));
  router.get("/files/{file*}", Access::everyone(), saying("file"));
  router.get("/files/index", Access::everyone(), saying("index"));
  return router;
}

TEST(Router, FindsLiteralsAndPlaceholders) {
  const Router router = shop();
  EXPECT_EQ(answer_of(router, Method::get, "/"), "home");
  EXPECT_EQ(answer_of(router, Method::get, "/carts/7"), "cart 7");
  EXPECT_EQ(answer_of(router, Method::get, "/carts/7/lines/8"), "line 7 8");
  EXPECT_EQ(answer_of(router, Method::get, "/carts/mine/lines"), "mine");
  EXPECT_EQ(answer_of(router, Method::get, "/carts/mine/lines/3"), "line mine 3");
  EXPECT_EQ(answer_of(router, Method::get, "/files/a/b.css"), "file a/b.css");
  EXPECT_EQ(answer_of(router, Method::get, "/files/index"), "index");
}

TEST(Router, SaysWhyNothingMatches) {
  const Router router = shop();
  for (const char* path :
       {"/carts", "/carts/", "/carts//lines/8", "/carts/7/", "//", "/x", "/files/"}) {
    EXPECT_EQ(answer_of(router, Method::get, path), "404") << path;
  }
  EXPECT_EQ(answer_of(router, Method::delete_, "/carts/7"), "405");
  EXPECT_EQ(router.match(Method::delete_, "/carts/7").allow, "GET, HEAD, OPTIONS");
}

TEST(Router, GoesOnWhenALiteralLacksTheMethod) {
  const Router router = shop();
  EXPECT_EQ(answer_of(router, Method::get, "/carts/new"), "cart new");
  EXPECT_EQ(answer_of(router, Method::post, "/carts/new"), "new");
}

TEST(Router, AnswersHeadByGetAndOptionsByItself) {
  const Router router = shop();
  EXPECT_EQ(answer_of(router, Method::head, "/carts/7"), "cart 7");
  EXPECT_TRUE(router.match(Method::options, "/carts/7").handler);
  EXPECT_EQ(router.match(Method::options, "/nothing").status, 404);
}

Task<Response> wrap(std::string mark, Request request, const Handler& next) {
  Response response = co_await next(std::move(request));
  response.body = mark + "(" + response.body + ")";
  co_return response;
}

Router::Filter wrapping(std::string mark) {
  return
      [mark](Request request, const Handler& next) { return wrap(mark, std::move(request), next); };
}

TEST(Router, WrapsHandlersInFiltersAddedBeforeAndAfter) {
  Router router;
  router.get("/early", Access::everyone(), saying("early"));
  router.add_filter(wrapping("inner"));
  router.get("/between", Access::everyone(), saying("between"));
  router.add_filter(wrapping("outer"));
  router.get("/late", Access::everyone(), saying("late"));
  EXPECT_EQ(answer_of(router, Method::get, "/early"), "outer(inner(early))");
  EXPECT_EQ(answer_of(router, Method::get, "/between"), "outer(inner(between))");
  EXPECT_EQ(answer_of(router, Method::get, "/late"), "outer(inner(late))");
  EXPECT_EQ(answer_of(router, Method::options, "/early"), "outer(inner())");
}

// A route that does not say who may ask does not compile (hardening 60; section 2, row 23). The
// same calls with an access do, so it is the access that they lack.
template <typename R, typename... Said>
concept TakesRoutes =
    requires(R router, Handler handler, Said... said) { router.get("/x", said..., handler); } ||
    requires(R router, Handler handler, Said... said) { router.post("/x", said..., handler); } ||
    requires(R router, Handler handler, Said... said) { router.put("/x", said..., handler); } ||
    requires(R router, Handler handler, Said... said) { router.patch("/x", said..., handler); } ||
    requires(R router, Handler handler, Said... said) { router.delete_("/x", said..., handler); } ||
    requires(R router, Handler handler, Said... said) { router.options("/x", said..., handler); };
static_assert(!TakesRoutes<Router>, "a route says who may ask");
static_assert(!TakesRoutes<Router, std::string>, "an access is not a word");
static_assert(TakesRoutes<Router, Access>, "a route that says who may ask compiles");
static_assert(!std::default_initializable<Access>, "no access is taken for granted");

Task<std::optional<Response>> admit_only(Access::Kind kind, Access access, Request& request) {
  if (access.kind() != kind) co_return text(401, "no, " + std::string(to_string(access.kind())));
  Principal principal;
  principal.permissions = {access.permission()};
  request.principal = std::make_shared<const Principal>(std::move(principal));
  co_return std::nullopt;
}

Router::Guard admitting(Access::Kind kind) {
  return
      [kind](const Access& access, Request& request) { return admit_only(kind, access, request); };
}

Task<Response> say_permission(Request request) {
  co_return text(200, request.principal ? request.principal->permissions.at(0) : "nobody");
}

TEST(Router, AsksTheGuardWhereTheAccessNamesAPerson) {
  Router router;
  router.get("/open", Access::everyone(), say_permission);
  router.get("/cart", Access::token_holder(), say_permission);
  router.get("/account", Access::customer(), say_permission);
  router.get("/me", Access::staff_member(), say_permission);
  router.get("/orders", Access::staff("orders.read"), say_permission);
  router.set_guard(admitting(Access::Kind::staff));
  EXPECT_EQ(answer_of(router, Method::get, "/open"), "nobody");
  EXPECT_EQ(answer_of(router, Method::get, "/cart"), "nobody");
  EXPECT_EQ(answer_of(router, Method::get, "/account"), "no, customer");
  EXPECT_EQ(answer_of(router, Method::head, "/account"), "no, customer");
  EXPECT_EQ(answer_of(router, Method::get, "/me"), "no, staff_member");
  EXPECT_EQ(answer_of(router, Method::get, "/orders"), "orders.read");
}

TEST(Router, AsksTheGuardInsideTheFiltersAndBeforeQuickHandlers) {
  Router router;
  router.add_filter(wrapping("filter"));
  RouteOptions options;
  options.quick = [](const Request& request) -> std::optional<Response> {
    return text(200, request.principal ? "quick" : "leak");
  };
  router.get("/account", Access::customer(), saying("slow"), options);
  router.get("/staff", Access::staff_member(), saying("slow"), options);
  router.get("/open", Access::everyone(), saying("slow"), options);
  router.set_guard(admitting(Access::Kind::customer));
  EXPECT_EQ(answer_of(router, Method::get, "/account"), "filter(quick)");
  EXPECT_EQ(answer_of(router, Method::get, "/staff"), "filter(no, staff_member)");
  EXPECT_FALSE(router.match(Method::get, "/account").options->quick);
  EXPECT_TRUE(router.match(Method::get, "/open").options->quick);
}

TEST(RouterDeathTest, IsNotServedWithoutTheGuardThatItsRoutesNeed) {
  Router router;
  router.get("/open", Access::everyone(), saying("open"));
  router.require_guard();
  router.get("/account", Access::customer(), saying("account"));
  EXPECT_DEATH(router.require_guard(), "guard");
  router.set_guard(admitting(Access::Kind::customer));
  router.require_guard();
}

TEST(Router, ListsItsRoutesWithTheirAccess) {
  Router router;
  router.post("/b", Access::token_holder(), saying("b"));
  router.get("/b", Access::everyone(), saying("b"));
  router.get("/a/{id}", Access::staff("orders.read"), saying("a"));
  const auto routes = router.routes();
  ASSERT_EQ(routes.size(), 3U);
  EXPECT_EQ(routes[0].pattern, "/a/{id}");
  EXPECT_EQ(routes[0].access, Access::staff("orders.read"));
  EXPECT_EQ(routes[1].method, Method::get);
  EXPECT_EQ(routes[2].method, Method::post);
  EXPECT_EQ(routes[2].access, Access::token_holder());
}

}  // namespace
}  // namespace osier::http
