// RUN: %verify %s heddle-unbounded-spawn -- -std=c++20
// Threads that an object behind an interface starts, with one class in the unit that implements it.
#include <functional>
#include <memory>
#include <semaphore>
#include <string>
#include <thread>
#include <utility>
#include <vector>

struct Letter {
  std::string to;
};
void frank(const Letter &) noexcept;

namespace one {
struct Sorter {
  virtual ~Sorter() = default;
  virtual void run(std::function<void()> job) = 0;
};
struct bad_Detaching : Sorter {
  void run(std::function<void()> job) override {
    std::thread([job = std::move(job)] { job(); }).detach(); // warning: a thread is started for each element, without a limit
  }
};
class PostOffice {
public:
  explicit PostOffice(std::shared_ptr<Sorter> sorter) : sorter_(std::move(sorter)) {}
  void collect(const std::vector<Letter> &box) {
    for (const Letter &l : box) // note: this loop runs once for each element of an unbounded input
      sorter_->run([l] { frank(l); }); // note: 'run', which starts it, is called here
  }

private:
  std::shared_ptr<Sorter> sorter_;
};
} // namespace one

// By reference, with a named thread, and nothing handed over that could be called.
namespace named {
struct Desk {
  virtual ~Desk() = default;
  virtual void stamp(const Letter &l);
};
struct bad_Clerk final : Desk {
  void stamp(const Letter &l) override {
    std::thread t(frank, l); // warning: a thread is started for each element
    t.detach();
  }
};
void all(Desk &desk, const std::vector<Letter> &box) {
  for (std::size_t i = 0; i < box.size(); ++i)
    desk.stamp(box[i]);
}
} // namespace named

// ---- silent -----------------------------------------------------------------------------------------------------------

namespace two { // nobody knows which one it is
struct Sorter {
  virtual ~Sorter() = default;
  virtual void run(std::function<void()> job) = 0;
};
struct ok_Detaching : Sorter {
  void run(std::function<void()> job) override { std::thread(std::move(job)).detach(); }
};
struct Inline : Sorter {
  void run(std::function<void()> job) override { job(); }
};
void all(Sorter &s, const std::vector<Letter> &box) {
  for (const Letter &l : box)
    s.run([l] { frank(l); });
}
} // namespace two
namespace unseen { // the other one is written elsewhere
struct Sorter {
  virtual ~Sorter() = default;
  virtual void run(std::function<void()> job) = 0;
};
struct ok_Detaching : Sorter {
  void run(std::function<void()> job) override { std::thread(std::move(job)).detach(); }
};
struct Pool : Sorter {
  void run(std::function<void()> job) override;
};
void all(Sorter &s, const std::vector<Letter> &box) {
  for (const Letter &l : box)
    s.run([l] { frank(l); });
}
} // namespace unseen
namespace base { // the base does it itself
struct Sorter {
  virtual ~Sorter() = default;
  virtual void run(std::function<void()> job) { job(); }
};
struct ok_Detaching : Sorter {
  void run(std::function<void()> job) override { std::thread(std::move(job)).detach(); }
};
void all(Sorter &s, const std::vector<Letter> &box) {
  for (const Letter &l : box)
    s.run([l] { frank(l); });
}
} // namespace base
namespace limited {
struct Sorter {
  virtual ~Sorter() = default;
  virtual void run(std::function<void()> job) = 0;
};
class ok_Limited : public Sorter {
public:
  void run(std::function<void()> job) override {
    slots_.acquire();
    std::thread([this, job = std::move(job)] {
      job();
      slots_.release();
    }).detach();
  }

private:
  std::counting_semaphore<> slots_{4};
};
void all(Sorter &s, const std::vector<Letter> &box) {
  for (const Letter &l : box)
    s.run([l] { frank(l); });
}
} // namespace limited
namespace few {
struct Sorter {
  virtual ~Sorter() = default;
  virtual void run(std::function<void()> job) = 0;
};
struct ok_Detaching : Sorter {
  void run(std::function<void()> job) override { std::thread(std::move(job)).detach(); }
};
void all(Sorter &s, const std::vector<Letter> &box, int hands) {
  s.run([] {});
  for (int i = 0; i < hands; ++i)
    s.run([&box] {
      for (const Letter &l : box)
        frank(l);
    });
  for (const char *to : {"here", "there"})
    s.run([to] { frank({to}); });
}
void each(const std::vector<std::unique_ptr<Sorter>> &sorters) {
  for (const auto &s : sorters)
    s->run([] {});
}
} // namespace few
namespace waiting {
struct Sorter {
  virtual ~Sorter() = default;
  virtual void run(std::function<void()> job) = 0;
};
struct ok_Joins : Sorter {
  void run(std::function<void()> job) override {
    std::thread t(std::move(job));
    t.join();
  }
};
void all(Sorter &s, const std::vector<Letter> &box) {
  for (const Letter &l : box)
    s.run([l] { frank(l); });
}
} // namespace waiting
