// RUN: %verify %s heddle-unnamed-guard -- -std=c++20
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <utility>

using namespace std::chrono_literals;
std::mutex registry;
void use(std::unique_lock<std::mutex> lock);
bool ready();

// ---- temporaries -----------------------------------------------------------------------------------------------------

class Account {
public:
  void bad_deposit(long cents) {
    std::lock_guard<std::mutex>{mutex_}; // warning: the guard is a temporary and releases 'mutex_' at the end of this statement // fixed: std::lock_guard<std::mutex> lock{mutex_};
    balance_ += cents;
  }
  void bad_deduced(long cents) {
    std::lock_guard{mutex_}; // warning: the guard is a temporary // fixed: std::lock_guard lock{mutex_};
    balance_ += cents;
  }
  void bad_by_this(long cents) {
    std::unique_lock<std::mutex>(this->mutex_); // warning: the guard is a temporary // fixed: std::unique_lock<std::mutex> lock(this->mutex_);
    balance_ += cents;
  }
  long bad_read() const {
    std::shared_lock{shared_}; // warning: the guard is a temporary and releases 'shared_' at the end of this statement // fixed: std::shared_lock lock{shared_};
    return balance_;
  }
  void bad_two(Account &other) {
    std::scoped_lock{mutex_, other.mutex_}; // warning: the guard is a temporary // fixed: std::scoped_lock lock{mutex_, other.mutex_};
    std::swap(balance_, other.balance_);
  }
  void bad_adopted(Account &other) {
    std::lock(mutex_, other.mutex_);
    std::lock_guard<std::mutex>(mutex_, std::adopt_lock);       // warning: the guard is a temporary // fixed: std::lock_guard<std::mutex> lock(mutex_, std::adopt_lock);
    std::lock_guard<std::mutex> theirs(other.mutex_, std::adopt_lock);
    std::swap(balance_, other.balance_);
  }
  void bad_on_one_branch(bool shared, long cents) {
    if (shared)
      std::lock_guard<std::mutex>{mutex_}; // warning: the guard is a temporary
    balance_ += cents;
  }
  void bad_in_a_braced_branch(bool shared, long cents) {
    if (shared) {
      std::lock_guard<std::mutex>{mutex_}; // warning: the guard is a temporary
    }
    balance_ += cents;
  }
  void bad_name_is_taken(long cents) {
    long lock = cents;
    std::lock_guard<std::mutex>{mutex_}; // warning: the guard is a temporary // fixed: std::lock_guard<std::mutex> guard{mutex_};
    balance_ += lock;
  }
  void bad_made_on_the_heap(long cents) {
    std::make_unique<std::lock_guard<std::mutex>>(mutex_); // warning: the guard returned by 'make_unique' is discarded and releases the lock at the end of this statement
    balance_ += cents;
  }

  std::unique_lock<std::mutex> locked() const { return std::unique_lock<std::mutex>(mutex_); }

  void bad_returned(long cents) {
    locked(); // warning: the guard returned by 'locked' is discarded and releases the lock at the end of this statement // fixed: auto lock = locked();
    balance_ += cents;
  }

private:
  mutable std::mutex mutex_;
  mutable std::shared_mutex shared_;
  long balance_ = 0;
};

void bad_in_a_lambda(std::map<int, int> &seen) {
  auto note = [&seen](int x) {
    std::lock_guard{registry}; // warning: the guard is a temporary and releases 'registry' at the end of this statement
    ++seen[x];
  };
  note(1);
}

void bad_in_a_loop(std::map<int, int> &seen) {
  for (int i = 0; i != 3; ++i) {
    std::lock_guard{registry}; // warning: the guard is a temporary
    ++seen[i];
  }
}

void bad_in_a_case(std::map<int, int> &seen, int what) {
  switch (what) {
  case 1:
    std::lock_guard{registry}; // warning: the guard is a temporary
    ++seen[what];
    break;
  default:
    break;
  }
}

template <class Mutex> int bad_in_a_template(Mutex &m, int &n) {
  std::lock_guard<Mutex>{m}; // warning: the guard is a temporary
  return ++n;
}
int instantiate(int &n) { return bad_in_a_template(registry, n); }

// ---- declarations that were meant as guards ---------------------------------------------------------------------------

