#include "catalog/site_map.h"

#include <charconv>

#include "platform/html/writer.h"

namespace osier::catalog {

namespace {

// With four places and their alternates, 250 paths are about 600 KB: small enough to be kept, and
// made in a moment.
constexpr std::size_t paths_per_file = 250;

// Every public page's path: home, categories, collections, texts, products.
std::size_t path_count(const Snapshot& snapshot) {
  return 1 + snapshot.categories().size() + snapshot.collections().size() +
         snapshot.content_pages().size() + snapshot.product_count();
}

std::string path_at(const Snapshot& snapshot, std::size_t index) {
  if (index == 0) return "/";
  --index;
  if (index < snapshot.categories().size()) return "/c/" + snapshot.categories()[index].handle;
  index -= snapshot.categories().size();
  if (index < snapshot.collections().size())
    return "/collections/" + snapshot.collections()[index].handle;
  index -= snapshot.collections().size();
  if (index < snapshot.content_pages().size())
    return "/pages/" + snapshot.content_pages()[index].handle;
  index -= snapshot.content_pages().size();
  return "/p/" + snapshot.product(index).handle;
}

std::size_t file_count(const Snapshot& snapshot) {
  return (path_count(snapshot) + paths_per_file - 1) / paths_per_file;
}

std::string index_file(const PageContext& context, const Storefront& storefront) {
  html::Writer writer(html::Markup::xml);
  writer.open("sitemapindex", {{"xmlns", "http://www.sitemaps.org/schemas/sitemap/0.9"}});
  for (std::size_t i = 0; i < file_count(*context.snapshot); ++i) {
    writer.open("sitemap");
    writer.element("loc", storefront.base_url() + "/sitemaps/" + std::to_string(i + 1) + ".xml");
    writer.close();
  }
  writer.close();
  return writer.finish();
}

void add_address(html::Writer& writer, const PageContext& context, const Storefront& storefront,
                 const std::string& path, const web::Place& place) {
  writer.open("url");
  writer.element("loc", storefront.base_url() + place.url(path));
  for (const web::Place& other : context.places->all()) {
    const std::string language =
        other.locale + "-" + context.snapshot->market(other.market)->default_country;
    const std::string address = storefront.base_url() + other.url(path);
    writer.empty("xhtml:link", {{"rel", "alternate"}, {"hreflang", language}, {"href", address}});
  }
  writer.close();
}

std::string file(const PageContext& context, const Storefront& storefront, std::size_t number) {
  const Snapshot& snapshot = *context.snapshot;
  html::Writer writer(html::Markup::xml);
  writer.open("urlset", {{"xmlns", "http://www.sitemaps.org/schemas/sitemap/0.9"},
                         {"xmlns:xhtml", "http://www.w3.org/1999/xhtml"}});
  const std::size_t end = std::min(path_count(snapshot), (number + 1) * paths_per_file);
  for (std::size_t i = number * paths_per_file; i < end; ++i) {
    const std::string path = path_at(snapshot, i);
    for (const web::Place& place : context.places->all())
      add_address(writer, context, storefront, path, place);
  }
  writer.close();
  return writer.finish();
}

const web::PageCache::Content xml{.type = "application/xml; charset=utf-8", .status = 200};

std::optional<std::size_t> file_number(std::string_view name) {
  if (!name.ends_with(".xml")) return std::nullopt;
  name.remove_suffix(4);
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc{} || end != name.data() + name.size() || number == 0) return std::nullopt;
  return number - 1;
}

}  // namespace

void add_site_map(http::Router& router, Storefront& storefront) {
  storefront.add_public_page(
      router, "/sitemap.xml",
      [&storefront](const PageContext& context, const http::Request&) -> std::optional<PublicPage> {
        return PublicPage{
            .key = "/sitemap.xml",
            .version = context.snapshot->product_count(),
            .render = [&storefront, context] { return index_file(context, storefront); },
            .content = xml};
      });
  storefront.add_public_page(
      router, "/sitemaps/{file}",
      [&storefront](const PageContext& context,
                    const http::Request& request) -> std::optional<PublicPage> {
        const auto number = file_number(request.path_value(0));
        if (!number || *number >= file_count(*context.snapshot)) return std::nullopt;
        return PublicPage{
            .key = "/sitemaps/" + std::to_string(*number),
            .version = context.snapshot->version(),
            .render = [&storefront, context,
                       number = *number] { return file(context, storefront, number); },
            .content = xml};
      });
  storefront.add_public_page(
      router, "/robots.txt",
      [&storefront](const PageContext&, const http::Request&) -> std::optional<PublicPage> {
        return PublicPage{
            .key = "/robots.txt",
            .version = 0,
            .render =
                [&storefront] {
                  return "User-agent: *\nDisallow: /cart\nDisallow: /checkout\nDisallow: /orders/\n"
                         "Disallow: /search\nDisallow: /store/\n\nSitemap: " +
                         storefront.base_url() + "/sitemap.xml\n";
                },
            .content = {.type = "text/plain; charset=utf-8", .status = 200}};
      });
}

}  // namespace osier::catalog
