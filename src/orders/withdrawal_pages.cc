#include "orders/withdrawal_pages.h"

namespace osier::orders {

using catalog::PageContext;

std::vector<WithdrawalPageView::Row> rows_of(const Declaration& declaration,
                                             const PageContext& context) {
  return {{context.text("withdrawal.name"), declaration.name},
          {context.text("withdrawal.order_number"), declaration.order_number},
          {context.text("withdrawal.goods"),
           declaration.goods.empty() ? context.text("withdrawal.everything") : declaration.goods},
          {context.text("withdrawal.email"), declaration.email}};
}

namespace {

void keep_to_themselves(http::Response& response) {
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("Referrer-Policy", "same-origin");
  response.headers.set("X-Robots-Tag", "noindex");
}

class WithdrawalPages {
 public:
  WithdrawalPages(catalog::Storefront& storefront, Withdrawals& withdrawals)
      : storefront_(storefront),
        withdrawals_(withdrawals),
        page_(storefront.engine().page<WithdrawalPageView>("withdrawal.html")) {}

  Task<http::Response> ask(PageContext context, http::Request request) const {
    if (!has_right(context)) co_return storefront_.error_page(request, 404);
    const auto parameters = request.parameters();
    WithdrawalForm form;
    if (parameters) {
      const std::string_view number = parameters->get("order").value_or("");
      if (number.size() <= 40) form.declaration.order_number = number;
    }
    co_return answer(200, form_of(form, context), context);
  }

  Task<http::Response> review(PageContext context, http::Request request) const {
    if (!has_right(context)) co_return storefront_.error_page(request, 404);
    const auto posted = http::Parameters::parse(request.body);
    if (!posted) co_return storefront_.error_page(request, 400);
    const auto form = read_withdrawal_form(*posted);
    if (!form.errors.empty()) co_return answer(422, form_of(form, context), context);
    const auto query = request.parameters();
    if (query && query->get("edit") == "1") co_return answer(200, form_of(form, context), context);
    co_return answer(200, second_look_of(form.declaration, context), context);
  }

  Task<http::Response> confirm(PageContext context, http::Request request) const {
    if (!has_right(context)) co_return storefront_.error_page(request, 404);
    const auto posted = http::Parameters::parse(request.body);
    if (!posted) co_return storefront_.error_page(request, 400);
    const auto form = read_withdrawal_form(*posted);
    const auto id = Uuid::parse(posted->get("id").value_or(""));
    if (!form.errors.empty() || !id) co_return answer(422, form_of(form, context), context);
    const auto received = co_await withdrawals_.receive(WithdrawalId{*id}, context.market().code,
                                                        context.place.locale, form.declaration);
    co_return answer(200, receipt_of(received, context), context);
  }

 private:
  // The right is the EU's.
  static bool has_right(const PageContext& context) { return context.market().region == "eu"; }

  http::Response answer(int status, WithdrawalPageView view, const PageContext& context) const {
    view.shell = context.shell;
    view.head = storefront_.private_head(context, view.title, "/withdraw");
    auto response = http::html(status, page_.render(view, *context.texts));
    keep_to_themselves(response);
    return response;
  }

  static WithdrawalPageView form_of(const WithdrawalForm& form, const PageContext& context) {
    const auto error = [&](const std::string& name) {
      const auto found = form.errors.find(name);
      return found == form.errors.end() ? std::string() : context.text(found->second);
    };
    WithdrawalPageView view{.title = context.text("withdrawal.title"),
                            .message = context.text("withdrawal.message"),
                            .action_url = context.url("/withdraw"),
                            .button = context.text("withdrawal.continue")};
    if (!form.errors.empty()) view.problem = context.text("withdrawal.problem");
    const Declaration& said = form.declaration;
    view.inputs = {{.name = "name",
                    .label = context.text("withdrawal.name"),
                    .type = "text",
                    .value = said.name,
                    .error = error("name"),
                    .autocomplete = "name",
                    .max = "120",
                    .is_required = true},
                   {.name = "order_number",
                    .label = context.text("withdrawal.order_number"),
                    .hint = context.text("withdrawal.order_number_hint"),
                    .type = "text",
                    .value = said.order_number,
                    .error = error("order_number"),
                    .autocomplete = "off",
                    .max = "40",
                    .is_required = true},
                   {.name = "email",
                    .label = context.text("withdrawal.email"),
                    .hint = context.text("withdrawal.email_hint"),
                    .type = "email",
                    .value = said.email,
                    .error = error("email"),
                    .autocomplete = "email",
                    .max = "254",
                    .is_required = true},
                   {.name = "goods",
                    .label = context.text("withdrawal.goods"),
                    .hint = context.text("withdrawal.goods_hint"),
                    .type = "text",
                    .value = said.goods,
                    .error = error("goods"),
                    .autocomplete = "off",
                    .max = "500"}};
    return view;
  }

  WithdrawalPageView second_look_of(const Declaration& said, const PageContext& context) const {
    WithdrawalPageView view{.title = context.text("withdrawal.review_title"),
                            .message = context.text("withdrawal.review_message"),
                            .action_url = context.url("/withdraw/confirm"),
                            .button = context.text("withdrawal.confirm"),
                            .change_url = context.url("/withdraw") + "?edit=1"};
    view.rows = rows_of(said, context);
    const auto hidden = [&](std::string name, std::string value) {
      view.inputs.push_back({.name = std::move(name), .type = "hidden", .value = std::move(value)});
    };
    hidden("id", Uuid::v7(context.now).to_string());
    hidden("name", said.name);
    hidden("order_number", said.order_number);
    hidden("email", said.email);
    hidden("goods", said.goods);
    return view;
  }

  static WithdrawalPageView receipt_of(const Withdrawal& received, const PageContext& context) {
    WithdrawalPageView view{.title = context.text("withdrawal.receipt_title"),
                            .message = context.text("withdrawal.receipt_message")};
    view.rows = rows_of(received.declaration, context);
    view.rows.push_back(
        {context.text("withdrawal.received_at"),
         locale::format_date(received.received_at, context.locale, context.market().time_zone,
                             locale::DateStyle::date_time)});
    return view;
  }

  catalog::Storefront& storefront_;
  Withdrawals& withdrawals_;
  html::Page<WithdrawalPageView> page_;
};

}  // namespace

void add_withdrawal_pages(http::Router& router, catalog::Storefront& storefront,
                          Withdrawals& withdrawals) {
  const auto pages = std::make_shared<const WithdrawalPages>(storefront, withdrawals);
  const auto add = [&](http::Method method, const std::string& pattern, auto act) {
    storefront.add_page(router, method, pattern, http::Access::everyone(),
                        [pages, act](PageContext context, http::Request request) {
                          return ((*pages).*act)(std::move(context), std::move(request));
                        });
  };
  add(http::Method::get, "/withdraw", &WithdrawalPages::ask);
  add(http::Method::post, "/withdraw", &WithdrawalPages::review);
  add(http::Method::post, "/withdraw/confirm", &WithdrawalPages::confirm);
}

}  // namespace osier::orders
