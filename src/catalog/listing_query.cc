#include "catalog/listing_query.h"

#include <algorithm>
#include <charconv>

namespace osier::catalog {

namespace {

constexpr std::string_view option_prefix = "option.";
constexpr std::size_t page_max = 10'000;

// "12", "12.5", "12,50" as minor units. Nothing for a sign, letters, or more decimals than the
// currency has.
std::optional<std::int64_t> read_amount(std::string_view text, Currency currency) {
  const auto point = text.find_first_of(".,");
  const auto whole = text.substr(0, point);
  auto fraction = point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
  const auto exponent = static_cast<std::size_t>(currency.exponent());
  const auto all_digits = [](std::string_view digits) {
    return std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  };
  if (whole.empty() || whole.size() > 9 || fraction.size() > exponent) return std::nullopt;
  if (!all_digits(whole) || !all_digits(fraction)) return std::nullopt;
  std::string digits(whole);
  digits += fraction;
  digits.append(exponent - fraction.size(), '0');
  return std::stoll(digits);
}

bool is_code(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

bool read_option(ListingRequest& listing, std::string_view option, std::string_view value) {
  if (value.empty()) return true;  // "Any" of the select.
  if (!is_code(option) || !is_code(value)) return false;
  const auto same = std::ranges::find(listing.options, option, &OptionFilter::option);
  if (same == listing.options.end()) {
    listing.options.push_back({std::string(option), {std::string(value)}});
  } else if (same->values.size() < 20 &&
             std::ranges::find(same->values, value) == same->values.end()) {
    same->values.push_back(std::string(value));
  }
  return listing.options.size() <= 10;
}

bool read_price(std::optional<std::int64_t>& price, std::string_view value, Currency currency) {
  if (value.empty()) return true;
  price = read_amount(value, currency);
  return price.has_value();
}

bool read_page(ListingRequest& listing, std::string_view value) {
  const auto [end, error] =
      std::from_chars(value.data(), value.data() + value.size(), listing.page);
  return error == std::errc{} && end == value.data() + value.size() && listing.page >= 1 &&
         listing.page <= page_max;
}

// Cuts at a character's beginning.
std::string cut(std::string_view text, std::size_t characters_max) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80 && ++characters > characters_max) {
      return std::string(text.substr(0, i));
    }
  }
  return std::string(text);
}

bool read_parameter(ListingRequest& listing, std::string_view name, std::string_view value,
                    Currency currency) {
  if (name.starts_with(option_prefix))
    return read_option(listing, name.substr(option_prefix.size()), value);
  if (name == "min") return read_price(listing.price_min_minor, value, currency);
  if (name == "max") return read_price(listing.price_max_minor, value, currency);
  if (name == "page") return read_page(listing, value);
  if (name == "available") {
    if (value == "1") listing.availability = AvailabilityFilter::available;
    return value == "1" || value.empty();
  }
  if (name == "sort") {
    const auto sort = parse_sort(value);
    if (sort) listing.sort = *sort;
    return sort.has_value();
  }
  if (name == "q") listing.query = cut(value, query_length_max);
  return true;
}

std::string amount_text(std::int64_t minor, Currency currency) {
  std::string text = Money::minor(minor, currency).to_decimal();
  const auto point = text.find('.');
  if (point != std::string::npos && text.find_first_not_of('0', point + 1) == std::string::npos)
    text.resize(point);
  return text;
}

}  // namespace

std::optional<ListingRequest> read_listing_query(const http::Request& request, Currency currency) {
  const auto parameters = request.parameters();
  if (!parameters) return std::nullopt;
  ListingRequest listing;
  for (const auto& [name, value] : parameters->pairs()) {
    const bool may_repeat = std::string_view(name).starts_with(option_prefix);
    if (!may_repeat && parameters->has_duplicate(name)) return std::nullopt;
    if (!read_parameter(listing, name, value, currency)) return std::nullopt;
  }
  std::ranges::sort(listing.options, {}, &OptionFilter::option);
  for (OptionFilter& filter : listing.options) std::ranges::sort(filter.values);
  return listing;
}

std::string to_query(const ListingRequest& request, Currency currency) {
  std::string query;
  const auto add = [&query](std::string_view name, std::string_view value) {
    query += query.empty() ? '?' : '&';
    query += name;
    query += '=';
    query += http::url_encode(value);
  };
  if (!request.query.empty()) add("q", request.query);
  for (const OptionFilter& filter : request.options) {
    for (const std::string& value : filter.values)
      add(std::string(option_prefix) + filter.option, value);
  }
  if (request.price_min_minor) add("min", amount_text(*request.price_min_minor, currency));
  if (request.price_max_minor) add("max", amount_text(*request.price_max_minor, currency));
  if (request.availability == AvailabilityFilter::available) add("available", "1");
  if (request.sort != Sort::featured) add("sort", to_string(request.sort));
  if (request.page > 1) add("page", std::to_string(request.page));
  return query;
}

}  // namespace osier::catalog
