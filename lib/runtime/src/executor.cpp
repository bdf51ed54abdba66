#include <heddle/context.h>
#include <heddle/detail/timers.h>
#include <heddle/executor.h>
#include <heddle/observer.h>

#include <algorithm>
#include <thread>

namespace heddle {

namespace detail {
namespace {
struct source_registry {
  short_lock lock;
  std::vector<task_source*> sources;
  static source_registry& instance() {
    static source_registry& r = *new source_registry; // never destroyed, as the default pool is not
    return r;
  }
};
} // namespace

void task_source::enroll() {
  source_registry& r = source_registry::instance();
  hold h(r.lock);
  r.sources.push_back(this);
}
void task_source::withdraw() noexcept {
  source_registry& r = source_registry::instance();
  hold h(r.lock);
  r.sources.erase(std::find(r.sources.begin(), r.sources.end(), this));
}
std::vector<running_task> all_tasks() {
  std::vector<running_task> found;
  source_registry& r = source_registry::instance();
  hold h(r.lock);
  for (const task_source* s : r.sources) s->list_tasks(found);
  return found;
}

struct adapted_tasks::tracked final : task_node {
  tracked(std::shared_ptr<adapted_tasks> o, work w) : task_node(w.info()), owner(std::move(o)), inner(std::move(w)) {
    hold h(owner->mutex_);
    following = owner->first_;
    if (following) following->before = this;
    owner->first_ = this;
  }
  ~tracked() {
    inner.reset(); // what is dropped is told before it leaves the list
    hold h(owner->mutex_);
    (before ? before->following : owner->first_) = following;
    if (following) following->before = before;
  }
  void run() noexcept override {
    std::unique_ptr<tracked> self(this);
    {
      hold h(owner->mutex_);
      running = true;
    }
    (*std::move(inner))();
  }
  void drop() noexcept override { delete this; }

  std::shared_ptr<adapted_tasks> owner;
  std::optional<work> inner;
  tracked *following = nullptr, *before = nullptr; // guarded by the owner's lock, as is:
  bool running = false;
};

work adapted_tasks::track(work w) { return work(new tracked(shared_from_this(), std::move(w))); }

void adapted_tasks::list_tasks(std::vector<running_task>& into) const {
  hold h(mutex_);
  for (const tracked* t = first_; t; t = t->following) into.push_back({t->info, !t->running});
}
} // namespace detail

using detail::hold;

// Everything is guarded by one lock. A thread is active when it runs a task or looks for one; idle when it sleeps on
// the idle list; else it is blocked in a task. At most one thread is searching: woken or started, and not yet at the
// queue. It takes the next task and wakes another if more is queued, so a burst of submits costs one wake.
struct elastic_executor::core final : detail::timer_entry, detail::task_source {
  struct thread_slot;

  explicit core(elastic_options o) : timer_entry(true), options(o) {
    if (options.parallelism == 0) options.parallelism = std::max(1U, std::thread::hardware_concurrency());
    options.max_threads = std::max(options.max_threads, options.parallelism);
    reaper.owner = this;
    enroll();
  }
  ~core() {
    withdraw();
    detail::disarm(*this);
    detail::disarm(reaper);
  }

