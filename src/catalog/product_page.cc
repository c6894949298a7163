#include "catalog/product_page.h"

#include <algorithm>

#include "platform/html/writer.h"

namespace osier::catalog {

namespace {

// The variant of the address, else the first that can be bought, else the first.
std::size_t choose_variant(const Snapshot& snapshot, const Product& product, std::string_view sku) {
  for (std::size_t i = 0; i < product.variants.size(); ++i) {
    if (product.variants[i].sku == sku) return i;
  }
  for (std::size_t i = 0; i < product.variants.size(); ++i) {
    if (snapshot.band(product.variants[i].id) != Band::none) return i;
  }
  return 0;
}

class ProductPageMaker {
 public:
  ProductPageMaker(const PageContext& context, const Storefront& storefront, std::size_t index,
                   std::size_t variant)
      : context_(context),
        storefront_(storefront),
        snapshot_(*context.snapshot),
        product_(snapshot_.product(index)),
        variant_(product_.variants[variant]),
        locale_(context.place.locale),
        path_("/p/" + product_.handle) {}

  ProductView view() const {
    ProductView view;
    view.shell = context_.shell;
    view.title = product_.title.at(locale_);
    view.subtitle = product_.subtitle.at(locale_);
    view.maker = product_.maker->name;
    view.maker_place = product_.maker->place;
    view.maker_address = product_.maker->address;
    view.maker_email = product_.maker->email;
    view.maker_about = product_.maker->about.at(locale_);
    view.description = html::Html::trusted(product_.description_html.at(locale_));
    view.materials = lines_of(product_.materials.at(locale_));
    view.dimensions = product_.dimensions.at(locale_);
    view.care = product_.care.at(locale_);
    view.sku = variant_.sku;
    view.delivery_url = context_.url("/pages/shipping");
    add_pictures(view);
    add_options(view);
    add_price(view);
    add_stock(view);
    view.variant = variant_.id.value().to_hex();
    view.add_url = context_.url("/cart/lines");
    view.head = head(view);
    return view;
  }

 private:
  static std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::size_t begin = 0;
    while (begin < text.size()) {
      const auto end = std::min(text.find('\n', begin), text.size());
      if (end > begin) lines.push_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
    return lines;
  }

  void add_pictures(ProductView& view) const {
    if (variant_.image)
      view.pictures.push_back(picture_view(product_.images[*variant_.image], locale_, 640));
    for (std::size_t i = 0; i < product_.images.size(); ++i) {
      if (variant_.image != i)
        view.pictures.push_back(picture_view(product_.images[i], locale_, 640));
    }
  }

  // The variant that has `value` for `option` and agrees with ours in as many other options as can
  // be.
  const Variant* neighbour(std::size_t option, std::size_t value) const {
    const Variant* best = nullptr;
    std::ptrdiff_t best_score = -1;
    for (const Variant& other : product_.variants) {
      if (other.values[option] != value) continue;
      std::ptrdiff_t score = 0;
      for (std::size_t i = 0; i < other.values.size(); ++i)
        score += other.values[i] == variant_.values[i] ? 2 : 0;
      if (snapshot_.band(other.id) != Band::none) ++score;
      if (score > best_score) {
        best = &other;
        best_score = score;
      }
    }
    return best;
  }

  void add_options(ProductView& view) const {
    for (std::size_t i = 0; i < product_.options.size(); ++i) {
      const Option& option = product_.options[i];
      ProductView::Option shown;
      shown.name = option.name.at(locale_);
      shown.chosen = option.values[variant_.values[i]].name.at(locale_);
      for (std::size_t value = 0; value < option.values.size(); ++value) {
        const Variant* variant = neighbour(i, value);
        if (variant == nullptr) continue;
        shown.values.push_back(
            {.label = option.values[value].name.at(locale_),
             .url = context_.url(path_) + "?variant=" + http::url_encode(variant->sku),
             .swatch = option.values[value].swatch,
             .is_chosen = variant_.values[i] == value,
             .is_gone = snapshot_.band(variant->id) == Band::none});
      }
      view.options.push_back(std::move(shown));
    }
  }

  const Price* price() const { return variant_.price(context_.market_index, 1, context_.now); }

  void add_price(ProductView& view) const {
    const Price* price = this->price();
    if (price == nullptr) return;
    view.price = context_.money(price->amount);
    if (price->compare_at) {
      view.price_was = context_.money(*price->compare_at);
      const bool is_eu = context_.market().region == "eu";
      view.price_was_label = context_.text(is_eu ? "product.price_lowest" : "product.price_before");
    }
    view.tax_note = context_.text(context_.market().prices_include_tax ? "product.tax_included"
                                                                       : "product.tax_added");
    if (variant_.content && variant_.content->amount > 0) {
      // Per kilogram or litre, but per 100 g or ml for small packs (Directive 98/6/EC allows both).
      const bool is_small = variant_.content->amount <= 250;
      const std::int64_t base = is_small ? 100 : 1000;
      const Money per_base = scaled(price->amount, base, variant_.content->amount);
      const bool is_weight = variant_.content->unit == Content::Unit::g;
      const char* unit = is_small ? (is_weight ? "100 g" : "100 ml") : (is_weight ? "1 kg" : "1 l");
      view.unit_price = context_.money(per_base) + " / " + unit;
    }
  }

