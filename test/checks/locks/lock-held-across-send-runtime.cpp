// RUN: %verify %s heddle-lock-held-across-send -- -std=c++20 -I %repository/lib/runtime/include
#include <heddle/channel.h>
#include <heddle/context.h>
#include <heddle/guarded.h>

#include <map>
#include <mutex>
#include <string>

class Rates {
public:
  explicit Rates(heddle::sender<std::string> changes) : changes_(std::move(changes)) {}

  heddle::result<void> bad_send(const heddle::context &ctx, const std::string &pair, double rate) {
    std::lock_guard lock(mutex_); // note: 'mutex_' is locked here
    rates_[pair] = rate;
    return changes_.send(ctx, pair); // warning: this send can block while 'mutex_' is held
  }
  heddle::result<void> ok_send(const heddle::context &ctx, const std::string &pair, double rate) {
    {
      std::lock_guard lock(mutex_);
      rates_[pair] = rate;
    }
    return changes_.send(ctx, pair);
  }
  bool ok_offered(const std::string &pair, double rate) {
    std::lock_guard lock(mutex_);
    rates_[pair] = rate;
    return changes_.try_send(pair).has_value();
  }

private:
  std::mutex mutex_;
  std::map<std::string, double> rates_;
  heddle::sender<std::string> changes_;
};

class Guarded {
public:
  explicit Guarded(heddle::sender<std::string> changes) : changes_(std::move(changes)) {}

  void bad_send(const heddle::context &ctx, const std::string &pair, double rate) {
    rates_.with([&](auto &rates) { // warning: this send can block while 'rates_' is held // note: 'rates_' is locked here
      rates[pair] = rate;
      (void)changes_.send(ctx, pair); // note: it happens here, in the lambda
    });
  }
  heddle::result<void> ok_send(const heddle::context &ctx, const std::string &pair, double rate) {
    rates_.with([&](auto &rates) { rates[pair] = rate; });
    return changes_.send(ctx, pair);
  }
  void ok_offered(const std::string &pair, double rate) {
    rates_.with([&](auto &rates) {
      rates[pair] = rate;
      (void)changes_.try_send(pair);
    });
  }

private:
  heddle::guarded<std::map<std::string, double>> rates_;
  heddle::sender<std::string> changes_;
};