class Journal {
public:
  void bad_vexing(std::string line) {
    std::unique_lock<std::mutex>(mutex_); // warning: this declares guard 'mutex_', which locks nothing and shadows mutex 'mutex_' // fixed: std::unique_lock<std::mutex> lock(mutex_);
    text_ += line;
  }
  std::string bad_vexing_shared() const {
    std::shared_lock<std::shared_mutex>(shared_); // warning: this declares guard 'shared_', which locks nothing and shadows mutex 'shared_' // fixed: std::shared_lock<std::shared_mutex> lock(shared_);
    return text_;
  }
  void bad_no_mutex(std::string line) {
    std::scoped_lock lock; // warning: 'lock' is constructed without a mutex and locks nothing
    text_ += line;
  }

protected:
  mutable std::mutex mutex_; // note: mutex 'mutex_' is declared here
  mutable std::shared_mutex shared_;
  std::string text_;
};

class RotatingJournal : public Journal {
public:
  void bad_inherited() {
    std::unique_lock<std::mutex>(mutex_); // warning: this declares guard 'mutex_', which locks nothing and shadows mutex 'mutex_'
    text_.clear();
  }
};

bool bad_vexing_in_a_condition(int &n) {
  if (std::unique_lock<std::mutex>(registry); ++n > 3) // warning: this declares guard 'registry', which locks nothing and shadows mutex 'registry'
    return true;
  return false;
}
bool bad_temporary_in_a_condition(int &n) {
  if (std::unique_lock<std::mutex>{registry}; ++n > 3) // warning: the guard is a temporary // fixed: if (std::unique_lock<std::mutex> lock{registry}; ++n > 3)
    return true;
  return false;
}
bool ok_named_in_a_condition(int &n) {
  if (std::unique_lock<std::mutex> lock(registry); ++n > 3)
    return true;
  return false;
}

void bad_vexing_global(int &n) {
  std::unique_lock<std::mutex>(registry); // warning: this declares guard 'registry', which locks nothing and shadows mutex 'registry'
  ++n;
}

// ---- tags ------------------------------------------------------------------------------------------------------------

class Gauge {
public:
  void bad_deferred(long n) {
    std::unique_lock lock(mutex_, std::defer_lock); // warning: 'lock' never locks 'mutex_', because its tag defers that to a later call
    value_ = n;
  }
  void bad_tried(long n) {
    std::unique_lock<std::timed_mutex> lock(timed_, std::try_to_lock); // warning: 'lock' may fail to lock 'timed_', and is never tested
    value_ = n;
  }
  void bad_timed(long n) {
    std::unique_lock lock(timed_, 10ms); // warning: 'lock' may fail to lock 'timed_', and is never tested
    value_ = n;
  }
  void bad_adopted(long n) {
    std::lock_guard<std::shared_mutex> lock(adopted_, std::adopt_lock); // warning: 'lock' adopts 'adopted_', which is not locked
    value_ = n;
  }

private:
  std::mutex mutex_;
  std::timed_mutex timed_;
  std::shared_mutex adopted_;
  long value_ = 0;
};

void bad_adopted_local(int &n) {
  static std::mutex once;
  std::lock_guard lock(once, std::adopt_lock); // warning: 'lock' adopts 'once', which is not locked
  ++n;
}

// ---- silence ---------------------------------------------------------------------------------------------------------

