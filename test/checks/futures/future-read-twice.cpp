// RUN: %verify %s heddle-future-read-twice -- -std=c++20
// The seed's row (F3), and the standard library.
#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

struct Order {
  std::string id;
  int quantity = 0;
};
using Orders = std::vector<Order>;
Orders query(const std::string &user);
void log(const std::string &text, std::size_t n);
bool verbose();
void consume(std::future<int> f);
void keep(std::future<int> &f);
int work(int);

// ---- F3 -----------------------------------------------------------------------------------------------------------------
std::future<Orders> fetchOrders(std::string user) {
  return std::async(std::launch::async, [user = std::move(user)] { return query(user); });
}

void bad_F3_handler() {
  auto ch = fetchOrders("alice");
  Orders orders = ch.get(); // note: 'ch' is read here first
  log("got", orders.size());
  Orders more = ch.get(); // warning: future 'ch' is read a second time on this path
  log("more", more.size());
}

void ok_F3_kept() {
  auto ch = fetchOrders("alice");
  Orders orders = ch.get();
  log("got", orders.size());
  const Orders &more = orders;
  log("more", more.size());
}

// ---- one path -----------------------------------------------------------------------------------------------------------
int bad_condition_and_body(std::future<int> &answer) {
  if (answer.get() > 0)   // note: 'answer' is read here first
    return answer.get();  // warning: future 'answer' is read a second time
  return 0;
}

void bad_loop(std::future<int> answer, int n) {
  for (int i = 0; i < n; ++i)
    work(answer.get()); // warning: future 'answer' is read a second time
}

void bad_polling(std::future<int> &answer, bool &stop) {
  while (!stop) {
    if (answer.wait_for(std::chrono::milliseconds(10)) != std::future_status::ready) // warning: future 'answer' is read a second time
      continue;
    work(answer.get());
  }
}

void bad_logged_first(std::future<std::string> &name) {
  if (verbose())
    log(name.get(), 1); // note: 'name' is read here first
  log(name.get(), 2);   // warning: future 'name' is read a second time
}

void bad_shared_afterwards(std::future<int> answer) {
  std::shared_future<int> all = answer.share();
  work(answer.get()); // warning: future 'answer' is read a second time
}

void bad_read_after_move(std::future<int> answer) {
  consume(std::move(answer)); // note: 'answer' is moved from here
  work(answer.get());         // warning: future 'answer' is read after it was moved from
}

void bad_moved_in_loop(std::future<int> answer, int n) {
  for (int i = 0; i < n; ++i) {
    if (i > 0)
      answer.wait(); // warning: future 'answer' is read after it was moved from
    consume(std::move(answer));
  }
}

struct Response {
  std::future<int> status;
  std::future<std::string> body;
};
Response request(const std::string &url);

void bad_field(const std::string &url) {
  Response r = request(url);
  if (r.status.get() != 200)
    log(r.body.get(), static_cast<std::size_t>(r.status.get())); // warning: future 'r.status' is read a second time
}

class Session {
public:
  int bad_member() {
    int first = pending_.get();
    return first + pending_.get(); // warning: future 'pending_' is read a second time
  }
  int ok_member() {
    if (!cached_)
      cached_ = pending_.get();
    return *cached_;
  }
  int ok_valid() {
    if (pending_.valid())
      value_ = pending_.get();
    if (pending_.valid())
      value_ = pending_.get();
    return value_;
  }

private:
  std::future<int> pending_;
  std::optional<int> cached_;
  int value_ = 0;
};

int finish(std::future<int> &f) { return f.get(); }
int bad_through_a_helper(std::future<int> &f) {
  int a = finish(f);
  return a + finish(f); // warning: future 'f' is read a second time
}

int bad_smart_pointer(std::shared_ptr<std::future<int>> f) {
  int a = f->get();
  return a + f->get(); // warning: future 'f' is read a second time
}

int bad_in_a_lambda(std::future<int> &f) {
  auto once = [&f] { return f.get(); };
  int a = once();
  return a + once(); // warning: future 'f' is read a second time
}

// ---- tasks --------------------------------------------------------------------------------------------------------------
void bad_two_tasks(std::future<int> start) {
  std::vector<std::jthread> workers;
  for (int i = 0; i < 4; ++i)
    workers.emplace_back([&start] { work(start.get()); }); // warning: future 'start' is read here and in another task
}

void bad_task_and_parent(std::future<int> start) {
  std::jthread worker([&start] { work(start.get()); }); // note: a callable that reads 'start' is handed over here
  work(start.get()); // warning: future 'start' is read here and in a task that was handed over earlier
}

void ok_shared_among_tasks(std::future<int> start) {
  std::shared_future<int> all = start.share();
  std::vector<std::jthread> workers;
  for (int i = 0; i < 4; ++i)
    workers.emplace_back([all] { work(all.get()); });
  work(all.get());
}

