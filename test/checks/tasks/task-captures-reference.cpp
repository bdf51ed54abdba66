// RUN: %verify %s heddle-task-captures-reference -- -std=c++20
// The seeds' rows, and the ways in which a task can hold a local.
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <functional>
#include <future>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <semaphore>
#include <string>
#include <thread>
#include <utility>
#include <vector>

struct Item {
  int id = 0;
  std::string name;
};
void process(const Item &);
void use(int);
void log(const std::string &);
Item fetch(int);
bool connected();

// ---- F4, S6, P1: the loop variable, and what is declared in the loop -------------------------------------------------

void bad_F4_loop_counter(const std::vector<std::string> &urls) {
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < urls.size(); ++i) // note: the loop modifies it here
    threads.emplace_back([&i, &urls] { log(urls[i]); }); // warning: loop variable 'i' is passed by reference to a task that may still run when the loop modifies it // note: the task is started here // fixed: threads.emplace_back([i, &urls] { log(urls[i]); });
  for (std::thread &t : threads)
    t.join();
}

void bad_F4_default_capture(int n) {
  std::vector<std::future<void>> all;
  for (int i = 0; i < n; i++) // note: the loop modifies it here
    all.push_back(std::async(std::launch::async, [&] { use(i); })); // warning: loop variable 'i' is passed by reference to a task that may still run when the loop modifies it // note: the task is started here // fixed: all.push_back(std::async(std::launch::async, [&, i] { use(i); }));
  for (auto &f : all)
    f.get();
}

void bad_S6_body_local(const std::vector<int> &ids) {
  std::vector<std::thread> threads;
  for (int id : ids) {
    Item item = fetch(id); // note: 'item' lives until its scope ends
    threads.emplace_back([&item] { process(item); }); // warning: local 'item' is passed by reference to a task that may outlive it // note: the task is started here, and is not waited for in this scope
  }
  for (std::thread &t : threads)
    t.join();
}

void bad_P1_range_copy(const std::vector<Item> &items) {
  std::vector<std::jthread> threads;
  for (Item item : items) // note: 'item' lives until its scope ends
    threads.emplace_back([&] { process(item); }); // warning: local 'item' is passed by reference to a task that may outlive it // note: the task is started here, and is not waited for in this scope
}

// ---- P8: the task outlives the function ------------------------------------------------------------------------------

void bad_P8_detached(const std::string &path) {
  std::string copy = path + ".tmp"; // note: 'copy' lives until its scope ends
  std::thread([&copy] { log(copy); }).detach(); // warning: local 'copy' is passed by reference to a task that may outlive it // note: the task is started here, and cannot be waited for // fixed: std::thread([copy] { log(copy); }).detach();
}

void bad_detached_later() {
  int progress = 0; // note: 'progress' lives until its scope ends
  std::thread worker([&progress] { use(progress); }); // warning: local 'progress' is passed by reference to a task that may outlive it // note: the task is started here, and is not waited for in this scope
  worker.detach();
}

void bad_by_value_parameter(std::string name) { // note: 'name' lives until its scope ends
  std::thread([&] { log(name); }).detach(); // warning: local 'name' is passed by reference to a task that may outlive it // note: the task is started here, and cannot be waited for
}

void bad_reference_wrapper() {
  Item item; // note: 'item' lives until its scope ends
  std::thread(process, std::ref(item)).detach(); // warning: local 'item' is passed by reference to a task that may outlive it // note: the task is started here, and cannot be waited for
}

void work(const Item *);
void bad_pointer() {
  Item item; // note: 'item' lives until its scope ends
  std::thread t(work, &item); // warning: local 'item' is passed by reference to a task that may outlive it // note: the task is started here, and is not waited for in this scope
  t.detach();
}

std::future<void> bad_returned(int id) {
  Item item = fetch(id); // note: 'item' lives until its scope ends
  return std::async(std::launch::async, [&item] { process(item); }); // warning: local 'item' is passed by reference to a task that may outlive it // note: the task is started here, and is not waited for in this scope
}

std::thread bad_returned_thread(int id) {
  Item item = fetch(id); // note: 'item' lives until its scope ends
  return std::thread([&item] { process(item); }); // warning: local 'item' is passed by reference to a task that may outlive it // note: the task is started here, and is not waited for in this scope
}

