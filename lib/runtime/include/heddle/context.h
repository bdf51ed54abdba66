// context, cancel_scope: who may look whether work is still wanted, and who may end it.
//
// A context is a copyable right to look: it is passed first to everything that blocks or takes long. A cancel_scope is
// the move-only right to end a context that it made below another one, and ends it in its destructor: a cancellation
// that nobody fires, or that leaks under a long-lived parent, cannot be written.
//
//   |       | cancel           | deadline                  | parent ends             | scope dies      |
//   |-------|------------------|---------------------------|-------------------------|-----------------|
//   | live  | ended (cause)    | ended (deadline_exceeded) | ended (parent's causes) | ended, unlinked |
//   | ended | cause is added   | -                         | -                       | unlinked        |
//
// A child of an ended context is born ended. err() is errc::canceled or errc::deadline_exceeded; cause() says why, and
// causes() lists all that was said, the first one first: eight are kept, the rest counted.
// Thread-safety: a context is like a shared_ptr, its functions may be called from any thread. cancel() may be called
// from any thread as long as the scope lives; moving and destroying a scope is for one thread.
// Cost: one allocation and one link a scope (no link under root()); a deadline adds an entry to the timer heap.
// cancel() wakes waiting threads and runs no user code, except the callbacks of a std::stop_token made from the
// context: these run in cancel()'s caller, and after a deadline on the default executor.
//
// Does not compile: a dropped scope (-Werror=unused-result), the context of a temporary scope, a copied scope,
// without_cancel without a bound.
//
// Example (compiled and run by test/runtime):
//
//   heddle::result<std::string> fetch(const heddle::context& ctx);
//
//   heddle::result<std::string> fetch_soon(const heddle::context& ctx) {
//     heddle::cancel_scope limit = heddle::with_timeout(ctx, 20ms);
//     return fetch(limit); // errc::deadline_exceeded after 20 ms, or what ends ctx earlier
//   }
#pragma once

#include <heddle/annotations.h>
#include <heddle/detail/timers.h>
#include <heddle/detail/wait.h>
#include <heddle/result.h>

#include <memory>
#include <optional>
#include <vector>

#if HEDDLE_HAS_STOP_TOKEN
#include <stop_token>
#endif

namespace heddle {

class cancel_scope;
class context;

namespace detail {

struct cancel_node;

/// What a context points to: a link in the chain to the root.
struct context_node {
  std::atomic<std::uint32_t> refs{1};
  cancel_node* canceller = nullptr; // this or the nearest above that can end; null: none
  context_node* parent = nullptr;   // a counted reference
  const void* key = nullptr;        // of the value that this node holds
  const void* value = nullptr;
  void (*destroy)(context_node*) noexcept = nullptr; // frees the node's memory; the parent is released by others

  context_node() = default;
  context_node(const context_node&) = delete;
  context_node& operator=(const context_node&) = delete;
};

inline context_node* retain(context_node* n) noexcept {
  if (n) n->refs.fetch_add(1, std::memory_order_relaxed);
  return n;
}
/// The same for a node that is being let go elsewhere: false if that was the last reference.
HEDDLE_API bool try_retain(context_node& n) noexcept;
/// Drops a reference, and those of the parents that it held.
HEDDLE_API void release(context_node* n) noexcept;

/// Run when a context ends, by whoever ended it (after a deadline: on the default executor).
class end_hook {
public:
  enum kinds : std::uint8_t { stop_source, other };
  explicit end_hook(kinds k = other) noexcept : kind(k) {}
  virtual ~end_hook() = default;
  virtual void ended() noexcept = 0;

  const kinds kind;
  end_hook* next = nullptr;
};

enum class end_kind : std::uint8_t { live, canceled, deadline };

/// A node that can end. Its children are those nodes that can end and have no such node in between.
struct HEDDLE_API cancel_node : context_node, timer_entry {
  std::atomic<end_kind> ended{end_kind::live};
  bool in_parent = false;      // guarded by above->mutex
  bool unlinked = false;        // off the parent's list for good; belongs to the node's owner
  bool timed = false;           // has an entry in the timer heap, until it ends
  cancel_node* above = nullptr; // the canceller that ends this one; null: none
  time_point deadline = time_point::max();

  short_lock mutex; // guards all that follows
  wait_list waiters;
  cancel_node* children = nullptr;
  cancel_node *next_child = nullptr, *prev_child = nullptr; // guarded by above->mutex
  cancel_node* next_work = nullptr;                         // belongs to who ended this node
  bool inherited = false;                                   // ended by its parent: causes begin with the parent's
  std::optional<error> first_cause;
  std::unique_ptr<std::vector<error>> more_causes;
  std::size_t cause_count = 0;
  end_hook* hooks = nullptr;

  cancel_node() { canceller = this; }
  /// Disarms, unlinks and frees the hooks. Called by destroy.
  ~cancel_node();

