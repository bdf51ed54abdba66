// An object that is reset, moved, handed over, taken out or claimed.
// RUN: %verify --word state %s heddle-dev-states -- -std=c++20
#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

void heddle_state(const std::promise<int> &);
bool ask();
void take(std::promise<int>);
void take_rvalue(std::promise<int> &&);
void take_reference(std::promise<int> &);
void look(const std::promise<int> &);
void post(std::function<void()>);

void fresh() {
  std::promise<int> p;
  heddle_state(p); // state: fresh
  auto f = p.get_future();
  heddle_state(p); // state: fresh
  p.set_value(1);
  heddle_state(p); // state: fulfilled
}
void assigned_anew() {
  std::promise<int> p;
  p.set_value(1);
  p = std::promise<int>();
  heddle_state(p); // state: fresh
  p.set_value(2);
  p = {};
  heddle_state(p); // state: fresh
}
void moved_into_a_call() {
  std::promise<int> p;
  take(std::move(p));
  heddle_state(p); // state: moved
}
void moved_into_a_reference() {
  std::promise<int> p;
  take_rvalue(std::move(p));
  heddle_state(p); // state: moved
}
void moved_to_another() {
  std::promise<int> p;
  std::promise<int> q = std::move(p);
  heddle_state(p); // state: moved
  q.set_value(1);
  heddle_state(p); // state: moved
}
void moved_and_assigned_anew(int n) {
  std::promise<int> p;
  for (int i = 0; i < n; ++i) {
    take(std::move(p));
    p = std::promise<int>();
    heddle_state(p); // state: fresh
  }
}
void moved_on_one_path(bool b) {
  std::promise<int> p;
  if (b)
    take(std::move(p));
  else
    p.set_value(1);
  if (b)
    heddle_state(p); // state: moved
  else
    heddle_state(p); // state: fulfilled
}
void moved_into_a_container(std::vector<std::promise<int>> &v) {
  std::promise<int> p;
  v.push_back(std::move(p));
  heddle_state(p); // state: moved
}
void moved_into_a_lambda() {
  std::promise<int> p;
  auto f = [p = std::move(p)]() mutable { p.set_value(1); };
  heddle_state(p); // state: moved
  f();
}
void handed_to_unseen_code() {
  std::promise<int> p;
  look(p);
  heddle_state(p); // state: fresh
  take_reference(p);
  heddle_state(p); // state: escaped
}
void swapped() {
  std::promise<int> p, q;
  p.set_value(1);
  p.swap(q);
  heddle_state(p); // state: fresh
}
void handed_to_a_thread() {
  std::promise<int> p;
  std::thread t(take, std::move(p));
  heddle_state(p); // state: moved
  t.join();
}

// ---- members ----
struct Request {
  std::promise<int> done;
  std::optional<std::promise<int>> maybe;
  std::unique_ptr<std::promise<int>> owned;

  void twice() {
    heddle_state(done); // state: entry
    done.set_value(1);
    heddle_state(done); // state: fulfilled
  }
  void if_there() {
    if (!maybe)
      return;
    maybe->set_value(1);
    heddle_state(*maybe); // state: fulfilled
    maybe.reset();
    heddle_state(*maybe); // state: fresh
  }
  void made_anew() {
    owned->set_value(1);
    owned = std::make_unique<std::promise<int>>();
    heddle_state(*owned); // state: fresh
  }
  void emplaced() {
    maybe->set_value(1);
    maybe.emplace();
    heddle_state(*maybe); // state: fresh
  }
};
void whole_is_replaced(Request &r) {
  r.done.set_value(1);
  r = Request();
  // limit: what an assignment of the whole makes of its parts is not known.
  heddle_state(r.done); // state: escaped
}

// ---- elements ----
void taken_out(std::map<int, std::promise<int>> &all, int key) {
  auto it = all.find(key);
  if (it == all.end())
    return;
  std::promise<int> p = std::move(it->second);
  all.erase(it);
  heddle_state(p); // state: entry
  p.set_value(1);
  heddle_state(p); // state: fulfilled
}
void taken_out_as_a_node(std::map<int, std::promise<int>> &all, int key) {
  if (auto node = all.extract(key))
    node.mapped().set_value(1);
}
void every_element(std::vector<std::promise<int>> &all) {
  for (auto &p : all) {
    p.set_value(1);
    heddle_state(p); // state: fulfilled
  }
}

// ---- handed over to run later ----
void fulfilled_later(std::shared_ptr<std::promise<int>> p) {
  post([p] { p->set_value(1); });
  heddle_state(*p); // state: promised
}
void fulfilled_later_by_reference(std::promise<int> &p) {
  std::thread t([&p] { p.set_value(1); });
  heddle_state(p); // state: promised
  t.join();
}
void only_looked_at_later(std::shared_ptr<std::promise<int>> p) {
  post([p] { look(*p); });
  heddle_state(*p); // state: entry
}
// Whoever wins fulfils: which of several callables that is, the condition decides.
void claimed_by_exchange(std::shared_ptr<std::promise<int>> p) {
  auto won = std::make_shared<std::atomic<bool>>(false);
  post([p, won] {
    if (!won->exchange(true))
      p->set_value(1);
  });
  heddle_state(*p); // state: entry
}
void claimed_by_flag(std::shared_ptr<std::promise<int>> p) {
  auto won = std::make_shared<std::atomic_flag>();
  post([p, won] {
    if (won->test_and_set())
      return;
    p->set_value(1);
  });
  heddle_state(*p); // state: entry
}
void claimed_by_compare(std::shared_ptr<std::promise<int>> p, std::atomic<int> &state) {
  post([p, &state] {
    int expected = 0;
    if (state.compare_exchange_strong(expected, 1))
      p->set_value(1);
  });
  heddle_state(*p); // state: entry
}
void claimed_and_kept(std::shared_ptr<std::promise<int>> p, std::atomic<bool> &won) {
  post([p, &won] {
    const bool first = !won.exchange(true);
    if (first)
      p->set_value(1);
  });
  heddle_state(*p); // state: entry
}
void claimed_once(std::shared_ptr<std::promise<int>> p, std::once_flag &once) {
  post([p, &once] { std::call_once(once, [&] { p->set_value(1); }); });
  heddle_state(*p); // state: entry
}
// All handlers share one loop: a plain flag is enough.
void claimed_by_a_plain_flag(std::shared_ptr<std::promise<int>> p) {
  auto done = std::make_shared<bool>(false);
  post([p, done] {
    if (*done)
      return;
    *done = true;
    p->set_value(1);
  });
  heddle_state(*p); // state: entry
}
struct Handlers {
  std::promise<int> p;
  bool done = false;
  std::mutex m;
  void start() {
    post([this] {
      if (done)
        return;
      done = true;
      p.set_value(1);
    });
    heddle_state(p); // state: entry
  }
  bool claim() {
    std::lock_guard l(m);
    if (done)
      return false;
    done = true;
    return true;
  }
  void start_with_helper() {
    post([this] {
      if (claim())
        p.set_value(1);
    });
    heddle_state(p); // state: entry
  }
};
// A parameter of the handler chooses nobody.
void post_error(std::function<void(int)>);
void not_claimed(std::shared_ptr<std::promise<int>> p) {
  post_error([p](int error) {
    if (!error)
      p->set_value(1);
  });
  heddle_state(*p); // state: promised
}
void weak_owner_chooses_nobody(std::shared_ptr<std::promise<int>> p) {
  std::weak_ptr<std::promise<int>> w = p;
  post([p, w] {
    if (w.lock())
      p->set_value(1);
  });
  heddle_state(*p); // state: promised
}
