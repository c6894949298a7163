#include "platform/mail/smtp_mailer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/buffers_iterator.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <map>
#include <mutex>
#include <thread>

#include "platform/async/loop.h"

namespace osier::mail {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr Instant morning{1'795'340'480'000'000us};

// What the server says to a command, by its first word; "." is the end of the data, "" the
// greeting. A word without a reply here is accepted; the reply "hang" means silence.
using Replies = std::map<std::string, std::string>;

// A mail server on loopback for one connection at a time, which writes down what it is told.
class SmtpServer {
 public:
  explicit SmtpServer(Replies replies = {})
      : replies_(std::move(replies)), acceptor_(io_, {asio::ip::address_v4::loopback(), 0}) {
    thread_ = std::thread([this] { accept(); });
  }
  ~SmtpServer() {
    is_ending_ = true;
    boost::system::error_code error;
    {
      const std::lock_guard lock(mutex_);
      if (open_) open_->shutdown(tcp::socket::shutdown_both, error);
    }
    tcp::socket nudge(io_);
    nudge.connect(acceptor_.local_endpoint(), error);
    thread_.join();
  }
  SmtpServer(const SmtpServer&) = delete;
  SmtpServer& operator=(const SmtpServer&) = delete;

  std::string url() const {
    return "smtp://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }
  std::vector<std::string> commands() const {
    const std::lock_guard lock(mutex_);
    return commands_;
  }
  std::vector<std::string> mails() const {
    const std::lock_guard lock(mutex_);
    return mails_;
  }

 private:
  void accept() {
    while (!is_ending_) {
      tcp::socket socket(io_);
      acceptor_.accept(socket);
      if (is_ending_) return;
      {
        const std::lock_guard lock(mutex_);
        open_ = &socket;
      }
      converse(socket);
      const std::lock_guard lock(mutex_);
      open_ = nullptr;
    }
  }

  std::string reply_to(const std::string& word, const std::string& usual) const {
    const auto found = replies_.find(word);
    return found == replies_.end() ? usual : found->second;
  }

  // False once nothing more will be said.
  bool say(tcp::socket& socket, const std::string& reply) {
    if (reply == "hang") {
      for (int i = 0; i < 3000 && !is_ending_; ++i) std::this_thread::sleep_for(10ms);
      return false;
    }
    boost::system::error_code error;
    asio::write(socket, asio::buffer(reply + "\r\n"), error);
    return !error;
  }

  std::string read_until(tcp::socket& socket, asio::streambuf& buffer, const std::string& end) {
    boost::system::error_code error;
    const auto size = asio::read_until(socket, buffer, end, error);
    if (error) return {};
    const auto begin = asio::buffers_begin(buffer.data());
    std::string text(begin, begin + static_cast<std::ptrdiff_t>(size));
    buffer.consume(size);
    return text;
  }

  void converse(tcp::socket& socket) {
    asio::streambuf buffer;
    if (!say(socket, reply_to("", "220 mail.example ready"))) return;
    bool is_logging_in = false;
    while (true) {
      const auto line = read_until(socket, buffer, "\r\n");
      if (line.empty()) return;
      const auto command = line.substr(0, line.size() - 2);
      {
        const std::lock_guard lock(mutex_);
        commands_.push_back(command);
      }
      const auto word = is_logging_in ? "credentials" : command.substr(0, command.find(' '));
      const std::string usual = word == "DATA"   ? "354 go on"
                                : word == "QUIT" ? "221 bye"
                                : word == "AUTH" ? "334 "
                                : is_logging_in  ? "235 welcome"
                                                 : "250 ok";
      const auto reply = reply_to(word, usual);
      if (!say(socket, reply) || word == "QUIT") return;
      is_logging_in = reply.starts_with("334");
      if (reply.starts_with("354") && !take_data(socket, buffer)) return;
    }
  }

  bool take_data(tcp::socket& socket, asio::streambuf& buffer) {
    const auto data = read_until(socket, buffer, "\r\n.\r\n");
    if (data.empty()) return false;
    const auto reply = reply_to(".", "250 taken");
    if (reply.starts_with("250")) {
      const std::lock_guard lock(mutex_);
      mails_.push_back(data);
    }
    return say(socket, reply);
  }

  Replies replies_;
  asio::io_context io_;
  tcp::acceptor acceptor_;
  std::atomic<bool> is_ending_ = false;
  mutable std::mutex mutex_;
  tcp::socket* open_ = nullptr;
  std::vector<std::string> commands_;
  std::vector<std::string> mails_;
  std::thread thread_;
};

Message confirmation() {
  return {.from = *Address::parse("The Shop <shop@osier.example>"),
          .to = *Address::parse("ada@buyer.example"),
          .subject = "Your order 1001",
          .html = "<p>Thank you</p>",
          .text = "Thank you",
          .message_id = "order-confirmation-1001"};
}

struct Outcome {
  int sent = 0;
  std::optional<MailRefusal> refusal;
  std::string unreachable;
};

Task<void> send_all(SmtpSettings settings, std::vector<Message> messages, Outcome& outcome) {
  const ManualClock clock(morning);
  SmtpMailer mailer(clock, std::move(settings));
  try {
    for (auto& message : messages) {
      const auto sent = co_await mailer.send(std::move(message));
      if (sent) ++outcome.sent;
      if (!sent) outcome.refusal = sent.error();
    }
  } catch (const Unreachable& error) {
    outcome.unreachable = error.what();
  }
}

Outcome outcome_of(SmtpSettings settings, std::vector<Message> messages = {confirmation()}) {
  Outcome outcome;
  run_to_end(send_all(std::move(settings), std::move(messages), outcome));
  return outcome;
}

TEST(SmtpMailer, HandsOverTheWholeMail) {
  SmtpServer server;
  const auto outcome = outcome_of({.url = server.url()});
  EXPECT_EQ(outcome.sent, 1) << outcome.unreachable;

  const auto commands = server.commands();
  ASSERT_GE(commands.size(), 4u);
  EXPECT_EQ(commands[0], "EHLO osier.example");
  EXPECT_THAT(commands[1], testing::StartsWith("MAIL FROM:<shop@osier.example>"));
  EXPECT_EQ(commands[2], "RCPT TO:<ada@buyer.example>");
  EXPECT_EQ(commands[3], "DATA");
  const auto mime = to_mime(confirmation(), morning);
  EXPECT_THAT(server.mails(), ElementsAre(*mime + ".\r\n"));
}

TEST(SmtpMailer, SendsOneAfterTheOther) {
  SmtpServer server;
  const auto outcome = outcome_of({.url = server.url()}, {confirmation(), confirmation()});
  EXPECT_EQ(outcome.sent, 2) << outcome.unreachable;
  EXPECT_EQ(server.mails().size(), 2u);
}

TEST(SmtpMailer, LogsInWhenAskedTo) {
  SmtpServer server({{"EHLO", "250-mail.example\r\n250 AUTH PLAIN"}});
  const auto outcome =
      outcome_of({.url = server.url(), .user = "shop", .password = Secret("hush")});
  EXPECT_EQ(outcome.sent, 1) << outcome.unreachable;
  EXPECT_THAT(server.commands()[1], testing::StartsWith("AUTH PLAIN"));
}

TEST(SmtpMailer, TakesAFinalNoAsARefusal) {
  for (const auto* command : {"MAIL", "RCPT", "DATA", "."}) {
    SmtpServer server({{command, "550 no such mailbox"}});
    const auto outcome = outcome_of({.url = server.url()});
    EXPECT_EQ(outcome.refusal, MailRefusal::rejected_by_server) << command << outcome.unreachable;
    EXPECT_TRUE(server.mails().empty());
  }
}

TEST(SmtpMailer, WantsAnotherTryAfterALaterOrAnUnfitServer) {
  const std::pair<const char*, const char*> replies[] = {
      {"", "421 too busy"},       {"", "554 not you"},        {"MAIL", "451 later"},
      {"RCPT", "450 greylisted"}, {"DATA", "421 going down"}, {".", "452 disk full"},
  };
  for (const auto& [command, reply] : replies) {
    SmtpServer server({{command, reply}});
    const auto outcome = outcome_of({.url = server.url()});
    EXPECT_FALSE(outcome.unreachable.empty()) << command << reply;
    EXPECT_EQ(outcome.refusal, std::nullopt) << command << reply;
    EXPECT_EQ(outcome.sent, 0);
  }
}

TEST(SmtpMailer, WantsAnotherTryWhenItIsNotLetIn) {
  SmtpServer server({{"EHLO", "250-mail.example\r\n250 AUTH PLAIN"}, {"AUTH", "535 wrong"}});
  const auto outcome =
      outcome_of({.url = server.url(), .user = "shop", .password = Secret("hush")});
  EXPECT_FALSE(outcome.unreachable.empty());
  EXPECT_EQ(outcome.unreachable.find("hush"), std::string::npos);
}

TEST(SmtpMailer, EndsAtItsDeadlineWhereverTheServerHangs) {
  for (const auto* command : {"", "EHLO", "MAIL", "RCPT", "DATA", ".", "QUIT"}) {
    SmtpServer server({{command, "hang"}});
    const auto begin = std::chrono::steady_clock::now();
    const auto outcome = outcome_of({.url = server.url(), .timeout_total = 100ms});
    // After a hanging QUIT the mail has been taken all the same.
    EXPECT_EQ(outcome.sent, command == std::string_view("QUIT") ? 1 : 0) << command;
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s) << command;
  }
}

TEST(SmtpMailer, SendsNothingInTheClearWhereTlsIsRequired) {
  SmtpServer server;
  const auto outcome =
      outcome_of({.url = server.url(), .starttls = SmtpSettings::StartTls::required});
  EXPECT_FALSE(outcome.unreachable.empty());
  for (const auto& command : server.commands()) {
    EXPECT_FALSE(command.starts_with("MAIL")) << command;
  }
}

TEST(SmtpMailer, SaysWhenNobodyListens) {
  std::string url;
  {
    url = SmtpServer().url();
  }
  const auto outcome = outcome_of({.url = url});
  EXPECT_THAT(outcome.unreachable, HasSubstr("127.0.0.1"));
}

TEST(SmtpMailer, RefusesABrokenMailWithoutConnecting) {
  SmtpServer server;
  auto message = confirmation();
  message.subject = "a\r\nBcc: eve@evil.example";
  const auto outcome = outcome_of({.url = server.url()}, {message});
  EXPECT_EQ(outcome.refusal, MailRefusal::line_break_in_header);
  EXPECT_TRUE(server.commands().empty());
}

}  // namespace
}  // namespace osier::mail