class Loader {
public:
  ~Loader() {
    for (auto &t : threads_)
      t.join();
  }
  void bad_member_container(int id) {
    Item item = fetch(id); // note: 'item' lives until its scope ends
    threads_.emplace_back([&item] { process(item); }); // warning: local 'item' is passed by reference to a task that may outlive it // note: the task is started here, and is not waited for in this scope
  }
  void bad_member_thread(int id) {
    Item item = fetch(id); // note: 'item' lives until its scope ends
    worker_ = std::jthread([this, &item] { // warning: local 'item' is passed by reference to a task that may outlive it // note: the task is started here, and is not waited for in this scope
      process(item);
      done_ = true;
    });
  }
  void ok_member_joined_here(int id) {
    Item item = fetch(id);
    worker_ = std::jthread([&item] { process(item); });
    worker_.join();
  }
  void ok_copy(int id) {
    Item item = fetch(id);
    threads_.emplace_back([item] { process(item); });
  }
  void ok_members_only(int id) {
    last_ = fetch(id);
    threads_.emplace_back([this] { process(last_); });
  }

private:
  std::vector<std::thread> threads_;
  std::jthread worker_;
  Item last_;
  std::atomic<bool> done_{false};
};

void bad_early_return(int id) {
  auto item = fetch(id); // note: 'item' lives until its scope ends
  std::thread t([&item] { process(item); }); // warning: local 'item' is passed by reference to a task that may outlive it // note: the task is started here, and is not waited for in this scope
  if (!connected()) {
    t.detach();
    return;
  }
  t.join();
}

void bad_named_lambda(int id) {
  Item item = fetch(id); // note: 'item' lives until its scope ends
  auto task = [&item] { process(item); }; // warning: local 'item' is passed by reference to a task that may outlive it
  std::thread(task).detach(); // note: the task is started here, and cannot be waited for
}

void bad_bind(int id) {
  Item item = fetch(id); // note: 'item' lives until its scope ends
  std::thread(std::bind(process, std::cref(item))).detach(); // warning: local 'item' is passed by reference to a task that may outlive it // note: the task is started here, and cannot be waited for
}

void bad_init_capture(int id) {
  Item item = fetch(id); // note: 'item' lives until its scope ends
  std::thread([p = &item] { process(*p); }).detach(); // warning: local 'item' is passed by reference to a task that may outlive it // note: the task is started here, and cannot be waited for
}

void bad_reference_init_capture(int id) {
  Item item = fetch(id); // note: 'item' lives until its scope ends
  std::thread([&it = item] { process(it); }).detach(); // warning: local 'item' is passed by reference to a task that may outlive it // note: the task is started here, and cannot be waited for
}

void bad_nested_lambda(int id) {
  Item item = fetch(id); // note: 'item' lives until its scope ends
  auto inner = [&item] { process(item); }; // warning: local 'item' is passed by reference to a task that may outlive it
  std::thread([inner] { inner(); }).detach(); // note: the task is started here, and cannot be waited for
}

void bad_alias(int id) {
  Item item = fetch(id); // note: 'item' lives until its scope ends
  Item &same = item;
  std::thread([&same] { process(same); }).detach(); // warning: local 'item' is passed by reference to a task that may outlive it // note: the task is started here, and cannot be waited for
}

struct Job {
  Item item;
  void run() { process(item); }
};
void bad_member_function(int id) {
  Job job{fetch(id)}; // note: 'job' lives until its scope ends
  std::thread(&Job::run, &job).detach(); // warning: local 'job' is passed by reference to a task that may outlive it // note: the task is started here, and cannot be waited for
}

void *entry(void *arg) {
  process(*static_cast<Item *>(arg));
  return nullptr;
}
void bad_pthread_loop(const std::vector<int> &ids) {
  std::vector<pthread_t> threads(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    Item item = fetch(ids[i]); // note: 'item' lives until its scope ends
    pthread_create(&threads[i], nullptr, entry, &item); // warning: local 'item' is passed by reference to a task that may outlive it // note: the task is started here, and is not waited for in this scope
  }
  for (pthread_t t : threads)
    pthread_join(t, nullptr);
}
void bad_pthread_detached(int id) {
  Item item = fetch(id); // note: 'item' lives until its scope ends
  pthread_t t;
  pthread_create(&t, nullptr, entry, &item); // warning: local 'item' is passed by reference to a task that may outlive it // note: the task is started here, and is not waited for in this scope
  pthread_detach(t);
}

