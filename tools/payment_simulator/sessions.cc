#include "sessions.h"

#include <array>

namespace osier::simulator {

namespace {

constexpr std::int64_t expiry_min = 30 * 60;
constexpr std::int64_t expiry_max = 24 * 60 * 60;

const std::vector<std::string_view> locales = {
    "auto", "bg",  "cs", "da",    "de", "el", "en",    "en-GB", "es", "es-419", "et",
    "fi",   "fil", "fr", "fr-CA", "hr", "hu", "id",    "it",    "ja", "ko",     "lt",
    "lv",   "ms",  "mt", "nb",    "nl", "pl", "pt",    "pt-BR", "ro", "ru",     "sk",
    "sl",   "sv",  "th", "tr",    "vi", "zh", "zh-HK", "zh-TW"};

// Understood by Stripe, and without effect here.
constexpr std::array passed_over = {"expand",
                                    "payment_method_options",
                                    "phone_number_collection",
                                    "allow_promotion_codes",
                                    "automatic_tax",
                                    "invoice_creation",
                                    "custom_text",
                                    "consent_collection",
                                    "shipping_address_collection",
                                    "adaptive_pricing",
                                    "payment_method_configuration",
                                    "after_expiration",
                                    "tax_id_collection",
                                    "saved_payment_method_options"};

json::Object price_of(Books& books, const std::string& currency, std::int64_t unit_amount) {
  json::Object price;
  price["id"] = books.new_id("price_1");
  price["object"] = "price";
  price["active"] = false;
  price["billing_scheme"] = "per_unit";
  price["created"] = books.seconds();
  price["currency"] = currency;
  price["custom_unit_amount"] = nullptr;
  price["livemode"] = false;
  price["lookup_key"] = nullptr;
  price["metadata"] = json::Object{};
  price["nickname"] = nullptr;
  price["product"] = books.new_id("prod_", 14);
  price["recurring"] = nullptr;
  price["tax_behavior"] = "unspecified";
  price["tiers_mode"] = nullptr;
  price["transform_quantity"] = nullptr;
  price["type"] = "one_time";
  price["unit_amount"] = unit_amount;
  price["unit_amount_decimal"] = std::to_string(unit_amount);
  return price;
}

void check_url(Params& params, std::string_view name, const std::string& url) {
  if (!url.starts_with("http://") && !url.starts_with("https://")) {
    params.fail("Invalid URL: An explicit scheme (such as https) must be provided.", name,
                "url_invalid");
  }
}

}  // namespace

std::optional<Sessions::Line> Sessions::read_line(Params& item, std::string& currency) {
  Line line;
  line.quantity = item.integer("quantity", 1).value_or(0);
  if (!item.has("quantity")) item.required_text("quantity");
  for (const char* name : {"adjustable_quantity", "dynamic_tax_rates", "tax_rates", "metadata"})
    item.raw(name);
  auto price = item.object("price_data");
  if (item.has("price")) {
    item.fail("No such price: '" + item.text("price").value_or("") + "'", "price",
              "resource_missing");
  } else if (!price) {
    item.fail("Missing required param: line_items[price_data].", "price_data", "parameter_missing");
  }
  if (!price) return std::nullopt;
  const std::string own = price->required_text("currency");
  if (currency.empty()) currency = own;
  if (own != currency)
    price->fail("All prices in a Checkout Session must be in the same currency.", "currency");
  if (!price->has("unit_amount")) price->required_text("unit_amount");
  line.unit_amount = price->integer("unit_amount", 0).value_or(0);
  price->raw("tax_behavior");
  if (auto product = price->object("product_data")) {
    line.name = product->required_text("name");
    line.description = product->text("description").value_or("");
    const auto images = product->texts("images");
    if (!images.empty()) line.image = images.front();
    product->raw("metadata");
    product->raw("tax_code");
    product->refuse_unknown();
  } else {
    price->fail("Missing required param: line_items[price_data][product_data].", "product_data",
                "parameter_missing");
  }
  price->refuse_unknown();
  item.refuse_unknown();
  return line;
}

std::int64_t Sessions::read_lines(Params& params, json::Object& session, json::Array& items) {
  std::string currency = params.text("currency").value_or("");
  std::int64_t subtotal = 0;
  auto lines = params.objects("line_items");
  if (lines.empty()) {
    params.fail("You must provide one of `line_items` or `payment_intent_data` in `payment` mode.",
                "line_items", "parameter_missing");
  }
  if (lines.size() > 100) params.fail("You can have at most 100 line items.", "line_items");
  for (Params& item : lines) {
    const auto line = read_line(item, currency);
    if (!line || params.error()) break;
    std::int64_t amount = 0;
    if (__builtin_mul_overflow(line->unit_amount, line->quantity, &amount) || amount > amount_max) {
      item.fail("Amount must be no more than " + std::to_string(amount_max), "quantity",
                "amount_too_large");
      break;
    }
    subtotal += amount;
    json::Object kept;
    kept["id"] = books_.new_id("li_1");
    kept["object"] = "item";
    kept["amount_discount"] = 0;
    kept["amount_subtotal"] = amount;
    kept["amount_tax"] = 0;
    kept["amount_total"] = amount;
    kept["currency"] = currency;
    kept["description"] = line->name;
    kept["metadata"] = json::Object{};
    kept["price"] = price_of(books_, currency, line->unit_amount);
    kept["quantity"] = line->quantity;
    items.push_back(std::move(kept));
  }
  session["currency"] = currency;
  return subtotal;
}

void Sessions::read_shipping(Params& params, json::Object& session) {
  auto options = params.objects("shipping_options");
  if (options.size() > 5)
    params.fail("You can have at most 5 shipping options.", "shipping_options");
  if (options.empty()) return;
  auto data = options.front().object("shipping_rate_data");
  if (!data) {
    params.fail("The simulator needs shipping_rate_data for a shipping option.",
                "shipping_options");
    return;
  }
  const std::string name = data->required_text("display_name");
  data->word("type", {"fixed_amount"});
  data->raw("delivery_estimate");
  data->raw("metadata");
  data->raw("tax_behavior");
  data->raw("tax_code");
  std::int64_t amount = 0;
  if (auto fixed = data->object("fixed_amount")) {
    amount = fixed->integer("amount", 0).value_or(0);
    fixed->required_text("currency");
  }
  const std::string rate = books_.new_id("shr_1");
  session["shipping_options"] =
      json::Array{json::Object{{"shipping_amount", amount}, {"shipping_rate", rate}}};
  session["shipping_cost"] = json::Object{{"amount_subtotal", amount},
                                          {"amount_tax", 0},
                                          {"amount_total", amount},
                                          {"shipping_rate", rate}};
  session["total_details"].get_object()["amount_shipping"] = amount;
  intent_data_[text_of(session, "id")]["shipping_name"] = name;
}

// What the intent will carry once there is one.
void Sessions::read_intent_data(Params& params, json::Object& session) {
  json::Object& kept = intent_data_[text_of(session, "id")];
  kept["metadata"] = json::Object{};
  auto data = params.object("payment_intent_data");
  if (!data) return;
  if (const auto metadata = data->metadata()) kept["metadata"] = *metadata;
  json::Object fields;
  for (const char* name : {"description", "receipt_email", "statement_descriptor",
                           "statement_descriptor_suffix", "setup_future_usage", "transfer_group"}) {
    if (const auto value = data->text(name)) fields[name] = *value;
  }
  if (const auto method =
          data->word("capture_method", {"automatic", "automatic_async", "manual"})) {
    fields["capture_method"] = *method;
  }
  if (data->has("shipping")) fields["shipping"] = data->raw("shipping");
  data->refuse_unknown();
  kept["fields"] = std::move(fields);
}

void Sessions::read_settings(Params& params, json::Object& session) {
  const auto mode = params.word("mode", {"payment", "setup", "subscription"});
  if (!mode) params.fail("Missing required param: mode.", "mode", "parameter_missing");
  if (mode && *mode != "payment") params.fail("The simulator knows the mode payment only.", "mode");
  params.word("ui_mode", {"hosted", "hosted_page"});
  const std::string success_url = params.required_text("success_url");
  check_url(params, "success_url", success_url);
  session["success_url"] = success_url;
  if (const auto url = params.text("cancel_url")) {
    check_url(params, "cancel_url", *url);
    session["cancel_url"] = *url;
  }
  for (const char* name : {"client_reference_id", "customer_email", "submit_type",
                           "billing_address_collection", "customer_creation"}) {
    if (const auto value = params.text(name)) session[name] = *value;
  }
  if (const auto locale = params.word("locale", locales)) session["locale"] = *locale;
  if (const auto metadata = params.metadata()) session["metadata"] = *metadata;
  for (const auto& type : params.texts("payment_method_types")) {
    if (type == "card") continue;
    params.fail("Invalid payment_method_types: the simulator knows cards.", "payment_method_types");
  }
  for (const char* name : passed_over) params.raw(name);
}

std::int64_t Sessions::read_expiry(Params& params) {
  const std::int64_t now = books_.seconds();
  const std::int64_t expires_at = params.integer("expires_at").value_or(now + expiry_max);
  const char* start = "The `expires_at` timestamp must be ";
  const char* end = " from Checkout Session creation.";
  if (expires_at < now + expiry_min) {
    params.fail(std::string(start) + "at least 30 minutes" + end, "expires_at");
  }
  if (expires_at > now + expiry_max) {
    params.fail(std::string(start) + "less than 24 hours" + end, "expires_at");
  }
  return expires_at;
}

Answer<json::Object> Sessions::create(const Call& call, Params params) {
  json::Object session = empty_session();
  const std::string id = books_.new_id("cs_test_a1", 56);
  session["id"] = id;
  session["created"] = books_.seconds();
  read_settings(params, session);
  session["expires_at"] = read_expiry(params);
  json::Array items;
  const std::int64_t subtotal = read_lines(params, session, items);
  read_shipping(params, session);
  read_intent_data(params, session);
  const std::int64_t total =
      subtotal + number_of(session["total_details"].get_object(), "amount_shipping");
  session["amount_subtotal"] = subtotal;
  session["amount_total"] = total;
  if (total < amount_min) {
    params.fail(
        "The Checkout Session's total amount due must add up to at least 50 of the minor unit",
        "line_items", "amount_too_small");
  }
  params.refuse_unknown();
  if (params.error()) {
    intent_data_.erase(id);
    return refuse(*params.error());
  }
  session["url"] = call.base_url + "/c/pay/" + id;
  books_.line_items[id] = std::move(items);
  open_.emplace(number_of(session, "expires_at"), id);
  return books_.sessions.add(std::move(session));
}

Answer<json::Object> Sessions::update(const std::string& id, Params params) {
  json::Object* session = books_.sessions.find(id);
  if (session == nullptr) return missing_resource("checkout.session", id, "session");
  const auto metadata = params.metadata();
  params.raw("expand");
  params.refuse_unknown();
  if (params.error()) return refuse(*params.error());
  if (metadata) {
    for (const auto& member : *metadata)
      (*session)["metadata"].get_object()[member.key()] = member.value();
  }
  return *session;
}

void Sessions::close(const Call& call, json::Object& session) {
  open_.erase({number_of(session, "expires_at"), text_of(session, "id")});
  session["status"] = "expired";
  session["url"] = nullptr;
  if (json::Object* intent = books_.intents.find(text_of(session, "payment_intent"))) {
    intents_.cancel_for_expired_session(call, *intent);
  }
  books_.record("checkout.session.expired", session, call);
}

Answer<json::Object> Sessions::expire(const Call& call, const std::string& id) {
  json::Object* session = books_.sessions.find(id);
  if (session == nullptr) return missing_resource("checkout.session", id, "session");
  const std::string status = text_of(*session, "status");
  if (status != "open") {
    return invalid(
        "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session "
        "has a "
        "status of `" +
        status + "`.");
  }
  close(call, *session);
  return *session;
}

void Sessions::expire_due() {
  const std::int64_t now = books_.seconds();
  while (!open_.empty() && open_.begin()->first <= now) {
    const std::string id = open_.begin()->second;
    close(Call{}, *books_.sessions.find(id));
  }
}

Answer<Sessions::Paid> Sessions::pay(const Call& call, const std::string& id,
                                     const Attempt& attempt) {
  expire_due();
  json::Object* session = books_.sessions.find(id);
  if (session == nullptr) return missing_resource("checkout.session", id, "session");
  if (text_of(*session, "status") != "open") {
    return invalid("This Checkout Session is " + text_of(*session, "status") + ".", {},
                   "session_not_open");
  }
  json::Object* intent = books_.intents.find(text_of(*session, "payment_intent"));
  if (intent == nullptr) {
    const json::Object& data = intent_data_[id];
    const auto* fields = data.if_contains("fields");
    intent = &intents_.open_for_session(call, *session, data.at("metadata").get_object(),
                                        fields ? fields->get_object() : json::Object{});
    (*session)["payment_intent"] = text_of(*intent, "id");
  }
  json::Object details = empty_billing_details();
  details["email"] = attempt.email;
  details["name"] = attempt.name;
  const std::string method =
      intents_.add_method(card_by_number(attempt.card.number), attempt.card, details);
  json::Object customer;
  customer["address"] = details["address"];
  customer["business_name"] = nullptr;
  customer["email"] = attempt.email;
  customer["individual_name"] = nullptr;
  customer["name"] = attempt.name;
  customer["phone"] = nullptr;
  customer["tax_exempt"] = "none";
  customer["tax_ids"] = json::Array{};
  (*session)["customer_details"] = std::move(customer);
  const auto done = intents_.attempt(call, *intent, method, "");
  if (!done) return refuse(done.error());
  if (text_of(*intent, "status") == "requires_action") return Paid::needs_challenge;
  complete(call, *session, *intent);
  return Paid::done;
}

Answer<void> Sessions::finish_challenge(const Call& call, const std::string& id,
                                        Intents::Challenge outcome) {
  expire_due();
  json::Object* session = books_.sessions.find(id);
  if (session == nullptr) return missing_resource("checkout.session", id, "session");
  json::Object* intent = books_.intents.find(text_of(*session, "payment_intent"));
  if (text_of(*session, "status") != "open" || intent == nullptr) {
    return invalid("This Checkout Session is not waiting for authentication.", {},
                   "session_not_open");
  }
  const auto done = intents_.finish_challenge(call, *intent, outcome);
  if (!done) return refuse(done.error());
  complete(call, *session, *intent);
  return {};
}

void Sessions::complete(const Call& call, json::Object& session, const json::Object& intent) {
  open_.erase({number_of(session, "expires_at"), text_of(session, "id")});
  session["status"] = "complete";
  session["payment_status"] = text_of(intent, "status") == "succeeded" ? "paid" : "unpaid";
  session["url"] = nullptr;
  books_.record("checkout.session.completed", session, call);
}

std::string Sessions::success_url_of(const json::Object& session) {
  static constexpr std::string_view place = "{CHECKOUT_SESSION_ID}";
  std::string url = text_of(session, "success_url");
  for (auto at = url.find(place); at != std::string::npos; at = url.find(place, at)) {
    url.replace(at, place.size(), text_of(session, "id"));
  }
  return url;
}

}  // namespace osier::simulator
