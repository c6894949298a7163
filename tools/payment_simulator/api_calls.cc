// Which call does what.

#include <algorithm>

#include "api.h"
#include "lists.h"

namespace osier::simulator {

namespace {

using http::Method;

Refusal<ApiError> unrecognized(Method method, const std::vector<std::string>& path) {
  std::string url = "/v1";
  for (const auto& part : path) url += "/" + part;
  ApiError error;
  error.status = 404;
  error.message =
      "Unrecognized request URL (" + std::string(http::to_string(method)) + ": " + url +
      "). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.";
  return {std::move(error)};
}

// Keeps objects whose field has the value the parameter of the same name asks for.
Filter by_fields(Params& params, std::initializer_list<const char*> names) {
  std::vector<std::pair<std::string, std::string>> wanted;
  for (const char* name : names) {
    if (const auto value = params.text(name)) wanted.emplace_back(name, *value);
  }
  return [wanted](const json::Object& object) {
    return std::all_of(wanted.begin(), wanted.end(), [&](const auto& field) {
      return text_of(object, field.first) == field.second;
    });
  };
}

Answer<json::Object> one_of(Collection& collection, const std::string& id, const std::string& kind,
                            const std::string& param) {
  const json::Object* found = collection.find(id);
  if (found == nullptr) return missing_resource(kind, id, param);
  return *found;
}

}  // namespace

Answer<json::Object> Api::dispatch(Asked& asked) {
  sessions_.expire_due();
  const auto& path = asked.path;
  Params params(asked.params);
  const std::string kind = path.empty() ? "" : path[0];
  if (asked.is_public && !(kind == "payment_intents" && path.size() >= 2)) {
    ApiError error;
    error.status = 403;
    error.code = "secret_key_required";
    error.message =
        "This API call cannot be made with a publishable API key. Please use a secret API key.";
    return Refusal<ApiError>{std::move(error)};
  }
  if (kind == "checkout" && path.size() >= 2 && path[1] == "sessions")
    return session_call(asked, params);
  if (kind == "payment_intents") return intent_call(asked, params);
  if (kind == "refunds") return refund_call(asked, params);
  if (kind == "webhook_endpoints") return webhook_endpoint_call(asked, params);
  if (kind == "payment_methods" && asked.method == Method::post && path.size() == 1) {
    return intents_.create_method(params);
  }
  return reading_call(asked, params);
}

Answer<json::Object> Api::session_call(Asked& asked, Params params) {
  const auto& path = asked.path;
  const bool is_post = asked.method == Method::post;
  if (path.size() == 2 && is_post) return sessions_.create(asked.call, params);
  if (path.size() == 2 && asked.method == Method::get) {
    const Filter keeps = by_fields(params, {"payment_intent", "status", "customer"});
    return list_page(books_.sessions, params, "/v1/checkout/sessions", keeps);
  }
  if (path.size() == 3 && is_post) return sessions_.update(path[2], params);
  if (path.size() == 3 && asked.method == Method::get) {
    return one_of(books_.sessions, path[2], "checkout.session", "session");
  }
  if (path.size() == 4 && is_post && path[3] == "expire")
    return sessions_.expire(asked.call, path[2]);
  if (path.size() == 4 && asked.method == Method::get && path[3] == "line_items") {
    if (books_.sessions.find(path[2]) == nullptr)
      return missing_resource("checkout.session", path[2], "session");
    return books_.line_items_of(path[2]);
  }
  return unrecognized(asked.method, path);
}

Answer<json::Object> Api::intent_call(Asked& asked, Params params) {
  const auto& path = asked.path;
  const bool is_post = asked.method == Method::post;
  const bool is_get = asked.method == Method::get;
  if (path.size() == 1 && is_post) return intents_.create(asked.call, params);
  if (path.size() == 1 && is_get) {
    return list_page(books_.intents, params, "/v1/payment_intents",
                     by_fields(params, {"customer"}));
  }
  if (path.size() == 2 && is_get && path[1] == "search") return search_intents(books_, params);
  const json::Object* intent = path.size() >= 2 ? books_.intents.find(path[1]) : nullptr;
  if (path.size() >= 2 && intent == nullptr)
    return missing_resource("payment_intent", path[1], "intent");
  if (asked.is_public &&
      text_of(asked.params, "client_secret") != text_of(*intent, "client_secret")) {
    return missing_resource("payment_intent", path[1], "intent");
  }
  if (path.size() == 2 && is_get) return *intent;
  if (path.size() == 3 && is_post && path[2] == "confirm")
    return intents_.confirm(asked.call, path[1], params);
  if (asked.is_public) return unrecognized(asked.method, path);
  if (path.size() == 2 && is_post) return intents_.update(asked.call, path[1], params);
  if (path.size() == 3 && is_post && path[2] == "cancel")
    return intents_.cancel(asked.call, path[1], params);
  if (path.size() == 3 && is_post && path[2] == "capture")
    return intents_.capture(asked.call, path[1], params);
  return unrecognized(asked.method, path);
}

Answer<json::Object> Api::make_refund(Asked& asked, Params params) {
  auto refund = intents_.refund(asked.call, params);
  if (!refund) return refund;
  const std::string id = text_of(*refund, "id");
  if (faults_.strike(FaultKind::refund_fails, asked.url))
    return intents_.fail_refund(asked.call, id);
  if (const auto later = faults_.strike(FaultKind::refund_fails_later, asked.url))
    intents_.fail_refund_later(id, later->delay);
  return refund;
}

Answer<json::Object> Api::refund_call(Asked& asked, Params params) {
  const auto& path = asked.path;
  if (path.size() == 1 && asked.method == Method::post) return make_refund(asked, params);
  if (path.size() == 1 && asked.method == Method::get) {
    const Filter keeps = by_fields(params, {"charge", "payment_intent"});
    return list_page(books_.refunds, params, "/v1/refunds", keeps);
  }
  if (path.size() == 2 && asked.method == Method::get)
    return one_of(books_.refunds, path[1], "refund", "id");
  return unrecognized(asked.method, path);
}

Answer<json::Object> Api::webhook_endpoint_call(Asked& asked, Params params) {
  const auto& path = asked.path;
  if (path.size() == 1 && asked.method == Method::get) {
    return list_page(books_.endpoints, params, "/v1/webhook_endpoints",
                     [](const auto&) { return true; });
  }
  if (path.size() == 2 && asked.method == Method::get) {
    return one_of(books_.endpoints, path[1], "webhook endpoint", "webhook_endpoint");
  }
  if (path.size() != 1 || asked.method != Method::post) return unrecognized(asked.method, path);
  const std::string url = params.required_text("url");
  const auto types = params.texts("enabled_events");
  if (types.empty())
    params.fail("Missing required param: enabled_events.", "enabled_events", "parameter_missing");
  const auto description = params.text("description");
  const auto metadata = params.metadata();
  const auto version = params.text("api_version");
  params.raw("expand");
  params.refuse_unknown();
  if (params.error()) return refuse(*params.error());
  json::Object endpoint;
  endpoint["id"] = books_.new_id("we_1");
  endpoint["object"] = "webhook_endpoint";
  endpoint["api_version"] = version ? json::Value(*version) : json::Value(nullptr);
  endpoint["application"] = nullptr;
  endpoint["created"] = books_.seconds();
  endpoint["description"] = description ? json::Value(*description) : json::Value(nullptr);
  endpoint["enabled_events"] = json::Array(types.begin(), types.end());
  endpoint["livemode"] = false;
  endpoint["metadata"] = metadata.value_or(json::Object{});
  endpoint["status"] = "enabled";
  endpoint["url"] = url;
  json::Object answer = books_.endpoints.add(std::move(endpoint));
  const std::string secret = books_.new_id("whsec_", 32);
  answer["secret"] = secret;  // Told once.
  webhooks_.add_target({.url = url, .secret = secret, .types = types});
  return answer;
}

// Charges, balance transactions, payment methods and events can only be read.
Answer<json::Object> Api::reading_call(Asked& asked, Params params) {
  const auto& path = asked.path;
  if (asked.method != Method::get || path.empty() || path.size() > 2)
    return unrecognized(asked.method, path);
  const bool is_list = path.size() == 1;
  if (path[0] == "charges") {
    if (!is_list) return one_of(books_.charges, path[1], "charge", "charge");
    return list_page(books_.charges, params, "/v1/charges",
                     by_fields(params, {"payment_intent", "customer"}));
  }
  if (path[0] == "balance_transactions") {
    if (!is_list) return one_of(books_.transactions, path[1], "balance transaction", "id");
    return list_page(books_.transactions, params, "/v1/balance_transactions",
                     by_fields(params, {"type", "source", "currency"}));
  }
  if (path[0] == "payment_methods" && !is_list) {
    return one_of(books_.methods, path[1], "PaymentMethod", "payment_method");
  }
  if (path[0] == "events")
    return is_list ? list_events(books_, params) : event_by_id(books_, path[1]);
  return unrecognized(asked.method, path);
}

}  // namespace osier::simulator
