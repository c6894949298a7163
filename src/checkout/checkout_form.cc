#include "checkout/checkout_form.h"

#include <algorithm>

namespace osier::checkout {

namespace {

struct FieldRule {
  std::string_view name;
  std::size_t characters_max;
  bool is_required;
};

std::size_t character_count(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

bool has_control_character(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

class FormReader {
 public:
  FormReader(const http::Parameters& form, CheckoutForm& read) : form_(form), read_(read) {}

  std::string text(const FieldRule& rule) {
    const std::string value = trimmed(form_.get(rule.name).value_or(""));
    const std::string name(rule.name);
    if (form_.has_duplicate(rule.name) || has_control_character(value)) {
      read_.errors[name] = "checkout.error_characters";
      return {};
    }
    if (character_count(value) > rule.characters_max) {
      read_.errors[name] = "checkout.error_too_long";
      return {};
    }
    if (value.empty() && rule.is_required && read_.is_order)
      read_.errors[name] = "checkout.error_" + base_of(name);
    return value;
  }

  orders::Address address(const std::string& prefix, const catalog::Market& market) {
    const std::string name = prefix + "name", line1 = prefix + "line1", line2 = prefix + "line2",
                      company = prefix + "company", postal_code = prefix + "postal_code",
                      city = prefix + "city", country = prefix + "country",
                      province = prefix + "province";
    orders::Address address;
    address.name = text({name, 120, true});
    address.company = text({company, 120, false});
    address.line1 = text({line1, 180, true});
    address.line2 = text({line2, 180, false});
    address.postal_code = text({postal_code, 20, true});
    address.city = text({city, 120, true});
    address.country = text({country, 2, true});
    check_country(country, address.country, market);
    const bool has_provinces = std::ranges::any_of(
        market.provinces,
        [&](const catalog::Province& each) { return each.country == address.country; });
    address.province = text({province, 10, has_provinces});
    check_province(province, address, market, has_provinces);
    return address;
  }

 private:
  // "billing_line1" asks for the same as "line1".
  static std::string base_of(const std::string& name) {
    return name.starts_with("billing_") ? name.substr(8) : name;
  }

  void check_country(const std::string& name, const std::string& country,
                     const catalog::Market& market) {
    if (country.empty() || read_.errors.contains(name)) return;
    if (!market.has_country(country)) read_.errors[name] = "checkout.error_country_not_served";
  }

  void check_province(const std::string& name, orders::Address& address,
                      const catalog::Market& market, bool has_provinces) {
    if (!has_provinces) {
      address.province.clear();  // Left from a country that has them.
      read_.errors.erase(name);
      return;
    }
    if (address.province.empty()) return;
    const bool is_known = std::ranges::any_of(market.provinces, [&](const catalog::Province& each) {
      return each.country == address.country && each.code == address.province;
    });
    if (!is_known) read_.errors[name] = "checkout.error_province";
  }

  const http::Parameters& form_;
  CheckoutForm& read_;
};

}  // namespace

CheckoutForm read_checkout_form(const http::Parameters& form, const catalog::Market& market) {
  CheckoutForm read;
  read.coupon = form.get("coupon").value_or("");
  read.removed_coupon = form.get("remove_coupon").value_or("");
  // A code that was typed changes the total: it is taken and shown before anything is ordered.
  read.is_order = form.get("order") == "1" && form.get("update") != "1" && read.coupon.empty() &&
                  read.removed_coupon.empty();
  FormReader reader(form, read);
  read.contact.email = reader.text({"email", 254, true});
  if (!read.contact.email.empty() && !is_email(read.contact.email))
    read.errors["email"] = "checkout.error_email";
  read.contact.phone = reader.text({"phone", 40, false});
  read.contact.shipping = reader.address("", market);
  read.contact.shipping.phone = read.contact.phone;
  read.has_other_billing = form.get("other_billing") == "1";
  if (read.has_other_billing) read.contact.billing = reader.address("billing_", market);
  read.shipping_option = reader.text({"shipping_option", 32, true});
  read.payment = reader.text({"payment", 20, true});
  if (!read.payment.empty() && read.payment != "stripe" && read.payment != "manual")
    read.errors["payment"] = "checkout.error_payment";
  read.stated_total = reader.text({"total", 20, false});
  return read;
}

}  // namespace osier::checkout
