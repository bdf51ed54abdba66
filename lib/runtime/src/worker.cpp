#include <heddle/worker.h>

#include <algorithm>
#include <string>

namespace heddle {

namespace detail {
const worker*& current_worker() noexcept {
  thread_local const worker* current = nullptr;
  return current;
}
} // namespace detail

worker::~worker() {
  if (detail::current_worker() == this)
    detail::die((std::string("the worker '") + info_.name + "' destroys itself from its own task").c_str());
  request_stop();
  (void)done_->await(context::root());
}

result<void> worker::join(const context& ctx) {
  if (detail::current_worker() == this) return errc::would_deadlock;
  return done_->await(ctx);
}

worker_pool::worker_pool(const context& ctx, worker_pool_options o, source_site site)
    : options_(o), limit_shown_("pool_limit", o.name, static_cast<std::int64_t>(std::max<std::size_t>(o.threads, 1))), running_(with_cancel(ctx)), open_(with_cancel(running_)) {
  auto [tx, rx] = channel<std::unique_ptr<job>>(o.queue);
  sender_.with([&, &from = tx](auto& s) { s.emplace(std::move(from)); });
  if (options_.threads == 0) options_.threads = 1;
  workers_.reserve(options_.threads);
  for (std::size_t i = 0; i < options_.threads; ++i)
    workers_.push_back(go(
        running_.get(), [this, jobs = rx](const context& c) { work(c, jobs); }, {.name = o.name}, site));
}

worker_pool::~worker_pool() { (void)close(context::root()); }

void worker_pool::work(const context& ctx, const receiver<std::unique_ptr<job>>& jobs) noexcept {
  while (!ctx.cancelled()) {
    auto next = jobs.receive(ctx);
    if (!next) return;
    (*next)->queued.end();
    result<void> r = (*next)->run(ctx);
    next->reset(); // what the job captured, before anybody is told
    bool echo = !r && r.error().is_canceled() && ctx.cancelled();
    if (!r && !echo)
      first_error_.with([&](std::optional<error>& first) {
        if (!first) first = r.error();
      });
  }
}

std::optional<sender<std::unique_ptr<worker_pool::job>>> worker_pool::entrance() const {
  return sender_.with([](const auto& s) { return s; });
}

result<void> worker_pool::put(const context& ctx, std::unique_ptr<job> j) {
  auto to = entrance();
  if (!to || open_.get().cancelled()) return errc::closed;
  result<void> r = errc::closed;
  std::size_t chosen = select(
      ctx, on(to->op(std::move(j)), [&](result<void> sent) { r = std::move(sent); }), on(open_.get(), [](const error&) {}));
  if (chosen == npos) return *ctx.err();
  return r;
}

result<void> worker_pool::try_put(std::unique_ptr<job> j) {
  auto to = entrance();
  if (!to || open_.get().cancelled()) return errc::closed;
  return to->try_send(std::move(j));
}

void worker_pool::stop_accepting() noexcept {
  open_.cancel(errc::closed);
  std::optional<sender<std::unique_ptr<job>>> last;
  sender_.with([&](auto& s) { last.swap(s); });
  if (options_.stop == on_stop::drop) running_.cancel(errc::closed);
}

result<void> worker_pool::close(const context& bound) {
  stop_accepting();
  for (const future<void>& w : workers_) {
    const result<void>& ended = w.await(bound);
    if (w.ready()) continue;
    running_.cancel(ended.error());
    return ended.error();
  }
  if (auto e = first_error_.with([](const std::optional<error>& first) { return first; })) return *e;
  return {};
}

} // namespace heddle
