#include "web/api.h"

#include <cstdlib>

#include "platform/jobs/batcher.h"
#include "platform/json/value.h"
#include "platform/postgres/passing.h"

namespace osier::web {

std::string public_id(std::string_view prefix, const Uuid& id) {
  std::string text(prefix);
  text += '_';
  text += id.to_hex();
  return text;
}

std::optional<Uuid> parse_public_id(std::string_view prefix, std::string_view text) {
  if (text.size() != prefix.size() + 33 || !text.starts_with(prefix)) return std::nullopt;
  if (text[prefix.size()] != '_') return std::nullopt;
  const std::string_view digits = text.substr(prefix.size() + 1);
  for (const char c : digits) {
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return std::nullopt;
  }
  return Uuid::parse(digits);
}

// --- Errors.

struct Appearance {
  int status;
  std::string_view type;
};

static Appearance appearance_of(ErrorType type) {
  switch (type) {
    case ErrorType::invalid_data:
      return {400, "invalid_data"};
    case ErrorType::not_allowed:
      return {400, "not_allowed"};
    case ErrorType::unauthorized:
      return {401, "unauthorized"};
    case ErrorType::not_found:
      return {404, "not_found"};
    case ErrorType::conflict:
      return {409, "conflict"};
    case ErrorType::unsupported_media_type:
      return {415, "invalid_data"};
    case ErrorType::payment_authorization_error:
      return {422, "payment_authorization_error"};
    case ErrorType::unexpected_state:
      return {500, "unexpected_state"};
    case ErrorType::too_many_requests:
      return {429, "not_allowed"};
    case ErrorType::unavailable:
      return {503, "unexpected_state"};
  }
  std::abort();
}

static http::Response error_response(int status, std::string_view type, std::string_view message,
                                     std::string_view code) {
  json::Object body{{"type", type}, {"message", message}};
  if (!code.empty()) body["code"] = code;
  auto response = http::json(status, json::to_text(json::Value(std::move(body))));
  response.headers.set("Cache-Control", "no-store");
  if (status == 503) response.headers.set("Retry-After", "1");
  if (status == 429) response.headers.set("Retry-After", "60");
  return response;
}

http::Response error(const Error& error) {
  const auto [status, type] = appearance_of(error.type);
  return error_response(status, type, error.message, error.code);
}

http::Response error(ErrorType type, std::string message, std::string code) {
  return error(Error{type, std::move(message), std::move(code)});
}

http::Response error_for_status(int status) {
  switch (status) {
    case 404:
      return error_response(404, "not_found", "there is nothing at this address", {});
    case 405:
      return error_response(405, "not_allowed", "this address does not have that method", {});
    case 413:
      return error_response(413, "invalid_data", "the body is too large", {});
    case 429:
      return error_response(429, "not_allowed", "too many requests, wait a while",
                            "too_many_requests");
    case 503:
      return error_response(503, "unexpected_state",
                            "the shop is busy or its database is away, try again", {});
    default:
      break;
  }
  if (status >= 500)
    return error_response(status, "unknown_error", "something went wrong on our side",
                          "unknown_error");
  return error_response(status, "invalid_data", "the request is not well-formed", {});
}

static Task<http::Response> guarded(const http::Handler& handler, http::Request request) {
  std::optional<http::Response> response;
  try {
    response = co_await handler(std::move(request));
  } catch (const pg::StatementFailed& failure) {
    if (!pg::is_passing(failure)) throw;
    response = error_for_status(503);
  } catch (const pg::Unavailable&) {
    response = error_for_status(503);
  } catch (const pg::OutcomeUnknown&) {
    response = error_for_status(503);
  } catch (const jobs::Overloaded&) {
    response = error_for_status(503);
  }
  if (!response->headers.get("Cache-Control")) response->headers.set("Cache-Control", "no-store");
  co_return std::move(*response);
}

http::Handler api(http::Handler handler) {
  return [handler = std::move(handler)](http::Request request) {
    return guarded(handler, std::move(request));
  };
}

// --- Bodies.

// application/json, with any parameters but a charset that is not UTF-8.
static bool is_json(std::string_view content_type) {
  std::string text;
  for (const char c : content_type) {
    if (c != ' ' && c != '\t' && c != '"')
      text += (c >= 'A' && c <= 'Z') ? static_cast<char>(c + 32) : c;
  }
  if (text == "application/json") return true;
  return text == "application/json;charset=utf-8" || text == "application/json;charset=utf8";
}

Result<json::Value, Error> read_body(const http::Request& request) {
  if (request.body.empty()) return json::Value(json::Object{});
  const auto content_type = request.headers.get("Content-Type");
  if (!content_type || !is_json(*content_type)) {
    return refuse(
        Error{ErrorType::unsupported_media_type, "the body must be application/json", {}});
  }
  auto body = json::parse(request.body);
  if (!body) return refuse(Error{ErrorType::invalid_data, body.error().message, {}});
  if (!body->is_object())
    return refuse(Error{ErrorType::invalid_data, "the body must be a JSON object", {}});
  return std::move(*body);
}

json::Value amount(Money money) {
  // The nearest double of the decimal text prints as that text again, for up to 15 digits.
  const std::string text = money.to_decimal();
  const auto point = text.find('.');
  if (point == std::string::npos || text.find_first_not_of('0', point + 1) == std::string::npos) {
    return json::Value(std::int64_t{std::strtoll(text.c_str(), nullptr, 10)});
  }
  return json::Value(std::strtod(text.c_str(), nullptr));
}

// --- Answers.

http::Response answer(int status, const json::Value& body) {
  return http::json(status, json::to_text(body));
}

http::Response answer(int status, json::Value body, const Fields& fields,
                      std::string_view subject) {
  if (auto* member = body.as_object().if_contains(subject)) fields.apply(*member);
  return answer(status, body);
}

}  // namespace osier::web
