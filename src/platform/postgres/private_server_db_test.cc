#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "platform/base/time.h"
#include "platform/postgres/blocking_connection.h"
#include "platform/postgres/private_server.h"

namespace osier::pg {
namespace {

namespace fs = std::filesystem;

// A folder that goes with the test.
class DataFolder {
 public:
  explicit DataFolder(const std::string& below = "data") {
    std::string pattern = "/tmp/osier-test-data-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a folder");
    root_ = pattern;
    chmod(root_.c_str(), 0755);
    path_ = root_ / below;
  }
  ~DataFolder() { fs::remove_all(root_); }
  DataFolder(const DataFolder&) = delete;
  DataFolder& operator=(const DataFolder&) = delete;

  const fs::path& root() const { return root_; }
  const fs::path& path() const { return path_; }

 private:
  fs::path root_;
  fs::path path_;
};

PrivateServer::Options options(const DataFolder& folder, bool start = true) {
  return {.data = folder.path(), .programs = {}, .start = start};
}

pid_t server_pid(const DataFolder& folder) {
  std::ifstream file(folder.path() / "postgres" / "postmaster.pid");
  pid_t pid = 0;
  file >> pid;
  return pid;
}

std::string ask(const PrivateServer& server, const std::string& sql) {
  return BlockingConnection(server.connection()).run(sql).at(0).at(0);
}

// An osier that makes a table and is killed (kill -9) while its server runs.
void be_killed_after_work(const DataFolder& folder) {
  const pid_t child = fork();
  if (child == 0) {
    const auto server = PrivateServer::start(options(folder));
    if (!server) _exit(1);
    BlockingConnection(server->connection()).run("CREATE TABLE mugs AS SELECT 7 AS id");
    ::kill(getpid(), SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
}

TEST(PrivateServer, StartsStopsAndKeepsItsData) {
  const DataFolder folder;
  {
    auto server = PrivateServer::start(options(folder));
    ASSERT_TRUE(server) << server.error().message;
    BlockingConnection(server->connection()).run("CREATE TABLE mugs AS SELECT 7 AS id");
    EXPECT_EQ(ask(*server, "SHOW fsync"), "on");
    EXPECT_EQ(ask(*server, "SHOW listen_addresses"), "");
  }
  EXPECT_EQ(server_pid(folder), 0);  // Its pid file is gone: it ended in good order.
  auto again = PrivateServer::start(options(folder));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(ask(*again, "SELECT id FROM mugs"), "7");
}

TEST(PrivateServer, RefusesASecondOsierOnItsFolder) {
  const DataFolder folder;
  const auto first = PrivateServer::start(options(folder));
  ASSERT_TRUE(first) << first.error().message;
  const auto second = PrivateServer::start(options(folder));
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("already running on this data folder (pid " +
                                        std::to_string(getpid())),
            std::string::npos)
      << second.error().message;
}

TEST(PrivateServer, ServesSubcommandsBesideARunningOsier) {
  const DataFolder folder;
  {
    const auto owner = PrivateServer::start(options(folder));
    ASSERT_TRUE(owner) << owner.error().message;
    {
      const auto guest = PrivateServer::start(options(folder, false));
      ASSERT_TRUE(guest) << guest.error().message;
      EXPECT_EQ(ask(*guest, "SELECT 1"), "1");
    }
    EXPECT_EQ(ask(*owner, "SELECT 1"), "1");  // The guest did not stop it.
  }
  // Alone, a subcommand starts the server for as long as it needs it.
  {
    const auto alone = PrivateServer::start(options(folder, false));
    ASSERT_TRUE(alone) << alone.error().message;
    EXPECT_EQ(ask(*alone, "SELECT 1"), "1");
  }
  EXPECT_EQ(server_pid(folder), 0);
}

TEST(PrivateServer, TakesOverWhatAKilledOsierLeft) {
  const DataFolder folder;
  be_killed_after_work(folder);
  const pid_t left_over = server_pid(folder);
  ASSERT_GT(left_over, 0);
  ASSERT_EQ(::kill(left_over, 0), 0);
  {
    auto heir = PrivateServer::start(options(folder));
    ASSERT_TRUE(heir) << heir.error().message;
    EXPECT_EQ(server_pid(folder), left_over);
    EXPECT_EQ(ask(*heir, "SELECT id FROM mugs"), "7");
  }
  EXPECT_EQ(server_pid(folder), 0);
}

TEST(PrivateServer, StartsAgainAfterEverythingWasKilled) {
  const DataFolder folder;
  be_killed_after_work(folder);
  const pid_t dead = server_pid(folder);
  ASSERT_GT(dead, 0);
  ::kill(dead, SIGKILL);
  {
    auto heir = PrivateServer::start(options(folder));
    ASSERT_TRUE(heir) << heir.error().message;
    EXPECT_EQ(ask(*heir, "SELECT id FROM mugs"), "7");
  }
  // A pid file that names a process of somebody else (here: this one) keeps nobody from starting.
  {
    std::ofstream(folder.path() / "postgres" / "postmaster.pid") << getpid() << "\n";
  }
  const auto heir = PrivateServer::start(options(folder));
  EXPECT_TRUE(heir) << heir.error().message;
}

TEST(PrivateServer, BeginsAnewAfterASetupThatWasCutShort) {
  const DataFolder folder;
  fs::create_directories(folder.path() / "postgres.new" / "base");
  std::ofstream(folder.path() / "postgres.new" / "PG_VERSION") << "15\n";
  const auto server = PrivateServer::start(options(folder));
  EXPECT_TRUE(server) << server.error().message;
}

// As in a checkout below /root, when osier is root and the server is not.
TEST(PrivateServer, WorksBelowAFolderClosedToItsUser) {
  const DataFolder folder("closed/data");
  fs::create_directories(folder.path());
  chmod((folder.root() / "closed").c_str(), 0700);
  for (int i = 0; i < 2; ++i) {
    const auto server = PrivateServer::start(options(folder));
    ASSERT_TRUE(server) << server.error().message;
    EXPECT_EQ(ask(*server, "SELECT 1"), "1");
  }
}

TEST(PrivateServer, WorksInAFolderWithALongOrOddName) {
  const DataFolder folder("it's, \"odd\" " + std::string(100, 'x'));
  const auto server = PrivateServer::start(options(folder));
  ASSERT_TRUE(server) << server.error().message;
  EXPECT_EQ(ask(*server, "SELECT 1"), "1");
}

TEST(PrivateServer, SaysWhatIsMissing) {
  const DataFolder folder;
  auto wanted = options(folder);
  wanted.programs = "/nowhere";
  const auto refused = PrivateServer::start(wanted);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("/nowhere"), std::string::npos);
}

}  // namespace
}  // namespace osier::pg
