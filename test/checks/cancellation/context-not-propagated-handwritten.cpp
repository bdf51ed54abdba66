// RUN: %verify %s heddle-context-not-propagated -- -std=c++20
// Contexts that projects write themselves.
#include <atomic>
#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

class Cancellation {
public:
  void cancel() { flag_.store(true); }
  bool isCancelled() const { return flag_.load(); }

private:
  std::atomic<bool> flag_{false};
};
struct CallContext {
  explicit CallContext(std::stop_token st) : stop(st) {}
  bool expired() const { return stop.stop_requested() || std::chrono::steady_clock::now() > end; }
  std::stop_token stop;
  std::chrono::steady_clock::time_point end = std::chrono::steady_clock::time_point::max();
};

class Client {
public:
  std::string fetch(const std::string &url);
  std::string fetch(const std::string &url, const Cancellation &c); // note: this overload takes it
  int ping(int host);
  int ping(CallContext *ctx, int host);
};

std::string bad_reference(Client &client, const Cancellation &cancel, const std::string &url) {
  if (cancel.isCancelled())
    return {};
  return client.fetch(url); // warning: 'fetch' is called without 'cancel', which it accepts; the call continues after the caller is cancelled; pass 'cancel'
}
int bad_pointer(Client &client, CallContext *ctx) {
  int lost = 0;
  for (int host = 0; host != 8 && !ctx->expired(); ++host)
    lost += client.ping(host); // warning: 'ping' is called without 'ctx', which it accepts
  return lost;
}
std::string ok_passed(Client &client, const Cancellation &cancel, const std::string &url) {
  return client.fetch(url, cancel);
}
int ok_none(Client &client) { return client.ping(1); }
int ok_afterwards(Client &client, const CallContext &ctx) { // another kind of context
  return ctx.expired() ? client.fetch("x").size() : 0;
}

// ---- classes with a flag that are no contexts --------------------------------------------------------------------------
class Worker { // it has a thread
public:
  void stop() { over_ = true; }
  bool over() const { return over_; }

private:
  std::atomic<bool> over_{false};
  std::jthread thread_;
};
struct Account { // nobody sets its mark from outside
  explicit Account(int id) : id(id) {}
  bool dirty() const { return dirty_; }
  int id;

private:
  std::atomic<bool> dirty_{false};
};
struct Bank {
  void audit();
  void audit(const Worker &w);
  void close();
  void close(const Account &a);
};
void ok_worker(Bank &bank, const Worker &w) {
  if (!w.over())
    bank.audit();
}
void ok_account(Bank &bank, const Account &a) {
  if (a.dirty())
    bank.close();
}
