// RUN: %verify %s heddle-unbalanced-lock -- -std=c++20
// Exceptions of functions that are called with the lock held.
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

int parse(const std::string &text) {
  if (text.empty())
    throw std::invalid_argument("no text");
  return 1;
}

class bad_Counter {
public:
  void add(const std::string &text) {
    mutex_.lock(); // note: 'mutex_' is locked here
    n_ += parse(text); // warning: 'mutex_' is still held when this exception leaves the function
    mutex_.unlock(); // note: other paths release it here
  }
  void addAll(const std::vector<std::string> &all) {
    mutex_.lock();
    for (const std::string &text : all)
      add_locked(text); // warning: 'mutex_' is still held when this exception leaves the function
    mutex_.unlock();
  }
  void limit(int most) {
    mutex_.lock();
    try {
      checkLimit(most); // warning: 'mutex_' is still held when this exception leaves the function
    } catch (const std::out_of_range &) {
      n_ = 0;
    }
    mutex_.unlock();
  }

private:
  void add_locked(const std::string &text) { n_ += parse(text); }
  void checkLimit(int most) {
    if (n_ > most)
      throw std::length_error("too many");
  }
  std::mutex mutex_;
  int n_ = 0;
};

// ---- silent ---------------------------------------------------------------------------------------------------------

class ok_Counter {
public:
  void guarded(const std::string &text) {
    std::lock_guard lock(mutex_);
    n_ += parse(text);
  }
  void before(const std::string &text) {
    int n = parse(text);
    mutex_.lock();
    n_ += n;
    mutex_.unlock();
  }
  void caught(const std::string &text) {
    mutex_.lock();
    try {
      n_ += parse(text);
    } catch (const std::exception &) {
      ++errors_;
    }
    mutex_.unlock();
  }
  void thrownOn(const std::string &text) {
    mutex_.lock();
    try {
      n_ += parse(text);
    } catch (...) {
      mutex_.unlock();
      throw;
    }
    mutex_.unlock();
  }
  void after(const std::string &text) {
    mutex_.lock();
    ++n_;
    mutex_.unlock();
    parse(text);
  }
  int later(const std::string &text) {
    mutex_.lock();
    auto job = [text] { return parse(text); };
    mutex_.unlock();
    return job();
  }
  void constant() {
    mutex_.lock();
    n_ += harmless("1");
    mutex_.unlock();
  }

private:
  static int harmless(const std::string &text) noexcept { return text.empty() ? 0 : 1; }
  std::mutex mutex_;
  int n_ = 0, errors_ = 0;
};
