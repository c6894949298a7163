#include "platform/mail/smtp_mailer.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstring>
#include <optional>

#include "platform/async/loop.h"
#include "platform/http_client/libcurl.h"

namespace osier::mail {

namespace {

using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using List = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

// Everything one transfer needs while libcurl works on it; stays where it is.
struct Delivery {
  std::string url;
  std::string from;
  std::string to;
  std::string mime;
  std::chrono::steady_clock::time_point deadline;
  std::size_t sent = 0;
  Easy easy{curl_easy_init(), &curl_easy_cleanup};
  List receivers{nullptr, &curl_slist_free_all};
  std::array<char, CURL_ERROR_SIZE> error_text{};
  bool has_named_sender = false;  // From here on, a "no" is about this mail and not about us.
};

std::size_t on_read(char* to, std::size_t, std::size_t size, void* from) {
  auto& delivery = *static_cast<Delivery*>(from);
  const auto count = std::min(size, delivery.mime.size() - delivery.sent);
  std::memcpy(to, delivery.mime.data() + delivery.sent, count);
  delivery.sent += count;
  return count;
}

int on_debug(CURL*, curl_infotype type, char* bytes, std::size_t size, void* to) {
  if (type == CURLINFO_HEADER_OUT && std::string_view(bytes, size).starts_with("MAIL FROM:")) {
    static_cast<Delivery*>(to)->has_named_sender = true;
  }
  return 0;
}

// libcurl's own deadline does not hold while it waits for the answer to QUIT; this one does, within
// a second.
int on_progress(void* from, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return std::chrono::steady_clock::now() > static_cast<Delivery*>(from)->deadline ? 1 : 0;
}

std::string host_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  if (url.starts_with('[')) return std::string(url.substr(1, url.find(']') - 1));
  return std::string(url.substr(0, url.find_first_of(":/")));
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

long tls_of(const SmtpSettings& settings) {
  const bool is_near = is_loopback(host_of(settings.url));
  if (settings.starttls == SmtpSettings::StartTls::required) return CURLUSESSL_ALL;
  if (is_near) return CURLUSESSL_NONE;
  return settings.user.empty() ? CURLUSESSL_TRY : CURLUSESSL_ALL;
}

long milliseconds_of(Duration duration) {
  return std::max(1L, static_cast<long>(duration.count() / 1000));
}

void set_options(Delivery& delivery, const SmtpSettings& settings) {
  CURL* const easy = delivery.easy.get();
  curl_easy_setopt(easy, CURLOPT_URL, delivery.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_FORBID_REUSE,
                   1L);  // An idle connection may hang when it is closed.
  curl_easy_setopt(easy, CURLOPT_NOPROXY, http_client::hosts_without_proxy().c_str());
  curl_easy_setopt(easy, CURLOPT_USE_SSL, tls_of(settings));
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!settings.ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, settings.ca_file.c_str());
  }
  if (!settings.user.empty()) {
    curl_easy_setopt(easy, CURLOPT_USERNAME, settings.user.c_str());
    curl_easy_setopt(easy, CURLOPT_PASSWORD, settings.password.reveal().c_str());
  }
  curl_easy_setopt(easy, CURLOPT_MAIL_FROM, delivery.from.c_str());
  curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, delivery.receivers.get());
  curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(delivery.mime.size()));
  curl_easy_setopt(easy, CURLOPT_READFUNCTION, &on_read);
  curl_easy_setopt(easy, CURLOPT_READDATA, &delivery);
  curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, &on_debug);
  curl_easy_setopt(easy, CURLOPT_DEBUGDATA, &delivery);
  curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);  // Needed by on_debug; prints nothing.
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &on_progress);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &delivery);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, delivery.error_text.data());
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, milliseconds_of(settings.timeout_total));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds_of(settings.timeout_connect));
}

// What became of a mail: sent, refused, or in words why another try may help.
struct Outcome {
  std::optional<MailRefusal> refusal;
  std::string unreachable;
};

// On a thread of the mailer's.
Outcome deliver(Delivery& delivery, const SmtpSettings& settings) {
  require(delivery.easy != nullptr, "libcurl gives a handle");
  delivery.receivers.reset(curl_slist_append(nullptr, delivery.to.c_str()));
  delivery.deadline = std::chrono::steady_clock::now() + settings.timeout_total;
  set_options(delivery, settings);

  const CURLcode code = curl_easy_perform(delivery.easy.get());
  if (code == CURLE_OK) return {};

  long reply = 0;
  curl_easy_getinfo(delivery.easy.get(), CURLINFO_RESPONSE_CODE, &reply);
  const bool is_answer = code != CURLE_OPERATION_TIMEDOUT && code != CURLE_RECV_ERROR;
  if (is_answer && delivery.has_named_sender && reply >= 500 && reply < 600) {
    return {.refusal = MailRefusal::rejected_by_server, .unreachable = {}};
  }
  const std::string why =
      delivery.error_text[0] != '\0' ? delivery.error_text.data() : curl_easy_strerror(code);
  return {.refusal = {}, .unreachable = "the mail server " + host_of(settings.url) + ": " + why};
}

}  // namespace

struct SmtpMailer::Threads {
  boost::asio::thread_pool pool{4};
};

SmtpMailer::SmtpMailer(const Clock& clock, SmtpSettings settings)
    : settings_(std::move(settings)), clock_(clock), threads_(std::make_unique<Threads>()) {
  http_client::start_libcurl();
}

SmtpMailer::~SmtpMailer() { threads_->pool.join(); }

Task<Result<void, MailRefusal>> SmtpMailer::send(Message message) {
  auto mime = to_mime(message, clock_.now());
  if (!mime) co_return refuse(mime.error());

  // The path is the name we greet the server with.
  const auto delivery = std::make_shared<Delivery>();
  delivery->url = settings_.url + "/" + message.from.domain();
  delivery->from = "<" + message.from.email() + ">";
  delivery->to = "<" + message.to.email() + ">";
  delivery->mime = std::move(*mime);

  OneShot<Outcome> slot;
  boost::asio::post(threads_->pool,
                    [slot, delivery, this]() mutable { slot.set(deliver(*delivery, settings_)); });
  const auto outcome = co_await slot.get();
  if (outcome.refusal) co_return refuse(*outcome.refusal);
  if (!outcome.unreachable.empty()) throw Unreachable(outcome.unreachable);
  co_return Result<void, MailRefusal>{};
}

}  // namespace osier::mail
