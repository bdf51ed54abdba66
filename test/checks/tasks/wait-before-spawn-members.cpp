// REQUIRES: tbb
// RUN: %verify %s heddle-wait-before-spawn -- -std=c++20
// Groups that are members, must not end with tasks at work, and are waited for too early.
#include <oneapi/tbb/task_group.h>

#include <atomic>
#include <cstddef>
#include <string>
#include <thread>
#include <vector>

struct Tile {
  std::vector<float> heights, normals;
};
void raise(Tile &tile);
void shade(Tile &tile);
void save(const std::vector<Tile> &tiles);
bool backup(const std::string &volume) noexcept;

struct bad_second_phase {
  class Builder {
  public:
    void build(std::vector<Tile> &tiles) {
      raiseAll(tiles);
      shadeAll(tiles);
      save(tiles);
    }

  private:
    void raiseAll(std::vector<Tile> &tiles) {
      for (Tile &tile : tiles)
        group_.run([&tile] { raise(tile); });
    }
    void shadeAll(std::vector<Tile> &tiles) {
      group_.wait(); // note: the only wait stands here
      for (Tile &tile : tiles)
        group_.run([&tile] { shade(tile); }); // warning: 'group_' is waited for before this task is added to it, and never again; the task still runs when its results are used, and when the group ends; wait after the last one is added
    }
    tbb::task_group group_;
  };
};
struct bad_only_phase {
  class Backup {
  public:
    std::size_t run(const std::vector<std::string> &volumes) {
      schedule(volumes);
      return done_.load();
    }

  private:
    void schedule(const std::vector<std::string> &volumes) {
      group_.wait();
      for (const std::string &volume : volumes)
        group_.run([this, &volume] { // warning: 'group_' is waited for before this task is added to it, and never again
          if (backup(volume))
            done_.fetch_add(1);
        });
    }
    std::atomic<std::size_t> done_{0};
    tbb::task_group group_;
  };
};
struct FN_threads { // the loop that joins may have had no turn
  class Crew {
  public:
    void start(int n) {
      for (auto &thread : threads_)
        thread.join();
      threads_.clear();
      for (int i = 0; i < n; ++i)
        threads_.emplace_back([i] { backup(std::to_string(i)); });
    }

  private:
    std::vector<std::thread> threads_;
  };
};

struct ok_waits_in_the_destructor {
  class Writer {
  public:
    ~Writer() { group_.wait(); }
    void write(std::string text) {
      group_.wait(); // one at a time
      group_.run([text] { backup(text); });
    }

  private:
    tbb::task_group group_;
  };
};
struct ok_waits_in_another_member {
  class Builder {
  public:
    void build(std::vector<Tile> &tiles) {
      shadeAll(tiles);
      finish();
      save(tiles);
    }

  private:
    void shadeAll(std::vector<Tile> &tiles) {
      group_.wait();
      for (Tile &tile : tiles)
        group_.run([&tile] { shade(tile); });
    }
    void finish() { group_.wait(); }
    tbb::task_group group_;
  };
};
struct ok_waves {
  class Builder {
  public:
    void build(std::vector<Tile> &tiles) {
      for (Tile &tile : tiles)
        group_.run([&tile] { raise(tile); });
      group_.wait();
      for (Tile &tile : tiles)
        group_.run([&tile] { shade(tile); });
      group_.wait();
    }

  private:
    tbb::task_group group_;
  };
};
struct ok_joining { // the end of the member waits
  class Crew {
  public:
    void start(int n) {
      for (auto &thread : threads_)
        thread.join();
      threads_.clear();
      for (int i = 0; i < n; ++i)
        threads_.emplace_back([i] { backup(std::to_string(i)); });
    }

  private:
    std::vector<std::jthread> threads_;
  };
};
void waitFor(tbb::task_group &group);
struct ok_given_to_others {
  class Builder {
  public:
    void build(std::vector<Tile> &tiles) {
      group_.wait();
      for (Tile &tile : tiles)
        group_.run([&tile] { shade(tile); });
    }
    void finish() { waitFor(group_); }

  private:
    tbb::task_group group_;
  };
};
struct ok_asked_for_by_others {
  class Builder {
  public:
    void build(std::vector<Tile> &tiles) {
      group_.wait();
      for (Tile &tile : tiles)
        group_.run([&tile] { shade(tile); });
    }
    tbb::task_group &group() { return group_; }

  private:
    tbb::task_group group_;
  };
};
