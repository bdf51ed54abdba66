// RUN: %verify %s heddle-signal-unsafe-call -- -std=c++20
// Handlers by signal and sigaction, and what they must not do.
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <future>
#include <iostream>
#include <mutex>
#include <semaphore.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

class Server {
public:
  void stop() {
    std::lock_guard<std::mutex> lock(mutex_); // note: it takes a lock here
    stopping_ = true;
    wake_.notify_all();
  }
  void requestStop() { flag_ = true; }

private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::atomic<bool> flag_ = false;
};
static Server *server;
static std::condition_variable done;
static std::vector<int> seen;
static std::deque<std::string> messages;
static std::promise<int> first;

static void bad_stops(int) {
  server->stop(); // warning: this takes a lock in a signal handler; if the interrupted thread holds it, both wait forever; set a flag or write to a pipe, and do it on a thread
}
static void bad_notifies(int) {
  done.notify_one(); // warning: this notifies a condition variable in a signal handler
}
static void bad_keeps(int s) {
  seen.push_back(s); // warning: this uses the heap in a signal handler
}
static void bad_prints(int s) {
  std::cerr << "caught " << s << "\n"; // warning: this writes to a stream in a signal handler
}
static void bad_printf(int s) {
  std::printf("caught %d\n", s); // warning: this writes to a stream in a signal handler
}
static void bad_fulfils(int s) {
  first.set_value(s); // warning: this uses a queue or promise in a signal handler
}
static void bad_starts(int) {
  std::thread([] {}).detach(); // warning: this starts a task in a signal handler
}
static void bad_allocates(int, siginfo_t *, void *) {
  server = new Server; // warning: this uses the heap in a signal handler
}
static void log(const char *text) {
  std::cout << text; // note: it writes to a stream here
}
static void bad_logs(int) {
  log("reload"); // warning: this writes to a stream in a signal handler
}

void bad_install() {
  std::signal(SIGINT, bad_stops); // note: 'bad_stops' becomes a signal handler here
  signal(SIGTERM, &bad_notifies);
  signal(SIGUSR1, bad_keeps);
  struct sigaction sa = {};
  sa.sa_handler = bad_prints;
  sigaction(SIGHUP, &sa, nullptr);
  sa.sa_handler = &bad_printf;
  sigaction(SIGINT, &sa, nullptr);
  signal(SIGUSR2, bad_fulfils);
  signal(SIGCHLD, bad_starts);
  struct sigaction info {};
  info.sa_sigaction = bad_allocates;
  info.sa_flags = SA_SIGINFO;
  sigaction(SIGCHLD, &info, nullptr);
  signal(SIGHUP, bad_logs);
  signal(SIGALRM, [](int) {
    std::puts("alarm"); // warning: this writes to a stream in a signal handler
  });
}

static volatile std::sig_atomic_t pending;
static std::atomic<int> caught;
static std::atomic<bool> stop_now;
static int pipe_end = -1;
static sem_t posted;
static void ok_flag(int s) { pending = s; }
static void ok_atomic(int) {
  caught.fetch_add(1);
  stop_now.store(true);
}
static void ok_pipe(int s) {
  char c = static_cast<char>(s);
  [[maybe_unused]] auto n = write(pipe_end, &c, 1);
}
static void ok_post(int) { sem_post(&posted); }
static void ok_request(int) { server->requestStop(); }
static void ok_exits(int) { _exit(1); }
static void ok_crashes(int s) { // the process is lost anyway
  std::fprintf(stderr, "fatal signal %d\n", s);
  std::abort();
}
static void ok_unseen(int);
static void ok_no_handler(int) { server->stop(); }
static void ok_ignored() {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGINT, SIG_DFL);
}
void ok_install() {
  std::signal(SIGINT, ok_flag);
  std::signal(SIGTERM, ok_atomic);
  struct sigaction sa = {};
  sa.sa_handler = ok_pipe;
  sigaction(SIGHUP, &sa, nullptr);
  signal(SIGUSR1, ok_post);
  signal(SIGUSR2, ok_request);
  signal(SIGALRM, ok_exits);
  signal(SIGSEGV, ok_crashes);
  signal(SIGABRT, ok_crashes);
  signal(SIGCHLD, ok_unseen);
  ok_no_handler(1);
  ok_ignored();
}
void ok_waits_for_signals() { // on a thread of its own
  sigset_t all;
  sigfillset(&all);
  int s;
  while (sigwait(&all, &s) == 0)
    server->stop();
}

// A class of the user's own that is like an event.
class Finish {
public:
  static Finish &get() {
    static Finish it;
    return it;
  }
  void request() {
    {
      std::lock_guard<std::mutex> lock(mutex_); // note: it takes a lock here
      done_ = true;
    }
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return done_; });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
};
extern "C" void bad_finishes(int) {
  Finish::get().request(); // warning: this takes a lock in a signal handler
}
void until_finished() {
  struct sigaction action = {};
  action.sa_handler = bad_finishes; // note: 'bad_finishes' becomes a signal handler here
  sigaction(SIGTERM, &action, nullptr);
  Finish::get().wait();
}
