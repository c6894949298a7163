// /store/customers: who a customer is, and their address book.

#include "identity/customer_api.h"

#include <array>

#include "identity/api_answers.h"
#include "identity/customer_cookie.h"
#include "identity/registration_token.h"

namespace osier::identity {

namespace {

CustomerId caller_of(const http::Request &request) {
  return CustomerId{request.principal->account};
}

json::Value text_or_null(const std::string &text) {
  if (text.empty()) return nullptr;
  return json::Value(text);
}

std::string address_wire_id(AddressId id) { return web::public_id("cuaddr", id.value()); }

std::string lower_case(std::string text) {
  for (char &c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

std::string upper_case(std::string text) {
  for (char &c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

json::Object address_json(const KnownAddress &known, CustomerId customer) {
  const Address &address = known.address;
  return {{"id", address_wire_id(known.id)},
          {"customer_id", customer_wire_id(customer)},
          {"address_name", text_or_null(address.label)},
          {"is_default_shipping", address.is_default_shipping},
          {"is_default_billing", address.is_default_billing},
          {"first_name", text_or_null(address.given_name)},
          {"last_name", text_or_null(address.family_name)},
          {"company", text_or_null(address.company)},
          {"address_1", text_or_null(address.line1)},
          {"address_2", text_or_null(address.line2)},
          {"city", text_or_null(address.city)},
          {"province", text_or_null(address.province)},
          {"postal_code", text_or_null(address.postal_code)},
          {"country_code", text_or_null(lower_case(address.country))},
          {"phone", text_or_null(address.phone)},
          {"metadata", nullptr},
          {"created_at", to_rfc3339(known.created_at)},
          {"updated_at", to_rfc3339(known.updated_at)}};
}

json::Object customer_json(const Customer &customer, const std::vector<KnownAddress> &addresses) {
  json::Array list;
  json::Value shipping = nullptr, billing = nullptr;
  for (const KnownAddress &known : addresses) {
    if (known.address.is_default_shipping) shipping = address_wire_id(known.id);
    if (known.address.is_default_billing) billing = address_wire_id(known.id);
    list.push_back(address_json(known, customer.id));
  }
  return {{"id", customer_wire_id(customer.id)},
          {"email", customer.email},
          {"first_name", text_or_null(customer.given_name)},
          {"last_name", text_or_null(customer.family_name)},
          {"company_name", nullptr},
          {"phone", text_or_null(customer.phone)},
          {"has_account", true},
          {"default_shipping_address_id", std::move(shipping)},
          {"default_billing_address_id", std::move(billing)},
          {"addresses", std::move(list)},
          {"metadata", nullptr},
          {"created_at", to_rfc3339(customer.created_at)}};
}

Task<http::Response> answer_customer(CustomerApi api, CustomerId id, web::Query query) {
  const auto customer = co_await api.accounts.find(id);
  if (!customer) co_return web::error(web::ErrorType::unauthorized, "Unauthorized");
  const auto addresses = co_await api.addresses.of(id);
  json::Object body{{"customer", customer_json(*customer, addresses)}};
  co_return web::answer(200, std::move(body), query.fields, "customer");
}

// What is not named stays.
void read_profile(json::Reader &reader, CustomerProfile &profile) {
  const auto read = [&](std::string_view name, std::size_t length_max, std::string &into) {
    const bool is_null = reader.is_null(name);
    const auto text = reader.string(name, {.length_max = length_max});
    if (text) into = *text;
    if (is_null) into.clear();
  };
  read("first_name", name_length_max, profile.given_name);
  read("last_name", name_length_max, profile.family_name);
  read("phone", phone_length_max, profile.phone);
}

Task<http::Response> change_profile(CustomerApi api, CustomerId id, http::Request request) {
  const auto query = web::read_query(request);
  if (!query) co_return web::error(query.error());
  const auto body = web::read_body(request);
  if (!body) co_return web::error(body.error());
  const auto customer = co_await api.accounts.find(id);
  if (!customer) co_return web::error(web::ErrorType::unauthorized, "Unauthorized");
  CustomerProfile profile{.given_name = customer->given_name,
                          .family_name = customer->family_name,
                          .phone = customer->phone,
                          .locale = customer->locale};
  json::Reader reader(*body);
  read_profile(reader, profile);
  if (!reader.ok()) co_return web::error(web::ErrorType::invalid_data, reader.message());
  const auto changed = co_await api.accounts.change_profile(id, std::move(profile));
  if (!changed) co_return answer_refusal(changed.error());
  co_return co_await answer_customer(api, id, *query);
}

// The second call of registering: whose registration it is stands in the token.
Task<http::Response> create_customer(CustomerApi api, http::Request request) {
  const auto token = bearer_token(request);
  const auto id = token ? registration_of(api.vault, *token) : std::nullopt;
  if (!id) co_return web::error(web::ErrorType::unauthorized, "Unauthorized");
  const auto customer = co_await api.accounts.find(*id);
  // Once it is proved, it is changed by who has signed in.
  if (!customer || customer->verified_at)
    co_return web::error(web::ErrorType::unauthorized, "Unauthorized");
  const auto body = web::read_body(request);
  if (!body) co_return web::error(body.error());
  json::Reader reader(*body);
  const auto email = reader.string("email", {.required = true, .length_max = 320});
  if (email && api.vault.email_index(*email) != api.vault.email_index(customer->email))
    reader.fail("email", "is not the one that was registered");
  if (!reader.ok()) co_return web::error(web::ErrorType::invalid_data, reader.message());
  co_return co_await change_profile(api, *id, std::move(request));
}

Task<http::Response> get_me(CustomerApi api, http::Request request) {
  const auto query = web::read_query(request);
  if (!query) co_return web::error(query.error());
  co_return co_await answer_customer(api, caller_of(request), *query);
}

Task<http::Response> update_me(CustomerApi api, http::Request request) {
  const CustomerId id = caller_of(request);
  co_return co_await change_profile(api, id, std::move(request));
}

// --- Addresses.

struct AddressEntry {
  std::string_view name;
  std::string Address::*member;
  std::size_t length_max;
};
constexpr std::array address_entries{AddressEntry{"address_name", &Address::label, 100},
                                     AddressEntry{"first_name", &Address::given_name, 100},
                                     AddressEntry{"last_name", &Address::family_name, 100},
                                     AddressEntry{"company", &Address::company, 100},
                                     AddressEntry{"address_1", &Address::line1, 180},
                                     AddressEntry{"address_2", &Address::line2, 180},
                                     AddressEntry{"city", &Address::city, 100},
                                     AddressEntry{"province", &Address::province, 10},
                                     AddressEntry{"postal_code", &Address::postal_code, 20},
                                     AddressEntry{"country_code", &Address::country, 2},
                                     AddressEntry{"phone", &Address::phone, 40}};

// What is not named stays.
Address read_address(json::Reader &reader, Address address) {
  for (const AddressEntry &entry : address_entries) {
    const bool is_null = reader.is_null(entry.name);
    const auto text = reader.string(entry.name, {.length_max = entry.length_max});
    if (text) address.*entry.member = *text;
    if (is_null) (address.*entry.member).clear();
  }
  address.country = upper_case(std::move(address.country));
  if (!address.country.empty() && address.country.size() != 2)
    reader.fail("country_code", "must be two letters (ISO 3166-1)");
  if (const auto is = reader.boolean("is_default_shipping")) address.is_default_shipping = *is;
  if (const auto is = reader.boolean("is_default_billing")) address.is_default_billing = *is;
  return address;
}

http::Response no_address(const http::Request &request) {
  return web::error(web::ErrorType::not_found,
                    "Address with id: " + request.path_value(0).substr(0, 60) + " was not found");
}

Task<std::optional<KnownAddress>> find_address(CustomerApi api, const http::Request &request) {
  const auto id = web::parse_public_id("cuaddr", request.path_value(0));
  if (!id) co_return std::nullopt;
  co_return co_await api.addresses.find(caller_of(request), AddressId{*id});
}

Task<http::Response> list_addresses(CustomerApi api, http::Request request) {
  const auto query = web::read_query(request);
  if (!query) co_return web::error(query.error());
  const CustomerId customer = caller_of(request);
  const auto all = co_await api.addresses.of(customer);
  json::Array list;
  for (std::size_t i = static_cast<std::size_t>(query->offset);
       i < all.size() && list.size() < static_cast<std::size_t>(query->limit); ++i)
    list.push_back(address_json(all[i], customer));
  json::Object body{{"addresses", std::move(list)},
                    {"count", all.size()},
                    {"offset", query->offset},
                    {"limit", query->limit}};
  co_return web::answer(200, std::move(body), query->fields, "addresses");
}

Task<http::Response> get_address(CustomerApi api, http::Request request) {
  const auto query = web::read_query(request);
  if (!query) co_return web::error(query.error());
  const auto known = co_await find_address(api, request);
  if (!known) co_return no_address(request);
  json::Object body{{"address", address_json(*known, caller_of(request))}};
  co_return web::answer(200, std::move(body), query->fields, "address");
}

Task<http::Response> add_address(CustomerApi api, http::Request request) {
  const auto query = web::read_query(request);
  if (!query) co_return web::error(query.error());
  const auto body = web::read_body(request);
  if (!body) co_return web::error(body.error());
  json::Reader reader(*body);
  Address address = read_address(reader, {});
  if (!reader.ok()) co_return web::error(web::ErrorType::invalid_data, reader.message());
  const CustomerId customer = caller_of(request);
  const auto added = co_await api.addresses.add(customer, std::move(address));
  if (!added && added.error() == AddressRefusal::too_many)
    co_return web::error(web::ErrorType::not_allowed, "A customer has at most 20 addresses");
  if (!added) co_return web::error(web::ErrorType::unauthorized, "Unauthorized");
  co_return co_await answer_customer(api, customer, *query);
}

Task<http::Response> change_address(CustomerApi api, http::Request request) {
  const auto query = web::read_query(request);
  if (!query) co_return web::error(query.error());
  const auto body = web::read_body(request);
  if (!body) co_return web::error(body.error());
  const auto known = co_await find_address(api, request);
  if (!known) co_return no_address(request);
  json::Reader reader(*body);
  Address address = read_address(reader, known->address);
  if (!reader.ok()) co_return web::error(web::ErrorType::invalid_data, reader.message());
  const CustomerId customer = caller_of(request);
  if (!co_await api.addresses.change(customer, known->id, std::move(address)))
    co_return no_address(request);
  co_return co_await answer_customer(api, customer, *query);
}

Task<http::Response> remove_address(CustomerApi api, http::Request request) {
  const auto id = web::parse_public_id("cuaddr", request.path_value(0));
  const CustomerId customer = caller_of(request);
  if (!id || !co_await api.addresses.remove(customer, AddressId{*id}))
    co_return no_address(request);
  const auto parent = co_await api.accounts.find(customer);
  if (!parent) co_return web::error(web::ErrorType::unauthorized, "Unauthorized");
  const auto left = co_await api.addresses.of(customer);
  co_return web::answer(200, json::Object{{"id", request.path_value(0)},
                                          {"object", "address"},
                                          {"deleted", true},
                                          {"parent", customer_json(*parent, left)}});
}

}  // namespace

void add_customer_api(http::Router &router, CustomerApi api) {
  const auto customer = http::Access::customer();
  const std::string me = "/store/customers/me";
  router.post("/store/customers", http::Access::token_holder(), handle(api, create_customer));
  router.get(me, customer, handle(api, get_me));
  router.post(me, customer, handle(api, update_me));
  router.get(me + "/addresses", customer, handle(api, list_addresses));
  router.post(me + "/addresses", customer, handle(api, add_address));
  router.get(me + "/addresses/{id}", customer, handle(api, get_address));
  router.post(me + "/addresses/{id}", customer, handle(api, change_address));
  router.delete_(me + "/addresses/{id}", customer, handle(api, remove_address));
}

}  // namespace osier::identity
