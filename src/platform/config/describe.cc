#include "platform/config/settings.h"
#include "platform/config/sign_in_issuers.h"

namespace osier::config {

namespace {

// A TOML basic string; settings hold no control characters (paths might).
std::string as_toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      static constexpr char digits[] = "0123456789abcdef";
      out += "\\u00";
      out += digits[static_cast<unsigned char>(c) >> 4];
      out += digits[static_cast<unsigned char>(c) & 0xF];
    } else {
      out += c;
    }
  }
  return out + '"';
}

bool is_number(const Setting& setting) {
  return setting.type == "port" || setting.type == "whole number";
}

std::string shown(const Row& row, const Config& config) {
  if (row.setting.is_secret) return row.is_set(config) ? "\"********\"" : "\"\"";
  const auto text = row.show(config);
  return is_number(row.setting) ? text : as_toml_string(text);
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

// Only what was given, or follows from the kind: a row of nothing says nothing.
void describe_issuer(std::string& out, const Config& config, const SignInIssuer& issuer) {
  for (const auto& row : issuer_rows()) {
    const std::string name = setting_name(issuer.name, row);
    const std::string text = row.show(issuer);
    if (text.empty()) continue;
    const auto origin = config.origins.find(name);
    out += padded(name + " = " + as_toml_string(text), 60);
    out += "  # ";
    out += origin == config.origins.end() ? "default" : origin->second;
    out += '\n';
  }
}

}  // namespace

std::string describe(const Config& config) {
  std::string out;
  for (const auto& row : rows()) {
    const auto origin = config.origins.find(row.setting.name);
    out += padded(std::string(row.setting.name) + " = " + shown(row, config), 60);
    out += "  # ";
    out += origin == config.origins.end() ? "default" : origin->second;
    out += '\n';
  }
  for (const auto& issuer : config.sign_in_issuers) describe_issuer(out, config, issuer);
  return out;
}

namespace {

std::string help_line(const std::string& name, const Setting& setting) {
  std::string line = "  " + padded(name, 28) + " " + std::string(setting.meaning);
  if (!setting.default_text.empty()) line += " [" + std::string(setting.default_text) + "]";
  return line + '\n';
}

std::string markdown_row(const Setting& setting) {
  const auto code = [](std::string_view text) {
    return text.empty() ? std::string() : "`" + std::string(text) + "`";
  };
  return "| " + code(variable_of(setting.name)) + " | " + std::string(setting.type) + " | " +
         code(setting.default_text) + " | " + std::string(setting.meaning) + " |\n";
}

}  // namespace

std::string settings_help() {
  std::string out;
  for (const auto& setting : settings()) {
    out +=
        help_line(setting.is_secret ? variable_of(setting.name) : flag_of(setting.name), setting);
  }
  for (const auto& setting : issuer_settings())
    out += help_line(variable_of(setting.name), setting);
  return out;
}

std::string settings_markdown() {
  std::string out = "| variable | type | default | meaning |\n| --- | --- | --- | --- |\n";
  for (const auto& setting : settings()) out += markdown_row(setting);
  for (const auto& setting : issuer_settings()) out += markdown_row(setting);
  return out;
}

}  // namespace osier::config
