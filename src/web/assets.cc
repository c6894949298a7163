#include "web/assets.h"

#include <span>

#include "platform/base/embedded_file.h"
#include "platform/base/require.h"
#include "platform/crypto/crypto.h"
#include "web/compress.h"

namespace osier {
std::span<const EmbeddedFile> web_assets();  // Made by the build, see CMakeLists.txt.
}

namespace osier::web {

namespace {

std::string type_of(std::string_view name) {
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  return "application/octet-stream";
}

}  // namespace

Assets::Assets() : files_(std::make_shared<std::map<std::string, File, std::less<>>>()) {
  for (const EmbeddedFile& embedded : web_assets()) {
    const std::string name(embedded.path.substr(embedded.path.rfind('/') + 1));
    const auto dot = name.rfind('.');
    const auto hash = crypto::sha256_hex(embedded.bytes).substr(0, 12);
    const auto hashed = name.substr(0, dot) + "." + hash + name.substr(dot);
    urls_[name] = "/assets/" + hashed;
    (*files_)[hashed] = {.type = type_of(name),
                         .bytes = std::make_shared<const std::string>(embedded.bytes),
                         .brotli = std::make_shared<const std::string>(brotli(embedded.bytes, 11)),
                         .gzip = std::make_shared<const std::string>(gzip(embedded.bytes, 9))};
  }
}

const std::string& Assets::url(std::string_view name) const {
  const auto found = urls_.find(name);
  require(found != urls_.end(), "an asset that a page names is in the binary");
  return found->second;
}

void Assets::add_routes(http::Router& router) const {
  const auto serve = [files = files_](const http::Request& request,
                                      const std::string& name) -> std::optional<http::Response> {
    const auto found = files->find(name);
    if (found == files->end()) return std::nullopt;
    const File& file = found->second;
    http::Response response;
    response.headers.add("Content-Type", file.type);
    response.headers.add("Cache-Control", "public, max-age=31536000, immutable");
    response.headers.add("X-Content-Type-Options", "nosniff");
    response.headers.add("Vary", "Accept-Encoding");
    switch (choose_encoding(request.headers.get("Accept-Encoding").value_or(""))) {
      case Encoding::brotli:
        response.headers.add("Content-Encoding", "br");
        response.shared_body = file.brotli;
        break;
      case Encoding::gzip:
        response.headers.add("Content-Encoding", "gzip");
        response.shared_body = file.gzip;
        break;
      case Encoding::identity:
        response.shared_body = file.bytes;
        break;
    }
    return response;
  };
  http::RouteOptions options;
  options.quick = [serve](const http::Request& request) {
    return serve(request, request.path_value(0));
  };
  router.get(
      "/assets/{name}", http::Access::everyone(),
      [](http::Request) -> Task<http::Response> {
        co_return http::text(404, "There is no such file.\n");
      },
      options);

  const std::string icon = url("icon.svg");
  http::RouteOptions icon_options;
  icon_options.quick = [icon](const http::Request&) -> std::optional<http::Response> {
    return http::redirect(icon, 308);
  };
  router.get(
      "/favicon.ico", http::Access::everyone(),
      [icon](http::Request) -> Task<http::Response> { co_return http::redirect(icon, 308); },
      icon_options);
}

}  // namespace osier::web
