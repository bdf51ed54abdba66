// RUN: %verify %s heddle-send-after-close -- -std=c++20
// The seed's row (P18: the channel is closed in the loop that goes on sending).
#include "Inputs/channel.h"
#include "Inputs/closable_queue.h"
#include <memory>
#include <thread>
#include <vector>

struct Job {
  int id = 0;
  bool final = false;
};
void process(const Job &);

// ---- the seed ----
void bad_seed(const std::vector<Job> &all) {
  ClosableQueue<Job> jobs;
  std::vector<std::jthread> workers;
  for (int i = 0; i != 8; ++i)
    workers.emplace_back([&jobs] {
      while (auto j = jobs.pop())
        process(*j);
    });
  for (const Job &j : all) {
    jobs.push(j); // warning: this sends into 'jobs', which is closed on this path; the send throws or terminates the program; close it after the last send
    if (j.final)
      jobs.close(); // note: 'jobs' is closed here
  }
}
void ok_seed(const std::vector<Job> &all) {
  ClosableQueue<Job> jobs;
  std::vector<std::jthread> workers;
  for (int i = 0; i != 8; ++i)
    workers.emplace_back([&jobs] {
      while (auto j = jobs.pop())
        process(*j);
    });
  for (const Job &j : all) {
    jobs.push(j);
    if (j.final)
      break;
  }
  jobs.close();
}

// ---- other shapes ----
void bad_farewell(Channel<int> &out) {
  out.close();
  out.send(-1); // warning: this sends into 'out', which is closed on this path; the item stays in the channel forever
}
void bad_ignored(ClosableQueue<int> &out, bool failed) {
  if (failed)
    out.close();
  out.offer(1); // warning: this sends into 'out', which is closed on this path
}
void flush(ClosableQueue<int> &out) { out.push(0); }
void bad_helper(std::shared_ptr<ClosableQueue<int>> out) {
  out->push(1);
  out->close();
  flush(*out); // warning: this sends into 'out', which is closed on this path
}
class bad_Writer {
public:
  void finish(int last) {
    lines_.close();
    lines_.push(last); // warning: this sends into 'lines_', which is closed on this path
  }

private:
  ClosableQueue<int> lines_;
};

// ---- silent ----
void ok_asks(ClosableQueue<int> &out, bool failed) {
  if (failed)
    out.close();
  if (!out.offer(1))
    return;
}
void ok_returns(ClosableQueue<int> &out, bool failed) {
  if (failed) {
    out.close();
    return;
  }
  out.push(1);
}
void ok_correlated(ClosableQueue<int> &out, bool failed) {
  if (failed)
    out.close();
  if (!failed)
    out.push(1);
}
void ok_each_its_own(const std::vector<int> &all) {
  for (int i : all) {
    ClosableQueue<int> one;
    one.push(i);
    one.close();
  }
}
void ok_two(ClosableQueue<int> &a, ClosableQueue<int> &b) {
  a.close();
  b.push(1);
}

// ---- a helper closes under the condition on which its caller leaves ----
class FirstReplay {
public:
  explicit FirstReplay(ClosableQueue<Job> &out) : out_(out) {}
  void ok_play(const std::vector<Job> &all) {
    for (const Job &j : all) {
      out_.push(j);
      note(j);
      if (j.final)
        break;
    }
  }

private:
  void note(const Job &j) {
    ++played_;
    if (j.final)
      out_.close();
  }
  ClosableQueue<Job> &out_;
  long played_ = 0;
};
class SecondReplay {
public:
  explicit SecondReplay(ClosableQueue<Job> &out) : out_(out) {}
  void bad_play(const std::vector<Job> &all) {
    for (const Job &j : all) {
      note(j);
      out_.push(j); // warning: this sends into 'out_', which is closed on this path
      if (j.final)
        break;
    }
  }

private:
  void note(const Job &j) {
    if (j.final)
      out_.close();
  }
  ClosableQueue<Job> &out_;
};
void closeIf(Channel<int> &out, bool last) {
  if (last)
    out.close();
}
void ok_flag(Channel<int> &out, bool last) {
  closeIf(out, last);
  if (!last)
    out.send(1);
}
void bad_flag(Channel<int> &out, bool last) {
  closeIf(out, last);
  if (last)
    out.send(1); // warning: this sends into 'out', which is closed on this path
}
struct ok_Member {
  Channel<int> &out;
  const bool done;
  void finish() {
    if (done)
      out.close();
  }
  void step() {
    finish();
    if (!done)
      out.send(1);
  }
};
