// channel<T>: items from senders to receivers, in order.
//
// channel<T>(capacity) makes both ends; capacity 0 is a rendezvous: a send waits for its receive. Ends are handles to
// copy and pass on. There is no close(): a channel ends when its last sender is gone, once what is buffered was
// received; and when its last receiver is gone, senders are told.
//
//   |         | senders > 0, receivers > 0  | no senders                   | no receivers               |
//   |---------|-----------------------------|------------------------------|----------------------------|
//   | send    | item, or waits while full   | -                            | closed; who waits is woken |
//   | receive | item, or waits while empty  | buffered items, then closed; | -                          |
//   |         |                             | who waits is woken           | (buffered items are gone)  |
//
// A send or receive that fails (canceled, closed, full) had no effect: the item given to send() is not moved from, and
// no item is taken or lost. Among those who wait, the first is served first.
// Thread-safety: ends are like shared_ptr: a handle for each thread; the channel behind may be used by all at once.
// Cost: one allocation for the channel, none an item; one short lock an operation, two for one that waits.
// T's move and destructor must not throw.
//
// Does not compile: closing; with -Werror=unused-result: a send whose result is ignored.
//
// Example (compiled and run by test/runtime):
//
//   auto [tx, rx] = heddle::channel<std::string>(16);
//   std::thread writer([tx = std::move(tx), ctx = ctx] {
//     for (const char* word : {"warp", "weft"})
//       if (!tx.send(ctx, word)) return; // cancelled, or nobody listens
//   });
//
//   for (std::string& word : rx.each(ctx)) puts(word.c_str()); // until the writer is done
#pragma once

#include <heddle/context.h>

#include <algorithm>
#include <iterator>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace heddle {

template <class T> class sender;
template <class T> class receiver;
template <class T> class send_op;
template <class T> class receive_op;

