// RUN: %verify %s heddle-wait-before-spawn -- -std=c++20 -I %repository/lib/runtime/include
#include <heddle/task_group.h>
#include <heddle/wait_group.h>

#include <vector>

void render(int tile);

heddle::result<void> bad_group(const heddle::context &ctx, int tiles) {
  heddle::task_group crew(ctx);
  heddle::result<void> done = std::move(crew).wait(); // warning: 'crew' is waited for before any task is added to it
  for (int i = 0; i < tiles; ++i)
    crew.spawn([i] { render(i); }); // note: the task is added here, after the wait
  return done;
}

std::vector<heddle::error> bad_errors_of_all(const heddle::context &ctx) {
  heddle::task_group crew(ctx, {.limit = 2});
  auto errors = std::move(crew).wait_all(); // warning: 'crew' is waited for before any task is added to it
  (void)crew.try_spawn([] { render(0); });  // note: the task is added here, after the wait
  return errors;
}

void bad_tokens(const heddle::context &ctx, std::vector<heddle::wait_token> &given) {
  heddle::wait_group parts;
  (void)parts.wait(ctx); // warning: 'parts' is waited for before any task is added to it
  given.push_back(parts.token()); // note: the task is added here, after the wait
}

heddle::result<void> ok_group(const heddle::context &ctx, int tiles) {
  heddle::task_group crew(ctx);
  for (int i = 0; i < tiles; ++i)
    crew.spawn([i] { render(i); });
  return std::move(crew).wait();
}

void ok_used_again(const heddle::context &ctx, std::vector<heddle::wait_token> &given) {
  heddle::wait_group parts;
  given.push_back(parts.token());
  given.clear();
  (void)parts.wait(ctx);
  given.push_back(parts.token());
  given.clear();
  (void)parts.wait(ctx);
}

heddle::result<void> ok_each(const heddle::context &ctx, std::vector<int> &tiles) {
  return heddle::for_each(ctx, {.limit = 2}, tiles, [](int &tile) { render(tile); });
}
