// REQUIRES: boost
// RUN: %verify %s heddle-unbounded-spawn,heddle-recursive-spawn,heddle-unowned-task,heddle-unjoined-on-early-exit -- -std=c++20
// Threads that are started by a helper, a group, or a class around threads.
#include "Inputs/semaphore.h"
#include <atomic>
#include <boost/bind/bind.hpp>
#include <boost/thread/thread.hpp>
#include <functional>
#include <future>
#include <iterator>
#include <list>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

struct Parcel {
  std::string to;
};
void deliver(const Parcel &) noexcept;
class Gate {
public:
  std::optional<Parcel> next() noexcept;
};

// ---- a group in which each task is a thread -----------------------------------------------------------------------------

void bad_group(const std::vector<Parcel> &all) {
  boost::thread_group vans;
  for (const Parcel &p : all)
    vans.create_thread([&p] { deliver(p); }); // warning: a thread is started for each element
  vans.join_all();
}
void bad_drive(boost::thread_group &vans, const Parcel &p) {
  vans.create_thread([&p] { deliver(p); }); // warning: a thread is started for each element
}
void by_helper(const std::vector<Parcel> &all) {
  boost::thread_group vans;
  for (const Parcel &p : all)
    bad_drive(vans, p);
  vans.join_all();
}
void ok_few(const std::vector<Parcel> &all) {
  boost::thread_group vans;
  for (int i = 0; i < 3; ++i)
    vans.create_thread([&all] {
      for (const Parcel &p : all)
        deliver(p);
    });
  vans.join_all();
}

// ---- whatever comes in --------------------------------------------------------------------------------------------------

class bad_Depot {
public:
  void open(Gate &gate) {
    while (auto parcel = gate.next()) {
      if (parcel->to.empty())
        continue;
      send(std::move(*parcel));
    }
  }

private:
  void send(Parcel p) {
    vans_.emplace_back([p] { deliver(p); }); // warning: a thread is started for each connection or message
  }
  std::list<std::jthread> vans_;
};
class ok_DepotWithLimit {
public:
  void open(Gate &gate) {
    while (auto parcel = gate.next())
      send(std::move(*parcel));
  }

private:
  bool full() const { return vans_.size() >= 8; }
  void send(Parcel p) {
    if (full())
      vans_.clear();
    vans_.emplace_back([p] { deliver(p); });
  }
  std::list<std::jthread> vans_;
};

class ok_DepotWithSlots {
public:
  void open(Gate &gate) {
    while (auto parcel = gate.next())
      send(std::move(*parcel));
  }

private:
  void send(Parcel p) {
    slots_.acquire();
    vans_.emplace_back([this, p] {
      deliver(p);
      slots_.release();
    });
  }
  Semaphore slots_{5};
  std::list<std::jthread> vans_;
};
void ok_one_at_a_time(Gate &gate) {
  while (auto parcel = gate.next()) {
    std::thread van([&] { deliver(*parcel); });
    van.join();
  }
}

// ---- recursion ----------------------------------------------------------------------------------------------------------

struct Folder {
  std::vector<Folder> inner;
};
class bad_Walk {
public:
  void visit(const Folder &f) {
    boost::thread_group walkers;
    for (const Folder &i : f.inner)
      fork(walkers, i);
    walkers.join_all();
  }

private:
  void fork(boost::thread_group &walkers, const Folder &f) {
    walkers.create_thread(boost::bind(&bad_Walk::visit, this, boost::cref(f))); // warning: 'visit' starts itself as a thread for each child
  }
};

template <class It> long bad_total(It first, It last) {
  if (std::distance(first, last) < 2)
    return first == last ? 0 : *first;
  const It middle = std::next(first, std::distance(first, last) / 2);
  auto left = std::async(std::launch::async, [=] { return bad_total(first, middle); }); // warning: 'bad_total' starts itself as a thread for each child
  const long right = bad_total(middle, last);
  return left.get() + right;
}
template <class It> long ok_total(It first, It last) {
  if (std::distance(first, last) < 5000) {
    long sum = 0;
    for (; first != last; ++first)
      sum += *first;
    return sum;
  }
  const It middle = std::next(first, std::distance(first, last) / 2);
  auto left = std::async(std::launch::async, [=] { return ok_total(first, middle); });
  const long right = ok_total(middle, last);
  return left.get() + right;
}
long totals(const std::vector<long> &v) { return bad_total(v.begin(), v.end()) + ok_total(v.begin(), v.end()); }

// ---- nobody can wait ----------------------------------------------------------------------------------------------------

class Stock {
public:
  void count(bool all);
  void bad_recount() {
    boost::thread([this] { recount(true); }); // warning: this task cannot be waited for
  }
  void ok_recount() {
    boost::thread t([this] { recount(true); });
    t.join();
  }
  void ok_kept() { later_ = boost::thread([this] { recount(false); }); }
  ~Stock() { later_.join(); }

private:
  void recount(bool all) { all_ = all; }
  bool all_ = false;
  boost::thread later_;
};

void inBackground(std::function<void()> work) {
  std::thread t(std::move(work));
  t.detach();
}
class Printer {
public:
  void bad_print(int page) {
    inBackground([this, page] { put(page); }); // warning: this task cannot be waited for
  }
  unsigned printed() const { return printed_; }

private:
  void put(int page) {
    pages_ = pages_ + page;
    ++printed_; // a figure that is shown
  }
  int pages_ = 0;
  std::atomic<unsigned> printed_{0};
};
class PrinterThatWaits {
public:
  void ok_print(int page) {
    ++started_;
    inBackground([this, page] { put(page); });
  }
  ~PrinterThatWaits() {
    while (printed_ < started_)
      std::this_thread::yield();
  }

private:
  void put(int page) {
    pages_ = pages_ + page;
    ++printed_;
  }
  int pages_ = 0;
  std::atomic<unsigned> started_{0}, printed_{0};
};

// ---- a class around threads, made for a template of the class that uses it ----------------------------------------------

class Crew {
public:
  template <class Fn, class... Args> void add(Fn &&fn, Args &&...args) {
    hands_.emplace_back(std::forward<Fn>(fn), std::forward<Args>(args)...);
  }
  void wait() {
    for (auto &h : hands_)
      h.join();
    hands_.clear();
  }

private:
  std::vector<std::thread> hands_;
};
class Harbour {
public:
  bool bad_unload(const Parcel (&ships)[3]) {
    Crew crew;
    for (const auto &s : ships)
      crew.add(&Harbour::carry, this, std::cref(s));
    if (!open())
      return false; // warning: 'crew' may have running tasks here, and is not waited for on this path
    crew.wait();
    return true;
  }
  bool ok_unload(const Parcel (&ships)[3]) {
    Crew crew;
    for (const auto &s : ships)
      crew.add(&Harbour::carry, this, std::cref(s));
    const bool was = open();
    crew.wait();
    return was;
  }

private:
  bool open() const noexcept;
  void carry(const Parcel &) noexcept { ++carried_; }
  std::atomic<int> carried_{0};
};
