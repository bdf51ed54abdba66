// verify.py itself, on checks that come with clang-tidy: what it accepts.
// RUN: %verify_stock %s bugprone-use-after-move,modernize-use-nullptr
#include <utility>

struct Box {
  int *Value = 0; // warning: use nullptr // fixed: int *Value = nullptr;
};

void take(Box);

void bad_moved_twice(Box B) {
  take(std::move(B)); // note: move occurred here
  take(B);            // warning: 'B' used after it was moved [bugprone-use-after-move]
}

void ok_moved_once(Box B) { take(std::move(B)); }

struct bad_Member {
  bad_Member() : P(0) {} // warning: use nullptr // fixed: bad_Member() : P(nullptr) {}
  bool same(const bad_Member &Other) const noexcept { return ok_helper() && P == Other.P; }
  static bool ok_helper() { return '{' != '"' && "}"[0] != 1'000; }
  int *P;
};

int *bad_above()
{
  // warning@+1: use nullptr
  return 0;
}

auto ok_trailing(int A) noexcept(noexcept(A + 1)) -> int { return A; }
