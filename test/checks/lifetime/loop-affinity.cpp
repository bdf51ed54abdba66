// REQUIRES: uv
// RUN: %verify %s heddle-loop-affinity -- -std=c++20
#include <atomic>
#include <mutex>
#include <thread>
#include <uv.h>

int measure();
static void onTick(uv_timer_t *);

// ---- libuv -------------------------------------------------------------------------------------------------------------
struct bad_rearmed {
  class Poller {
  public:
    explicit Poller(uv_loop_t *loop) {
      uv_timer_init(loop, &timer_); // note: it is set up for the loop here
      worker_ = std::thread([this] { work(); }); // note: the other thread is started here
    }
    ~Poller() { worker_.join(); }

  private:
    void work() {
      if (measure() > 3)
        uv_timer_start(&timer_, onTick, 100, 0); // warning: 'timer_' belongs to the thread of its event loop, and this runs on another one; the loop may use it at the same time, or never notice; post the call to the loop
    }
    uv_timer_t timer_;
    std::thread worker_;
  };
};
struct bad_stopped {
  uv_timer_t timer;
  std::thread thread;
  void start(uv_loop_t *loop) {
    uv_timer_init(loop, &timer);
    uv_timer_start(&timer, onTick, 10, 10);
    thread = std::thread([this] {
      measure();
      uv_timer_stop(&timer); // warning: 'timer' belongs to the thread of its event loop
    });
  }
};
struct bad_written {
  uv_tcp_t peer;
  uv_buf_t buffer;
  uv_write_t request;
  std::thread thread;
  void start() {
    uv_read_start(reinterpret_cast<uv_stream_t *>(&peer), nullptr, nullptr);
    thread = std::thread([this] { send(); });
  }
  void send() {
    uv_read_start(reinterpret_cast<uv_stream_t *>(&peer), nullptr, nullptr); // warning: 'peer' belongs to the thread of its event loop
  }
};

// ---- correct code that looks similar -----------------------------------------------------------------------------------
class ok_async {
public:
  explicit ok_async(uv_loop_t *loop) {
    uv_timer_init(loop, &timer_);
    uv_async_init(loop, &wake_, onWake);
    wake_.data = this;
    worker_ = std::thread([this] {
      level_ = measure();
      uv_async_send(&wake_);
    });
  }

private:
  static void onWake(uv_async_t *handle) {
    auto *self = static_cast<ok_async *>(handle->data);
    uv_timer_start(&self->timer_, onTick, 100, 0);
  }
  uv_timer_t timer_;
  uv_async_t wake_;
  std::atomic<int> level_{0};
  std::thread worker_;
};
// The thread has a loop of its own.
class ok_own_loop {
public:
  ok_own_loop() {
    uv_timer_init(&loop_, &timer_);
    thread_ = std::thread([this] {
      uv_timer_start(&timer_, onTick, 100, 0);
      uv_run(&loop_, UV_RUN_DEFAULT);
    });
  }

private:
  uv_loop_t loop_;
  uv_timer_t timer_;
  std::thread thread_;
};
void ok_local() {
  std::thread thread([] {
    uv_loop_t loop;
    uv_timer_t timer;
    uv_timer_init(&loop, &timer);
    uv_timer_start(&timer, onTick, 1, 0);
  });
  thread.join();
}
class ok_made_there {
public:
  explicit ok_made_there(uv_loop_t *loop) : loop_(loop) {
    thread_ = std::thread([this] {
      uv_timer_init(loop_, &timer_);
      uv_timer_start(&timer_, onTick, 1, 0);
    });
  }
  void again() { uv_timer_start(&timer_, onTick, 1, 0); }

private:
  uv_loop_t *loop_;
  uv_timer_t timer_;
  std::thread thread_;
};
// One lock for the loop and the others.
class ok_locked {
public:
  explicit ok_locked(uv_loop_t *loop) {
    uv_timer_init(loop, &timer_);
    thread_ = std::thread([this] {
      std::lock_guard lock(loopMutex_);
      uv_timer_start(&timer_, onTick, 1, 0);
    });
  }

private:
  uv_timer_t timer_;
  std::mutex loopMutex_;
  std::thread thread_;
};
void ok_no_thread(uv_loop_t *loop, uv_timer_t &timer) {
  uv_timer_init(loop, &timer);
  uv_timer_start(&timer, onTick, 1, 0);
}
