// RUN: %verify %s heddle-unchecked-lock-upgrade -- -std=c++20
// One member looks under the lock, another one changes under it.
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>

std::string load(int key);

class bad_Pages {
public:
  std::string page(int key) {
    std::string text = find(key);  // note: this call locks 'mutex_', and releases it
    if (!text.empty())             // note: 'pages_' is tested here
      return text;
    return keep(key, load(key)); // note: and then this is called
  }

private:
  std::string find(int key) const {
    std::shared_lock lock(mutex_);
    auto it = pages_.find(key);
    return it == pages_.end() ? "" : it->second;
  }
  std::string keep(int key, std::string text) {
    std::unique_lock lock(mutex_); // note: 'mutex_' is locked again here
    pages_[key] = text; // warning: 'pages_' was tested before 'mutex_' was released and locked again
    return text;
  }
  mutable std::shared_mutex mutex_;
  std::map<int, std::string> pages_;
};

class bad_Names {
public:
  void need(int id) {
    if (!has(id))
      set(id, std::to_string(id));
  }
  void set(int id, std::string name) {
    std::lock_guard lock(mutex_);
    names_.insert_or_assign(id, std::move(name)); // warning: 'names_' was tested before 'mutex_' was released and locked again
  }

private:
  bool has(int id) {
    std::lock_guard lock(mutex_);
    return names_.count(id) != 0;
  }
  std::mutex mutex_;
  std::map<int, std::string> names_;
};

/// By a reference to the element.
class bad_Thumbs {
public:
  const std::string *thumb(int key) {
    if (const std::string *known = lookUp(key))
      return known;
    return keep(key, std::make_unique<std::string>(load(key)));
  }

private:
  const std::string *lookUp(int key) const {
    std::shared_lock lock(mutex_);
    auto it = thumbs_.find(key);
    return it == thumbs_.end() ? nullptr : it->second.get();
  }
  const std::string *keep(int key, std::unique_ptr<std::string> text) {
    std::unique_lock lock(mutex_);
    auto &slot = thumbs_[key];
    slot = std::move(text); // warning: 'thumbs_' was tested before 'mutex_' was released and locked again
    return slot.get();
  }
  mutable std::shared_mutex mutex_;
  std::map<int, std::unique_ptr<std::string>> thumbs_;
};

// ---- silent ---------------------------------------------------------------------------------------------------------

class ok_Pages {
public:
  std::string page(int key) {
    if (auto text = find(key); !text.empty())
      return text;
    return keep(key, load(key));
  }
  std::string fresh(int key) {
    if (auto text = find(key); !text.empty())
      return text;
    return keepNew(key, load(key));
  }
  void rename(int from, int to) {
    if (find(from).empty())
      return;
    put(to, "moved");
  }

private:
  std::string find(int key) const {
    std::shared_lock lock(mutex_);
    auto it = pages_.find(key);
    return it == pages_.end() ? "" : it->second;
  }
  std::string keep(int key, std::string text) {
    std::unique_lock lock(mutex_);
    return pages_.try_emplace(key, std::move(text)).first->second;
  }
  std::string keepNew(int key, std::string text) {
    std::unique_lock lock(mutex_);
    if (auto it = pages_.find(key); it != pages_.end())
      return it->second;
    pages_[key] = text;
    return text;
  }
  void put(int key, std::string text) {
    std::unique_lock lock(mutex_);
    pages_[key] = std::move(text);
  }
  mutable std::shared_mutex mutex_;
  std::map<int, std::string> pages_;
};

/// Another key, and a constant.
class ok_Names {
public:
  void copy(int from, int to) {
    if (has(from))
      set(to, "copy");
  }
  void drop(int id) {
    if (has(id))
      clear(id);
  }

private:
  bool has(int id) {
    std::lock_guard lock(mutex_);
    return names_.count(id) != 0;
  }
  void set(int id, std::string name) {
    std::lock_guard lock(mutex_);
    names_[id] = std::move(name);
  }
  void clear(int id) {
    std::lock_guard lock(mutex_);
    names_.erase(id);
  }
  std::mutex mutex_;
  std::map<int, std::string> names_;
};

// ---- the change is made through a reference to the element ----
#include <memory>
#include <shared_mutex>
#include <string>
#include <unordered_map>
class ElementsByReference {
public:
  std::shared_ptr<int> bad_get(const std::string &name) {
    {
      std::shared_lock lock(mutex_);
      auto it = all_.find(name);
      if (it != all_.end())
        return it->second;
    }
    std::unique_lock lock(mutex_);
    auto &entry = all_[name];
    entry = std::make_shared<int>(); // warning: 'all_' was tested before 'mutex_' was released and locked again
    return entry;
  }
  std::shared_ptr<int> ok_get(const std::string &name) {
    {
      std::shared_lock lock(mutex_);
      auto it = all_.find(name);
      if (it != all_.end())
        return it->second;
    }
    std::unique_lock lock(mutex_);
    auto &entry = all_[name];
    if (!entry)
      entry = std::make_shared<int>();
    return entry;
  }
  void ok_other(const std::string &name, int &count) {
    {
      std::shared_lock lock(mutex_);
      if (all_.count(name) != 0)
        return;
    }
    std::unique_lock lock(mutex_);
    auto &n = count;
    n += 1;
  }

private:
  std::shared_mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<int>> all_;
};

// ---- looks under the second lock that the change does not rest on, and versions ----
class LooksAndVersions {
public:
  int bad_bounded(const std::string &name) {
    {
      std::shared_lock lock(mutex_);
      auto it = numbers_.find(name);
      if (it != numbers_.end())
        return it->second;
    }
    std::unique_lock lock(mutex_);
    if (numbers_.size() > 1000)
      numbers_.clear();
    numbers_[name] = make(name); // warning: 'numbers_' was tested before 'mutex_' was released and locked again
    return 0;
  }
  int ok_full(const std::string &name) {
    {
      std::shared_lock lock(mutex_);
      auto it = numbers_.find(name);
      if (it != numbers_.end())
        return it->second;
    }
    std::unique_lock lock(mutex_);
    if (numbers_.count(name) != 0)
      return numbers_[name];
    numbers_[name] = make(name);
    return 0;
  }
  int ok_version(const std::string &name) {
    for (;;) {
      unsigned seen = 0;
      {
        std::shared_lock lock(mutex_);
        auto it = numbers_.find(name);
        if (it != numbers_.end())
          return it->second;
        seen = version_;
      }
      int made = make(name);
      std::unique_lock lock(mutex_);
      if (seen != version_)
        continue;
      numbers_[name] = made;
      return made;
    }
  }
  void clear() {
    std::unique_lock lock(mutex_);
    numbers_.clear();
    ++version_;
  }

private:
  static int make(const std::string &name);
  std::shared_mutex mutex_;
  std::unordered_map<std::string, int> numbers_;
  unsigned version_ = 0;
};

class ok_Thumbs {
public:
  const std::string *thumb(int key) {
    if (const std::string *known = lookUp(key))
      return known;
    return keep(key, std::make_unique<std::string>(load(key)));
  }

private:
  const std::string *lookUp(int key) const {
    std::shared_lock lock(mutex_);
    auto it = thumbs_.find(key);
    return it == thumbs_.end() ? nullptr : it->second.get();
  }
  const std::string *keep(int key, std::unique_ptr<std::string> text) {
    std::unique_lock lock(mutex_);
    auto &slot = thumbs_[key];
    if (!slot)
      slot = std::move(text);
    return slot.get();
  }
  mutable std::shared_mutex mutex_;
  std::map<int, std::unique_ptr<std::string>> thumbs_;
};
