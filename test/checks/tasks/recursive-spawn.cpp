// RUN: %verify %s heddle-recursive-spawn -- -std=c++20
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <functional>
#include <future>
#include <iterator>
#include <mutex>
#include <semaphore>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

std::vector<std::string> fetchLinks(const std::string &url);
void visit(const std::string &path);
struct Node {
  int value = 0;
  std::vector<Node> children;
};

// ---- the seed ---------------------------------------------------------------------------------------------------------

void bad_L14_crawl(const std::string &url) {
  for (const std::string &link : fetchLinks(url))
    std::thread([link] { bad_L14_crawl(link); }).detach(); // warning: 'bad_L14_crawl' starts itself as a thread for each child, without a bound // note: the task calls 'bad_L14_crawl' again
}

class Crawler {
public:
  void ok_L14_crawl(const std::string &url) {
    {
      std::lock_guard lock(mutex_);
      if (!visited_.insert(url).second)
        return;
    }
    for (const std::string &link : fetchLinks(url))
      threads_.push_back(std::jthread([this, link] { ok_L14_crawl(link); }));
  }

private:
  std::mutex mutex_;
  std::set<std::string> visited_;
  std::vector<std::jthread> threads_;
};

// ---- other ways -------------------------------------------------------------------------------------------------------

int bad_joined_is_not_bounded(const Node &n) {
  std::vector<std::future<int>> parts;
  for (const Node &c : n.children)
    parts.push_back(std::async(std::launch::async, bad_joined_is_not_bounded, std::cref(c))); // warning: 'bad_joined_is_not_bounded' starts itself as a thread for each child
  int sum = n.value;
  for (auto &p : parts)
    sum += p.get();
  return sum;
}

int bad_by_algorithm(const Node &n) {
  std::vector<std::future<int>> parts;
  std::transform(n.children.begin(), n.children.end(), std::back_inserter(parts), [](const Node &c) {
    return std::async(std::launch::async, [&c] { return bad_by_algorithm(c); }); // warning: 'bad_by_algorithm' starts itself as a thread for each child
  });
  int sum = n.value;
  for (auto &p : parts)
    sum += p.get();
  return sum;
}

class Scanner {
public:
  void bad_scan(const std::filesystem::path &dir) {
    for (const auto &entry : std::filesystem::directory_iterator(dir))
      if (entry.is_directory())
        std::thread(&Scanner::bad_scan, this, entry.path()).detach(); // warning: 'bad_scan' starts itself as a thread for each child
      else
        visit(entry.path().string());
  }
};

int bad_both_halves(const Node &n) {
  auto left = std::async(std::launch::async, [&] { return bad_both_halves(n.children[0]); }); // warning: 'bad_both_halves' starts itself
  auto right = std::async(std::launch::async, [&] { return bad_both_halves(n.children[1]); }); // warning: 'bad_both_halves' starts itself
  return left.get() + right.get();
}

struct Walker {
  void walk(const Node &n) {
    visit(std::to_string(n.value));
    for (const Node &c : n.children)
      bad_descend(c); // note: the start is reached by this call
  }
  void bad_descend(const Node &n) {
    std::thread([this, &n] { walk(n); }).detach(); // warning: 'walk' starts itself as a thread for each child
  }
};

void bad_function_object(const std::string &root) {
  std::function<void(std::string)> crawl = [&crawl](std::string url) {
    for (const std::string &link : fetchLinks(url))
      std::thread([&crawl, link] { crawl(link); }).detach(); // warning: the lambda starts itself as a thread for each child
  };
  crawl(root);
}

// ---- silence ---------------------------------------------------------------------------------------------------------

void ok_depth(const std::string &url, int depth) {
  if (depth == 0)
    return;
  for (const std::string &link : fetchLinks(url))
    std::thread([link, depth] { ok_depth(link, depth - 1); }).detach();
}

template <class It> void ok_cutoff(It first, It last) {
  if (last - first < 10000) {
    std::sort(first, last);
    return;
  }
  It middle = first + (last - first) / 2;
  auto left = std::async(std::launch::async, [=] { ok_cutoff(first, middle); });
  auto right = std::async(std::launch::async, [=] { ok_cutoff(middle, last); });
  left.get();
  right.get();
  std::inplace_merge(first, middle, last);
}
void sorts(std::vector<int> &v) { ok_cutoff(v.begin(), v.end()); }

std::counting_semaphore<8> slots{8};
void ok_permit(const std::string &url) {
  for (const std::string &link : fetchLinks(url)) {
    slots.acquire();
    std::thread([link] {
      slots.release();
      ok_permit(link);
    }).detach();
  }
}

class Limited {
public:
  void ok_counted(const std::string &url) {
    for (const std::string &link : fetchLinks(url)) {
      if (running_.fetch_add(1) >= 16) {
        running_.fetch_sub(1);
        ok_counted(link);
        continue;
      }
      std::thread([this, link] {
        ok_counted(link);
        running_.fetch_sub(1);
      }).detach();
    }
  }

private:
  std::atomic<int> running_{0};
};

class Visited {
public:
  void ok_asks_a_helper(const std::string &url) {
    if (!first(url))
      return;
    for (const std::string &link : fetchLinks(url))
      std::thread([this, link] { ok_asks_a_helper(link); }).detach();
  }

private:
  bool first(const std::string &url) {
    std::lock_guard lock(mutex_);
    return seen_.insert(url).second;
  }
  std::mutex mutex_;
  std::set<std::string> seen_;
};

/// One after another, not one for each child.
void ok_next_step(std::string url) {
  visit(url);
  std::thread([url] { ok_next_step(url + "/next"); }).detach();
}

void ok_plain_recursion(const Node &n) {
  for (const Node &c : n.children)
    ok_plain_recursion(c);
}

void ok_starts_something_else(const std::string &url) {
  for (const std::string &link : fetchLinks(url))
    std::thread([link] { visit(link); }).detach();
}

// The only object of its kind starts its workers once, though they ask for it.
class Archive {
public:
  static Archive *ok_get();
  static Archive *again(const std::string &path);
  bool closed() const;

private:
  Archive();
  explicit Archive(const std::string &path);
  static void work();
  static void workToo();
  std::thread first_, second_;
  static std::atomic<Archive *> only_;
  static std::mutex mutex_;
};
Archive *Archive::ok_get() {
  Archive *a = only_.load();
  if (!a) {
    std::lock_guard lock(mutex_);
    a = only_.load();
    if (!a) {
      a = new Archive;
      only_.store(a);
    }
  }
  return a;
}
void Archive::work() {
  while (!ok_get()->closed())
    visit("/");
}
Archive::Archive() {
  first_ = std::thread(work);
  second_ = std::thread(work);
}
Archive *Archive::again(const std::string &path) {
  if (!path.empty())
    only_ = new Archive(path); // note: the start is reached by this call // note: the start is reached by this call
  return only_;
}
void Archive::workToo() {
  while (!again("/")->closed()) // note: the task calls 'again' again // note: the task calls 'again' again
    visit("/");
}
Archive::Archive(const std::string &) {
  first_ = std::thread(workToo);  // warning: 'again' starts itself as a thread for each child
  second_ = std::thread(workToo); // warning: 'again' starts itself as a thread for each child
}

// A member that says that the children were started bounds it as well as a global does.
class Announcer {
public:
  void ok_tell(const Node &n) {
    if (told_)
      return;
    told_ = true;
    for (const Node &c : n.children)
      std::thread([this, &c] { ok_tell(c); }).detach();
  }

private:
  std::atomic<bool> told_{false};
};
