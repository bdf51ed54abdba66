#include <heddle/observer.h>

#include <sstream>

namespace heddle {

namespace detail {
std::atomic<observer*> the_observer{nullptr};

void observation::start(const task_info& task) noexcept {
  began_ = clock::now();
  token_ = to_->started(task);
}

void observation::finish(const task_info& task, const error* why) noexcept {
  outcome o = !why ? outcome::resolved : why->is_canceled() ? outcome::canceled : outcome::rejected;
  to_->finished(token_, task, o, clock::now() - began_, why);
}
} // namespace detail

const char* to_string(outcome o) noexcept {
  switch (o) {
  case outcome::resolved:
    return "resolved";
  case outcome::rejected:
    return "rejected";
  case outcome::canceled:
    return "canceled";
  }
  return "unknown";
}

void observer::gauge(const char*, const char*, std::int64_t) noexcept {}

observer* set_observer(observer* o) noexcept { return detail::the_observer.exchange(o, std::memory_order_acq_rel); }

void* metrics::started(const task_info& task) noexcept {
  std::lock_guard lock(mutex_);
  ++names_[task.name].in_flight;
  return nullptr;
}

void metrics::finished(void*, const task_info& task, outcome o, duration took, const error* why) noexcept {
  double seconds = std::chrono::duration<double>(took).count();
  std::size_t bucket = 0;
  while (bucket < bounds.size() && seconds > bounds[bucket]) ++bucket;
  std::lock_guard lock(mutex_);
  of_name& n = names_[task.name];
  --n.in_flight;
  if (why && why->exception()) ++n.exceptions;
  if (o == outcome::canceled) ++(*why == errc::canceled ? n.canceled : n.late);
  series& s = n.by_outcome[static_cast<std::size_t>(o)];
  ++s.buckets[bucket];
  s.sum += seconds;
}

void metrics::gauge(const char* name, const char* label, std::int64_t change) noexcept {
  std::lock_guard lock(mutex_);
  gauges_[name][label] += change;
}

std::int64_t metrics::level(const std::string& gauge, const std::string& label) const {
  std::lock_guard lock(mutex_);
  auto by_label = gauges_.find(gauge);
  if (by_label == gauges_.end()) return 0;
  auto at = by_label->second.find(label);
  return at == by_label->second.end() ? 0 : at->second;
}

std::int64_t metrics::in_flight(const std::string& name) const {
  std::lock_guard lock(mutex_);
  auto at = names_.find(name);
  return at == names_.end() ? 0 : at->second.in_flight;
}

std::uint64_t metrics::count(const std::string& name, outcome o) const {
  std::lock_guard lock(mutex_);
  auto at = names_.find(name);
  if (at == names_.end()) return 0;
  std::uint64_t n = 0;
  for (std::uint64_t b : at->second.by_outcome[static_cast<std::size_t>(o)].buckets) n += b;
  return n;
}

namespace {
std::string escaped(const std::string& label) {
  std::string out;
  for (char c : label) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out;
}
} // namespace

std::string metrics::prometheus() const {
  std::ostringstream out;
  std::lock_guard lock(mutex_);
  out << "# TYPE future_inflight gauge\n";
  for (const auto& [name, n] : names_) out << "future_inflight{name=\"" << escaped(name) << "\"} " << n.in_flight << '\n';
  out << "# TYPE future_exceptions_total counter\n";
  for (const auto& [name, n] : names_)
    out << "future_exceptions_total{name=\"" << escaped(name) << "\"} " << n.exceptions << '\n';
  out << "# TYPE future_canceled_total counter\n";
  for (const auto& [name, n] : names_) {
    out << "future_canceled_total{name=\"" << escaped(name) << "\",reason=\"canceled\"} " << n.canceled << '\n';
    out << "future_canceled_total{name=\"" << escaped(name) << "\",reason=\"deadline\"} " << n.late << '\n';
  }
  for (const auto& [gauge, by_label] : gauges_) {
    out << "# TYPE " << gauge << " gauge\n";
    for (const auto& [label, level] : by_label) out << gauge << "{name=\"" << escaped(label) << "\"} " << level << '\n';
  }
  out << "# TYPE future_duration_seconds histogram\n";
  for (const auto& [name, n] : names_)
    for (std::size_t o = 0; o < n.by_outcome.size(); ++o) {
      const series& s = n.by_outcome[o];
      std::string labels =
          "{name=\"" + escaped(name) + "\",outcome=\"" + to_string(static_cast<outcome>(o)) + "\"";
      std::uint64_t total = 0;
      for (std::size_t b = 0; b < s.buckets.size(); ++b) {
        total += s.buckets[b];
        out << "future_duration_seconds_bucket" << labels << ",le=\"";
        if (b < bounds.size())
          out << bounds[b];
        else
          out << "+Inf";
        out << "\"} " << total << '\n';
      }
      out << "future_duration_seconds_sum" << labels << "} " << s.sum << '\n';
      out << "future_duration_seconds_count" << labels << "} " << total << '\n';
    }
  return out.str();
}

void recorder::finished(void*, const task_info& task, outcome o, duration took, const error* why) noexcept {
  span s{task.name, task.site, task.lazy, o, took, why ? why->what() : std::string()};
  std::lock_guard lock(mutex_);
  if (spans_.size() >= max_ && !spans_.empty()) spans_.pop_front();
  if (max_ > 0) spans_.push_back(std::move(s));
}

std::vector<span> recorder::spans() const {
  std::lock_guard lock(mutex_);
  return {spans_.begin(), spans_.end()};
}

} // namespace heddle
