// RUN: %verify %s heddle-timer-created-in-loop -- -std=c++20 -I %repository/lib/runtime/include
#include <heddle/channel.h>
#include <heddle/context.h>
#include <heddle/timer.h>

#include <chrono>
#include <string>

using namespace std::chrono_literals;
void check(const std::string &path);
void handle(const std::string &text);

void bad_watch(const heddle::context &ctx, const std::string &path) {
  while (!ctx.cancelled()) {
    heddle::timer pause(1s); // warning: a timer is created in every iteration of this loop
    if (!pause.wait(ctx))
      return;
    check(path);
  }
}

void ok_ticker(const heddle::context &ctx, const std::string &path) {
  heddle::ticker tick(1s);
  while (tick.wait(ctx))
    check(path);
}

void ok_armed_again(const heddle::context &ctx, heddle::receiver<std::string> messages) {
  heddle::timer idle(30s);
  while (auto message = messages.receive(ctx)) {
    idle.reset(30s);
    handle(*message);
  }
}
