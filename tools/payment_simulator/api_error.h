// How Stripe says no: https://docs.stripe.com/api/errors, in the shapes its official clients read.

#pragma once

#include <string>
#include <utility>

#include "platform/base/result.h"
#include "platform/json/value.h"

namespace osier::simulator {

struct ApiError {
  int status = 400;
  std::string type = "invalid_request_error";
  std::string code{};
  std::string message{};
  std::string param{};
  // For card errors.
  std::string decline_code{};
  std::string charge{};
  json::Value payment_intent = nullptr;
  json::Value payment_method = nullptr;
  // Whether execution began: only then does the answer belong to the idempotency key.
  bool has_executed = false;
};

template <class T>
using Answer = Result<T, ApiError>;

inline Refusal<ApiError> invalid(std::string message, std::string param = {},
                                 std::string code = {}) {
  ApiError error;
  error.message = std::move(message);
  error.param = std::move(param);
  error.code = std::move(code);
  return {std::move(error)};
}

inline Refusal<ApiError> missing_resource(const std::string& kind, const std::string& id,
                                          std::string param) {
  ApiError error;
  error.status = 404;
  error.code = "resource_missing";
  error.message = "No such " + kind + ": '" + id + "'";
  error.param = std::move(param);
  return {std::move(error)};
}

// {"error": {…}}
json::Object to_json(const ApiError& error, const std::string& request_id);

}  // namespace osier::simulator
