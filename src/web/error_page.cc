#include "web/error_page.h"

namespace osier::web {

std::string_view error_text_key(int status) {
  switch (status) {
    case 404:
      return "not_found";
    case 413:
    case 414:
    case 431:
      return "too_large";
    case 429:
      return "too_many";
    case 503:
      return "unavailable";
    default:
      return status < 500 ? "bad_request" : "failed";
  }
}

}  // namespace osier::web
