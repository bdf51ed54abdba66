// RUN: %verify %s heddle-first-error-only -- -std=c++20
// The seed's row (S11: only the first of several errors is reported), with futures.
#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <future>
#include <iterator>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

struct Page {
  std::string text;
};
Page fetch(const std::string &url);
int checked(int) noexcept;
void log(const std::string &);
struct Outcome {
  bool ok() const;
  std::string error() const;
};
Outcome tryFetch(const std::string &url);

std::vector<Page> bad_S11(const std::vector<std::string> &urls) {
  std::vector<std::future<Page>> pages;
  for (const std::string &url : urls)
    pages.push_back(std::async(std::launch::async, fetch, url));
  std::vector<Page> all;
  for (auto &page : pages)
    all.push_back(page.get()); // warning: the first error that is thrown here ends this loop
  return all;
}
std::vector<Page> bad_S11_one_handler(const std::vector<std::string> &urls) {
  std::vector<std::future<Page>> pages;
  for (const std::string &url : urls)
    pages.push_back(std::async(std::launch::async, [url] { return fetch(url); }));
  std::vector<Page> all;
  try {
    for (auto &page : pages)
      all.push_back(page.get()); // warning: the first error that is thrown here ends this loop
  } catch (const std::exception &e) {
    log(e.what());
  }
  return all;
}
void bad_index(std::vector<std::future<Page>> &pages, std::vector<Page> &all) {
  for (std::size_t i = 0; i < pages.size(); ++i)
    all[i] = pages[i].get(); // warning: the first error that is thrown here ends this loop
}
void bad_map(std::map<std::string, std::future<Page>> pages) {
  for (auto &[url, page] : pages)
    log(url + page.get().text); // warning: the first error that is thrown here ends this loop
}
Page collect(std::future<Page> &f) { return f.get(); } // note: 'collect' lets the error escape here
void bad_helper(std::vector<std::future<Page>> &pages, std::vector<Page> &all) {
  for (auto &page : pages)
    all.push_back(collect(page)); // warning: the first error that is thrown here ends this loop
}
void bad_transform(std::vector<std::future<Page>> &pages, std::vector<Page> &all) {
  std::transform(pages.begin(), pages.end(), std::back_inserter(all), [](std::future<Page> &f) { return f.get(); }); // warning: the first error that is thrown here ends this loop
}
void bad_algorithm_with_a_function(const std::vector<std::string> &urls, std::vector<Page> &all) {
  std::vector<std::future<Page>> pages;
  for (const std::string &url : urls)
    pages.push_back(std::async(std::launch::async, fetch, url));
  std::transform(pages.begin(), pages.end(), std::back_inserter(all), collect); // warning: the first error that is thrown here ends this loop
}
struct Sizes {
  std::size_t operator()(std::future<Page> &f) const { return f.get().text.size(); }
};
void bad_algorithm_with_a_functor(std::vector<std::future<Page>> &pages, std::vector<std::size_t> &all) {
  std::transform(pages.begin(), pages.end(), std::back_inserter(all), Sizes()); // warning: the first error that is thrown here ends this loop
}
class Desk {
public:
  void bad_algorithm_with_a_member(std::vector<std::future<Page>> &pages, std::vector<Page> &all) {
    std::transform(pages.begin(), pages.end(), std::back_inserter(all), std::bind_front(&Desk::take, this)); // warning: the first error that is thrown here ends this loop
  }

private:
  Page take(std::future<Page> &f) { return f.get(); }
};

