// The main() of every test program.

#include <gtest/gtest.h>

#include <csignal>

int main(int argc, char** argv) {
  std::signal(SIGPIPE,
              SIG_IGN);  // As in osier itself: a closed peer is an error code, not a death.
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