// ---- elements -----------------------------------------------------------------------------------------------------------
void bad_elements(std::vector<std::future<int>> &results, std::vector<int> &out) {
  for (std::size_t i = 0; i < results.size(); ++i)
    if (results[i].get() >= 0)           // note: it is read here first
      out.push_back(results[i].get());   // warning: the future in 'results' is read a second time on this path
}

void bad_first_element(std::vector<std::future<int>> &results) {
  work(results.at(0).get());
  work(results.at(0).get()); // warning: the future in 'results' is read a second time
}

int bad_in_one_expression(std::vector<std::future<int>> &results, int i) {
  return results[i].get() > 0 ? results[i].get() : 0; // warning: the future in 'results' is read a second time
}

void bad_range(std::vector<std::future<int>> &results) {
  for (auto &r : results) {
    work(r.get());
    work(r.get()); // warning: future 'r' is read a second time
  }
}

void ok_elements(std::vector<std::future<int>> &results, std::vector<int> &out) {
  for (std::size_t i = 0; i < results.size(); ++i)
    if (int r = results[i].get(); r >= 0)
      out.push_back(r);
}
void ok_range(std::vector<std::future<int>> &results) {
  for (auto &r : results)
    work(r.get());
}
void ok_different_elements(std::vector<std::future<int>> &results, std::size_t i) {
  work(results[0].get());
  work(results[1].get());
  work(results[i].get());
  work(results[i + 1].get());
}
void ok_either_element(std::vector<std::future<int>> &results, std::size_t i, bool twice) {
  if (twice)
    work(2 * results[i].get());
  else
    work(results[i].get());
}
void ok_element_filled_again(std::vector<std::future<int>> &results, std::size_t i) {
  work(results[i].get());
  results[i] = std::async(work, 2);
  work(results[i].get());
}
void ok_iterators(std::map<int, std::future<int>> &results) {
  for (auto it = results.begin(); it != results.end(); ++it)
    work(it->second.get());
}
struct Node {
  std::future<int> value;
  Node *next = nullptr;
};
void bad_iterator(std::vector<std::future<int>> &results, std::vector<int> &out) {
  for (auto it = results.begin(); it != results.end(); ++it)
    if (it->get() > 0)          // note: it is read here first
      out.push_back(it->get()); // warning: the future that 'it' refers to is read a second time on this path
}
void ok_iterator_moved_on(std::vector<std::future<int>> &results) {
  auto it = results.begin();
  work(it->get());
  ++it;
  work(it->get());
}
void ok_list(Node *node) {
  while (node) {
    work(node->value.get());
    node = node->next;
  }
}
void ok_bindings(std::map<int, std::future<int>> &results) {
  for (auto &[key, value] : results)
    work(key + value.get());
}

// ---- promises -----------------------------------------------------------------------------------------------------------
void bad_two_futures() {
  std::promise<int> p;
  auto a = p.get_future(); // note: the future of 'p' is retrieved here first
  auto b = p.get_future(); // warning: the future of 'p' is retrieved a second time on this path
  p.set_value(1);
  work(a.get() + b.get());
}
class Gate {
public:
  void bad_wait(int n) {
    for (int i = 0; i < n; ++i)
      waiters_.push_back(done_.get_future()); // warning: the future of 'done_' is retrieved a second time on this path
  }
  std::shared_future<void> ok_wait() { return all_; }

private:
  std::promise<void> done_;
  std::vector<std::future<void>> waiters_;
  std::shared_future<void> all_ = done_.get_future().share();
};
void bad_task(std::packaged_task<int(int)> &task) {
  auto a = task.get_future();
  auto b = task.get_future(); // warning: the future of 'task' is retrieved a second time on this path
}
void ok_task_reset(std::packaged_task<int(int)> &task) {
  auto a = task.get_future();
  task(1);
  task.reset();
  auto b = task.get_future();
}
void ok_new_promise(int n) {
  for (int i = 0; i < n; ++i) {
    std::promise<int> p;
    auto f = p.get_future();
    p.set_value(i);
    work(f.get());
  }
}
void ok_replaced_promise() {
  std::promise<int> p;
  auto a = p.get_future();
  p.set_value(1);
  p = std::promise<int>();
  auto b = p.get_future();
  p.set_value(2);
}