void ok_S11_caught_one_by_one(std::vector<std::future<Page>> &pages, std::vector<std::string> &errors) {
  for (auto &page : pages)
    try {
      log(page.get().text);
    } catch (const std::exception &e) {
      errors.push_back(e.what());
    }
}
std::optional<Page> collectOrNone(std::future<Page> &f) {
  try {
    return f.get();
  } catch (const std::exception &e) {
    log(e.what());
    return std::nullopt;
  }
}
void ok_helper_catches(std::vector<std::future<Page>> &pages, std::vector<Page> &all) {
  for (auto &page : pages)
    if (auto p = collectOrNone(page))
      all.push_back(*p);
}
void ok_algorithm_with_a_function_that_catches(std::vector<std::future<Page>> &pages,
                                               std::vector<std::optional<Page>> &all) {
  std::transform(pages.begin(), pages.end(), std::back_inserter(all), collectOrNone);
}
void ok_transform_catches(std::vector<std::future<Page>> &pages, std::vector<Page> &all) {
  std::transform(pages.begin(), pages.end(), std::back_inserter(all), [](std::future<Page> &f) {
    try {
      return f.get();
    } catch (...) {
      return Page{};
    }
  });
}
void ok_results_tell(std::vector<std::future<Outcome>> &outcomes) {
  for (auto &o : outcomes)
    if (Outcome r = o.get(); !r.ok())
      log(r.error());
}
void ok_error_codes(std::vector<std::future<std::error_code>> &codes) {
  for (auto &c : codes)
    if (std::error_code ec = c.get())
      log(ec.message());
}
void ok_noexcept(int n) {
  std::vector<std::future<int>> all;
  for (int i = 0; i < n; ++i)
    all.push_back(std::async(std::launch::async, checked, i));
  int sum = 0;
  for (auto &f : all)
    sum += f.get();
}
void ok_nothing_to_throw(int n) {
  std::vector<std::future<int>> all;
  for (int i = 0; i < n; ++i)
    all.push_back(std::async(std::launch::async, [i] { return i * i; }));
  int sum = 0;
  for (auto &f : all)
    sum += f.get();
}
void ok_only_waits(std::vector<std::future<Page>> &pages) {
  for (auto &page : pages)
    page.wait();
}
void ok_one(std::future<Page> &page) { log(page.get().text); }
void ok_one_of_them(std::vector<std::future<Page>> &pages) { log(pages.front().get().text); }

/// A maker of futures of the project's own.
template <class F> std::future<int> start(F task) {
  std::packaged_task<int()> made(std::move(task));
  auto f = made.get_future();
  made();
  return f;
}
void ok_nothing_to_throw_either(int n) {
  std::vector<std::future<int>> all(n);
  for (int i = 0; i < n; ++i)
    all[i] = start([i] { return i * i; });
  int sum = 0;
  for (int i = 0; i < n; ++i)
    sum += all[i].get();
}

// ---- members: what fills them stands elsewhere ----
class bad_Crawler {
public:
  void add(std::string url) {
    pages_.push_back(std::async(std::launch::async, [url] { return fetch(url); }));
  }
  int finish() {
    int sum = 0;
    for (auto &p : pages_)
      sum += int(p.get().text.size()); // warning: the first error that is thrown here ends this loop
    return sum;
  }

private:
  std::vector<std::future<Page>> pages_;
};
int checksum(const std::string &) noexcept;
template <class Result> class FewAtOnce {
public:
  template <class Call> void add(Call call) { running_.push_back(std::async(std::move(call))); }
  std::vector<Result> ok_finish() {
    std::vector<Result> all;
    for (auto &f : running_)
      all.push_back(f.get());
    return all;
  }

private:
  std::vector<std::future<Result>> running_;
};
std::vector<int> ok_tasks_that_never_throw(const std::vector<std::string> &texts) {
  FewAtOnce<int> few;
  for (const auto &t : texts)
    few.add([t]() noexcept { return checksum(t); });
  return few.ok_finish();
}
void post(std::function<void()>);
class ok_Posted {
public:
  void add(std::string text) {
    auto task = std::make_shared<std::packaged_task<int()>>([text] { return checksum(text); });
    sums_.push_back(task->get_future());
    post([task] { (*task)(); });
  }
  int finish() {
    int sum = 0;
    for (auto &s : sums_)
      sum += s.get();
    return sum;
  }
  int finish_all_at_once() {
    int sum = 0;
    for (auto &s : std::exchange(sums_, {}))
      sum += s.get();
    return sum;
  }

private:
  std::vector<std::future<int>> sums_;
};

// What is left stays in the member, and the next call goes on with it.
class Inbox {
public:
  void ask(std::string url) {
    waiting_.push_back(std::async(std::launch::async, [url] { return int(fetch(url).text.size()); }));
  }
  void ok_takes_out_what_is_ready(std::vector<int> &out) {
    for (auto it = waiting_.begin(); it != waiting_.end();) {
      if (it->wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
        ++it;
        continue;
      }
      out.push_back(it->get());
      it = waiting_.erase(it);
    }
  }
  void bad_reads_all(std::vector<int> &out) {
    for (auto &one : waiting_)
      out.push_back(one.get()); // warning: the first error that is thrown here ends this loop
  }

private:
  std::vector<std::future<int>> waiting_;
};