void bad_inner_scope() {
  std::thread t;
  {
    Item item; // note: 'item' lives until its scope ends
    t = std::thread([&item] { process(item); }); // warning: local 'item' is passed by reference to a task that may outlive it // note: the task is started here, and is not waited for in this scope
  }
  t.join();
}

void bad_timed_wait(int id) {
  Item item = fetch(id); // note: 'item' lives until its scope ends
  std::promise<void> done;
  auto ready = done.get_future();
  std::thread([&item, done = std::move(done)]() mutable { // warning: local 'item' is passed by reference to a task that may outlive it // note: the task is started here, and cannot be waited for
    process(item);
    done.set_value();
  }).detach();
  ready.wait_for(std::chrono::seconds(1));
}

bool bad_timed_wait_tested(int id) {
  Item item = fetch(id); // note: 'item' lives until its scope ends
  std::promise<void> done;
  auto ready = done.get_future();
  std::thread([&item, done = std::move(done)]() mutable { // warning: local 'item' is passed by reference to a task that may outlive it // note: the task is started here, and cannot be waited for
    process(item);
    done.set_value();
  }).detach();
  if (ready.wait_for(std::chrono::seconds(1)) == std::future_status::timeout)
    return false;
  return true;
}

void bad_packaged_task(int id) {
  Item item = fetch(id);
  auto task = std::make_shared<std::packaged_task<void()>>([&item] { process(item); }); // warning: local 'item' is passed by reference to a task that may outlive it
  std::thread([task] { (*task)(); }).detach();
}

// ---- silent ----------------------------------------------------------------------------------------------------------

void ok_joined(int id) {
  Item item = fetch(id);
  std::thread t([&item] { process(item); });
  t.join();
}

void ok_jthread(int id) {
  Item item = fetch(id);
  std::jthread t([&item] { process(item); });
}

void ok_async_local(int id) {
  Item item = fetch(id);
  auto f = std::async(std::launch::async, [&item] { process(item); });
  if (!connected())
    return; // the destructor waits
  f.get();
}

void ok_async_dropped(int id) {
  Item item = fetch(id);
  std::async(std::launch::async, [&item] { process(item); });
}

void ok_joined_each_turn(const std::vector<int> &ids) {
  for (int id : ids) {
    Item item = fetch(id);
    std::thread t([&item] { process(item); });
    t.join();
  }
}

void ok_all_joined(const std::vector<Item> &items) {
  std::vector<std::thread> threads;
  int total = 0;
  std::mutex m;
  for (const Item &item : items)
    threads.emplace_back([&] {
      std::lock_guard lock(m);
      total += item.id;
    });
  for (auto &t : threads)
    t.join();
}

void ok_reference_loop_variable(std::vector<Item> &items) {
  std::vector<std::thread> threads;
  for (Item &item : items)
    threads.emplace_back([&item] { process(item); });
  for (auto &t : threads)
    t.join();
}

void bad_reference_parameter(const Item &item) { std::thread([&item] { process(item); }).detach(); } // warning: parameter 'item' is passed by reference to a detached task that may outlive the caller's object

void ok_shared(int id) {
  auto item = std::make_shared<Item>(fetch(id));
  std::thread([item] { process(*item); }).detach();
}

void ok_copies(int n) {
  std::vector<std::thread> threads;
  for (int i = 0; i < n; ++i)
    threads.emplace_back([i] { use(i); });
  for (auto &t : threads)
    t.join();
}

void ok_static() {
  static Item item;
  std::thread([] { process(item); }).detach();
}

void ok_correlated(bool parallel, int id) {
  Item item = fetch(id);
  std::thread t;
  if (parallel)
    t = std::thread([&item] { process(item); });
  else
    process(item);
  if (parallel)
    t.join();
}

void ok_joinable(bool parallel, int id) {
  Item item = fetch(id);
  std::thread t;
  if (parallel)
    t = std::thread([&item] { process(item); });
  if (t.joinable())
    t.join();
}

void joinAll(std::vector<std::thread> &threads) {
  for (auto &t : threads)
    if (t.joinable())
      t.join();
}
void ok_joined_by_helper(const std::vector<int> &ids) {
  std::vector<std::thread> threads;
  int last = 0;
  for (int id : ids)
    threads.emplace_back([&last, id] { use(last + id); });
  joinAll(threads);
}

struct Joiner {
  std::vector<std::thread> &threads;
  ~Joiner() { joinAll(threads); }
};
void ok_scope_guard(const std::vector<int> &ids) {
  int base = 3;
  std::vector<std::thread> threads;
  Joiner join{threads};
  for (int id : ids)
    threads.emplace_back([&base, id] { use(base + id); });
}