namespace detail {

/// Ring and waiters of a channel; the items follow in the same block.
template <class T> class channel_block {
public:
  static channel_block* make(std::size_t capacity) {
    if (capacity > (static_cast<std::size_t>(-1) / 2 - offset()) / sizeof(T)) die("a channel's capacity is too large");
    void* memory = ::operator new(offset() + capacity * sizeof(T), std::align_val_t(alignment()));
    return std::construct_at(static_cast<channel_block*>(memory), capacity);
  }
  explicit channel_block(std::size_t capacity) noexcept : capacity_(capacity) {}
  channel_block(const channel_block&) = delete;
  channel_block& operator=(const channel_block&) = delete;

  void add_sender() noexcept { senders_.fetch_add(1, std::memory_order_relaxed); }
  void add_receiver() noexcept { receivers_.fetch_add(1, std::memory_order_relaxed); }
  void drop_sender() noexcept {
    if (senders_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    mutex.lock();
    no_senders_ = true;
    fire_all(mutex, waiting_receivers);
    release();
  }
  void drop_receiver() noexcept {
    if (receivers_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    mutex.lock();
    no_receivers_ = true;
    std::size_t left = std::exchange(count_, 0); // nobody looks at the ring any more
    fire_all(mutex, waiting_senders);
    for (; left > 0; --left) {
      std::destroy_at(slot(head_));
      head_ = after(head_);
    }
    release();
  }

  // With the lock held. What send and receive do if they need not wait; also when the other side is gone.
  bool try_send(T& item, bool& sent, parker*& wake) noexcept {
    if (no_receivers_) return true;
    if (wait_node* n = waiting_receivers.claim_first()) {
      static_cast<receive_op<T>*>(n)->item_.emplace(std::move(item));
      wake = n->who->thread;
    } else if (count_ < capacity_) {
      push(item);
    } else {
      return false;
    }
    sent = true;
    return true;
  }
  bool try_receive(std::optional<T>& item, parker*& wake) noexcept {
    if (count_ > 0) {
      T* first = slot(head_);
      item.emplace(std::move(*first));
      std::destroy_at(first);
      head_ = after(head_);
      --count_;
      if (wait_node* n = waiting_senders.claim_first()) push(accept(n, wake));
      return true;
    }
    if (wait_node* n = waiting_senders.claim_first()) {
      item.emplace(std::move(accept(n, wake)));
      return true;
    }
    return no_senders_;
  }
  std::size_t size() const noexcept { return count_; }
  std::size_t capacity() const noexcept { return capacity_; }

  short_lock mutex; // guards all but the counts of handles
  wait_list waiting_receivers, waiting_senders;

private:
  static constexpr std::size_t alignment() noexcept {
    return alignof(T) > alignof(channel_block) ? alignof(T) : alignof(channel_block);
  }
  static constexpr std::size_t offset() noexcept { return (sizeof(channel_block) + alignof(T) - 1) / alignof(T) * alignof(T); }
  T* slot(std::size_t i) noexcept {
    return std::launder(reinterpret_cast<T*>(reinterpret_cast<unsigned char*>(this) + offset() + i * sizeof(T)));
  }
  std::size_t after(std::size_t i) const noexcept { return i + 1 == capacity_ ? 0 : i + 1; }
  void push(T& item) noexcept {
    std::size_t at = head_ + count_;
    std::construct_at(slot(at < capacity_ ? at : at - capacity_), std::move(item));
    ++count_;
  }
  static T& accept(wait_node* n, parker*& wake) noexcept {
    auto* op = static_cast<send_op<T>*>(n);
    op->sent_ = true;
    wake = n->who->thread;
    return *op->item_;
  }
  void release() noexcept {
    if (sides_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    for (; count_ > 0; --count_) {
      std::destroy_at(slot(head_));
      head_ = after(head_);
    }
    std::destroy_at(this);
    ::operator delete(static_cast<void*>(this), std::align_val_t(alignment()));
  }

  std::atomic<std::size_t> senders_{1}, receivers_{1};
  std::atomic<int> sides_{2};
  const std::size_t capacity_;
  std::size_t head_ = 0, count_ = 0;
  bool no_senders_ = false, no_receivers_ = false;
};

} // namespace detail

/// A send that select() may choose. The item is moved from only when it is chosen.
template <class T> class [[nodiscard]] send_op final : public detail::wait_case {
public:
  using outcome_type = result<void>;
  result<void> outcome() noexcept {
    if (!sent_) return errc::closed;
    return {};
  }

private:
  friend class sender<T>;
  friend class detail::channel_block<T>;
  send_op(detail::channel_block<T>* c, T& item) noexcept : channel_(c), item_(std::addressof(item)) {}
  detail::short_lock& source_lock() noexcept override { return channel_->mutex; }
  bool take(detail::parker*& wake) noexcept override { return channel_->try_send(*item_, sent_, wake); }
  detail::wait_list& list() noexcept override { return channel_->waiting_senders; }

  detail::channel_block<T>* channel_;
  T* item_;
  bool sent_ = false;
};

/// A receive that select() may choose.
template <class T> class [[nodiscard]] receive_op final : public detail::wait_case {
public:
  using outcome_type = result<T>;
  result<T> outcome() noexcept {
    if (!item_) return errc::closed;
    return std::move(*item_);
  }

private:
  friend class receiver<T>;
  friend class detail::channel_block<T>;
  explicit receive_op(detail::channel_block<T>* c) noexcept : channel_(c) {}
  detail::short_lock& source_lock() noexcept override { return channel_->mutex; }
  bool take(detail::parker*& wake) noexcept override { return channel_->try_receive(item_, wake); }
  detail::wait_list& list() noexcept override { return channel_->waiting_receivers; }

  detail::channel_block<T>* channel_;
  std::optional<T> item_;
};

template <class T> struct [[nodiscard]] channel_pair {
  sender<T> send;
  receiver<T> recv;
};

/// A new channel: auto [tx, rx] = channel<int>(16);
template <class T> [[nodiscard]] channel_pair<T> channel(std::size_t capacity) {
  auto* c = detail::channel_block<T>::make(capacity);
  return {sender<T>(c), receiver<T>(c)};
}

/// The end that puts items in. A handle that was moved from must not be used.
template <class T> class HEDDLE_ROLE("channel !closes !reports-closed !thread-safe") sender {
public:
  sender(const sender& other) noexcept : channel_(other.channel_) {
    if (channel_) channel_->add_sender();
  }
  sender(sender&& other) noexcept : channel_(std::exchange(other.channel_, nullptr)) {}
  sender& operator=(sender other) noexcept {
    std::swap(channel_, other.channel_);
    return *this;
  }
  ~sender() {
    if (channel_) channel_->drop_sender();
  }

  /// Puts the item in, waiting while the channel is full. On an error the item is not moved from.
  [[nodiscard]] HEDDLE_DOES("send !blocking") result<void> send(const context& ctx, T&& item) const {
    send_op<T> op(block(), item);
    if (!now(op)) {
      detail::wait_case* cases[] = {&op};
      if (detail::wait_any(cases, 1, ctx) == npos) return *ctx.err();
    }
    return op.outcome();
  }
  [[nodiscard]] HEDDLE_DOES("send !blocking") result<void> send(const context& ctx, const T& item) const
    requires std::is_copy_constructible_v<T>
  {
    T copy(item);
    return send(ctx, std::move(copy));
  }
  /// The same, or errc::full where send() would wait.
  [[nodiscard]] HEDDLE_DOES("try-send") result<void> try_send(T&& item) const {
    send_op<T> op(block(), item);
    if (!now(op)) return errc::full;
    return op.outcome();
  }
  [[nodiscard]] HEDDLE_DOES("try-send") result<void> try_send(const T& item) const
    requires std::is_copy_constructible_v<T>
  {
    T copy(item);
    return try_send(std::move(copy));
  }
  /// As a case of select(). The item is moved from only if this case is chosen and there is a receiver.
  send_op<T> op(T&& item HEDDLE_LIFETIMEBOUND) const HEDDLE_LIFETIMEBOUND { return send_op<T>(block(), item); }

private:
  friend channel_pair<T> channel<T>(std::size_t);
  explicit sender(detail::channel_block<T>* adopted) noexcept : channel_(adopted) {
    static_assert(std::is_nothrow_move_constructible_v<T> && std::is_nothrow_destructible_v<T>,
                  "items are moved under the channel's lock, which must not throw; use a unique_ptr");
  }
  detail::channel_block<T>* block() const noexcept {
    if (!channel_) detail::die("a sender was used that was moved from");
    return channel_;
  }
  static bool now(send_op<T>& op) noexcept {
    detail::parker* wake = nullptr;
    detail::channel_block<T>& c = *op.channel_;
    c.mutex.lock();
    bool done = c.try_send(*op.item_, op.sent_, wake);
    c.mutex.unlock();
    if (wake) wake->unpark();
    return done;
  }
  detail::channel_block<T>* channel_;
};

/// The end that takes items out. A handle that was moved from must not be used.
template <class T> class HEDDLE_ROLE("channel !closes !reports-closed !thread-safe") receiver {
public:
  receiver(const receiver& other) noexcept : channel_(other.channel_) {
    if (channel_) channel_->add_receiver();
  }
  receiver(receiver&& other) noexcept : channel_(std::exchange(other.channel_, nullptr)) {}
  receiver& operator=(receiver other) noexcept {
    std::swap(channel_, other.channel_);
    return *this;
  }
  ~receiver() {
    if (channel_) channel_->drop_receiver();
  }

  /// Takes the next item, waiting for one; errc::closed when no more will come.
  [[nodiscard]] HEDDLE_DOES("receive") result<T> receive(const context& ctx) const {
    receive_op<T> op(block());
    if (!now(op)) {
      detail::wait_case* cases[] = {&op};
      if (detail::wait_any(cases, 1, ctx) == npos) return *ctx.err();
    }
    return op.outcome();
  }
  /// The same, or errc::empty where receive() would wait.
  [[nodiscard]] HEDDLE_DOES("try-receive") result<T> try_receive() const {
    receive_op<T> op(block());
    if (!now(op)) return errc::empty;
    return op.outcome();
  }
  /// Waits for an item and takes up to \p max of those that are there, with one lock. How many were appended to
  /// \p into, or the error of the first.
  [[nodiscard]] HEDDLE_DOES("receive") result<std::size_t> receive_some(const context& ctx, std::vector<T>& into,
                                                                       std::size_t max) const {
    if (max == 0) return std::size_t{0};
    if (into.capacity() - into.size() < max) // no allocation, and nothing that throws, under the lock
      into.reserve(std::max(into.size() + max, 2 * into.capacity()));
    std::size_t count = 0;
    while (count < max) {
      // Wakes are collected one by one: each item may free a waiting sender.
      detail::parker* woken[detail::fire_batch];
      int wakes = 0;
      bool more = true;
      detail::channel_block<T>& c = *block();
      c.mutex.lock();
      while (more && count < max && wakes < detail::fire_batch) {
        detail::parker* wake = nullptr;
        std::optional<T> item;
        more = c.try_receive(item, wake) && item;
        if (wake) woken[wakes++] = wake;
        if (more) {
          into.push_back(std::move(*item));
          ++count;
        }
      }
      c.mutex.unlock();
      for (int i = 0; i < wakes; ++i) woken[i]->unpark();
      if (!more) break;
    }
    if (count > 0) return count;
    result<T> first = receive(ctx);
    if (!first) return first.error();
    into.push_back(std::move(*first));
    return std::size_t{1};
  }

  class iterator;
  class range;
  /// for (T& item : rx.each(ctx)): until the channel or the context ends.
  range each(const context& ctx) const { return range(*this, ctx); }

  /// As a case of select().
  receive_op<T> op() const HEDDLE_LIFETIMEBOUND { return receive_op<T>(block()); }

private:
  friend channel_pair<T> channel<T>(std::size_t);
  explicit receiver(detail::channel_block<T>* adopted) noexcept : channel_(adopted) {}
  detail::channel_block<T>* block() const noexcept {
    if (!channel_) detail::die("a receiver was used that was moved from");
    return channel_;
  }
  static bool now(receive_op<T>& op) noexcept {
    detail::parker* wake = nullptr;
    detail::channel_block<T>& c = *op.channel_;
    c.mutex.lock();
    bool done = c.try_receive(op.item_, wake);
    c.mutex.unlock();
    if (wake) wake->unpark();
    return done;
  }
  detail::channel_block<T>* channel_;
};

template <class T> class receiver<T>::range {
public:
  iterator begin() { return ++iterator(*this); }
  std::default_sentinel_t end() const noexcept { return {}; }

private:
  friend class receiver;
  friend class iterator;
  range(receiver r, context ctx) noexcept : from_(std::move(r)), ctx_(std::move(ctx)) {}
  receiver from_;
  context ctx_;
  std::optional<T> item_;
};

template <class T> class receiver<T>::iterator {
public:
  using value_type = T;
  using difference_type = std::ptrdiff_t;
  T& operator*() const noexcept { return *range_->item_; }
  T* operator->() const noexcept { return std::addressof(*range_->item_); }
  iterator& operator++() {
    range_->item_.reset();
    if (auto next = range_->from_.receive(range_->ctx_)) range_->item_.emplace(*std::move(next));
    return *this;
  }
  void operator++(int) { ++*this; }
  bool operator==(std::default_sentinel_t) const noexcept { return !range_->item_; }

private:
  friend class range;
  explicit iterator(range& r) noexcept : range_(&r) {}
  range* range_;
};

} // namespace heddle
