// What runs where a callable is handed over: whatever its spelling, its body and its object are found.
// RUN: %verify --word op %s heddle-dev-ops -- -std=c++20
#include <algorithm>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <vector>

void work();
inline void work_on(int &) {}
inline void work_with(int) {}
void post(std::function<void()>);

struct Functor {
  void operator()() const;
};
struct Overloaded {
  void operator()() const;
  void operator()(int) const;
};

void spellings(int n) {
  std::thread a(work);                          // op: spawn a {work}
  std::thread b(&work);                         // op: spawn b {work}
  std::thread c([n] { (void)n; });              // op: spawn c {lambda}
  std::thread d(work_on, std::ref(n));          // op: spawn d {work_on}
  std::thread e(std::bind(work_on, n));         // op: spawn e {work_on}
  std::thread f(std::bind_front(work_with, n)); // op: spawn f {work_with}
  std::thread g(Functor{});                     // op: spawn g {operator()}
  std::thread h{Overloaded()};                  // op: spawn h {?}
  auto lambda = [] {};
  std::thread i(lambda);                        // op: spawn i {lambda}
  std::thread j(std::ref(lambda));              // op: spawn j {lambda}
  std::thread k(std::move(lambda));             // op: spawn k {lambda}
  const auto &alias = lambda;
  std::thread l(alias);                         // op: spawn l {lambda}
  std::function<void()> erased = [] {};
  std::thread m(erased);                        // op: spawn m {lambda}
  Functor functor;
  std::thread o(functor);                       // op: spawn o {operator()}
  std::thread p(std::ref(functor));             // op: spawn p {operator()}
  auto task = std::thread([] {});               // op: spawn task {lambda}
  void (*pointer)() = work;
  std::thread q(pointer);                       // op: spawn q {work}
  std::thread r([](auto x) { (void)x; }, 1);    // op: spawn r {lambda}
}
void by_name(std::vector<std::thread> &threads) {
  auto lambda = [](int) {};
  threads.emplace_back(lambda, 1); // op: insert threads; spawn threads[] {lambda}
  std::function<void()> erased = [] {};
  threads.emplace_back(erased); // op: insert threads; spawn threads[] {lambda}
  auto f = std::async(std::launch::async, erased); // op: spawn f {lambda}
}
void changed_variable(bool b) {
  std::function<void()> f = [] {};
  if (b)
    f = work; // op: reset f
  // A variable that changes is known to be a callable, not which.
  std::thread t(f); // op: spawn t {?}
}
void parameters(std::function<void()> f, void (*g)(), Functor h) {
  std::thread a(f); // op: spawn a {?}
  std::thread b(g); // op: spawn b {?}
  std::thread c(h); // op: spawn c {?}
}

struct Worker : std::enable_shared_from_this<Worker> {
  void run() {}
  void run_with(int) {}
  static void all();
  std::thread own;
  std::vector<std::thread> many;
  std::unique_ptr<std::thread> pointer;
  Worker() : own(&Worker::run, this) {} // op: spawn own {run} on this
  void members(Worker &other, std::shared_ptr<Worker> owner) {
    std::thread a(&Worker::run, this);                        // op: spawn a {run} on this
    std::thread b(&Worker::run, &other);                      // op: spawn b {run} on other
    std::thread c(&Worker::run, owner);                       // op: spawn c {run} on owner
    std::thread d(&Worker::run_with, this, 3);                // op: spawn d {run_with} on this
    std::thread e(std::bind(&Worker::run, this));             // op: spawn e {run} on this
    std::thread f(std::bind_front(&Worker::run_with, this), 3); // op: spawn f {run_with} on this
    std::thread g(std::mem_fn(&Worker::run), this);           // op: spawn g {run} on this
    std::thread h(&Worker::run, std::ref(other));             // op: spawn h {run} on other
    std::thread i(&Worker::run, shared_from_this());          // op: self this // op: spawn i {run} on this
    std::thread j(Worker::all);                               // op: spawn j {all}
    std::thread k([this] { run(); });                         // op: spawn k {lambda} // op: call of run
    own = std::thread(&Worker::run, this);                    // op: spawn own {run} on this
    many.emplace_back(&Worker::run, this);                    // op: insert many; spawn many[] {run} on this
    many.push_back(std::thread(work));                        // op: insert many // op: spawn many[] {work}
    many.emplace_back([] {});                                 // op: insert many; spawn many[] {lambda}
    pointer = std::make_unique<std::thread>(work);            // op: spawn pointer {work}
    pointer.reset(new std::thread(&Worker::run, this));       // op: reset pointer // op: spawn pointer {run} on this
  }
};

// ---- C ----
struct Server {
  void serve() {}
  static void *entry(void *arg) {
    static_cast<Server *>(arg)->serve(); // op: call of serve
    return nullptr;
  }
  pthread_t thread;
  void start() {
    pthread_create(&thread, nullptr, &Server::entry, this); // op: spawn thread if it succeeds {entry}
  }
};
void *c_entry(void *);
void c_thread(Server &s) {
  pthread_t t;
  pthread_create(&t, nullptr, c_entry, &s); // op: spawn t if it succeeds {c_entry}
  pthread_create(&t, nullptr, [](void *) -> void * { return nullptr; }, nullptr); // op: spawn t if it succeeds {lambda}
}

// ---- when it runs ----
void now_or_later(std::vector<int> &v, std::once_flag &once) {
  std::for_each(v.begin(), v.end(), [](int) {}); // op: run-now {lambda}
  std::call_once(once, [] {});                   // op: run-now {lambda}; claim once
  auto f = std::async(std::launch::async, work); // op: spawn f {work}
  post([] {});                                   // op: defer {lambda}
}
