#include "platform/http/router.h"

#include <gtest/gtest.h>

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
  router.get("/", saying("home"));
  router.get("/carts/{id}", saying("cart"));
  router.post("/carts/new", saying("new"));
  router.get("/carts/{id}/lines/{line}", saying("line"));
  router.get("/carts/mine/lines", saying("mine"));
  router.get("/files/{file*}", saying("file"));
  router.get("/files/index", saying("index"));
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
  router.get("/early", saying("early"));
  router.add_filter(wrapping("inner"));
  router.get("/between", saying("between"));
  router.add_filter(wrapping("outer"));
  router.get("/late", saying("late"));
  EXPECT_EQ(answer_of(router, Method::get, "/early"), "outer(inner(early))");
  EXPECT_EQ(answer_of(router, Method::get, "/between"), "outer(inner(between))");
  EXPECT_EQ(answer_of(router, Method::get, "/late"), "outer(inner(late))");
  EXPECT_EQ(answer_of(router, Method::options, "/early"), "outer(inner())");
}

}  // namespace
}  // namespace osier::http
