#include "app/unavailable.h"

#include "app/loggable_path.h"
#include "payments/payments.h"
#include "platform/jobs/batcher.h"
#include "platform/postgres/passing.h"

namespace osier::app {

namespace {

Task<http::Response> answer_or_unavailable(http::Request request, const http::Handler& next,
                                           const http::Router& router, telemetry::Log& log) {
  http::Request head = request;
  head.body.clear();
  std::string reason;
  try {
    co_return co_await next(std::move(request));
  } catch (const pg::StatementFailed& failure) {
    if (!pg::is_passing(failure)) throw;
    reason = failure.what();
  } catch (const pg::Error& error) {
    reason = error.what();
  } catch (const jobs::Overloaded& error) {
    reason = error.what();
  } catch (const payments::ProviderUnavailable& error) {
    reason = error.what();
  }
  log.for_request(head.id).warning("answered 503",
                                   {{"path", loggable_path(head.path)}, {"reason", reason}});
  co_return router.error_page(head, 503);
}

}  // namespace

http::Router::Filter unavailable_is_503(const http::Router& router, telemetry::Log& log) {
  return [&router, &log](http::Request request, const http::Handler& next) {
    return answer_or_unavailable(std::move(request), next, router, log);
  };
}

}  // namespace osier::app
