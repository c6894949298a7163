// The frame of the storefront: which market and language a request is for, the shell around its
// page, and how pages are registered. Rooms above add their own pages through it.

#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "catalog/catalog.h"
#include "platform/html/engine.h"
#include "platform/http/router.h"
#include "platform/locale/format.h"
#include "platform/locale/messages.h"
#include "web/assets.h"
#include "web/error_page.h"
#include "web/page_cache.h"
#include "web/place.h"
#include "web/shell.h"

namespace osier::catalog {

// All that a page of one place is made from. Values and shared pictures: valid for one request.
struct PageContext {
  std::shared_ptr<const Snapshot> snapshot;
  std::shared_ptr<const web::Places> places;
  web::Place place;
  std::size_t market_index = 0;
  locale::Locale locale;
  const locale::Messages* texts = nullptr;
  std::shared_ptr<const web::Shell> shell;
  Instant now;

  const Market& market() const { return snapshot->markets()[market_index]; }
  std::string money(Money amount) const { return locale::format_money(amount, locale); }
  // The address of a path of the shop at this place.
  std::string url(std::string_view path) const { return place.url(path); }
  std::string text(std::string_view key,
                   std::initializer_list<locale::Argument> arguments = {}) const {
    return texts->text(key, arguments);
  }
};

// A public page: the same for everybody, made from the snapshot alone, kept in the page cache.
struct PublicPage {
  std::string key;  // What distinguishes it at its place: path and the parameters that count.
  std::uint64_t version = 0;            // Of what it shows.
  std::function<std::string()> render;  // Called, if at all, while the context still lives.
  web::PageCache::Content content = {};
};

class Storefront {
 public:
  // All outlive the storefront. `base_url` is the public address without a slash at its end.
  Storefront(const Catalog& catalog, html::Engine& engine, const locale::Catalogue& texts,
             const web::Assets& assets, web::PageCache& cache, const Clock& clock,
             std::string base_url);

  html::Engine& engine() const { return engine_; }
  const Clock& clock() const { return clock_; }
  const std::string& base_url() const { return base_url_; }
  bool is_https() const { return base_url_.starts_with("https://"); }

  PageContext at(const web::Place& place) const;
  PageContext at_first_place() const;
  // The place of an order or cart, which has a market and a language but no address of its own.
  PageContext at(std::string_view market, std::string_view locale) const;
  // The place that a request's path begins with, else the first.
  PageContext at_path(std::string_view path) const;

  // The head of a page everybody may see, at that path in every place; and of one that is the
  // shopper's own.
  web::Head public_head(const PageContext& context, std::string title, std::string description,
                        std::string_view path) const;
  web::Head private_head(const PageContext& context, std::string title,
                         std::string_view path) const;

  // Both are found under the pattern and, at the other places, under "/{place}" + pattern. A public
  // page's access is everyone.
  using PublicHandler =
      std::function<std::optional<PublicPage>(const PageContext&, const http::Request&)>;
  void add_public_page(http::Router& router, const std::string& pattern, PublicHandler handler);
  using PrivateHandler = std::function<Task<http::Response>(PageContext, http::Request)>;
  void add_page(http::Router& router, http::Method method, const std::string& pattern,
                http::Access access, PrivateHandler handler) const;

  // What people see instead of a page. `request` decides place and language.
  http::Response error_page(const http::Request& request, int status) const;

 private:
  // Places and shells are made once per version of the settings.
  struct Frame;

  std::shared_ptr<const web::Shell> shell_of(const PageContext& context) const;
  std::optional<http::Response> answer_public(const PublicHandler& handler,
                                              const PageContext& context,
                                              const http::Request& request) const;
  PageContext at(const Frame& frame, const web::Place& place,
                 std::shared_ptr<const Snapshot> snapshot) const;

  const Catalog& catalog_;
  html::Engine& engine_;
  const locale::Catalogue& texts_;
  const web::Assets& assets_;
  web::PageCache& cache_;
  const Clock& clock_;
  std::string base_url_;
  html::Page<web::ErrorView> error_page_;

  std::shared_ptr<const Frame> frame_of(const std::shared_ptr<const Snapshot>& snapshot) const;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const Frame> frame_;
};

// A picture for a page, in all formats; `width` is about how wide the fallback should be.
web::PictureView picture_view(const Image& image, std::string_view locale, std::int32_t width);

}  // namespace osier::catalog
