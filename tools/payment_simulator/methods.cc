// Payment methods: cards, by number or by token.

#include "intents.h"

namespace osier::simulator {

namespace {

json::Object card_facts(const TestCard& card, const CardEntry& entry) {
  json::Object facts;
  facts["brand"] = card.brand;
  facts["checks"] = json::Object{{"address_line1_check", nullptr},
                                 {"address_postal_code_check", nullptr},
                                 {"cvc_check", "pass"}};
  facts["country"] = card.number.starts_with("400000276") ? "DE" : "US";
  facts["exp_month"] = entry.expiry_month;
  facts["exp_year"] = entry.expiry_year;
  facts["fingerprint"] = "fp" + card.number.substr(4);
  facts["funding"] = card.funding;
  facts["last4"] = card.last4();
  facts["network"] = card.brand;
  facts["three_d_secure"] = nullptr;
  facts["wallet"] = nullptr;
  return facts;
}

}  // namespace

std::string Intents::add_method(const TestCard& card, const CardEntry& entry,
                                json::Object billing_details) {
  json::Object method = empty_method();
  method["id"] = books_.new_id("pm_1");
  method["created"] = books_.seconds();
  method["billing_details"] = std::move(billing_details);
  method["card"] = card_facts(card, entry);
  const std::string id = text_of(books_.methods.add(std::move(method)), "id");
  books_.cards[id] = card;
  return id;
}

Answer<json::Object> Intents::create_method(Params params) {
  params.word("type", {"card"});
  if (!params.has("type")) params.required_text("type");
  params.raw("allow_redisplay");
  params.raw("metadata");
  json::Object details = empty_billing_details();
  if (const json::Value given = params.raw("billing_details"); given.is_object()) {
    for (const auto& member : given.get_object()) details[member.key()] = member.value();
  }
  auto fields = params.object("card");
  if (!fields) params.fail("Missing required param: card.", "card", "parameter_missing");
  if (params.error()) return refuse(*params.error());
  CardEntry entry{.expiry_month = 12, .expiry_year = 2034, .cvc = "123"};
  std::optional<TestCard> card;
  if (const auto token = fields->text("token")) {
    card = card_by_token(*token);
    if (!card) return missing_resource("token", *token, "card[token]");
  } else {
    entry.number = fields->required_text("number");
    entry.expiry_month = static_cast<int>(fields->integer("exp_month", 1).value_or(12));
    entry.expiry_year = static_cast<int>(fields->integer("exp_year", 1).value_or(2034));
    fields->text("cvc");
    card = card_by_number(entry.number);
  }
  params.raw("expand");
  params.refuse_unknown();
  if (params.error()) return refuse(*params.error());
  const std::string id = add_method(*card, entry, std::move(details));
  return *books_.methods.find(id);
}

Answer<std::string> Intents::method_from(Params& params, const json::Object& intent) {
  const auto data = params.object("payment_method_data");
  auto named = params.text("payment_method");
  if (data) {
    auto fields = *data;
    auto made = create_method(std::move(fields));
    if (!made) return refuse(made.error());
    return text_of(*made, "id");
  }
  if (!named) return text_of(intent, "payment_method");
  if (const auto card = card_by_token(*named)) {
    return add_method(*card, {.expiry_month = 12, .expiry_year = 2034, .cvc = "123"},
                      empty_billing_details());
  }
  if (books_.methods.find(*named) == nullptr) {
    return missing_resource("PaymentMethod", *named, "payment_method");
  }
  return *named;
}

}  // namespace osier::simulator
