#include "orders/routes.h"

#include <algorithm>
#include <memory>

#include "orders/order_page.h"

namespace osier::orders {

namespace {

// A token is 22 letters of base64url; what cannot be one is not looked up.
bool is_token(const std::string& text) {
  return text.size() >= 16 && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                  c == '-' || c == '_';
         });
}

std::vector<payments::PayableId> payable_of(const Order& order) {
  return {payments::PayableId{order.id.value()}};
}

void keep_private(http::Response& response) {
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("Referrer-Policy", "same-origin");
  response.headers.set("X-Robots-Tag", "noindex");
}

class OrderPages {
 public:
  OrderPages(catalog::Storefront& storefront, Orders& orders, payments::Payments& payments)
      : storefront_(storefront),
        orders_(orders),
        payments_(payments),
        page_(storefront.engine().page<OrderPageView>("order.html")) {}

  Task<http::Response> show(catalog::PageContext context, http::Request request) const {
    const auto order = co_await find(request);
    if (!order) co_return not_found(request);
    const auto payments = co_await payments_.of_payable(payable_of(*order).front());
    const auto query = read_order_page_query(request);
    std::vector<OrderRefund> refunds;
    const bool was_paid = std::ranges::any_of(
        payments, [](const auto& payment) { return payment.captured.amount_minor() > 0; });
    if (was_paid || order->placed_at) refunds = co_await orders_.refunds_of(order->id);
    const auto view = page_view_of(*order, payments, query, context, refunds);
    auto response = http::html(200, page_.render(view, *context.texts));
    keep_private(response);
    // The webhook may still be on its way: the page looks again by itself, a few times.
    const bool is_confirming =
        state_of(*order, payments, query.has_returned) == OrderPageState::confirming;
    if (is_confirming && query.look < looks_max) {
      response.headers.set("Refresh", std::to_string(look_pause_seconds) +
                                          "; url=" + context.url(path_of(*order)) +
                                          "?paid=1&n=" + std::to_string(query.look + 1));
    }
    co_return response;
  }

  Task<http::Response> pay(catalog::PageContext context, http::Request request) const {
    const auto order = co_await find(request);
    if (!order) co_return not_found(request);
    const auto known = co_await payments_.of_payable(payable_of(*order).front());
    const payments::Payment* payment = payable_payment(known);
    if (order->status != OrderStatus::pending || payment == nullptr)
      co_return back_to(*order, context, "");

    auto urls = return_urls(storefront_, *order);
    auto purchase = orders_.purchase_of(*order, payment->id, std::move(urls.success_url),
                                        std::move(urls.cancel_url));
    bool is_unavailable = false;
    std::string provider_url;
    try {
      const auto opened = co_await payments_.open_at_provider(std::move(purchase));
      if (opened) provider_url = opened->url;
    } catch (const payments::ProviderUnavailable&) {
      is_unavailable = true;
    }
    if (is_unavailable) co_return back_to(*order, context, "?problem=provider_unavailable");
    if (provider_url.empty()) co_return back_to(*order, context, "?problem=provider_refused");
    auto response = http::redirect(std::move(provider_url));
    keep_private(response);
    co_return response;
  }

  Task<http::Response> cancel(catalog::PageContext context, http::Request request) const {
    const auto order = co_await find(request);
    if (!order) co_return not_found(request);
    std::string query;
    try {
      // Whatever becomes of it, the page shows it: released, paid after all, or over already.
      (void)co_await orders_.release(order->id, Orders::ReleaseReason::canceled, "shopper");
    } catch (const payments::ProviderUnavailable&) {
      query = "?problem=cancel_unavailable";
    }
    co_return back_to(*order, context, query);
  }

 private:
  Task<std::optional<Order>> find(const http::Request& request) const {
    const std::string token = request.path_value(0);
    if (!is_token(token)) return nobody();
    return orders_.find_by_access_token(token);
  }
  static Task<std::optional<Order>> nobody() { co_return std::nullopt; }

  http::Response not_found(const http::Request& request) const {
    return storefront_.error_page(request, 404);
  }

  static http::Response back_to(const Order& order, const catalog::PageContext& context,
                                const std::string& query) {
    auto response = http::redirect(context.url(path_of(order)) + query);
    keep_private(response);
    return response;
  }

  catalog::Storefront& storefront_;
  Orders& orders_;
  payments::Payments& payments_;
  html::Page<OrderPageView> page_;
};

}  // namespace

ReturnUrls return_urls(const catalog::Storefront& storefront, const Order& order) {
  const auto context = storefront.at(order.market_code, order.locale);
  const std::string url = storefront.base_url() + context.url(path_of(order));
  return {.success_url = url + "?paid=1", .cancel_url = url};
}

void add_order_pages(http::Router& router, catalog::Storefront& storefront, Orders& orders,
                     payments::Payments& payments) {
  const auto pages = std::make_shared<const OrderPages>(storefront, orders, payments);
  using catalog::PageContext;
  storefront.add_page(router, http::Method::get, "/orders/{token}", http::Access::token_holder(),
                      [pages](PageContext context, http::Request request) {
                        return pages->show(std::move(context), std::move(request));
                      });
  storefront.add_page(router, http::Method::post, "/orders/{token}/pay",
                      http::Access::token_holder(),
                      [pages](PageContext context, http::Request request) {
                        return pages->pay(std::move(context), std::move(request));
                      });
  storefront.add_page(router, http::Method::post, "/orders/{token}/cancel",
                      http::Access::token_holder(),
                      [pages](PageContext context, http::Request request) {
                        return pages->cancel(std::move(context), std::move(request));
                      });
}

}  // namespace osier::orders
