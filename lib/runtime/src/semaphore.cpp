#include <heddle/semaphore.h>

namespace heddle {

struct semaphore::acquire_case final : detail::wait_case {
  acquire_case(semaphore& s, std::uint64_t w) noexcept : from(s), weight(w) {}
  detail::short_lock& source_lock() noexcept override { return from.mutex_; }
  bool take(detail::parker*&) noexcept override {
    if (!from.waiters_.empty() || from.free_ < weight) return false;
    from.free_ -= weight;
    return true;
  }
  detail::wait_list& list() noexcept override { return from.waiters_; }
  semaphore& from;
  const std::uint64_t weight;
};

semaphore::~semaphore() {
  detail::hold h(mutex_);
  if (free_ != total_) detail::die("a semaphore was destroyed while permits of it were held");
}

result<permit> semaphore::acquire(const context& ctx, std::uint64_t w) & {
  if (w > total_) return errc::overflow;
  acquire_case want(*this, w);
  {
    detail::hold h(mutex_);
    detail::parker* none = nullptr;
    if (want.take(none)) return permit(this, w);
  }
  detail::wait_case* cases[] = {&want};
  if (detail::wait_any(cases, 1, ctx) == 0) return permit(this, w);
  give(0); // we may have stood before somebody who fits
  return *ctx.err();
}

std::optional<permit> semaphore::try_acquire(std::uint64_t w) & noexcept {
  acquire_case want(*this, w);
  detail::hold h(mutex_);
  detail::parker* none = nullptr;
  if (!want.take(none)) return std::nullopt;
  return permit(this, w);
}

void semaphore::give(std::uint64_t w) noexcept {
  for (;;) {
    detail::parker* woken[detail::fire_batch];
    int count = 0;
    bool more = false;
    mutex_.lock();
    free_ += w;
    w = 0;
    while (detail::wait_node* first = waiters_.front()) {
      std::uint64_t weight = static_cast<acquire_case*>(first)->weight;
      if (weight > free_) break;
      if (count == detail::fire_batch) {
        more = true; // those who wait keep the semaphore alive
        break;
      }
      waiters_.remove(*first);
      if (!first->who->claim(first->index)) continue;
      free_ -= weight;
      woken[count++] = first->who->thread;
    }
    mutex_.unlock();
    for (int i = 0; i < count; ++i) woken[i]->unpark();
    if (!more) return;
  }
}

} // namespace heddle
