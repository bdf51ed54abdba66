// RUN: %verify %s heddle-unbounded-spawn -- -std=c++20
#include "Inputs/blocking_queue.h"
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <future>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
struct Item {
  int id = 0;
};
void slow(const Item &);
int fetch(const std::string &url);
void serve(int socket);
void *serveEntry(void *);

// ---- the seeds --------------------------------------------------------------------------------------------------------

void bad_P29_thread_for_each(const std::vector<Item> &items) {
  std::vector<std::thread> all;
  for (const Item &i : items) // note: this loop runs once for each element
    all.emplace_back([&i] { slow(i); }); // warning: a thread is started for each element, without a limit
  for (auto &t : all)
    t.join();
}

std::vector<int> bad_R7_async_for_each(const std::vector<std::string> &urls) {
  std::vector<std::future<int>> all;
  for (const std::string &u : urls)
    all.push_back(std::async(std::launch::async, fetch, u)); // warning: a thread is started for each element
  std::vector<int> out;
  for (auto &f : all)
    out.push_back(f.get());
  return out;
}

// ---- elements --------------------------------------------------------------------------------------------------------

void bad_by_index(const std::vector<Item> &items) {
  std::vector<std::jthread> all;
  for (std::size_t i = 0; i < items.size(); ++i)
    all.emplace_back([&items, i] { slow(items[i]); }); // warning: a thread is started for each element
}
void bad_by_size(const std::vector<Item> &items) {
  const std::size_t n = items.size();
  std::vector<std::jthread> all(n);
  for (std::size_t i = 0; i != n; ++i)
    all[i] = std::jthread([&items, i] { slow(items[i]); }); // warning: a thread is started for each element
}
void bad_by_iterator(const std::vector<Item> &items) {
  std::vector<std::jthread> all;
  for (auto it = items.begin(); it != items.end(); ++it)
    all.emplace_back([it] { slow(*it); }); // warning: a thread is started for each element
}
void bad_until_empty(std::deque<Item> items) {
  std::vector<std::jthread> all;
  while (!items.empty()) {
    all.emplace_back(slow, items.front()); // warning: a thread is started for each element
    items.pop_front();
  }
}
void bad_by_algorithm(const std::vector<Item> &items) {
  std::vector<std::jthread> all;
  std::transform(items.begin(), items.end(), std::back_inserter(all),
                 [](const Item &i) { return std::jthread(slow, i); }); // warning: a thread is started for each element
}
void ok_by_algorithm(std::vector<int> &out, const std::vector<Item> &items) {
  std::transform(items.begin(), items.end(), std::back_inserter(out), [](const Item &i) {
    std::thread t(slow, i);
    t.join();
    return i.id;
  });
}
void bad_detached(const std::map<int, Item> &items) {
  for (const auto &[key, item] : items)
    std::thread(slow, item).detach(); // warning: a thread is started for each element
}
void bad_startSlow(Item i) {
  std::thread([i] { slow(i); })
      .detach(); // warning: a thread is started for each element
}
void throughAFunction(const std::vector<Item> &items) {
  for (const Item &i : items)
    bad_startSlow(i); // note: 'bad_startSlow', which starts it, is called here
}

// ---- arrivals --------------------------------------------------------------------------------------------------------

void bad_accept(int listening) {
  for (;;) { // note: this loop runs once for each arrival
    int s = accept(listening, nullptr, nullptr);
    if (s < 0)
      continue;
    std::thread(serve, s).detach(); // warning: a thread is started for each connection or message
  }
}
void bad_accept_pthread(int listening) {
  int s = 0;
  while ((s = accept(listening, nullptr, nullptr)) >= 0) {
    pthread_t t;
    pthread_create(&t, nullptr, serveEntry, new int(s)); // warning: a thread is started for each connection or message
    pthread_detach(t);
  }
}

void bad_message(BlockingQueue<Item> &in, std::atomic<bool> &stop) {
  std::vector<std::thread> all;
  while (!stop) {
    Item i = in.pop();
    all.emplace_back(slow, i); // warning: a thread is started for each connection or message
  }
  for (auto &t : all)
    t.join();
}

// ---- silence ---------------------------------------------------------------------------------------------------------

