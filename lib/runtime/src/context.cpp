#include <heddle/context.h>
#include <heddle/executor.h>

#include <algorithm>

namespace heddle {
namespace detail {

namespace {
constexpr std::size_t kept_causes = 8;
} // namespace

bool try_retain(context_node& n) noexcept {
  std::uint32_t refs = n.refs.load(std::memory_order_relaxed);
  while (refs != 0)
    if (n.refs.compare_exchange_weak(refs, refs + 1, std::memory_order_relaxed)) return true;
  return false;
}

void release(context_node* n) noexcept {
  while (n && n->refs.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    context_node* parent = n->parent;
    n->destroy(n);
    n = parent;
  }
}

cancel_node::~cancel_node() {
  if (timed && !wait_free_ended()) disarm(*this); // whoever ended it has disarmed it
  unlink();
  while (end_hook* h = hooks) {
    hooks = h->next;
    delete h;
  }
}

void cancel_node::attach(context_node* values, cancel_node* p) noexcept {
  parent = retain(values);
  if (!p) return;
  above = p;
  {
    hold h(p->mutex);
    if (!p->wait_free_ended()) {
      next_child = p->children;
      if (next_child) next_child->prev_child = this;
      p->children = this;
      in_parent = true;
      return;
    }
  }
  unlinked = true;
  mark(p->ended.load(std::memory_order_acquire), nullptr, true);
}

void cancel_node::unlink() noexcept {
  if (!above || unlinked) return;
  unlinked = true;
  hold h(above->mutex);
  if (!in_parent) return;
  in_parent = false;
  (prev_child ? prev_child->next_child : above->children) = next_child;
  if (next_child) next_child->prev_child = prev_child;
}

void cancel_node::arm_deadline(time_point when) {
  deadline = when;
  if (above && above->deadline <= when) {
    deadline = above->deadline; // the parent's comes first and ends this one too
    return;
  }
  if (when == time_point::max() || wait_free_ended()) return;
  if (when <= clock::now()) {
    error cause = errc::deadline_exceeded;
    end(end_kind::deadline, &cause);
    return;
  }
  {
    // Who ends the node from here on disarms it.
    hold h(mutex);
    if (wait_free_ended()) return;
    timed = true;
  }
  arm(*this, when);
  if (wait_free_ended()) disarm(*this); // ended, and disarmed, before it was armed
}

void cancel_node::expired(expired_work& later) noexcept {
  if (!try_retain(*this)) return;
  later.call(
      [](void* self) noexcept {
        auto* n = static_cast<cancel_node*>(self);
        error cause = errc::deadline_exceeded;
        n->end(end_kind::deadline, &cause, true);
        release(n);
      },
      this);
}

cancel_node::marking cancel_node::mark(end_kind kind, const error* cause, bool by_parent) noexcept {
  std::unique_ptr<std::vector<error>> room; // made before the lock is taken
  if (cause && wait_free_ended()) {
    room = std::make_unique<std::vector<error>>();
    room->reserve(kept_causes - 1);
  }
  mutex.lock();
  bool first = !wait_free_ended();
  if (cause) {
    ++cause_count;
    if (!first_cause) {
      first_cause = *cause;
    } else {
      if (!more_causes) more_causes = room ? std::move(room) : std::make_unique<std::vector<error>>();
      if (more_causes->size() < kept_causes - 1) more_causes->push_back(*cause);
    }
  }
  if (!first) {
    mutex.unlock();
    return marking::had_ended;
  }
  inherited = by_parent;
  ended.store(kind, std::memory_order_release);
  marking done = children || hooks || timed ? marking::more_to_do : marking::ended; // from here on none is added
  if (waiters.empty())
    mutex.unlock();
  else
    fire_all(mutex, waiters);
  return done;
}

bool cancel_node::end(end_kind kind, const error* cause, bool on_timer_thread) noexcept {
  switch (mark(kind, cause, false)) {
  case marking::had_ended:
    return false;
  case marking::ended:
    return true;
  case marking::more_to_do:
    break;
  }
  // Children are ended one after another, none of them with a lock of another held; a list instead of recursion.
  retain(this);
  next_work = nullptr;
  cancel_node* work = this;
  while (work) {
    cancel_node* n = work;
    work = n->next_work;
    if (n->timed) disarm(*n);
    for (;;) {
      cancel_node* child;
      bool alive;
      {
        hold h(n->mutex);
        child = n->children;
        if (!child) break;
        n->children = child->next_child;
        if (n->children) n->children->prev_child = nullptr;
        child->in_parent = false;
        alive = try_retain(*child);
      }
      if (!alive) continue;
      if (child->mark(kind, nullptr, true) == marking::more_to_do) {
        child->next_work = work;
        work = child;
      } else {
        release(child);
      }
    }
    n->run_hooks(on_timer_thread);
    release(n);
  }
  return true;
}

void cancel_node::end_by_owner() noexcept {
  if (refs.load(std::memory_order_acquire) == 1 && !hooks) {
    // Nobody to tell. If it is in the heap no more, its expiry holds a reference and will end it.
    if (timed && disarm(*this)) timed = false;
    return;
  }
  error cause = errc::canceled;
  end(end_kind::canceled, &cause);
}

void cancel_node::run_hooks(bool on_timer_thread) noexcept {
  if (!hooks) return; // the list does not change once the node has ended
  if (!on_timer_thread) {
    for (end_hook* h = hooks; h; h = h->next) h->ended();
    return;
  }
  struct deferred final : task_node {
    explicit deferred(cancel_node* n) : task_node({"stop callbacks of a deadline", {}}), node(n) { retain(n); }
    void run() noexcept override {
      for (end_hook* h = node->hooks; h; h = h->next) h->ended();
      release(node);
      delete this;
    }
    void drop() noexcept override { run(); } // better late, on whatever thread, than never
    cancel_node* node;
  };
  executor::default_pool().submit(work(new deferred(this)));
}

bool cancel_node::add_hook(std::unique_ptr<end_hook>& hook) noexcept {
  hold h(mutex);
  if (wait_free_ended()) return false;
  hook->next = hooks;
  hooks = hook.release();
  return true;
}

void cancel_node::collect_causes(std::vector<error>& into, std::size_t& count) const {
  for (const cancel_node* n = this; n;) {
    bool up;
    {
      auto& self = const_cast<cancel_node&>(*n);
      hold h(self.mutex);
      up = n->inherited;
      // What was said to a child after its parent ended it comes after the parent's.
      count += n->cause_count;
      if (n->first_cause) {
        auto at = into.begin();
        at = into.insert(at, *n->first_cause);
        if (n->more_causes) into.insert(at + 1, n->more_causes->begin(), n->more_causes->end());
      }
    }
    n = up ? n->above : nullptr;
  }
}

done_case::done_case(const context& ctx) noexcept : node_(context_access::canceller(ctx)) {
  if (!node_) {
    static cancel_node& never = *new cancel_node; // for select() under root(); never destroyed
    node_ = &never;
  }
}

std::optional<error> err_of(const cancel_node* n) noexcept {
  switch (n ? n->ended.load(std::memory_order_acquire) : end_kind::live) {
  case end_kind::canceled:
    return errc::canceled;
  case end_kind::deadline:
    return errc::deadline_exceeded;
  case end_kind::live:
    break;
  }
  return std::nullopt;
}

} // namespace detail

std::vector<error> context::causes() const {
  std::vector<error> found;
  std::size_t count = 0;
  if (cancelled()) canceller()->collect_causes(found, count);
  if (found.size() > detail::kept_causes) found.erase(found.begin() + detail::kept_causes, found.end());
  return found;
}

std::optional<error> context::cause() const {
  if (!cancelled()) return std::nullopt;
  std::vector<error> all = causes();
  if (all.empty()) return err();
  return all.front();
}

std::size_t context::cause_count() const noexcept {
  if (!cancelled()) return 0;
  std::size_t count = 0;
  std::vector<error> all;
  canceller()->collect_causes(all, count);
  return count;
}

std::optional<time_point> context::deadline() const noexcept {
  const detail::cancel_node* c = canceller();
  if (!c || c->deadline == time_point::max()) return std::nullopt;
  return c->deadline;
}

void context::wait() const noexcept { detail::wait_any(nullptr, 0, *this); }

void cancel_scope::end() noexcept {
  extra_.reset();
  detail::cancel_node* c = ctx_.canceller();
  if (!c) return;
  if (!c->wait_free_ended()) c->end_by_owner();
  c->unlink();
}

cancel_scope scope_access::make(const context& values, detail::cancel_node* ends_with, time_point deadline) {
  struct node final : detail::cancel_node {};
  auto* n = new node;
  n->destroy = [](detail::context_node* self) noexcept { delete static_cast<node*>(self); };
  cancel_scope scope(context_access::adopt(n));
  n->attach(context_access::node(values), ends_with);
  n->arm_deadline(deadline);
  return scope;
}

cancel_scope with_timeout(const context& parent, duration timeout) {
  time_point now = clock::now();
  return with_deadline(parent, timeout > time_point::max() - now ? time_point::max() : now + timeout);
}

cancel_scope without_cancel(const context& values_of, duration timeout) {
  time_point now = clock::now();
  return scope_access::make(values_of, nullptr, timeout > time_point::max() - now ? time_point::max() : now + timeout);
}

} // namespace heddle