  /// Links the node below \p values, which it retains (null: root), and has it end with \p ends_with, which must outlive
  /// it (null: nothing); usually the canceller of \p values.
  void attach(context_node* values, cancel_node* ends_with) noexcept;
  /// Arms the deadline if it is before that of the parents.
  void arm_deadline(time_point when);
  /// Ends the node and everything below. False if it had ended; \p cause is kept either way. The caller holds a
  /// reference.
  bool end(end_kind kind, const error* cause, bool on_timer_thread = false) noexcept;
  /// When its scope dies: ends it, unless nobody else refers to it, so that nobody would notice.
  void end_by_owner() noexcept;
  /// Takes the node off its parent's list. For the owner, once nobody can attach it any more.
  void unlink() noexcept;
  bool wait_free_ended() const noexcept { return ended.load(std::memory_order_acquire) != end_kind::live; }
  /// Registers a hook, which the node then owns; false, and the hook is not taken, if the node has ended.
  bool add_hook(std::unique_ptr<end_hook>& hook) noexcept;
  void collect_causes(std::vector<error>& into, std::size_t& count) const;

private:
  enum class marking { had_ended, ended, more_to_do };
  marking mark(end_kind kind, const error* cause, bool by_parent) noexcept;
  void run_hooks(bool on_timer_thread) noexcept;
  void expired(expired_work& later) noexcept override;
};

/// Waits for the end of a context.
struct HEDDLE_API done_case final : wait_case {
  explicit done_case(const context& ctx) noexcept; // never ready if ctx cannot end
  short_lock& source_lock() noexcept override { return node_->mutex; }
  bool take(parker*&) noexcept override { return node_->wait_free_ended(); }
  wait_list& list() noexcept override { return node_->waiters; }

private:
  cancel_node* node_;
};

template <class Key> inline char key_address = 0;

HEDDLE_API std::optional<error> err_of(const cancel_node* n) noexcept;

} // namespace detail

/// The right to observe whether work is still wanted, with the deadline and the values that go with it.
class HEDDLE_ROLE("context") context {
public:
  /// Never ends. The parent of all others; for main, tests, and what lives as long as the process.
  static context root() noexcept { return context(nullptr); }