void ok_as_many_as_somebody_said(unsigned n, BlockingQueue<Item> &in) {
  std::vector<std::jthread> crew;
  for (unsigned i = 0; i < n; ++i)
    crew.emplace_back([&in] { slow(in.pop()); });
}
void ok_as_many_as_cores(BlockingQueue<Item> &in) {
  std::vector<std::jthread> crew;
  for (unsigned i = 0; i < std::thread::hardware_concurrency(); ++i)
    crew.emplace_back([&in] { slow(in.pop()); });
}
void ok_fixed(const std::array<Item, 4> &items) {
  std::vector<std::jthread> all;
  for (const Item &i : items)
    all.emplace_back([i] { slow(i); });
}
void ok_listed() {
  std::vector<std::jthread> all;
  for (const char *u : {"a", "b"})
    all.emplace_back([u] { fetch(u); });
  const std::vector<std::string> hosts{"c", "d"};
  for (const std::string &h : hosts)
    all.emplace_back([h] { fetch(h); });
}
struct Shard {
  Item item;
  std::thread thread;
};
void ok_slots_made_for_threads(std::vector<Shard> &shards) {
  for (Shard &s : shards)
    s.thread = std::thread([&s] { slow(s.item); });
}
void ok_prepared_handles(std::vector<std::thread> &crew, BlockingQueue<Item> &in) {
  for (std::size_t i = 0; i < crew.size(); ++i)
    crew[i] = std::thread([&in] { slow(in.pop()); });
}
class Runner {
public:
  void ok_start() {
    thread_ = std::make_unique<std::thread>([this] { slow(item_); });
    if (detached_)
      thread_->detach();
  }

private:
  Item item_;
  bool detached_ = false;
  std::unique_ptr<std::thread> thread_;
};
void ok_objects_made_to_run(const std::vector<std::shared_ptr<Runner>> &runners) {
  for (const auto &r : runners)
    r->ok_start();
}
void ok_permit(const std::vector<Item> &items) {
  std::counting_semaphore<8> slots(8);
  std::vector<std::jthread> all;
  for (const Item &i : items) {
    slots.acquire();
    all.emplace_back([&slots, &i] {
      slow(i);
      slots.release();
    });
  }
}
void ok_refused(int listening) {
  std::counting_semaphore<64> slots(64);
  for (;;) {
    int s = accept(listening, nullptr, nullptr);
    if (!slots.try_acquire()) {
      close(s);
      continue;
    }
    std::thread([s, &slots] {
      serve(s);
      slots.release();
    }).detach();
  }
}
void ok_in_batches(const std::vector<Item> &items) {
  std::vector<std::thread> batch;
  for (const Item &i : items) {
    batch.emplace_back([&i] { slow(i); });
    if (batch.size() == 8) {
      for (auto &t : batch)
        t.join();
      batch.clear();
    }
  }
  for (auto &t : batch)
    t.join();
}
void ok_waits_until_there_are_fewer(const std::vector<Item> &items) {
  std::mutex m;
  std::condition_variable fewer;
  int running = 0;
  std::vector<std::jthread> all;
  for (const Item &i : items) {
    std::unique_lock lock(m);
    fewer.wait(lock, [&] { return running < 8; });
    ++running;
    all.emplace_back([&, i] {
      slow(i);
      std::lock_guard end(m);
      --running;
      fewer.notify_one();
    });
  }
}
void ok_bound_is_asked(int listening, std::atomic<int> &open) {
  for (;;) {
    int s = accept(listening, nullptr, nullptr);
    if (open >= 100) {
      close(s);
      continue;
    }
    ++open;
    std::thread([s, &open] {
      serve(s);
      --open;
    }).detach();
  }
}
void ok_one_after_another(const std::vector<Item> &items) {
  for (const Item &i : items) {
    std::thread t(slow, i);
    t.join();
  }
}
void ok_library_decides(const std::vector<std::string> &urls) {
  std::vector<std::future<int>> all;
  for (const std::string &u : urls)
    all.push_back(std::async(fetch, u));
}
void ok_starts_itself(const std::vector<Item> &items, int depth) {
  std::vector<std::jthread> all;
  for (const Item &i : items)
    all.emplace_back([&, i] {
      if (depth < 3)
        ok_starts_itself({i}, depth + 1);
    });
}
void ok_no_loop(const Item &i) { std::thread(slow, i).detach(); }

// The work was divided before, and the starter does its share.
struct Share {
  std::vector<int> items;
};
void do_share(Share *);
void compute(Share *s) { do_share(s); }
void ok_shares(std::vector<Share> &shares) {
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < shares.size(); ++i)
    threads.emplace_back(&compute, &shares[i]);
  compute(&shares[0]);
  for (auto &t : threads)
    t.join();
}