// ---- correct code that looks similar ---------------------------------------------------------------------------------------
int ok_either(std::future<int> &f, bool twice) {
  if (twice)
    return 2 * f.get();
  return f.get();
}
int ok_correlated(std::future<int> &f, bool early) {
  int v = 0;
  if (early)
    v = f.get();
  log("read", 1);
  if (!early)
    v = f.get();
  return v;
}
void ok_assigned_again(int n) {
  std::future<int> f = std::async(work, 0);
  for (int i = 1; i < n; ++i) {
    int v = f.get();
    f = std::async(work, v);
  }
  f.get();
}
std::future<int> next(int);
void ok_assigned_from_a_call(int n) {
  std::future<int> f = next(0);
  for (int i = 1; i < n; ++i) {
    int v = f.get();
    f = next(v);
  }
  f.get();
}
void ok_assigned_from_another(std::future<int> a, std::future<int> b) {
  work(a.get());
  a = std::move(b);
  work(a.get());
}
void ok_valid_loop(std::future<int> &f, bool &stop) {
  while (!stop) {
    if (!f.valid())
      break;
    work(f.get());
  }
}
void ok_leaves_the_loop(std::future<int> &f) {
  while (true) {
    if (f.wait_for(std::chrono::seconds(1)) == std::future_status::ready) {
      work(f.get());
      break;
    }
    log("waiting", 1);
  }
}
void ok_waits_then_reads(std::future<int> &f) {
  f.wait();
  f.wait();
  work(f.get());
}
int ok_shared_future(std::shared_future<int> f) { return f.get() + f.get(); }
void ok_goes_where_we_can_not_see(std::future<int> &f) {
  work(f.get());
  keep(f);
  work(f.get());
}
void ok_moved_on_one_branch(std::future<int> f, bool away) {
  if (away) {
    consume(std::move(f));
    return;
  }
  work(f.get());
}
int ok_error_handled(std::future<int> &f) {
  try {
    return f.get();
  } catch (...) {
    return -1;
  }
}
void ok_flag(std::future<int> &f, int n) {
  bool read = false;
  for (int i = 0; i < n; ++i)
    if (!read) {
      work(f.get());
      read = true;
    }
}
void ok_swapped(std::future<int> &f, std::future<int> &g) {
  work(f.get());
  std::swap(f, g);
  work(f.get());
}
struct Other {
  int get();
};
int ok_no_future(Other &o) { return o.get() + o.get(); }
int ok_two_objects(Response &a, Response &b) { return a.status.get() + b.status.get(); }
std::future<int> make();
int ok_temporaries() { return make().get() + make().get(); }

struct Kept {
  std::shared_future<int> result;
  int uses = 0;
};
void ok_in_a_list(std::promise<int> &p, Kept &k) { k = Kept{p.get_future().share(), 1}; }

// Test macros name their expression in places where it never runs.
#define EXPECT(...)                                                                                                    \
  do {                                                                                                                 \
    (void)__builtin_constant_p(__VA_ARGS__);                                                                           \
    work(__VA_ARGS__);                                                                                                 \
  } while (false && static_cast<bool>(!!(__VA_ARGS__)))
void ok_named_and_run_once(std::future<int> f) {
  EXPECT(f.get() == 42);
}
void bad_run_twice(std::future<int> f) {
  EXPECT(f.get() == 42);
  work(f.get()); // warning: future 'f' is read a second time on this path
}
void ok_sizes(std::future<int> f) {
  work(sizeof(f.get()) + noexcept(f.get()));
  if (true || f.get() == 1)
    work(f.get());
}

// ---- a read that throws has taken the value as well -----------------------------------------------------------------------
int measure(int);
int bad_retries(int limit) {
  auto f = std::async(std::launch::async, measure, limit);
  for (int i = 0;; ++i) {
    try {
      return f.get(); // warning: future 'f' is read a second time on this path
    } catch (const std::runtime_error &) {
      if (i == limit)
        throw;
    }
  }
}
int bad_reads_in_the_handler() {
  auto f = std::async(std::launch::async, measure, 1);
  try {
    return f.get();
  } catch (...) {
    return f.get(); // warning: future 'f' is read a second time on this path
  }
}
int ok_starts_anew(int limit) {
  auto f = std::async(std::launch::async, measure, limit);
  for (int i = 0;; ++i) {
    try {
      return f.get();
    } catch (const std::runtime_error &) {
      if (i == limit)
        throw;
      f = std::async(std::launch::async, measure, limit);
    }
  }
}
int ok_leaves_the_loop(int limit) {
  auto f = std::async(std::launch::async, measure, limit);
  for (int i = 0; i < limit; ++i) {
    try {
      return f.get();
    } catch (const std::runtime_error &) {
      break;
    }
  }
  return 0;
}
int ok_throws_before_the_read(int limit) {
  auto f = std::async(std::launch::async, measure, limit);
  for (int i = 0;; ++i) {
    try {
      measure(i);
      return f.get();
    } catch (const std::runtime_error &) {
      if (i == limit || !f.valid())
        throw;
    }
  }
}
bool isReady(const std::future<int> &f) { return f.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }
void ok_iterator_moves_on(std::vector<std::future<int>> &all, int &sum) {
  for (auto it = all.begin(); it != all.end();)
    if (isReady(*it)) {
      sum += it->get();
      it = all.erase(it);
    } else {
      ++it;
    }
}
void bad_iterator_stays(std::vector<std::future<int>> &all, int &sum) {
  for (auto it = all.begin(); it != all.end(); ++it) {
    sum += it->get(); // note: it is read here first
    sum += it->get(); // warning: the future that 'it' refers to is read a second time on this path
  }
}
