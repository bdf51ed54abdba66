// RUN: %verify %s heddle-guarded-reference-escapes -- -std=c++20
// What a helper returns, what an element of an iterator or a loop is, and parts of elements.
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

struct Entry {
  std::string title;
  int length = 0;
};

class bad_Songs {
public:
  void add(int id, std::string title) {
    std::lock_guard lock(mutex_);
    songs_[id].title = std::move(title);
  }
  void drop(int shortest) {
    std::lock_guard lock(mutex_);
    std::erase_if(songs_, [=](const auto &song) { return song.second.length < shortest; });
  }
  std::string_view title(int id) const {
    std::lock_guard lock(mutex_);
    return titleOf(id); // warning: a view of 'songs_' is returned, and 'mutex_' is released
  }
  const Entry &entry(int id) const {
    std::lock_guard lock(mutex_);
    return at(id); // warning: a reference to 'songs_' is returned, and 'mutex_' is released
  }
  const char *text(int id) const {
    std::lock_guard lock(mutex_);
    auto it = songs_.find(id);
    return it == songs_.end() ? nullptr : it->second.title.c_str(); // warning: a pointer into 'songs_' is returned
  }
  const std::string &longest() const {
    std::lock_guard lock(mutex_);
    for (const auto &song : songs_)
      if (song.second.length > 600)
        return song.second.title; // warning: a reference to 'songs_' is returned, and 'mutex_' is released
    return none_;
  }

private:
  std::string_view titleOf(int id) const {
    const auto it = songs_.find(id);
    if (it == songs_.end())
      return "untitled";
    return it->second.title;
  }
  const Entry &at(int id) const { return songs_.at(id); }
  mutable std::mutex mutex_;
  std::map<int, Entry> songs_;
  const std::string none_;
};

// ---- silent ---------------------------------------------------------------------------------------------------------

class ok_Songs {
public:
  void add(int id, std::string title) {
    std::lock_guard lock(mutex_);
    songs_[id] = std::make_shared<Entry>(Entry{std::move(title), 0});
    titles_.push_back("x");
  }
  void drop(int id) {
    std::lock_guard lock(mutex_);
    songs_.erase(id);
    titles_.clear();
  }
  std::string title(int id) const { // a copy
    std::lock_guard lock(mutex_);
    return titleOf(id);
  }
  std::shared_ptr<const Entry> entry(int id) const { // an owner
    std::lock_guard lock(mutex_);
    return at(id);
  }
  bool has(std::string_view title) const {
    std::lock_guard lock(mutex_);
    return std::string_view(first()) == title;
  }
  const std::string &label() const { // never changes
    std::lock_guard lock(mutex_);
    return labelOf();
  }

private:
  const std::string &titleOf(int id) const { return songs_.at(id)->title; }
  std::shared_ptr<const Entry> at(int id) const { return songs_.at(id); }
  const std::string &first() const { return titles_.front(); }
  const std::string &labelOf() const { return label_; }
  mutable std::mutex mutex_;
  std::map<int, std::shared_ptr<Entry>> songs_;
  std::vector<std::string> titles_;
  std::string label_ = "songs";
};
