#include <heddle/future.h>

namespace heddle::detail {

void future_core::publish() noexcept {
  mutex.lock();
  ready.store(true, std::memory_order_release);
  task_node* c = std::exchange(first_then, nullptr);
  fire_all(mutex, waiters);
  while (c) {
    auto* next = static_cast<continuation*>(c->next);
    executor* on = static_cast<continuation*>(c)->on;
    on->submit(work(c));
    c = next;
  }
}

void future_core::then(continuation* c) noexcept {
  c->next = nullptr;
  {
    hold h(mutex);
    if (!is_ready()) {
      (first_then ? last_then->next : first_then) = c;
      last_then = c;
      return;
    }
  }
  c->on->submit(work(c));
}

} // namespace heddle::detail