// What the task is, is told where its future had a name first.
std::future<int> hand(std::function<int()> f);
int ok_named_before(int n) {
  std::vector<std::future<int>> values;
  for (int i = 0; i < n; ++i) {
    auto &&value = hand([i] { return i + 1; });
    values.emplace_back(std::move(value));
  }
  int sum = 0;
  for (auto &value : values)
    sum += value.get();
  return sum;
}
int bad_named_before(const std::vector<std::string> &urls) {
  std::vector<std::future<int>> sizes;
  for (const std::string &url : urls) {
    auto &&size = hand([&url] { return static_cast<int>(fetch(url).text.size()); });
    sizes.emplace_back(std::move(size));
  }
  int sum = 0;
  for (auto &size : sizes)
    sum += size.get(); // warning: the first error that is thrown here ends this loop
  return sum;
}

// ---- a part of each element, filled elsewhere by who hands on what was caught; a try around all changes nothing -----------
struct Facts {
  int cores = 0;
};
Facts ask(const std::string &host);
void enqueue(std::function<void()> job);
class Census {
public:
  void query(const std::string &host) {
    auto answer = std::make_shared<std::promise<Facts>>();
    pending_.emplace(host, answer->get_future());
    enqueue([answer, host] {
      try {
        answer->set_value(ask(host));
      } catch (...) {
        answer->set_exception(std::current_exception());
      }
    });
  }
  int bad_sum() {
    try {
      return std::accumulate(pending_.begin(), pending_.end(), 0, [](int sum, auto &entry) {
        return sum + entry.second.get().cores; // warning: the first error that is thrown here ends this loop
      });
    } catch (const std::exception &) {
      return 0;
    }
  }
  int bad_loop() {
    int sum = 0;
    for (auto &entry : pending_)
      sum += entry.second.get().cores; // warning: the first error that is thrown here ends this loop
    return sum;
  }
  int ok_sum() {
    return std::accumulate(pending_.begin(), pending_.end(), 0, [this](int sum, auto &entry) {
      try {
        return sum + entry.second.get().cores;
      } catch (const std::exception &) {
        ++failed_;
        return sum;
      }
    });
  }

private:
  std::map<std::string, std::future<Facts>> pending_;
  int failed_ = 0;
};
// Nobody is seen to hand an error on to these.
class Quiet {
public:
  void ok_query(const std::string &host) {
    auto answer = std::make_shared<std::promise<long>>();
    pending_.emplace(host, answer->get_future());
    enqueue([answer] { answer->set_value(1); });
  }
  long ok_sum() {
    long sum = 0;
    for (auto &entry : pending_)
      sum += entry.second.get();
    return sum;
  }

private:
  std::map<std::string, std::future<long>> pending_;
};

// ---- elements that are more than futures: what fills them is not seen ----------------------------------------------------
struct Part {
  std::string name;
  std::future<long long> body;
};
struct Source {
  virtual std::future<long long> fetch(const std::string &) = 0;
};
long long ok_assemble(Source &source, const std::vector<std::string> &names) {
  std::vector<Part> parts;
  for (const std::string &name : names)
    parts.push_back({name, source.fetch(name)});
  long long sum = 0;
  for (Part &part : parts)
    sum += part.body.get();
  return sum;
}

// ---- all are in when the first is read ----------------------------------------------------------------------------------
long ok_waits_for_all_first(int n) {
  std::vector<std::future<long>> parts;
  for (int i = 0; i < n; ++i)
    parts.push_back(std::async(std::launch::async, [i]() -> long {
      if (i == 7)
        throw std::runtime_error("seven");
      return i;
    }));
  for (auto &part : parts)
    part.wait();
  long sum = 0;
  for (auto &part : parts)
    sum += part.get();
  return sum;
}
long bad_waits_for_others(int n) {
  std::vector<std::future<long>> parts, others;
  for (int i = 0; i < n; ++i)
    parts.push_back(std::async(std::launch::async, [i]() -> long {
      if (i == 7)
        throw std::runtime_error("seven");
      return i;
    }));
  for (auto &other : others)
    other.wait();
  long sum = 0;
  for (auto &part : parts)
    sum += part.get(); // warning: the first error that is thrown here ends this loop
  return sum;
}