  void retain() noexcept { refs.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (refs.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }
  bool try_retain() noexcept {
    std::uint32_t n = refs.load(std::memory_order_relaxed);
    while (n != 0)
      if (refs.compare_exchange_weak(n, n + 1, std::memory_order_relaxed)) return true;
    return false;
  }

  /// What must be done after the lock was given back.
  struct after {
    detail::parker* wake = nullptr;
    bool start = false;
    bool watch = false;
    observer* saturated = nullptr; // to be told
    observer* relieved = nullptr;
  };
  unsigned allowed() const noexcept { return std::min(options.parallelism + extra, options.max_threads); }
  /// With the lock held: gets one more thread going, if work is queued and a place is free.
  after engage() noexcept;
  /// With the lock held: work waits for a thread that there must not be.
  void saturate(after& a) noexcept;
  void finish(const after& a) noexcept;
  /// Without the lock: a task was queued, or has left the queue.
  void count(detail::task_node& t) const noexcept;
  void uncount(detail::task_node& t) const noexcept;
  void start_thread() noexcept;
  void work_loop(thread_slot& self) noexcept;

  void submit(work w) noexcept;
  void shutdown() noexcept;
  void list_tasks(std::vector<running_task>& into) const override;

  // The sentry: when work was queued and none was taken for a while, tasks block in a way that we do not see.
  void expired(detail::expired_work& later) noexcept override {
    if (!try_retain()) return;
    later.call([](void* self) noexcept { static_cast<core*>(self)->look_for_stall(); }, this);
  }
  void look_for_stall() noexcept;

  // Lets threads go that had no work.
  struct reaper_entry final : detail::timer_entry {
    reaper_entry() : timer_entry(true) {}
    void expired(detail::expired_work& later) noexcept override {
      if (!owner->try_retain()) return;
      later.call([](void* c) noexcept { static_cast<core*>(c)->reap(); }, owner);
    }
    core* owner = nullptr;
  } reaper;
  void reap() noexcept;

  struct gone_case final : detail::wait_case {
    explicit gone_case(core& c) : core_(c) {}
    detail::short_lock& source_lock() noexcept override { return core_.lock; }
    bool take(detail::parker*&) noexcept override { return core_.threads == 0; }
    detail::wait_list& list() noexcept override { return core_.gone; }
    core& core_;
  };

  elastic_options options;
  std::atomic<std::uint32_t> refs{1};
  std::atomic<std::size_t> queued{0}; // a hint for the one who searches
  mutable detail::short_lock lock;
  detail::task_node *head = nullptr, *tail = nullptr;
  thread_slot* slots = nullptr; // all threads
  thread_slot* idle = nullptr;  // a stack
  unsigned idle_count = 0;
  unsigned idle_low = 0; // the lowest idle_count since the reaper last came
  unsigned threads = 0, active = 0;
  unsigned extra = 0; // places above parallelism, because of unseen blocking
  unsigned stalls = 0;
  std::uint64_t taken = 0, taken_at_last_look = 0;
  observer* saturated = nullptr; // was told that work waits at max_threads
  bool searching = false, watching = false, reaping = false, stopping = false;
  detail::wait_list gone;
};

/// A thread of the pool. Guarded by the core's lock where nothing else is said.
struct elastic_executor::core::thread_slot final : detail::block_listener {
  explicit thread_slot(core& c) : owner(c) {}

  void blocked() noexcept override {
    if (depth++ > 0) return;
    after a;
    {
      hold h(owner.lock);
      --owner.active;
      a = owner.engage();
    }
    owner.finish(a);
  }
  void unblocked() noexcept override {
    if (--depth > 0) return;
    hold h(owner.lock);
    ++owner.active; // perhaps above what is allowed: it goes idle when its task is done
  }

