// RUN: %verify %s heddle-severed-cancellation -- -std=c++20
// Contexts that the project wrote itself: a flag that is shared, a deadline, and a root that nobody can stop.
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

class Context {
public:
  using Clock = std::chrono::steady_clock;
  static Context background() { return Context(nullptr, Clock::time_point::max()); }
  static std::pair<Context, std::shared_ptr<std::atomic<bool>>> cancellable() {
    auto flag = std::make_shared<std::atomic<bool>>(false);
    return {Context(flag, Clock::time_point::max()), flag};
  }
  Context with(Clock::duration d) const { return Context(flag_, Clock::now() + d); }
  bool done() const { return (flag_ && *flag_) || Clock::now() >= limit_; }

private:
  Context(std::shared_ptr<std::atomic<bool>> flag, Clock::time_point limit) : flag_(std::move(flag)), limit_(limit) {}
  std::shared_ptr<std::atomic<bool>> flag_;
  Clock::time_point limit_;
};
class Options { // a root, but nothing that anybody stops
public:
  static Options defaults() { return Options(); }
  bool verbose() const { return verbose_; }

private:
  bool verbose_ = false;
};

int fetch(const Context &, const std::string &);
void flush(const Context &);
int run(const Options &);

int bad_call(const Context &ctx, const std::string &key) { // note: the caller's is given here
  return ctx.done() ? 0 : fetch(Context::background(), key); // warning: a fresh context is created here although 'ctx' is available; this call continues after the caller is cancelled; derive it from 'ctx', or pass that on
}
int bad_variable(const Context &ctx, const std::string &key) {
  if (ctx.done())
    return 0;
  const Context fresh = Context::background(); // warning: a fresh context is created here although 'ctx' is available; what is given 'fresh' continues
  return fetch(fresh, key);
}
class Client {
public:
  int bad_member(Context ctx) {
    for (int i = 0; i != 10 && !ctx.done(); ++i)
      if (int n = fetch(Context::background(), name_)) // warning: a fresh context is created here although 'ctx' is available
        return n;
    return 0;
  }
  int ok_derived(const Context &ctx) { return fetch(ctx.with(std::chrono::seconds(1)), name_); }
  int ok_root() { return fetch(Context::background(), name_); }

private:
  std::string name_;
};
int ok_passed(const Context &ctx, const std::string &key) { return fetch(ctx, key); }
void ok_cleanup(const Context &ctx) { // what has to be done when the stop was seen
  if (ctx.done())
    flush(Context::background());
}
int ok_options(const Options &, const Context &ctx) { return ctx.done() ? 0 : run(Options::defaults()); }
int ok_unnamed(const Context &, const std::string &key) { return fetch(Context::background(), key); }