// So many as a number says.
void ok_made_with_a_constant() {
  constexpr std::size_t most = 9;
  std::vector<Item> items(most);
  std::vector<std::jthread> all;
  for (Item &i : items)
    all.emplace_back([&i] { slow(i); });
}
void bad_made_with_a_number(std::size_t n) {
  std::vector<Item> items(n);
  std::vector<std::jthread> all;
  for (Item &i : items)
    all.emplace_back([&i] { slow(i); }); // warning: a thread is started for each element
}
void bad_made_and_grown(const Item &more) {
  std::vector<Item> items(9);
  while (more.id > int(items.size()))
    items.push_back(more);
  std::vector<std::jthread> all;
  for (Item &i : items)
    all.emplace_back([&i] { slow(i); }); // warning: a thread is started for each element
}

class Lanes {
public:
  explicit Lanes(unsigned n) : fixed_(n) {
    for (unsigned i = 0; i < n; ++i)
      counted_.emplace_back(std::make_shared<Item>());
  }
  Lanes(const std::vector<Item> &items) {
    for (const Item &i : items)
      given_.push_back(i);
  }
  void ok_run() {
    std::vector<std::jthread> all;
    for (auto &lane : counted_)
      all.emplace_back([&lane] { slow(*lane); });
    for (Item &lane : fixed_)
      all.emplace_back([&lane] { slow(lane); });
  }
  void bad_run() {
    std::vector<std::jthread> all;
    for (Item &lane : given_)
      all.emplace_back([&lane] { slow(lane); }); // warning: a thread is started for each element
    for (Item &lane : open_)
      all.emplace_back([&lane] { slow(lane); }); // warning: a thread is started for each element
  }
  void open(const Item &i) { open_.push_back(i); }

private:
  std::vector<std::shared_ptr<Item>> counted_;
  std::vector<Item> fixed_, given_, open_;
};

// ---- a member that its class keeps short -----------------------------------------------------------------------------------
class Survey {
public:
  explicit Survey(std::vector<Item> asked) : asked_(std::move(asked)) {
    if (asked_.size() > most)
      asked_.erase(asked_.begin() + most, asked_.end());
  }
  void ok_ask() {
    std::vector<std::jthread> all;
    for (Item &i : asked_)
      all.emplace_back([&i] { slow(i); });
  }

private:
  static constexpr std::size_t most = 8;
  std::vector<Item> asked_;
};

// ---- one at a time, or only one --------------------------------------------------------------------------------------------
void ok_elected(BlockingQueue<Item> &in, std::atomic<bool> &running) {
  for (;;) {
    Item i = in.pop();
    if (running.exchange(true))
      continue;
    std::thread([i, &running] {
      slow(i);
      running = false;
    }).detach();
  }
}
void ok_unless_it_runs(const std::vector<Item> &items) {
  std::thread t;
  for (const Item &i : items)
    if (!t.joinable())
      t = std::thread(slow, i);
  if (t.joinable())
    t.join();
}
void ok_the_first_that_fits(const std::vector<Item> &items) {
  for (const Item &i : items)
    if (i.id == 3) {
      std::thread(slow, i).detach();
      break;
    }
}
void ok_dies_with_its_turn(const std::vector<Item> &items) {
  for (const Item &i : items) {
    std::jthread t(slow, i);
    slow(i);
  }
}
void ok_future_of_the_turn(const std::vector<std::string> &urls) {
  for (const std::string &u : urls) {
    auto f = std::async(std::launch::async, fetch, u);
    fetch(u);
  }
}
void ok_two_halves_each_turn(const std::vector<Item> &items) {
  for (const Item &i : items) {
    std::vector<std::jthread> halves;
    halves.emplace_back(slow, i);
    halves.emplace_back(slow, i);
  }
}
class Watcher {
public:
  void watch(BlockingQueue<Item> &in) {
    for (;;) {
      Item i = in.pop();
      ok_start(i);
    }
  }

private:
  void ok_start(const Item &i) {
    if (started_)
      return;
    started_ = true;
    std::thread(slow, i).detach();
  }
  bool started_ = false;
};
void bad_flag_of_the_turn(const std::vector<Item> &items) {
  for (const Item &i : items) {
    bool started = false;
    if (!started) {
      started = true;
      std::thread(slow, i).detach(); // warning: a thread is started for each element
    }
  }
}
void bad_leaves_on_error(const std::vector<Item> &items) {
  for (const Item &i : items) {
    if (i.id == 3)
      break;
    std::thread(slow, i).detach(); // warning: a thread is started for each element
  }
}

