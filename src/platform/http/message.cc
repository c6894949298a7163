#include "platform/http/message.h"

#include <algorithm>

#include "platform/http/ascii.h"

namespace osier::http {

std::string_view to_string(Method method) {
  switch (method) {
    case Method::get:
      return "GET";
    case Method::head:
      return "HEAD";
    case Method::post:
      return "POST";
    case Method::put:
      return "PUT";
    case Method::patch:
      return "PATCH";
    case Method::delete_:
      return "DELETE";
    case Method::options:
      return "OPTIONS";
  }
  return "";
}

Headers::Shared::Shared(const Headers& headers)
    : headers_(std::make_shared<const Headers>(headers)) {
  for (const auto& [name, value] : headers.fields()) {
    const std::size_t start = text_.size() + 2;
    text_ += "\r\n" + name + ": " + value;
    std::replace_if(
        text_.begin() + static_cast<std::ptrdiff_t>(start), text_.end(),
        [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  }
}

std::optional<std::string_view> Headers::get(std::string_view name) const {
  for (const auto& [field, value] : fields_) {
    if (equal_ignoring_case(field, name)) return value;
  }
  return shared_ ? shared_->headers().get(name) : std::nullopt;
}

void Headers::set(std::string_view name, std::string value) {
  remove(name);
  add(name, std::move(value));
}

void Headers::add(std::string_view name, std::string value) {
  fields_.emplace_back(std::string(name), std::move(value));
}

void Headers::remove(std::string_view name) {
  // What is shared cannot be changed: from here on these are fields of its own.
  if (shared_ && shared_->headers().get(name)) {
    const auto shared = std::exchange(shared_, nullptr);
    const auto& more = shared->headers().fields();
    fields_.insert(fields_.end(), more.begin(), more.end());
  }
  std::erase_if(fields_, [&](const auto& field) { return equal_ignoring_case(field.first, name); });
}

std::optional<std::string_view> Request::cookie(std::string_view name) const {
  std::optional<std::string_view> found;
  for (const auto& [field, value] : headers.fields()) {
    if (!equal_ignoring_case(field, "Cookie")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::string_view pair = trimmed(cut_before(rest, ';'));
      const auto equals = pair.find('=');
      if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
      if (found) return std::nullopt;
      found = pair.substr(equals + 1);
    }
  }
  return found;
}

namespace {

Response with_type(int status, std::string body, const char* type) {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", type);
  response.body = std::move(body);
  return response;
}

}  // namespace

Response html(int status, std::string body) {
  return with_type(status, std::move(body), "text/html; charset=utf-8");
}

Response json(int status, std::string body) {
  return with_type(status, std::move(body), "application/json");
}

Response text(int status, std::string body) {
  return with_type(status, std::move(body), "text/plain; charset=utf-8");
}

Response redirect(std::string location, int status) {
  Response response;
  response.status = status;
  response.headers.add("Location", std::move(location));
  return response;
}

std::string set_cookie(std::string_view name, std::string_view value, bool is_secure,
                       std::optional<std::chrono::seconds> max_age) {
  std::string text;
  text.append(name).append("=").append(value).append("; Path=/; HttpOnly; SameSite=Lax");
  if (is_secure) text += "; Secure";
  if (max_age) text += "; Max-Age=" + std::to_string(max_age->count());
  return text;
}

}  // namespace osier::http