void ok_latch(int n) {
  std::latch done(n);
  int base = 7;
  for (int i = 0; i < n; ++i)
    std::thread([&done, &base] {
      use(base);
      done.count_down();
    }).detach();
  done.wait();
}

void ok_condition(int id) {
  std::mutex m;
  std::condition_variable cv;
  bool done = false;
  Item item = fetch(id);
  std::thread([&] {
    process(item);
    std::lock_guard lock(m);
    done = true;
    cv.notify_one();
  }).detach();
  std::unique_lock lock(m);
  cv.wait(lock, [&] { return done; });
}

void ok_promise_handshake() {
  std::promise<void> started;
  std::thread([&started] { started.set_value(); }).detach();
  started.get_future().wait();
}

void ok_atomic_flag(int id) {
  Item item = fetch(id);
  std::atomic<bool> done{false};
  std::thread([&] {
    process(item);
    done = true;
  }).detach();
  while (!done.load())
    std::this_thread::yield();
}

void ok_semaphore(int id) {
  Item item = fetch(id);
  std::binary_semaphore done{0};
  std::thread([&] {
    process(item);
    done.release();
  }).detach();
  done.acquire();
}

bool ok_timed_wait_then_wait(int id) {
  Item item = fetch(id);
  std::promise<void> done;
  auto ready = done.get_future();
  std::thread([&item, &done] {
    process(item);
    done.set_value();
  }).detach();
  if (ready.wait_for(std::chrono::seconds(1)) != std::future_status::ready)
    ready.wait();
  return true;
}

void ok_moved_into_container(const std::vector<int> &ids) {
  std::vector<std::thread> threads;
  int base = 3;
  for (int id : ids) {
    std::thread t([&base, id] { use(base + id); });
    threads.push_back(std::move(t));
  }
  for (auto &t : threads)
    t.join();
}

void ok_moved_to_unknown_owner(std::vector<std::unique_ptr<Item>> &, int id) {
  extern void keep(std::thread);
  int base = 3;
  std::thread t([&base, id] { use(base + id); });
  keep(std::move(t));
}

void ok_deferred(int id) {
  Item item = fetch(id);
  auto f = std::async(std::launch::deferred, [&item] { process(item); });
  f.get();
}

void ok_map_of_threads(const std::vector<int> &ids) {
  std::map<int, std::thread> threads;
  int base = 0;
  for (int id : ids)
    threads.emplace(id, std::thread([&base] { use(base); }));
  for (auto &[id, t] : threads)
    t.join();
}

void ok_unique_thread(int id) {
  Item item = fetch(id);
  auto t = std::make_unique<std::thread>([&item] { process(item); });
  t->join();
}

struct Runnable {
  virtual ~Runnable() = default;
  void run();
};
void ok_object_behind_pointer(std::vector<std::thread> &threads, std::shared_ptr<Runnable> service) {
  threads.push_back(std::thread(std::bind(&Runnable::run, &*service)));
}
void ok_object_behind_member(std::vector<std::thread> &threads, std::pair<int, std::shared_ptr<Runnable>> found) {
  threads.push_back(std::thread(std::bind(&Runnable::run, found.second)));
}

// A pointer that was found through a local leads elsewhere.
struct Host {
  std::string name;
};
Host *find_host(const std::string &);
void ping(Host *);
void ok_found_pointers(const std::vector<Host *> &hosts, std::string name) {
  for (Host *h : hosts)
    std::thread([h] { ping(h); }).detach();
  Host *other = find_host(name);
  std::thread([other] { ping(other); }).detach();
}

// An array of threads is joined by a loop over it, as a vector of them is.
void ok_array_of_threads() {
  Item item;
  std::thread threads[3];
  for (auto &t : threads)
    t = std::thread([&item] { process(item); });
  for (auto &t : threads)
    t.join();
}
void ok_std_array_of_threads() {
  Item item;
  std::array<std::thread, 3> threads;
  for (auto &t : threads)
    t = std::thread([&item] { process(item); });
  for (auto &t : threads)
    t.join();
}
void bad_array_of_threads() {
  Item item;
  std::thread threads[3];
  for (auto &t : threads)
    t = std::thread([&item] { process(item); }); // warning: local 'item' is passed by reference to a task that may outlive it
  for (auto &t : threads)
    t.detach();
}
