// What a visitor sees when something is not there or went wrong: a human page in the shop's own
// clothes.

#pragma once

#include <memory>
#include <string>

#include "platform/html/view.h"
#include "web/shell.h"

namespace osier::web {

struct ErrorView {
  std::shared_ptr<const Shell> shell;
  Head head;
  std::string title;
  std::string message;
  std::string request_id;  // Empty where it helps nobody (404).

  static constexpr auto fields() {
    return html::fields<ErrorView>(
        html::field("shell", &ErrorView::shell), html::field("head", &ErrorView::head),
        html::field("title", &ErrorView::title), html::field("message", &ErrorView::message),
        html::field("request_id", &ErrorView::request_id));
  }
};

// "not_found" for 404 and so on: the middle of the text keys error.*.title and error.*.message.
std::string_view error_text_key(int status);

}  // namespace osier::web
