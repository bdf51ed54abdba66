// RUN: %verify %s heddle-transient-executor -- -std=c++20
// The seed's row (L20: a client with a transport of its own, whose connections stay behind; many of them are made).
#include "Inputs/thread_pool.h"
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

struct Request {
  std::string url;
};
void work(const std::string &);
bool accept(Request &into);
std::string answer(const Request &);

// ---- L20 ---------------------------------------------------------------------------------------------------------------
class Transport {
public:
  Transport() {
    for (int i = 0; i < 2; ++i)
      readers_.emplace_back([this] { read(); });
  }
  std::string roundTrip(const Request &r) { return answer(r); }

private:
  void read();
  std::vector<std::jthread> readers_;
};
class HttpClient {
public:
  std::string send(const Request &r) { return transport_.roundTrip(r); }

private:
  Transport transport_;
};
struct bad_L20 {
  class Gateway {
  public:
    std::string handle(const Request &r) { // note: this is called for each piece of work
      HttpClient client; // warning: 'client' is made in each call; its threads are started and waited for each time; make it once and share it
      return client.send(r);
    }
  };
};
class ok_L20 {
public:
  std::string handle(const Request &r) { return client_.send(r); }

private:
  HttpClient client_;
};

// ---- loops -------------------------------------------------------------------------------------------------------------
void bad_per_item(const std::vector<std::string> &files) {
  for (const auto &file : files) { // note: this loop repeats it
    ThreadPool pool(4); // warning: 'pool' is made in each iteration; its threads are started and waited for each time; make it once and share it
    pool.submit([&file] { work(file); });
  }
}
void bad_per_connection() {
  Request r;
  while (accept(r)) {
    auto pool = std::make_unique<ThreadPool>(8); // warning: 'pool' is made in each iteration
    pool->submit([r] { work(r.url); });
  }
}
static void serveOne(const Request &r) {
  HttpClient bad_client; // warning: 'bad_client' is made in each iteration
  work(bad_client.send(r));
}
void acceptAll() {
  Request r;
  while (accept(r))
    serveOne(r);
}
std::string bad_temporary(const std::vector<Request> &rs) {
  std::string all;
  for (const auto &r : rs)
    all += HttpClient().send(r); // warning: 'HttpClient' is made in each iteration
  return all;
}
struct bad_const_member {
  class Resizer {
  public:
    void resize(const std::vector<std::string> &images) const {
      ThreadPool pool(4); // warning: 'pool' is made in each call
      for (const auto &image : images)
        pool.submit([&image] { work(image); });
    }
  };
};

// ---- correct code that looks similar -----------------------------------------------------------------------------------
void ok_shared(const std::vector<std::string> &files) {
  ThreadPool pool(4);
  for (const auto &file : files)
    pool.submit([&file] { work(file); });
}
int main() {
  ThreadPool pool(4);
  HttpClient client;
  pool.submit([&client] { client.send({}); });
}
class ok_member {
public:
  ok_member() : pool_(4) {}
  void add(const std::string &s) {
    pool_.submit([s] { work(s); });
  }

private:
  ThreadPool pool_;
};
std::string ok_static(const Request &r) {
  static HttpClient client;
  return client.send(r);
}
std::unique_ptr<ThreadPool> ok_factory(int n) {
  auto pool = std::make_unique<ThreadPool>(n);
  pool->submit([] { work("warm up"); });
  return pool;
}
class ok_started_once {
public:
  void start(int n) {
    auto pool = std::make_unique<ThreadPool>(n);
    pool_ = std::move(pool);
  }

private:
  std::unique_ptr<ThreadPool> pool_;
};
class ok_lazy {
public:
  void add(const std::string &s) {
    std::call_once(once_, [this] { pool_ = std::make_unique<ThreadPool>(2); });
    if (!pool_)
      pool_ = std::make_unique<ThreadPool>(2);
    pool_->submit([s] { work(s); });
  }

private:
  std::once_flag once_;
  std::unique_ptr<ThreadPool> pool_;
};
void ok_measured() {
  for (int threads : {1, 2, 4}) {
    ThreadPool pool(threads);
    pool.submit([] { work("x"); });
  }
  for (int round = 0; round < 10; ++round) {
    ThreadPool pool(2);
    pool.submit([] { work("x"); });
  }
}
void ok_each_has_one(std::vector<std::unique_ptr<ThreadPool>> &pools, const std::vector<std::string> &nodes) {
  for (const auto &node : nodes) {
    auto pool = std::make_unique<ThreadPool>(1);
    pool->submit([node] { work(node); });
    pools.push_back(std::move(pool));
  }
}
void ok_borrowed(ThreadPool &shared, const std::vector<std::string> &files) {
  for (const auto &file : files) {
    ThreadPool &pool = shared;
    pool.submit([file] { work(file); });
  }
}
// One thread beside one piece of work.
class Watchdog {
public:
  Watchdog() : thread_([this] { watch(); }) {}

private:
  void watch();
  std::jthread thread_;
};
void ok_one_thread(const std::vector<std::string> &files) {
  for (const auto &file : files) {
    Watchdog dog;
    work(file);
  }
}
class ok_shared_transport {
public:
  explicit ok_shared_transport(std::shared_ptr<Transport> t) : transport_(std::move(t)) {}
  std::string send(const Request &r) { return transport_->roundTrip(r); }

private:
  std::shared_ptr<Transport> transport_;
};
void useShared(const std::shared_ptr<Transport> &t, const std::vector<Request> &rs) {
  for (const auto &r : rs) {
    ok_shared_transport client(t);
    work(client.send(r));
  }
}
void ok_given_up_after_first(const std::vector<std::string> &files) {
  for (const auto &file : files) {
    if (file.empty())
      continue;
    ThreadPool pool(4);
    pool.submit([&file] { work(file); });
    break;
  }
}
