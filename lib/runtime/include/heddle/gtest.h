// Makes every GoogleTest fail that leaves tasks running. Link heddle::gtest, and call heddle::check_leaks_after_tests()
// before RUN_ALL_TESTS().
#pragma once

#include <heddle/leak_check.h>

#include <gtest/gtest.h>

namespace heddle {

class leak_listener final : public ::testing::EmptyTestEventListener {
public:
  explicit leak_listener(duration grace = std::chrono::seconds(2)) noexcept : check_(grace) {}
  void OnTestEnd(const ::testing::TestInfo& test) override {
    std::string left = check_.report();
    if (!left.empty()) ADD_FAILURE() << test.test_suite_name() << '.' << test.name() << " left tasks running:\n" << left;
  }

private:
  leak_check check_;
};

inline void check_leaks_after_tests(duration grace = std::chrono::seconds(2)) {
  ::testing::UnitTest::GetInstance()->listeners().Append(new leak_listener(grace));
}

} // namespace heddle