// ---- as many as the source says ---------------------------------------------------------------------------------------------
class Mirrors {
public:
  void ok_ask() {
    for (const std::string &h : hosts_)
      std::thread(fetch, h).detach();
  }
  void ok_ask_all() {
    for (const std::string &h : all)
      std::thread(fetch, h).detach();
  }

private:
  const std::vector<std::string> hosts_{"a", "b"};
  static inline const std::vector<std::string> all{"a", "b", "c"};
};
void bad_accept_in_for(int listening) {
  int s = 0;
  for (; (s = accept(listening, nullptr, nullptr)) >= 0;)
    std::thread(serve, s).detach(); // warning: a thread is started for each connection or message
}

// ---- lists that are made with a number of their own ----
struct Slice {
  unsigned first, last;
};
std::vector<Slice> slices(unsigned n, unsigned parts) {
  std::vector<Slice> all;
  const unsigned step = (n + parts - 1) / parts;
  for (unsigned i = 0; i < n; i += step)
    all.push_back({i, i + step});
  return all;
}
std::vector<Slice> single(unsigned n) {
  std::vector<Slice> all;
  for (unsigned i = 0; i < n; ++i)
    all.push_back({i, i + 1});
  return all;
}
void slowly(Slice);
void ok_a_slice_each(const std::vector<Item> &items) {
  std::vector<std::thread> threads;
  for (const Slice &s : slices(items.size(), 4))
    threads.emplace_back([s] { slowly(s); });
  for (auto &t : threads)
    t.join();
}
void ok_a_slice_each_of_the_machine(const std::vector<Item> &items) {
  const unsigned workers = std::thread::hardware_concurrency();
  std::vector<std::thread> threads;
  const auto all = slices(items.size(), workers);
  for (const Slice &s : all)
    threads.emplace_back([s] { slowly(s); });
  for (auto &t : threads)
    t.join();
}
void bad_a_slice_for_each(const std::vector<Item> &items) {
  std::vector<std::thread> threads;
  for (const Slice &s : single(items.size()))
    threads.emplace_back([s] { slowly(s); }); // warning: a thread is started for each element
  for (auto &t : threads)
    t.join();
}
void bad_started_here_and_detached_below(int listening) {
  for (;;) {
    int s = accept(listening, nullptr, nullptr);
    std::thread([s] {
      serve(s);
      close(s);
    }).detach(); // warning: a thread is started for each connection or message
  }
}

// ---- a local that was filled by a number ----
struct Desk {
  explicit Desk(int number);
  void serve() noexcept;
};
void ok_filled_by_a_number(int desks) {
  std::vector<std::unique_ptr<Desk>> open;
  for (int i = 0; i < desks && i < 6; ++i)
    open.push_back(std::make_unique<Desk>(i));
  std::vector<std::jthread> threads;
  for (auto &desk : open)
    threads.emplace_back([d = desk.get()] { d->serve(); });
}
void ok_filled_by_a_count(unsigned desks) {
  std::deque<Desk> open;
  while (desks-- > 0)
    open.emplace_back(int(desks));
  std::vector<std::jthread> threads;
  for (Desk &desk : open)
    threads.emplace_back([&desk] { desk.serve(); });
}
void bad_filled_by_elements(const std::vector<int> &numbers) {
  std::vector<std::unique_ptr<Desk>> open;
  for (int number : numbers)
    open.push_back(std::make_unique<Desk>(number));
  std::vector<std::jthread> threads;
  for (auto &desk : open)
    threads.emplace_back([d = desk.get()] { d->serve(); }); // warning: a thread is started for each element
}
void fillFrom(const std::string &file, std::vector<std::unique_ptr<Desk>> &to);
void bad_filled_elsewhere(const std::string &file) {
  std::vector<std::unique_ptr<Desk>> open;
  open.push_back(std::make_unique<Desk>(0));
  fillFrom(file, open);
  std::vector<std::jthread> threads;
  for (auto &desk : open)
    threads.emplace_back([d = desk.get()] { d->serve(); }); // warning: a thread is started for each element
}
