#include <heddle/heddle.h>

int main() {
  const heddle::context ctx = heddle::context::root();
  auto answer = heddle::go(ctx, [] { return 42; });
  return answer.await(ctx).value_or(0) == 42 ? 0 : 1;
}
