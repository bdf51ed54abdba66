// REQUIRES: absl
// RUN: %verify %s heddle-inconsistent-guard -- -std=c++20
// absl::Mutex and its guards.
#include <absl/synchronization/mutex.h>
#include <map>
#include <vector>

class bad_Scores {
public:
  bad_Scores() = default;
  bad_Scores(const bad_Scores &other) { points_ = other.points_; } // warning: 'other.points_' is read here without 'other.mutex_', which 2 of 3
  void add(int n) {
    absl::MutexLock lock(&mutex_);
    points_.push_back(n); // note: written with 'mutex_' held here
  }
  void clear() {
    absl::MutexLock lock(&mutex_);
    points_.clear();
  }

private:
  mutable absl::Mutex mutex_;
  std::vector<int> points_;
};

class bad_Player {
public:
  void join(int team) {
    absl::MutexLock lock(&mutex_);
    ++perTeam_[team]; // warning: 'perTeam_' is static and used under 'mutex_', of which every object has its own
  }
  void leave(int team) {
    absl::MutexLock lock(&mutex_);
    --perTeam_[team];
  }

private:
  static inline std::map<int, int> perTeam_;
  absl::Mutex mutex_;
};

class bad_Level {
public:
  void raise() {
    absl::MutexLock lock(&mutex_);
    ++level_;
  }
  void lower() {
    absl::MutexLock lock(&mutex_);
    --level_;
  }
  void reset() { level_ = 0; } // warning: 'level_' is changed here without 'mutex_', which 2 of 3

private:
  mutable absl::Mutex mutex_;
  int level_ = 0;
};

// ---- silent ---------------------------------------------------------------------------------------------------------

class ok_Scores {
public:
  ok_Scores() = default;
  ok_Scores(const ok_Scores &other) {
    absl::MutexLock lock(&other.mutex_);
    points_ = other.points_;
  }
  void add(int n) {
    absl::MutexLock lock(&mutex_);
    put(n);
  }
  void clear() {
    absl::MutexLock lock(&mutex_);
    points_.clear();
  }

private:
  void put(int n) { points_.push_back(n); }
  mutable absl::Mutex mutex_;
  std::vector<int> points_;
};

/// A static lock for what is static.
class ok_Player {
public:
  void join(int team) {
    absl::MutexLock lock(&mutex_);
    ++perTeam_[team];
  }
  void leave(int team) {
    absl::MutexLock lock(&mutex_);
    --perTeam_[team];
  }

private:
  static inline std::map<int, int> perTeam_;
  static inline absl::Mutex mutex_{absl::kConstInit};
};

class ok_Level {
public:
  void raise() {
    absl::MutexLock lock(&mutex_);
    ++level_;
  }
  void lower() {
    absl::MutexLock lock(&mutex_);
    --level_;
  }
  void reset() {
    absl::MutexLock lock(&mutex_);
    level_ = 0;
  }

private:
  absl::Mutex mutex_;
  int level_ = 0;
};
