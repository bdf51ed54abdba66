// wait_group: waits for work that was handed out as tokens.
//
// A token is the right to be waited for: who holds it is counted, and its destruction counts down. It is made by the
// group before the work starts and moved into it, so nobody can count inside a task that may not have begun, forget to
// count down, or do it twice.
//
//   |            | token()     | token dies       | wait(ctx)       | destructor |
//   |------------|-------------|------------------|-----------------|------------|
//   | no tokens  | -> counting | -                | success at once | at once    |
//   | counting n | n + 1       | n - 1, or -> no tokens | waits     | waits      |
//
// wait() that gives up (its context ended) changes nothing. The group can be used again after a wait.
// Use a task_group where the tasks are also to be started, cancelled and asked for errors.
// Thread-safety: token() and wait() from any thread; a token is for one thread at a time. Cost: no allocation.
//
// Does not compile: a token from nothing, a copied token; with -Werror=unused-result: a dropped token.
//
// Example (compiled and run by test/runtime):
//
//   heddle::wait_group group;
//   for (std::size_t i = 0; i < 4; ++i)
//     pool.submit(heddle::work::of({"part"}, [&part = parts[i], i, token = group.token()] { part = compute(i); }));
//   if (!group.wait(ctx)) return; // cancelled: the destructor still waits for the tokens
#pragma once

#include <heddle/context.h>

namespace heddle {

class wait_group;

/// Counted by its group as long as it lives.
class [[nodiscard]] wait_token {
public:
  HEDDLE_DOES("nothing") wait_token(wait_token&& other) noexcept : group_(std::exchange(other.group_, nullptr)) {}
  wait_token& operator=(wait_token&& other) noexcept {
    wait_token(std::move(other)).swap(*this);
    return *this;
  }
  HEDDLE_DOES("leave") inline ~wait_token();
  /// One more token of the same group, for work that this work starts. Of a token that was moved from: another such.
  HEDDLE_DOES("enter result") inline wait_token split() const noexcept;
  void swap(wait_token& other) noexcept { std::swap(group_, other.group_); }

private:
  friend class wait_group;
  explicit wait_token(wait_group* g) noexcept : group_(g) {}
  wait_group* group_;
};

/// Waits until all its tokens are gone.
class HEDDLE_ROLE("latch !reusable !joins") wait_group {
public:
  wait_group() = default;
  wait_group(const wait_group&) = delete;
  wait_group& operator=(const wait_group&) = delete;
  ~wait_group() {
    if (none()) return;
    zero_case zero(*this);
    detail::wait_case* cases[] = {&zero};
    detail::wait_any(cases, 1);
  }

  HEDDLE_DOES("enter") wait_token token() & noexcept {
    add();
    return wait_token(this);
  }
  /// Waits until all tokens are gone, or ctx ends.
  [[nodiscard]] HEDDLE_DOES("wait") result<void> wait(const context& ctx) & {
    if (none()) return {};
    zero_case zero(*this);
    detail::wait_case* cases[] = {&zero};
    if (detail::wait_any(cases, 1, ctx) == npos) return *ctx.err();
    return {};
  }

private:
  friend class wait_token;
  struct zero_case final : detail::wait_case {
    explicit zero_case(wait_group& g) noexcept : group(g) {}
    detail::short_lock& source_lock() noexcept override { return group.mutex_; }
    bool take(detail::parker*&) noexcept override { return group.tokens_ == 0; }
    detail::wait_list& list() noexcept override { return group.waiters_; }
    wait_group& group;
  };
  // With the lock, also at the end: who sees that none is left must also see that the last is done with us.
  bool none() noexcept {
    detail::hold h(mutex_);
    return tokens_ == 0;
  }
  void add() noexcept {
    detail::hold h(mutex_);
    ++tokens_;
  }
  void drop() noexcept {
    mutex_.lock();
    if (--tokens_ == 0)
      detail::fire_all(mutex_, waiters_);
    else
      mutex_.unlock();
  }

  detail::short_lock mutex_;
  detail::wait_list waiters_;
  std::size_t tokens_ = 0;
};

inline wait_token::~wait_token() {
  if (group_) group_->drop();
}
inline wait_token wait_token::split() const noexcept {
  if (group_) group_->add();
  return wait_token(group_);
}

} // namespace heddle