// ---- futures that stay with the caller ----------------------------------------------------------------------------------
long sumOf(std::vector<std::future<long>> &parts) {
  long sum = 0;
  for (auto &part : parts)
    sum += part.get();
  return sum;
}
long ok_collects_the_rest(std::vector<std::future<long>> &parts, std::vector<std::string> &errors) {
  try {
    return sumOf(parts);
  } catch (const std::exception &e) {
    errors.push_back(e.what());
  }
  for (auto &part : parts)
    if (part.valid())
      part.wait();
  return 0;
}
long bad_collectAll(std::vector<std::future<long>> &parts) {
  long sum = 0;
  for (auto &part : parts)
    sum += part.get(); // warning: the first error that is thrown here ends this loop
  return sum;
}
long endsWithTheCaller(int n) {
  std::vector<std::future<long>> parts;
  for (int i = 0; i < n; ++i)
    parts.push_back(std::async(std::launch::async, [i]() -> long { return fetch(std::to_string(i)).text.size(); }));
  return bad_collectAll(parts);
}
long countAll(std::vector<std::future<long>> &parts) {
  long sum = 0;
  for (auto &part : parts)
    sum += part.get();
  return sum;
}
long ok_caller_starts_what_can_not_throw(int n) {
  std::vector<std::future<long>> parts;
  for (int i = 0; i < n; ++i)
    parts.push_back(std::async(std::launch::async, [i]() -> long { return i * 2; }));
  return countAll(parts);
}

// ---- where the futures come from ----

enum class Written { Yes, No };
class Export {
public:
  bool ok_list_of_attempts() {
    std::future<Written> parts[] = {std::async(std::launch::async, &Export::attempt, this, &Export::debits),
                                    std::async(std::launch::async, &Export::attempt, this, &Export::credits)};
    bool all = true;
    for (auto &part : parts)
      all &= part.get() == Written::Yes;
    return all;
  }
  void bad_list() {
    std::future<void> parts[] = {std::async(std::launch::async, &Export::debits, this),
                                 std::async(std::launch::async, &Export::credits, this)};
    for (auto &part : parts)
      part.get(); // warning: the first error that is thrown here ends this loop
  }

private:
  Written attempt(void (Export::*part)() const) const noexcept;
  void debits() const;
  void credits() const;
};
void enqueue(std::function<void()>);
void ok_packaged(std::vector<int> &out) {
  std::vector<std::future<void>> done;
  for (int i = 0; i != 8; ++i) {
    auto task = std::make_shared<std::packaged_task<void()>>([&out, i]() noexcept { out[i] = i; });
    done.push_back(task->get_future());
    enqueue([task] { (*task)(); });
  }
  for (auto &d : done)
    d.get();
}
void bad_packaged(std::vector<int> &out) {
  std::vector<std::future<void>> done;
  for (int i = 0; i != 8; ++i) {
    auto task = std::make_shared<std::packaged_task<void()>>([&out, i] { out[i] = int(fetch("u").text.size()); });
    done.push_back(task->get_future());
    enqueue([task] { (*task)(); });
  }
  for (auto &d : done)
    d.get(); // warning: the first error that is thrown here ends this loop
}

// A pool of another file that may refuse: its future comes in an optional.
class RefusingPool {
public:
  std::optional<std::future<long>> submit(std::function<long()> work);
};
long ok_sums_in_parts(RefusingPool &pool, const std::vector<int> &all) {
  std::vector<std::future<long>> parts;
  for (std::size_t i = 0; i + 8 <= all.size(); i += 8) {
    auto part = pool.submit([i, &all] {
      long sum = 0;
      for (std::size_t n = i; n != i + 8; ++n)
        sum += all[n];
      return sum;
    });
    if (!part)
      return -1;
    parts.push_back(std::move(*part));
  }
  long sum = 0;
  for (auto &part : parts)
    sum += part.get();
  return sum;
}