class Inbox {
public:
  void ok_named(std::string m) {
    std::lock_guard<std::mutex> lock(mutex_);
    last_ = std::move(m);
  }
  void ok_deduced(std::string m) {
    auto lock = std::unique_lock{mutex_};
    last_ = std::move(m);
  }
  void ok_lifetime_extended(std::string m) {
    auto &&lock = std::lock_guard{mutex_};
    last_ = std::move(m);
  }
  /// The empty critical section makes the change visible to whoever is about to wait.
  void ok_barrier_before_notify() {
    over_ = true;
    std::lock_guard<std::mutex>{mutex_};
    changed_.notify_all();
  }
  void ok_barrier_in_a_block() {
    over_ = true;
    { std::lock_guard<std::mutex>{mutex_}; }
    last_.clear();
  }
  /// Waits for whoever holds it, and does nothing more.
  void ok_waits_for_the_holder() { std::lock_guard<std::mutex>{mutex_}; }
  void ok_waits_and_returns(bool early) {
    if (early) {
      std::lock_guard<std::mutex>{mutex_};
      return;
    }
    last_.clear();
  }
  void ok_on_purpose(std::string m) {
    (void)std::lock_guard<std::mutex>{mutex_};
    last_ = std::move(m);
  }
  /// The lock is held for the whole expression.
  std::string ok_within_one_expression() { return (std::lock_guard<std::mutex>{mutex_}, last_); }
  void ok_comma(std::string m) { std::lock_guard<std::mutex>{mutex_}, last_ = std::move(m); }
  std::unique_lock<std::mutex> ok_returned() {
    last_.clear();
    return std::unique_lock<std::mutex>(mutex_);
  }
  void ok_handed_over() {
    use(std::unique_lock<std::mutex>(mutex_));
    last_.clear();
  }
  std::unique_lock<std::mutex> locked() { return std::unique_lock(mutex_); }
  void ok_kept() {
    auto lock = locked();
    last_.clear();
  }
  void ok_kept_in_the_condition() {
    if (auto lock = locked())
      last_.clear();
  }
  void ok_gives_back(std::unique_lock<std::mutex> lock) {
    last_.clear();
    std::unique_lock<std::mutex>(std::move(lock));
    last_.shrink_to_fit();
  }
  void ok_exchanged(std::unique_lock<std::mutex> &lock) {
    last_.clear();
    std::exchange(lock, {});
    last_.shrink_to_fit();
  }
  void ok_takes_nothing() {
    std::unique_lock<std::mutex>{mutex_, std::defer_lock};
    last_.clear();
  }
  void ok_assigned() {
    std::unique_lock<std::mutex> lock;
    last_.clear();
    lock = std::unique_lock<std::mutex>(mutex_);
    changed_.notify_all();
  }
  /// Not a guard at all.
  void ok_other_temporary() {
    std::unique_ptr<int>(new int(1));
    std::string{"x"};
    last_.clear();
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string last_;
  bool over_ = false;
};

class Table {
public:
  /// Parentheses, and a guard of that very name: it hides nothing.
  void ok_parenthesised(int n) {
    std::unique_lock<std::mutex>(lock);
    if (n > 0)
      lock = std::unique_lock<std::mutex>(mutex_);
    n_ += n;
  }
  void ok_empty_then_assigned(bool shared) {
    std::unique_lock<std::mutex> lock;
    if (shared)
      lock = std::unique_lock(mutex_);
    ++n_;
  }
  void ok_deferred(Table &other) {
    std::unique_lock mine(mutex_, std::defer_lock), theirs(other.mutex_, std::defer_lock);
    std::lock(mine, theirs);
    std::swap(n_, other.n_);
  }
  void ok_deferred_on_a_branch(bool shared) {
    std::unique_lock lock(mutex_, std::defer_lock);
    if (shared)
      lock.lock();
    ++n_;
  }
  void ok_tried() {
    std::unique_lock lock(mutex_, std::try_to_lock);
    if (lock.owns_lock())
      ++n_;
  }
  void ok_tried_condition() {
    if (std::unique_lock lock(mutex_, std::try_to_lock); lock)
      ++n_;
  }
  void ok_timed() {
    std::unique_lock lock(timed_, 5ms);
    if (!lock)
      return;
    ++n_;
  }
  void ok_adopted(Table &other) {
    std::lock(mutex_, other.mutex_);
    std::lock_guard mine(mutex_, std::adopt_lock);
    std::lock_guard theirs(other.mutex_, std::adopt_lock);
    std::swap(n_, other.n_);
  }
  void ok_takes() {
    raw_.lock();
    ok_adopts_what_the_caller_took();
  }

private:
  void ok_adopts_what_the_caller_took() {
    std::lock_guard lock(raw_, std::adopt_lock);
    ++n_;
  }
  std::mutex mutex_, raw_;
  std::timed_mutex timed_;
  int n_ = 0;
};

/// Who locks it is not known.
void ok_adopts_a_parameter(std::mutex &m, int &n) {
  std::lock_guard lock(m, std::adopt_lock);
  ++n;
}

std::mutex shared_with_others;
void ok_adopts_a_global(int &n) {
  std::lock_guard lock(shared_with_others, std::adopt_lock);
  ++n;
}

template <class... Mutexes> void ok_pack(int &n, Mutexes &...ms) {
  std::scoped_lock lock(ms...);
  ++n;
}
void instantiate_packs(int &n) {
  ok_pack(n);
  ok_pack(n, registry);
}

// A function gives the mutex, and may have locked it.
std::shared_ptr<std::mutex> obtainLocked();
void ok_adopts_what_it_was_given() {
  std::shared_ptr<std::mutex> mutex = obtainLocked();
  std::lock_guard<std::mutex> lock(*mutex, std::adopt_lock);
}
