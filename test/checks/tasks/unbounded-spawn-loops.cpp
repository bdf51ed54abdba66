// RUN: %verify %s heddle-unbounded-spawn -- -std=c++20
// REQUIRES: asio
// A thread for each event loop: the loops are the pool.
#include <boost/asio.hpp>
#include <atomic>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <vector>

void serve(const std::string &);

class Pool {
public:
  void ok_run() {
    std::vector<std::shared_ptr<std::thread>> threads;
    for (std::size_t i = 0; i < contexts_.size(); ++i)
      threads.emplace_back(std::make_shared<std::thread>([](std::shared_ptr<boost::asio::io_context> c) { c->run(); }, contexts_[i]));
    for (auto &t : threads)
      t->join();
  }
  void bad_each(const std::vector<std::string> &names) {
    std::vector<std::thread> threads;
    for (const std::string &n : names)
      threads.emplace_back([&n] { serve(n); }); // warning: a thread is started for each element, without a limit
    for (auto &t : threads)
      t.join();
  }

private:
  std::vector<std::shared_ptr<boost::asio::io_context>> contexts_;
};

void ok_threads_per_loop(std::vector<std::unique_ptr<boost::asio::io_context>> &loops, std::size_t each) {
  std::vector<std::thread> threads;
  for (auto &loop : loops)
    for (std::size_t i = 0; i != each; ++i)
      threads.emplace_back([&loop] { loop->run(); });
  for (auto &t : threads)
    t.join();
}

// ---- a thread for each share of the elements ----
class ok_Shares {
public:
  void run() {
    std::vector<std::jthread> crew;
    const std::size_t step = std::max<std::size_t>(1, items_.size() / workers);
    for (std::size_t first = 0; first < items_.size(); first += step)
      crew.emplace_back([this, first, step] { share(first, first + step); });
  }

private:
  static constexpr std::size_t workers = 4;
  void share(std::size_t first, std::size_t last);
  std::vector<int> items_;
};
class bad_Batches {
public:
  void run() {
    std::vector<std::jthread> crew;
    for (std::size_t first = 0; first < items_.size(); first += 16)
      crew.emplace_back([this, first] { share(first, first + 16); }); // warning: a thread is started for each element
  }

private:
  void share(std::size_t first, std::size_t last);
  std::vector<int> items_;
};

// ---- to clear up what is over is no limit ----
struct Serving {
  std::atomic<bool> over{false};
  std::thread thread;
};
class Servers {
public:
  void serve(int listening) {
    for (;;) {
      int s = accept(listening, nullptr, nullptr);
      if (s < 0)
        break;
      reap();
      begin(s);
    }
    for (auto &x : all_)
      x.thread.join();
  }

private:
  void begin(int s) {
    Serving &x = all_.emplace_back();
    x.thread = std::thread([this, s, &x] { // warning: a thread is started for each connection or message
      talk(s);
      x.over.store(true);
    });
  }
  void reap() {
    for (auto it = all_.begin(); it != all_.end();) {
      if (it->over.load()) {
        it->thread.join();
        it = all_.erase(it);
      } else {
        ++it;
      }
    }
  }
  void talk(int s);
  std::list<Serving> all_;
};
class ok_ServersWithRoom {
public:
  void serve(int listening) {
    for (;;) {
      int s = accept(listening, nullptr, nullptr);
      if (s < 0)
        break;
      makeRoom();
      begin(s);
    }
  }

private:
  void begin(int s) {
    ++running_;
    Serving &x = all_.emplace_back();
    x.thread = std::thread([this, s] {
      talk(s);
      --running_;
    });
  }
  void makeRoom() {
    if (running_.load() >= 16) {
      all_.front().thread.join();
      all_.pop_front();
    }
  }
  void talk(int s);
  std::atomic<int> running_{0};
  std::list<Serving> all_;
};

// A thread for each source, that runs until it is told to stop.
struct Source {
  int next();
};
void keep(int);
class Receiver {
public:
  explicit Receiver(std::vector<Source> sources) : sources_(std::move(sources)) {
    for (std::size_t i = 0; i < sources_.size(); ++i)
      threads_.emplace_back([this, i](std::stop_token stop) { ok_receive(stop, sources_[i]); });
  }

private:
  static void ok_receive(const std::stop_token &stop, Source &source) {
    while (!stop.stop_requested())
      keep(source.next());
  }
  std::vector<Source> sources_;
  std::vector<std::jthread> threads_;
};
struct bad_once_for_each_source {
  explicit bad_once_for_each_source(std::vector<Source> sources) : sources_(std::move(sources)) {
    for (std::size_t i = 0; i < sources_.size(); ++i) // note: this loop runs once for each element of an unbounded input
      threads_.emplace_back([this, i] { keep(sources_[i].next()); }); // warning: a thread is started for each element, without a limit
  }

private:
  std::vector<Source> sources_;
  std::vector<std::jthread> threads_;
};
