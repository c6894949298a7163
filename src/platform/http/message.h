// Requests and responses as handlers see them. No network here: cheap to include.

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/base/time.h"

namespace osier::http {

struct Principal;  // platform/http/access.h

enum class Method { get, head, post, put, patch, delete_, options };

std::string_view to_string(Method method);

// Header fields in order; names compare without case.
class Headers {
 public:
  // Fields that many responses carry, made ready to be sent once. CR, LF and NUL in them become
  // spaces.
  class Shared {
   public:
    explicit Shared(const Headers& headers);

    const Headers& headers() const { return *headers_; }
    const std::string& text() const { return text_; }  // Each as CR LF, "Name: value".

   private:
    std::shared_ptr<const Headers> headers_;
    std::string text_;
  };

  // The first field of that name, or nothing.
  std::optional<std::string_view> get(std::string_view name) const;
  // Replaces all fields of that name.
  void set(std::string_view name, std::string value);
  // One more field (Set-Cookie).
  void add(std::string_view name, std::string value);
  // Takes all fields of that name away.
  void remove(std::string_view name);
  void clear() {
    fields_.clear();
    shared_.reset();
  }
  // These too, as if each had been added; none of them is the server's own (Date …).
  void share(std::shared_ptr<const Shared> shared) { shared_ = std::move(shared); }

  // Without those shared.
  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }
  const Shared* shared() const { return shared_.get(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
  std::shared_ptr<const Shared> shared_;
};

// Decoded name=value pairs of a query string or an urlencoded form, in order.
class Parameters {
 public:
  // Refuses bad percent escapes, NUL and invalid UTF-8: nothing is returned. '+' is a space.
  static std::optional<Parameters> parse(std::string_view text);

  // The value if the name stands exactly once; nothing if it is absent or stands more than once
  // (hardening 24).
  std::optional<std::string_view> get(std::string_view name) const;
  // Every value of that name, in order.
  std::vector<std::string_view> all(std::string_view name) const;
  bool has_duplicate(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& pairs() const { return pairs_; }

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

// Percent-encodes everything but RFC 3986 unreserved characters.
std::string url_encode(std::string_view text);
// Nothing on a bad escape, NUL or invalid UTF-8.
std::optional<std::string> url_decode(std::string_view text);
bool is_valid_utf8(std::string_view text);

struct Request {
  Method method = Method::get;
  std::string target;  // As sent: path and query.
  std::string path;    // Decoded, valid UTF-8, no NUL, no dot segments, begins with '/'.
  std::string query;   // As sent, without '?'.
  Headers headers;
  std::string body;            // Whole; its length is limited by the route's body_max.
  std::string client_address;  // Numeric; of the client beyond trusted proxies.
  bool is_secure =
      false;       // https at the client's end (own TLS, or X-Forwarded-Proto of a trusted proxy).
  std::string id;  // Request id: made here, or a trusted proxy's X-Request-Id.
  std::vector<std::string>
      path_values;  // What the route's {placeholders} matched, in order, decoded.
  std::shared_ptr<const Principal> principal;  // Who asks; set where the route's access names one.

  // The value of the n-th {placeholder} of the route's pattern.
  const std::string& path_value(std::size_t n) const { return path_values.at(n); }
  // The query's parameters; nothing if the query is malformed (the handler answers 400).
  std::optional<Parameters> parameters() const { return Parameters::parse(query); }
  // The cookie's value, or nothing; a name that stands twice counts as absent (cookie tossing).
  std::optional<std::string_view> cookie(std::string_view name) const;
};

struct Response {
  int status = 200;
  Headers headers;
  // The body: own bytes, or shared ones (page cache) that are sent without a copy. Only one is set.
  std::string body;
  std::shared_ptr<const std::string> shared_body;

  std::string_view body_view() const { return shared_body ? std::string_view(*shared_body) : body; }
};

// Ready responses. Content-Length, Date, Connection and X-Request-Id are the server's.
Response html(int status, std::string body);
Response json(int status, std::string body);
Response text(int status, std::string body);
// 303 by default: the browser follows with GET.
Response redirect(std::string location, int status = 303);

// An RFC 6265 Set-Cookie value: always HttpOnly, Path=/, SameSite=Lax; Secure as told. `max_age`
// nothing = session.
std::string set_cookie(std::string_view name, std::string_view value, bool is_secure,
                       std::optional<std::chrono::seconds> max_age);

}  // namespace osier::http
