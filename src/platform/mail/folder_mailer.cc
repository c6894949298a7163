#include "platform/mail/folder_mailer.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "platform/crypto/crypto.h"
#include "platform/json/value.h"

namespace osier::mail {

namespace {

namespace fs = std::filesystem;

constexpr json::Limits sidecar_limits{.bytes_max = 64 * 1024 * 1024};

bool is_name(std::string_view text) {
  return text.size() == 32 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

// A new file beside it, renamed: nobody sees half a mail.
void write_whole(const fs::path& path, const std::string& bytes) {
  fs::path half = path;
  half += ".new";
  std::ofstream file(half, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) {
    throw Unreachable("the mail folder " + path.parent_path().string() +
                      " cannot be written: " + std::strerror(errno));
  }
  fs::rename(half, path);
}

std::optional<std::string> read_whole(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

std::string shown(const Address& address) {
  return address.name().empty() ? address.email() : address.name() + " <" + address.email() + ">";
}

std::string text_at(const json::Object& object, std::string_view name) {
  const auto* const value = object.if_contains(name);
  const auto* const text = value ? value->if_string() : nullptr;
  return text ? std::string(*text) : std::string();
}

std::optional<StoredMail> parsed(const std::string& name, const std::string& text) {
  const auto value = json::parse(text, sidecar_limits);
  const auto* const object = value ? value->if_object() : nullptr;
  if (!object) return std::nullopt;
  const auto sent_at = parse_instant(text_at(*object, "sent_at"));
  if (!sent_at) return std::nullopt;
  return StoredMail{.name = name,
                    .from = text_at(*object, "from"),
                    .to = text_at(*object, "to"),
                    .subject = text_at(*object, "subject"),
                    .sent_at = *sent_at,
                    .html = text_at(*object, "html"),
                    .text = text_at(*object, "text")};
}

// The names of all mails with the time their files were written, the newest first.
std::vector<std::string> names_by_age(const fs::path& folder) {
  std::vector<std::pair<fs::file_time_type, std::string>> found;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const auto name = at->path().stem().string();
    if (at->path().extension() != ".json" || !is_name(name)) continue;
    std::error_code gone;
    found.emplace_back(at->last_write_time(gone), name);
  }
  std::sort(found.rbegin(), found.rend());
  std::vector<std::string> names;
  for (auto& [time, name] : found) names.push_back(std::move(name));
  return names;
}

}  // namespace

FolderMailer::FolderMailer(fs::path folder, const Clock& clock)
    : folder_(std::move(folder)), clock_(clock) {}

Task<Result<void, MailRefusal>> FolderMailer::send(Message message) {
  const auto now = clock_.now();
  const auto mime = to_mime(message, now);
  if (!mime) co_return refuse(mime.error());

  const json::Value sidecar = {{"from", shown(message.from)}, {"to", shown(message.to)},
                               {"subject", message.subject},  {"sent_at", to_rfc3339(now)},
                               {"html", message.html},        {"text", message.text}};
  const auto name = crypto::sha256_hex(message.message_id).substr(0, 32);
  try {
    fs::create_directories(folder_);
    fs::permissions(folder_, fs::perms::owner_all);  // Names, addresses, links: the owner's alone.
    write_whole(folder_ / (name + ".eml"), *mime);
    write_whole(folder_ / (name + ".json"), json::to_text(sidecar));
  } catch (const fs::filesystem_error& error) {
    throw Unreachable(std::string("the mail folder cannot be written: ") + error.what());
  }
  co_return Result<void, MailRefusal>{};
}

std::vector<StoredMail> FolderMailer::list(std::size_t count_max) const {
  std::vector<StoredMail> mails;
  for (const auto& name : names_by_age(folder_)) {
    if (mails.size() >= count_max) break;
    auto mail = read(name);
    if (!mail) continue;
    mail->html.clear();
    mail->text.clear();
    mails.push_back(std::move(*mail));
  }
  std::sort(mails.begin(), mails.end(), [](const StoredMail& left, const StoredMail& right) {
    return std::tie(right.sent_at, right.name) < std::tie(left.sent_at, left.name);
  });
  return mails;
}

std::optional<StoredMail> FolderMailer::read(std::string_view name) const {
  if (!is_name(name)) return std::nullopt;
  const auto text = read_whole(folder_ / (std::string(name) + ".json"));
  if (!text) return std::nullopt;
  return parsed(std::string(name), *text);
}

std::optional<std::string> FolderMailer::read_eml(std::string_view name) const {
  if (!is_name(name)) return std::nullopt;
  return read_whole(folder_ / (std::string(name) + ".eml"));
}

}  // namespace osier::mail