  context(const context& other) noexcept : node_(detail::retain(other.node_)) {}
  context(context&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  context& operator=(context other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~context() { detail::release(node_); }

  /// Returns true once it has ended. One acquire load.
  HEDDLE_DOES("observe-stop") bool cancelled() const noexcept {
    const detail::cancel_node* c = canceller();
    return c && c->wait_free_ended();
  }
  /// Returns true if it can end at all.
  bool can_end() const noexcept { return canceller() != nullptr; }
  /// errc::canceled, errc::deadline_exceeded, or nothing while it is live.
  HEDDLE_DOES("observe-stop") std::optional<error> err() const noexcept { return detail::err_of(canceller()); }
  /// Success while it is live; otherwise err(). For a task that asks in a loop: if (auto r = ctx.check(); !r) return r;
  HEDDLE_DOES("observe-stop") result<void> check() const noexcept {
    if (auto e = err()) return *e;
    return {};
  }
  /// The first reason that was given, or nothing while it is live.
  HEDDLE_API std::optional<error> cause() const;
  /// All reasons, the first one first; eight are kept a scope.
  HEDDLE_API std::vector<error> causes() const;
  /// How many reasons were given, kept or not.
  HEDDLE_API std::size_t cause_count() const noexcept;
  /// When it will end by itself, if that is known.
  HEDDLE_API std::optional<time_point> deadline() const noexcept;
  /// Blocks until the context ends. Does not return under root().
  HEDDLE_DOES("wait") HEDDLE_API void wait() const noexcept;

  /// The value that with_value() put under this key, nearest first; null if there is none.
  template <class Key> const typename Key::type* value() const noexcept {
    for (const detail::context_node* n = node_; n; n = n->parent)
      if (n->key == &detail::key_address<Key>) return static_cast<const typename Key::type*>(n->value);
    return nullptr;
  }

#if HEDDLE_HAS_STOP_TOKEN
  /// A token that is stopped when the context ends; for std::jthread and std::condition_variable_any.
  HEDDLE_DOES("get-token") operator std::stop_token() const;
#endif

private:
  explicit context(detail::context_node* adopted) noexcept : node_(adopted) {}
  detail::cancel_node* canceller() const noexcept { return node_ ? node_->canceller : nullptr; }

  friend class cancel_scope;
  friend struct detail::done_case;
  friend struct context_access;
  detail::context_node* node_;
};

/// The library's own door to a context's node. Not for users.
struct context_access {
  static context adopt(detail::context_node* n) noexcept { return context(n); }
  static detail::context_node* node(const context& ctx) noexcept { return ctx.node_; }
  static detail::cancel_node* canceller(const context& ctx) noexcept { return ctx.canceller(); }
};

/// The right to end a context. Ends it when destroyed.
class [[nodiscard]] HEDDLE_ROLE("cancel-scope") cancel_scope {
public:
  cancel_scope(cancel_scope&& other) noexcept
      : ctx_(std::exchange(other.ctx_, context::root())), extra_(std::move(other.extra_)) {}
  /// Ends the context that this scope had.
  cancel_scope& operator=(cancel_scope&& other) noexcept {
    if (this != &other) {
      end();
      ctx_ = std::exchange(other.ctx_, context::root());
      extra_ = std::move(other.extra_);
    }
    return *this;
  }
  ~cancel_scope() { end(); }

  /// The context that this scope ends. That of a scope that was moved from is root().
  HEDDLE_DOES("get-token") const context& get() const& noexcept HEDDLE_LIFETIMEBOUND { return ctx_; }
  const context& get() const&& = delete;
  HEDDLE_DOES("get-token") operator const context&() const& noexcept HEDDLE_LIFETIMEBOUND { return ctx_; }
  operator const context&() const&& = delete;

  /// Ends the context and all below it; true if this call did. The cause is kept either way.
  HEDDLE_DOES("cancel !idempotent") bool cancel(error cause = errc::canceled) noexcept {
    detail::cancel_node* c = ctx_.canceller();
    return c && c->end(detail::end_kind::canceled, &cause);
  }

private:
  friend struct scope_access;
  explicit cancel_scope(context ctx) noexcept : ctx_(std::move(ctx)) {}
  HEDDLE_API void end() noexcept;

  context ctx_;
  std::unique_ptr<detail::end_hook> extra_; // the callback on a foreign stop token
};

/// The library's own way to make scopes. Not for users.
struct scope_access {
  /// \p ends_with is kept alive by \p values or by the caller.
  HEDDLE_API static cancel_scope make(const context& values, detail::cancel_node* ends_with, time_point deadline);
  static void attach(cancel_scope& s, std::unique_ptr<detail::end_hook> extra) noexcept { s.extra_ = std::move(extra); }
};

/// A child of \p parent that also ends with the scope.
[[nodiscard]] HEDDLE_DOES("derive result") inline cancel_scope with_cancel(const context& parent) {
  return scope_access::make(parent, context_access::canceller(parent), time_point::max());
}
/// A child of \p parent that also ends at \p when.
[[nodiscard]] HEDDLE_DOES("derive result") inline cancel_scope with_deadline(const context& parent, time_point when) {
  return scope_access::make(parent, context_access::canceller(parent), when);
}
/// A child of \p parent that also ends after \p timeout.
[[nodiscard]] HEDDLE_DOES("derive result") HEDDLE_API cancel_scope with_timeout(const context& parent, duration timeout);
/// The values of \p values_of, but not its end: for work that must be done at shutdown, within \p timeout.
[[nodiscard]] HEDDLE_DOES("derive result") HEDDLE_API cancel_scope without_cancel(const context& values_of,
                                                                                  duration timeout);

/// The same context with a value under a key. A key is a type: struct request_id { using type = std::string; };
template <class Key> [[nodiscard]] context with_value(const context& parent, typename Key::type value) {
  struct node final : detail::context_node {
    explicit node(typename Key::type v) : held(std::move(v)) {}
    typename Key::type held;
  };
  auto* n = new node(std::move(value));
  n->parent = detail::retain(context_access::node(parent));
  n->canceller = context_access::canceller(parent);
  n->key = &detail::key_address<Key>;
  n->value = &n->held;
  n->destroy = [](detail::context_node* self) noexcept { delete static_cast<node*>(self); };
  return context_access::adopt(n);
}

#if HEDDLE_HAS_STOP_TOKEN
namespace detail {
/// Owns the stop_source whose tokens were handed out for a context.
class stop_hook final : public end_hook {
public:
  stop_hook() noexcept : end_hook(stop_source) {}
  void ended() noexcept override { source.request_stop(); }
  std::stop_source source;
};
/// Ends a context when a foreign token is stopped.
class token_hook final : public end_hook {
public:
  token_hook(const std::stop_token& token, cancel_node* n) : callback_(token, ender{n}) {}
  void ended() noexcept override {}

private:
  struct ender {
    cancel_node* node;
    void operator()() const noexcept {
      error cause = errc::canceled;
      node->end(end_kind::canceled, &cause);
    }
  };
  std::stop_callback<ender> callback_;
};
} // namespace detail

/// A child of \p parent that also ends when \p also is stopped.
[[nodiscard]] HEDDLE_DOES("derive result") inline cancel_scope with_cancel(const context& parent,
                                                                           const std::stop_token& also) {
  cancel_scope scope = with_cancel(parent);
  if (also.stop_possible())
    scope_access::attach(scope, std::make_unique<detail::token_hook>(also, context_access::canceller(scope.get())));
  return scope;
}

inline context::operator std::stop_token() const {
  detail::cancel_node* c = canceller();
  if (!c) return {};
  {
    detail::hold h(c->mutex);
    for (detail::end_hook* k = c->hooks; k; k = k->next)
      if (k->kind == detail::end_hook::stop_source) return static_cast<detail::stop_hook*>(k)->source.get_token();
  }
  auto made = std::make_unique<detail::stop_hook>();
  std::stop_token token = made->source.get_token();
  std::unique_ptr<detail::end_hook> hook = std::move(made);
  if (!c->add_hook(hook)) hook->ended();
  return token;
}
#endif

} // namespace heddle
