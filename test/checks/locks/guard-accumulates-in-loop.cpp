// RUN: %verify %s heddle-guard-accumulates-in-loop -- -std=c++20
// Locks, files and handles that a loop collects.
#include <cstdio>
#include <fstream>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>
#include <unistd.h>

bool process(std::istream &);
bool process(std::FILE *);
void use(int);
int openFd(const std::string &);

/// Calls something at the end of its scope, as `defer` does.
class Defer {
public:
  explicit Defer(std::function<void()> f) : f_(std::move(f)) {}
  Defer(Defer &&) = default;
  ~Defer() {
    if (f_)
      f_();
  }

private:
  std::function<void()> f_;
};
class Descriptor {
public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor &&o) : fd_(o.fd_) { o.fd_ = -1; }
  ~Descriptor() {
    if (fd_ >= 0)
      close(fd_);
  }
  int get() const { return fd_; }

private:
  int fd_;
};
struct Closer {
  void operator()(std::FILE *f) const { std::fclose(f); }
};
struct Shard {
  std::mutex mutex;
  int count = 0;
  void compact();
};

// ---- the seed: defer in a loop ----
bool bad_P12(const std::vector<std::string> &names) {
  std::vector<Defer> closers; // note: 'closers' is declared here, outside of the loop
  for (const auto &name : names) {
    std::FILE *f = std::fopen(name.c_str(), "r");
    if (!f)
      return false;
    closers.emplace_back([f] { std::fclose(f); }); // warning: 'closers' keeps the handle of every iteration until its scope ends; a long loop runs out of them; make it a local of the loop's body
    if (!process(f))
      return false;
  }
  return true;
}
bool ok_P12(const std::vector<std::string> &names) {
  for (const auto &name : names) {
    std::FILE *f = std::fopen(name.c_str(), "r");
    if (!f)
      return false;
    Defer closer([f] { std::fclose(f); });
    if (!process(f))
      return false;
  }
  return true;
}

bool bad_streams(const std::vector<std::string> &names) {
  std::vector<std::ifstream> files;
  for (const auto &name : names) {
    files.emplace_back(name); // warning: 'files' keeps the handle of every iteration until its scope ends
    if (!process(files.back()))
      return false;
  }
  return true;
}
void bad_deleters(const std::vector<std::string> &names) {
  std::vector<std::unique_ptr<std::FILE, Closer>> files;
  for (const auto &name : names) {
    std::FILE *f = std::fopen(name.c_str(), "r");
    files.emplace_back(f); // warning: 'files' keeps the handle of every iteration until its scope ends
    process(f);
  }
}
void bad_descriptors(const std::vector<std::string> &names) {
  std::list<Descriptor> open;
  for (const auto &name : names) {
    open.push_back(Descriptor(openFd(name))); // warning: 'open' keeps the handle of every iteration until its scope ends
    use(open.back().get());
  }
}
void bad_locks(std::vector<Shard> &shards) {
  std::vector<std::unique_lock<std::mutex>> locks;
  for (auto &s : shards) {
    locks.emplace_back(s.mutex); // warning: 'locks' keeps the lock of every iteration until its scope ends; other threads wait for the whole loop, and a lock order arises; make it a local of the loop's body
    s.compact();
  }
}

int ok_snapshot(std::vector<Shard> &shards) {
  std::vector<std::unique_lock<std::mutex>> locks;
  for (auto &s : shards)
    locks.emplace_back(s.mutex);
  int all = 0;
  for (auto &s : shards)
    all += s.count;
  return all;
}
int ok_snapshot_with_work(std::vector<Shard> &shards) {
  std::vector<std::unique_lock<std::mutex>> locks;
  for (auto &s : shards) {
    locks.emplace_back(s.mutex);
    s.compact();
  }
  int all = 0;
  for (auto &s : shards)
    all += s.count;
  return all;
}
std::vector<Descriptor> ok_returned(const std::vector<std::string> &names) {
  std::vector<Descriptor> open;
  for (const auto &name : names) {
    open.emplace_back(openFd(name));
    use(open.back().get());
  }
  return open;
}
void ok_used_later(const std::vector<std::string> &names) {
  std::vector<std::ifstream> files;
  for (const auto &name : names) {
    files.emplace_back(name);
    process(files.back());
  }
  for (auto &f : files)
    process(f);
}
void ok_cleared(const std::vector<std::string> &names) {
  std::vector<std::ifstream> files;
  for (const auto &name : names) {
    files.emplace_back(name);
    process(files.back());
    if (files.size() > 16)
      files.clear();
  }
}
void ok_few() {
  std::vector<std::ifstream> files;
  for (const char *name : {"a", "b"}) {
    files.emplace_back(name);
    process(files.back());
  }
}
void ok_values(const std::vector<std::string> &names) {
  std::vector<std::string> seen;
  for (const auto &name : names) {
    seen.push_back(name);
    use(1);
  }
}

// However few they are, each is held while the others are worked on.
struct Bucket {
  std::mutex mutex;
  std::vector<int> entries;
};
static void trim(std::vector<int> &entries);
struct bad_Shards {
  void trimAll() {
    std::vector<std::unique_lock<std::mutex>> held; // note: 'held' is declared here, outside of the loop
    for (Bucket &s : shards) {
      held.emplace_back(s.mutex); // warning: 'held' keeps the lock of every iteration until its scope ends
      trim(s.entries);
    }
  }
  Bucket shards[8];
};
struct ok_AllShards {
  int total() {
    std::vector<std::unique_lock<std::mutex>> held;
    for (Bucket &s : shards)
      held.emplace_back(s.mutex);
    int n = 0;
    for (Bucket &s : shards)
      n += int(s.entries.size());
    return n;
  }
  Bucket shards[8];
};