  void add_stock(ProductView& view) const {
    const Band band = snapshot_.band(variant_.id);
    view.can_buy = band != Band::none && price() != nullptr;
    if (price() == nullptr) {
      view.stock = context_.text("product.not_sold_here");
      view.stock_class = "none";
      return;
    }
    switch (band) {
      case Band::none:
        view.stock = context_.text("product.sold_out");
        view.stock_class = "none";
        break;
      case Band::few:
        view.stock = context_.text("product.few_left");
        view.stock_class = "few";
        break;
      case Band::plenty:
        view.stock = context_.text("product.in_stock");
        view.stock_class = "plenty";
        break;
    }
  }

  web::Head head(const ProductView& view) const {
    auto head = storefront_.public_head(context_, view.title, view.subtitle, path_);
    head.breadcrumbs.push_back({context_.url("/"), context_.text("shell.home"), false});
    if (!product_.categories.empty()) {
      const Category& category = snapshot_.categories()[product_.categories.front()];
      head.breadcrumbs.push_back(
          {context_.url("/c/" + category.handle), category.title.at(locale_), false});
    }
    head.breadcrumbs.push_back({"", view.title, true});
    if (!view.pictures.empty()) head.image_url = storefront_.base_url() + view.pictures.front().url;
    head.json_ld.push_back(product_data(head, view));
    head.json_ld.push_back(breadcrumb_data(head));
    return head;
  }

  // schema.org ProductGroup with its variants as Products.
  html::Json product_data(const web::Head& head, const ProductView& view) const {
    html::JsonWriter json;
    json.begin_object().member("@context", "https://schema.org").member("@type", "ProductGroup");
    json.member("productGroupID", product_.handle)
        .member("name", view.title)
        .member("url", head.canonical_url);
    json.member("description", view.subtitle);
    if (!head.image_url.empty()) json.member("image", head.image_url);
    json.key("brand")
        .begin_object()
        .member("@type", "Brand")
        .member("name", view.maker)
        .end_object();
    json.key("variesBy").begin_array();
    for (const Option& option : product_.options) json.value(option.name.at(locale_));
    json.end_array();
    json.key("hasVariant").begin_array();
    for (const Variant& variant : product_.variants)
      add_variant_data(json, variant, view.title, head);
    return json.end_array().end_object().finish();
  }

  void add_variant_data(html::JsonWriter& json, const Variant& variant, const std::string& title,
                        const web::Head& head) const {
    const Price* price = variant.price(context_.market_index, 1, context_.now);
    const std::string variant_title = product_.variant_title(variant, locale_);
    json.begin_object().member("@type", "Product").member("sku", variant.sku);
    json.member("name", variant_title.empty() ? title : title + " – " + variant_title);
    if (!variant.barcode.empty()) json.member("gtin", variant.barcode);
    if (!head.image_url.empty()) json.member("image", head.image_url);
    if (price != nullptr) {
      json.key("offers").begin_object().member("@type", "Offer");
      json.member("url", head.canonical_url + "?variant=" + http::url_encode(variant.sku));
      json.member("price", price->amount.to_decimal())
          .member("priceCurrency", price->amount.currency().code());
      json.member("itemCondition", "https://schema.org/NewCondition");
      json.member("availability", snapshot_.band(variant.id) == Band::none
                                      ? "https://schema.org/OutOfStock"
                                      : "https://schema.org/InStock");
      json.end_object();
    }
    json.end_object();
  }

  html::Json breadcrumb_data(const web::Head& head) const {
    html::JsonWriter json;
    json.begin_object().member("@context", "https://schema.org").member("@type", "BreadcrumbList");
    json.key("itemListElement").begin_array();
    std::int64_t position = 0;
    for (const web::LinkView& crumb : head.breadcrumbs) {
      json.begin_object()
          .member("@type", "ListItem")
          .member("position", ++position)
          .member("name", crumb.label);
      if (!crumb.url.empty()) json.member("item", storefront_.base_url() + crumb.url);
      json.end_object();
    }
    return json.end_array().end_object().finish();
  }

  const PageContext& context_;
  const Storefront& storefront_;
  const Snapshot& snapshot_;
  const Product& product_;
  const Variant& variant_;
  const std::string& locale_;
  const std::string path_;
};

}  // namespace

void add_product_page(http::Router& router, Storefront& storefront) {
  const auto page = storefront.engine().page<ProductView>("product.html");
  storefront.add_public_page(
      router, "/p/{handle}",
      [&storefront, page](const PageContext& context,
                          const http::Request& request) -> std::optional<PublicPage> {
        const Snapshot& snapshot = *context.snapshot;
        const auto index = snapshot.product_by_handle(request.path_value(0));
        if (!index) return std::nullopt;
        const Product& product = snapshot.product(*index);
        const auto parameters = request.parameters();
        const auto sku = parameters ? parameters->get("variant").value_or("") : std::string_view();
        const std::size_t variant = choose_variant(snapshot, product, sku);
        return PublicPage{.key = "/p/" + product.handle + "?" + product.variants[variant].sku,
                          .version = snapshot.product_version(*index),
                          .render = [&storefront, &page, &context, index = *index, variant] {
                            const ProductPageMaker maker(context, storefront, index, variant);
                            return page.render(maker.view(), *context.texts);
                          }};
      });
}

}  // namespace osier::catalog
