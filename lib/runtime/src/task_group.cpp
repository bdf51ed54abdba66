#include <heddle/task_group.h>

#include <algorithm>

namespace heddle::detail {

struct group_core::slot_case final : wait_case {
  explicit slot_case(group_core& g) noexcept : group(g) {}
  short_lock& source_lock() noexcept override { return group.mutex_; }
  bool take(parker*&) noexcept override {
    if (group.tasks_ >= group.options_.limit) return false;
    ++group.tasks_;
    return true;
  }
  wait_list& list() noexcept override { return group.slot_waiters_; }
  group_core& group;
};

struct group_core::zero_case final : wait_case {
  explicit zero_case(group_core& g) noexcept : group(g) {}
  short_lock& source_lock() noexcept override { return group.mutex_; }
  bool take(parker*&) noexcept override { return group.tasks_ == 0; }
  wait_list& list() noexcept override { return group.zero_waiters_; }
  group_core& group;
};

group_core::group_core(const context& parent, const group_options& o, source_site site)
    : options_(o), site_(site), scope_(with_cancel(parent)) {
  options_.limit = std::max<std::size_t>(options_.limit, 1);
  if (options_.limit != no_limit)
    limit_shown_.emplace("group_limit", options_.name, static_cast<std::int64_t>(options_.limit));
}

group_core::~group_core() {
  if (consumed_) return;
  scope_.cancel();
  wait_for_zero();
}

bool group_core::enter() noexcept {
  slot_case slot(*this);
  {
    hold h(mutex_);
    if (consumed_) return false;
    if (ctx().cancelled()) {
      left_undone_ = true;
      return false;
    }
    parker* none = nullptr;
    if (slot.take(none)) return true;
  }
  gauge_share queued("group_queued", options_.name);
  wait_case* cases[] = {&slot};
  if (wait_any(cases, 1, ctx()) == 0) return true;
  hold h(mutex_);
  left_undone_ = true;
  return false;
}

bool group_core::try_enter() noexcept {
  hold h(mutex_);
  if (consumed_) return false;
  if (ctx().cancelled()) {
    left_undone_ = true;
    return false;
  }
  if (tasks_ >= options_.limit) return false;
  ++tasks_;
  return true;
}

void group_core::start(group_task* t) noexcept {
  if (!options_.on) {
    hold h(mutex_);
    t->unstarted = true;
    t->prev_unstarted = last_unstarted_;
    (last_unstarted_ ? last_unstarted_->next_unstarted : first_unstarted_) = t;
    last_unstarted_ = t;
  }
  (options_.on ? *options_.on : executor::default_pool()).submit(work(t));
}

// From the executor. Whoever claims the task runs it; the group may be gone if we do not.
void group_task::run() noexcept {
  if (!claimed.exchange(true, std::memory_order_acq_rel)) {
    group->run(this);
  }
  release();
}

void group_task::drop() noexcept {
  if (!claimed.exchange(true, std::memory_order_acq_rel)) {
    group_core* g = group;
    g->forget(this);
    discard();
    release();
    g->finish(errc::not_started);
  }
  release();
}

void group_core::forget(group_task* t) noexcept {
  if (options_.on) return;
  hold h(mutex_);
  if (!t->unstarted) return;
  t->unstarted = false;
  (t->prev_unstarted ? t->prev_unstarted->next_unstarted : first_unstarted_) = t->next_unstarted;
  (t->next_unstarted ? t->next_unstarted->prev_unstarted : last_unstarted_) = t->prev_unstarted;
}

void group_core::run(group_task* t) noexcept {
  forget(t);
  result<void> r;
  if (auto ended = ctx().err()) {
    t->discard();
    r = *ended;
  } else {
    observation seen(t->info);
    r = t->call(ctx());
    seen.end(t->info, r);
  }
  t->release();
  finish(r);
}

void group_core::finish(const result<void>& r) noexcept {
  if (!r) record(r.error());
  mutex_.lock();
  if (wait_node* next = slot_waiters_.claim_first()) {
    parker* p = next->who->thread; // it inherits the slot
    mutex_.unlock();
    p->unpark();
    return;
  }
  if (--tasks_ == 0)
    fire_all(mutex_, zero_waiters_); // from here on the group may be gone
  else
    mutex_.unlock();
}

void group_core::record(const error& e) noexcept {
  bool echo = e.is_canceled() && ctx().cancelled();
  {
    hold h(mutex_);
    if (echo)
      left_undone_ = true;
    else
      errors_.push_back(e);
  }
  if (!echo && options_.cancel_on_error) scope_.cancel(e);
}

void group_core::wait_for_zero() noexcept {
  // Tasks that nobody has started are as well run here: we cannot go on before they have ended.
  for (;;) {
    group_task* t;
    bool ours;
    {
      hold h(mutex_);
      t = first_unstarted_;
      if (!t) break;
      t->unstarted = false;
      first_unstarted_ = t->next_unstarted;
      (first_unstarted_ ? first_unstarted_->prev_unstarted : last_unstarted_) = nullptr;
      // Under the lock: who else claims it must come past forget() before it can free it.
      ours = !t->claimed.exchange(true, std::memory_order_acq_rel);
    }
    if (ours) run(t);
  }
  zero_case zero(*this);
  wait_case* cases[] = {&zero};
  wait_any(cases, 1);
}

result<void> group_core::wait() noexcept {
  if (consumed()) return errc::closed;
  wait_for_zero();
  result<void> r;
  {
    hold h(mutex_);
    consumed_ = true;
  }
  if (!errors_.empty())
    r = errors_.front();
  else if (left_undone_)
    r = *ctx().cause();
  scope_.cancel();
  return r;
}

std::vector<error> group_core::wait_all() {
  if (consumed()) return {errc::closed};
  result<void> r = wait();
  if (errors_.empty() && !r) return {r.error()};
  return errors_;
}

bool group_core::consumed() const noexcept {
  hold h(mutex_);
  return consumed_;
}

} // namespace heddle::detail
