#include "app/seed_json.h"

namespace osier::app {

namespace {

[[noreturn]] void wrong(std::string_view name, const char* expected) {
  throw SeedError("the demo catalogue's \"" + std::string(name) + "\" is not " + expected);
}

}  // namespace

const json::Object& Demo::object() const {
  const auto* members = value_.if_object();
  if (members == nullptr) wrong("part", "an object");
  return *members;
}

Demo Demo::at(std::string_view name) const {
  const auto* member = object().if_contains(name);
  if (member == nullptr) wrong(name, "there");
  return Demo(*member);
}

bool Demo::has(std::string_view name) const {
  const auto* member = object().if_contains(name);
  return member != nullptr && !member->is_null();
}

std::string Demo::text(std::string_view name) const {
  const auto* string = at(name).value_.if_string();
  if (string == nullptr) wrong(name, "a text");
  return std::string(*string);
}

std::optional<std::string> Demo::optional_text(std::string_view name) const {
  if (!has(name)) return std::nullopt;
  return text(name);
}

std::int64_t Demo::number(std::string_view name) const {
  const auto* integer = at(name).value_.if_int64();
  if (integer == nullptr) wrong(name, "a whole number");
  return *integer;
}

std::optional<std::int64_t> Demo::optional_number(std::string_view name) const {
  if (!has(name)) return std::nullopt;
  return number(name);
}

bool Demo::flag(std::string_view name) const {
  const auto* boolean = at(name).value_.if_bool();
  if (boolean == nullptr) wrong(name, "true or false");
  return *boolean;
}

const json::Array& Demo::array(std::string_view name) const {
  const auto* elements = at(name).value_.if_array();
  if (elements == nullptr) wrong(name, "an array");
  return *elements;
}

json::Value read_catalog(std::span<const EmbeddedFile> files) {
  constexpr json::Limits limits{
      .bytes_max = 16 * 1024 * 1024, .depth_max = 32, .members_max = 100'000};
  auto catalog = json::parse(bytes_of(files, "catalog.json"), limits);
  if (!catalog) throw SeedError("the demo catalogue is not JSON: " + catalog.error().message);
  return *std::move(catalog);
}

std::string_view bytes_of(std::span<const EmbeddedFile> files, std::string_view path) {
  for (const EmbeddedFile& file : files) {
    if (file.path == path) return file.bytes;
  }
  throw SeedError("the demo shop lacks the file " + std::string(path));
}

std::string address_line(const Demo& address) {
  return address.text("line1") + ", " + address.text("postal_code") + " " + address.text("city") +
         ", " + address.text("country");
}

std::optional<Uuid> Seed::picture(const std::optional<std::string>& file) const {
  if (!file) return std::nullopt;
  const auto found = pictures.find(*file);
  if (found == pictures.end()) return std::nullopt;
  return found->second;
}

}  // namespace osier::app
