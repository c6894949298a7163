#include "web/compress.h"

#include <brotli/encode.h>
#include <zlib.h>

#include "platform/base/require.h"

namespace osier::web {

std::string brotli(std::string_view bytes, int quality) {
  std::size_t size = BrotliEncoderMaxCompressedSize(bytes.size());
  std::string out(size, '\0');
  const bool done =
      BrotliEncoderCompress(quality, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT, bytes.size(),
                            reinterpret_cast<const std::uint8_t*>(bytes.data()), &size,
                            reinterpret_cast<std::uint8_t*>(out.data()));
  require(done == BROTLI_TRUE, "brotli compresses into a buffer of the size it asked for");
  out.resize(size);
  return out;
}

std::string gzip(std::string_view bytes, int level) {
  z_stream stream{};
  constexpr int gzip_window = 15 + 16;
  require(deflateInit2(&stream, level, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) == Z_OK,
          "zlib starts");
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&stream, Z_FINISH);
  require(result == Z_STREAM_END, "zlib compresses into a buffer of the size it asked for");
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool is_refused(std::string_view parameters) {
  const auto at = parameters.find("q=");
  if (at == std::string_view::npos) return false;
  return parameters.substr(at + 2).find_first_not_of("0. \t") == std::string_view::npos;
}

}  // namespace

Encoding choose_encoding(std::string_view accept_encoding) {
  Encoding best = Encoding::identity;
  while (!accept_encoding.empty()) {
    const auto comma = accept_encoding.find(',');
    const auto item = accept_encoding.substr(0, comma);
    accept_encoding =
        comma == std::string_view::npos ? std::string_view() : accept_encoding.substr(comma + 1);
    const auto semicolon = item.find(';');
    const auto name = trim(item.substr(0, semicolon));
    if (semicolon != std::string_view::npos && is_refused(item.substr(semicolon + 1))) continue;
    if (name == "br") return Encoding::brotli;
    if (name == "gzip") best = Encoding::gzip;
  }
  return best;
}

std::string_view to_string(Encoding encoding) {
  switch (encoding) {
    case Encoding::identity:
      return "identity";
    case Encoding::gzip:
      return "gzip";
    case Encoding::brotli:
      return "br";
  }
}

namespace {

constexpr std::size_t worth_compressing = 1024;

bool is_text(const http::Response& response) {
  const auto type = response.headers.get("Content-Type").value_or("");
  return type.starts_with("text/") || type.starts_with("application/json");
}

Task<http::Response> answer_compressed(http::Request request, const http::Handler& next) {
  const auto encoding = choose_encoding(request.headers.get("Accept-Encoding").value_or(""));
  auto response = co_await next(std::move(request));
  const bool is_candidate = response.body.size() >= worth_compressing && is_text(response) &&
                            !response.headers.get("Content-Encoding") &&
                            !response.headers.get("ETag");
  if (!is_candidate) co_return response;
  response.headers.add("Vary", "Accept-Encoding");
  if (encoding == Encoding::identity) co_return response;
  // Low effort: these are made anew at each request, on a thread that serves others too.
  const int effort = response.body.size() > 256 * 1024 ? 1 : 4;
  response.body =
      encoding == Encoding::brotli ? brotli(response.body, effort) : gzip(response.body, effort);
  response.headers.add("Content-Encoding", std::string(to_string(encoding)));
  co_return response;
}

}  // namespace

http::Router::Filter compress_answers() {
  return [](http::Request request, const http::Handler& next) {
    return answer_compressed(std::move(request), next);
  };
}

}  // namespace osier::web
