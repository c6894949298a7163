#include "api_error.h"

namespace osier::simulator {

json::Object to_json(const ApiError& error, const std::string& request_id) {
  json::Object fields;
  if (!error.charge.empty()) fields["charge"] = error.charge;
  if (!error.code.empty()) {
    fields["code"] = error.code;
    std::string anchor = error.code;
    for (char& c : anchor) c = c == '_' ? '-' : c;
    fields["doc_url"] = "https://docs.stripe.com/error-codes#" + anchor;
  }
  if (!error.decline_code.empty()) fields["decline_code"] = error.decline_code;
  fields["message"] = error.message;
  if (!error.param.empty()) fields["param"] = error.param;
  if (!error.payment_intent.is_null()) fields["payment_intent"] = error.payment_intent;
  if (!error.payment_method.is_null()) fields["payment_method"] = error.payment_method;
  fields["request_log_url"] = "https://dashboard.stripe.com/test/logs/" + request_id;
  fields["type"] = error.type;
  json::Object whole;
  whole["error"] = std::move(fields);
  return whole;
}

}  // namespace osier::simulator