  core& owner;
  detail::parker* parker = nullptr;
  thread_slot *next = nullptr, *prev = nullptr;
  thread_slot* next_idle = nullptr;
  std::atomic<bool> called{false}; // off the idle list: look at the queue, or leave
  bool leave = false;
  unsigned depth = 0; // of waits and blocking sections; the thread's own
  std::optional<task_info> current; // what it runs
};

elastic_executor::core::after elastic_executor::core::engage() noexcept {
  after a;
  if (!head || searching || stopping) return a;
  if (active < allowed()) {
    if (idle) {
      thread_slot* t = idle;
      idle = t->next_idle;
      idle_low = std::min(idle_low, --idle_count);
      t->called.store(true, std::memory_order_release);
      a.wake = t->parker;
    } else if (threads < options.max_threads) {
      ++threads;
      a.start = true;
    } else {
      saturate(a); // all threads are blocked or busy: the next that is free goes on
      return a;
    }
    ++active;
    searching = true;
    return a;
  }
  if (threads == options.max_threads) {
    saturate(a);
  } else if (!watching) {
    watching = true;
    taken_at_last_look = taken;
    a.watch = true;
  }
  return a;
}

void elastic_executor::core::saturate(after& a) noexcept {
  if (!saturated) a.saturated = saturated = detail::current_observer();
}

void elastic_executor::core::count(detail::task_node& t) const noexcept {
  t.counted_by = detail::current_observer();
  if (t.counted_by) t.counted_by->gauge("executor_queued", options.name, 1);
}

void elastic_executor::core::uncount(detail::task_node& t) const noexcept {
  if (observer* o = std::exchange(t.counted_by, nullptr)) o->gauge("executor_queued", options.name, -1);
}

void elastic_executor::core::finish(const after& a) noexcept {
  if (a.wake) a.wake->unpark();
  if (a.start) start_thread();
  if (a.watch) detail::arm(*this, clock::now() + options.stall);
  if (a.saturated) a.saturated->gauge("executor_saturated", options.name, 1);
  if (a.relieved) a.relieved->gauge("executor_saturated", options.name, -1);
}

void elastic_executor::core::start_thread() noexcept {
  auto body = [this] {
    thread_slot self(*this);
    self.parker = &detail::this_thread_parker();
    detail::this_thread_listener() = &self;
    {
      hold h(lock);
      self.next = slots;
      if (slots) slots->prev = &self;
      slots = &self;
    }
    work_loop(self);
    detail::this_thread_listener() = nullptr;
    lock.lock();
    (self.prev ? self.prev->next : slots) = self.next;
    if (self.next) self.next->prev = self.prev;
    if (--threads == 0)
      detail::fire_all(lock, gone);
    else
      lock.unlock();
    release();
  };
  retain();
  HEDDLE_TRY { std::thread(body).detach(); }
#if HEDDLE_HAS_EXCEPTIONS
  catch (...) {
    // No more threads to be had: those that exist go on with the queue.
    {
      hold h(lock);
      --threads;
      --active;
      searching = false;
      if (threads == 0) detail::die("no thread could be started");
      options.max_threads = std::max(1U, threads);
    }
    release();
  }
#endif
}

void elastic_executor::core::work_loop(thread_slot& self) noexcept {
  bool is_searcher = true; // a thread is started, as it is woken, to search
  bool spun = false;
  lock.lock();
  for (;;) {
    if (is_searcher) searching = is_searcher = false;
    if (head && active <= allowed() && !stopping) {
      detail::task_node* t = head;
      head = t->next;
      if (!head) tail = nullptr;
      queued.store(queued.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
      ++taken;
      spun = false;
      after a = engage();
      if (!head) a.relieved = std::exchange(saturated, nullptr);
      self.current = t->info;
      lock.unlock();
      finish(a);
      uncount(*t);
      t->run();
      lock.lock();
      self.current.reset();
      continue;
    }
    // Look a moment longer, if nobody else does: a submit then need not wake anybody.
    if (!spun && !searching && !head && !stopping && active <= allowed()) {
      searching = is_searcher = spun = true;
      lock.unlock();
      for (int i = detail::spin_limit(); i > 0 && queued.load(std::memory_order_relaxed) == 0; --i) detail::pause();
      lock.lock();
      continue;
    }
    spun = false;
    --active;
    after a;
    if (head)
      a = engage(); // too many run now; the sentry looks after what is queued
    else
      extra = 0;
    if (self.leave || stopping) {
      lock.unlock();
      return;
    }
    self.called.store(false, std::memory_order_relaxed);
    self.next_idle = idle;
    idle = &self;
    ++idle_count;
    bool arm_reaper = !reaping && options.idle < duration::max();
    if (arm_reaper) {
      reaping = true;
      idle_low = 0;
    }
    lock.unlock();
    finish(a);
    if (arm_reaper) detail::arm(reaper, clock::now() + options.idle);
    while (!self.called.load(std::memory_order_acquire)) self.parker->park();
    lock.lock();
    if (self.leave) { // the reaper counts those that it sends away as active until they are gone
      --active;
      lock.unlock();
      return;
    }
    is_searcher = true;
  }
}

void elastic_executor::core::submit(work w) noexcept {
  detail::task_node* t = w.release();
  t->next = nullptr;
  count(*t); // before another thread can take it
  after a;
  lock.lock();
  if (stopping) {
    lock.unlock();
    uncount(*t);
    t->drop();
    return;
  }
  (tail ? tail->next : head) = t;
  tail = t;
  queued.store(queued.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  a = engage();
  lock.unlock();
  finish(a);
}

void elastic_executor::core::look_for_stall() noexcept {
  after a;
  bool again = false;
  {
    hold h(lock);
    if (!head || stopping) {
      watching = false;
      stalls = 0;
    } else {
      again = true;
      if (taken == taken_at_last_look && !searching) {
        unsigned more = std::min(1U << std::min(stalls, 6U), options.max_threads);
        ++stalls;
        extra = std::min(extra + more, options.max_threads);
        a = engage();
      } else {
        stalls = 0;
      }
      taken_at_last_look = taken;
    }
  }
  finish(a);
  if (again) detail::arm(*this, clock::now() + options.stall);
  release();
}

void elastic_executor::core::reap() noexcept {
  detail::parker* woken[64];
  std::size_t count = 0;
  bool again = false;
  {
    hold h(lock);
    // The lowest threads of the stack have slept through the whole period.
    unsigned go = std::min({idle_low, idle_count, 64U});
    thread_slot** at = &idle;
    for (unsigned keep = idle_count - go; keep > 0; --keep) at = &(*at)->next_idle;
    while (thread_slot* t = *at) {
      *at = t->next_idle;
      --idle_count;
      ++active;
      t->leave = true;
      t->called.store(true, std::memory_order_release);
      woken[count++] = t->parker;
    }
    idle_low = idle_count;
    again = idle_count > 0 && !stopping;
    reaping = again;
  }
  for (std::size_t i = 0; i < count; ++i) woken[i]->unpark();
  if (again) detail::arm(reaper, clock::now() + options.idle);
  release();
}

void elastic_executor::core::shutdown() noexcept {
  detail::task_node* dropped;
  after a;
  {
    hold h(lock);
    stopping = true;
    dropped = head;
    head = tail = nullptr;
    queued.store(0, std::memory_order_relaxed);
    a.relieved = std::exchange(saturated, nullptr);
  }
  finish(a);
  while (dropped) {
    detail::task_node* next = dropped->next;
    uncount(*dropped);
    dropped->drop();
    dropped = next;
  }
  for (;;) {
    detail::parker* p;
    {
      hold h(lock);
      thread_slot* t = idle;
      if (!t) break;
      idle = t->next_idle;
      --idle_count;
      ++active;
      t->leave = true;
      t->called.store(true, std::memory_order_release);
      p = t->parker;
    }
    p->unpark();
  }
}

void elastic_executor::core::list_tasks(std::vector<running_task>& into) const {
  hold h(lock);
  for (const detail::task_node* t = head; t; t = t->next) into.push_back({t->info, true});
  for (const thread_slot* s = slots; s; s = s->next)
    if (s->current) into.push_back({*s->current, false});
}

elastic_executor::elastic_executor(elastic_options o) : core_(new core(o)) {}

elastic_executor::~elastic_executor() {
  shutdown();
  core_->release();
}

void elastic_executor::submit(work w) noexcept { core_->submit(std::move(w)); }

void elastic_executor::shutdown() noexcept {
  core_->shutdown();
  core::gone_case gone(*core_);
  detail::wait_case* cases[] = {&gone};
  detail::wait_any(cases, 1);
}

result<void> elastic_executor::shutdown(const context& ctx) noexcept {
  core_->shutdown();
  core::gone_case gone(*core_);
  detail::wait_case* cases[] = {&gone};
  if (detail::wait_any(cases, 1, ctx) == npos) return *ctx.err();
  return {};
}

std::vector<running_task> elastic_executor::tasks() const {
  std::vector<running_task> found;
  core_->list_tasks(found);
  return found;
}

unsigned elastic_executor::threads() const noexcept {
  hold h(core_->lock);
  return core_->threads;
}

namespace {
elastic_executor& default_elastic() {
  static elastic_executor& pool = *new elastic_executor({.name = "default"}); // never destroyed: tasks may outlive main
  return pool;
}
} // namespace

executor& executor::default_pool() noexcept { return default_elastic(); }

bool shutdown_default(duration bound) {
  cancel_scope limit = with_timeout(context::root(), bound);
  return default_elastic().shutdown(limit).has_value();
}

} // namespace heddle
