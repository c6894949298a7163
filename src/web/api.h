// The wire of the store API: version 2 of Medusa's Store API, as its official SDK calls it. Knows
// no trade.
//
// Ids are a type's prefix and 32 hex digits, amounts decimal major units, errors {"type",
// "message", "code"?}. A handler reads its body with read_body() and its query with read_query(),
// and answers with answer() or error():
//
//   const auto body = web::read_body(request);
//   if (!body) co_return web::error(body.error());
//   json::Reader reader(*body);
//   …
//   if (!reader.ok()) co_return web::error(web::ErrorType::invalid_data, reader.message());
//   co_return web::answer(200, {{"cart", cart_json(cart)}}, query->fields, "cart");

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/money.h"
#include "platform/base/result.h"
#include "platform/base/uuid.h"
#include "platform/http/router.h"
#include "platform/json/json.h"

namespace osier::web {

// --- Ids.

// public_id("prod", id) is "prod_0190…": 32 lower-case hex digits.
std::string public_id(std::string_view prefix, const Uuid& id);
// Nothing for another prefix, hyphens, capitals or any other length.
std::optional<Uuid> parse_public_id(std::string_view prefix, std::string_view text);

// --- Errors.

// Statuses as Medusa's: 400 invalid_data and not_allowed, 401, 404, 409 conflict, 415, 422 for
// payments that the provider declined, 500 unexpected_state, 503 unavailable.
enum class ErrorType {
  invalid_data,
  not_allowed,
  unauthorized,
  not_found,
  conflict,
  unsupported_media_type,  // On the wire invalid_data, with status 415.
  payment_authorization_error,
  unexpected_state,
  too_many_requests,  // On the wire not_allowed, with status 429 and Retry-After.
  unavailable,        // On the wire unexpected_state, with status 503 and Retry-After.
};

struct Error {
  ErrorType type = ErrorType::invalid_data;
  std::string message;  // A sentence for people; names the field.
  std::string code;     // For programs, e.g. "insufficient_inventory"; empty: none.
};

http::Response error(const Error& error);
http::Response error(ErrorType type, std::string message, std::string code = {});
// For http::Router::set_error_page: the same shape for what never reached a handler (404, 405, 413,
// 500 …).
http::Response error_for_status(int status);

// Wraps a handler of the API: a database that is down or a full queue becomes 503, everything else
// passes on. Answers are never stored by caches unless the handler said so.
http::Handler api(http::Handler handler);

// --- Bodies.

// The body as JSON. No body at all is an empty object (the SDK sends none where nothing is
// required). Refuses another content type with 415 (hardening 23), and with 400 what json::parse
// refuses: duplicate keys, invalid UTF-8, depth.
Result<json::Value, Error> read_body(const http::Request& request);

// An exact amount in decimal major units: 1230 minor units of EUR are 12.3. Whole amounts are
// written without a point. Exact for up to 15 digits, which is why totals are kept below 10^15
// minor units.
json::Value amount(Money money);

// --- Queries.

// What `fields=` asks for. Names without a sign replace the default answer; +a and *a add to it, -a
// takes away. A dotted path reaches into relations ("items.variant.sku", "*items.variant",
// "items.*"). `id` is always there.
class Fields {
 public:
  Fields() = default;  // The default answer.
  // Refuses more than 200 names and names of odd characters.
  static std::optional<Fields> parse(std::string_view text);

  // Whether the path was named, or a relation above it with *: for parts that are not in the
  // default answer or are costly to make.
  bool asks_for(std::string_view path) const;
  // Takes out of one object, or of each object of an array, what was not asked for.
  void apply(json::Value& value) const;

 private:
  std::vector<std::string> chosen_;  // Without a sign; empty: the default answer.
  std::vector<std::string> added_;
  std::vector<std::string> removed_;
};

struct OrderBy {
  std::string field;
  bool descending = false;
};

struct QueryRule {
  int limit_default = 50;
  int limit_max = 1'000;
  std::vector<std::string_view> order_fields;  // What `order=` may name; empty: none.
};

struct Query {
  http::Parameters parameters;
  Fields fields;
  int limit = 50;
  int offset = 0;
  std::vector<OrderBy> order;

  // Values of `name`, `name[]` and `name[0]` … , which is how the SDK sends arrays.
  std::vector<std::string> values(std::string_view name) const;
  // The one value of that name; nothing if absent.
  std::optional<std::string> value(std::string_view name) const;
};

// Refuses a malformed query, a limit or offset that is no whole number in range, an unknown order
// field, and a parameter that stands twice (hardening 24).
Result<Query, Error> read_query(const http::Request& request, const QueryRule& rule = {});

// --- Answers.

// `body` as JSON; `fields` applied to its member `subject`.
http::Response answer(int status, json::Value body, const Fields& fields, std::string_view subject);
http::Response answer(int status, const json::Value& body);

// --- Browsers of other origins.

// CORS for answers to paths under /store and /auth, refusals too: the origins listed
// ("https://shop.example"; "*" is any, without credentials), preflights for the SDK's headers,
// among them x-publishable-api-key, which is accepted and not required. Other origins get no CORS
// headers. The last touch to an answer: see http::Router::set_finish.
void add_cors_headers(const std::vector<std::string>& origins, const http::Request& request,
                      http::Response& response);

}  // namespace osier::web
