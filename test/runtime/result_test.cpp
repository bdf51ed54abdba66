#include "testing.h"

#include <memory>

namespace heddle {
namespace {

TEST(Error, KeepsACode) {
  error e = std::make_error_code(std::errc::timed_out);
  EXPECT_EQ(e.code(), std::errc::timed_out);
  EXPECT_FALSE(e.exception());
  EXPECT_FALSE(e.is_canceled());
  EXPECT_THROW(e.raise(), std::system_error);
}

TEST(Error, KeepsAnException) {
  error e(std::make_exception_ptr(std::runtime_error("broken")));
  EXPECT_FALSE(e.code());
  EXPECT_EQ(e.what(), "broken");
  EXPECT_THROW(e.raise(), std::runtime_error);
  EXPECT_EQ(error(std::make_exception_ptr(5)).what(), "an exception that is no std::exception");
}

TEST(Error, KnowsTheEndsOfAContext) {
  EXPECT_TRUE(error(errc::canceled).is_canceled());
  EXPECT_TRUE(error(errc::deadline_exceeded).is_canceled());
  EXPECT_FALSE(error(errc::closed).is_canceled());
  EXPECT_TRUE(error(errc::closed) == errc::closed);
  EXPECT_TRUE(error(errc::closed) == error(errc::closed));
  EXPECT_FALSE(error(errc::closed) == error(errc::full));
}

TEST(Error, EveryCodeHasAText) {
  for (int c = 1; c <= static_cast<int>(errc::unwanted); ++c)
    EXPECT_NE(category().message(c), "unknown error") << c;
  EXPECT_EQ(category().message(0), "unknown error");
}

TEST(ErrorDeathTest, CannotBeEmpty) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_DEATH((void)error(std::error_code{}), "empty error code");
  EXPECT_DEATH((void)error(std::exception_ptr{}), "empty exception_ptr");
}

TEST(Result, HoldsAValue) {
  result<std::string> r = "warp";
  ASSERT_TRUE(r);
  EXPECT_EQ(*r, "warp");
  EXPECT_EQ(r->size(), 4U);
  EXPECT_EQ(r.value(), "warp");
  EXPECT_EQ(r.value_or("weft"), "warp");
}

TEST(Result, HoldsAnError) {
  result<std::string> r = errc::closed;
  ASSERT_FALSE(r);
  EXPECT_TRUE(r.error() == errc::closed);
  EXPECT_THROW((void)r.value(), std::system_error);
  EXPECT_EQ(r.value_or("weft"), "weft");
}

TEST(Result, MovesAndCopies) {
  {
    result<counted> a(std::in_place, 1);
    result<counted> b = a;
    result<counted> c = std::move(a);
    EXPECT_EQ(b->value + c->value, 2);
    b = errc::full;
    EXPECT_FALSE(b);
    b = c;
    EXPECT_EQ(b->value, 1);
    b = std::move(c);
    EXPECT_EQ(b->value, 1);
  }
  EXPECT_EQ(counted::alive, 0);
  result<std::unique_ptr<int>> u = std::make_unique<int>(3);
  EXPECT_EQ(*std::move(u).value(), 3);
  static_assert(!std::is_copy_constructible_v<result<std::unique_ptr<int>>>);
}

TEST(Result, Composes) {
  auto half = [](int n) -> result<int> {
    if (n % 2) return errc::overflow;
    return n / 2;
  };
  result<int> r = 8;
  EXPECT_EQ(r.and_then(half).and_then(half).value(), 2);
  EXPECT_TRUE(r.and_then(half).transform([](int n) { return n + 1; }).and_then(half).error() == errc::overflow);
  EXPECT_EQ(result<int>(errc::closed).or_else([](const error&) -> result<int> { return 7; }).value(), 7);
  result<void> none = r.transform([](int) {});
  EXPECT_TRUE(none);
}

TEST(Result, OfVoid) {
  result<void> ok;
  EXPECT_TRUE(ok);
  ok.value();
  result<void> bad = errc::canceled;
  EXPECT_FALSE(bad);
  EXPECT_THROW(bad.value(), std::system_error);
  EXPECT_EQ(ok.transform([] { return 3; }).value(), 3);
  EXPECT_TRUE(bad.and_then([]() -> result<int> { return 3; }).error() == errc::canceled);
  EXPECT_TRUE(bad.or_else([](const error&) { return result<void>(); }));
}

TEST(Result, OfACallThatThrows) {
  auto r = detail::call_for_result([]() -> int { throw std::runtime_error("no"); });
  static_assert(std::is_same_v<decltype(r), result<int>>);
  EXPECT_EQ(r.error().what(), "no");
}

} // namespace
} // namespace heddle
