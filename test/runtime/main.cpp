#include "testing.h"

#include <cstdio>

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  heddle::check_leaks_after_tests(std::chrono::seconds(10));
  int failed = RUN_ALL_TESTS();
  if (!heddle::shutdown_default(std::chrono::seconds(10))) {
    std::fputs("tasks still run in the default pool\n", stderr);
    return 1;
  }
  return failed;
}
