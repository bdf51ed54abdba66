// RUN: %verify %s heddle-self-join -- -std=c++20
// A part tells its owner something on its own thread, and the owner stops the part there and then.
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

bool receive(std::string &line);
void log(const std::string &);
void post(std::function<void()>);

// ---- a callable that a setter stores -----------------------------------------------------------------------------------
class Port {
public:
  using Handler = std::function<void()>;
  ~Port() { halt(); }
  void onHangup(Handler h) { hangup_ = std::move(h); }
  void open() {
    over_ = false;
    thread_ = std::thread(&Port::loop, this);
  }
  void requestStop() { over_ = true; }
  void halt() {
    over_ = true;
    if (thread_.joinable())
      thread_.join(); // note: here the thread waits for itself
  }
  void haltFromAnywhere() {
    over_ = true;
    if (thread_.get_id() != std::this_thread::get_id())
      thread_.join();
  }

private:
  void loop() {
    std::string line;
    while (!over_ && receive(line))
      log(line);
    if (hangup_)
      hangup_(); // note: its thread calls it here
  }
  Handler hangup_;
  std::atomic<bool> over_{false};
  std::thread thread_;
};
class bad_Modem {
public:
  void dial() {
    port_.onHangup([this] { lost(); }); // note: 'port_' is given the callback here
    port_.open();
  }

private:
  void lost() {
    ++losses_;
    close();
  }
  void close() {
    port_.halt(); // warning: 'port_' runs this on its own thread, and waits for that thread to end here; the join deadlocks, or throws and terminates the program; request the stop here, and join on another thread
  }
  int losses_ = 0;
  Port port_;
};
class ok_Asks {
public:
  void dial() {
    port_.onHangup([this] { port_.requestStop(); });
    port_.open();
  }

private:
  Port port_;
};
class ok_TestsTheThread {
public:
  void dial() {
    port_.onHangup([this] { port_.haltFromAnywhere(); });
    port_.open();
  }

private:
  Port port_;
};
class ok_Elsewhere { // another thread joins
public:
  void dial() {
    port_.onHangup([this] { post([this] { port_.halt(); }); });
    port_.open();
  }

private:
  Port port_;
};
class ok_OtherPart { // each stops the other one
public:
  ok_OtherPart() {
    a_.onHangup([this] { b_.halt(); });
  }

private:
  Port a_, b_;
};

// ---- an interface; the part is destroyed, or made anew -----------------------------------------------------------------
struct Listener {
  virtual ~Listener() = default;
  virtual void onLine(const std::string &line) = 0;
  virtual void onEnd() = 0;
};
class Reader {
public:
  explicit Reader(Listener &l) : listener_(l), thread_([this] { run(); }) {}
  ~Reader() {
    over_ = true;
    thread_.join();
  }

private:
  void run() {
    std::string line;
    while (!over_ && receive(line))
      listener_.onLine(line);
    listener_.onEnd();
  }
  Listener &listener_;
  std::atomic<bool> over_{false};
  std::thread thread_;
};
class bad_Feed : public Listener {
public:
  void open() { reader_ = std::make_unique<Reader>(*this); }

private:
  void onLine(const std::string &line) override { log(line); }
  void onEnd() override {
    reader_.reset(); // warning: 'reader_' runs this on its own thread, and waits for that thread to end here
  }
  std::unique_ptr<Reader> reader_;
};
class bad_Reconnects : public Listener {
public:
  void open() { reader_ = std::make_unique<Reader>(*this); }

private:
  void onLine(const std::string &line) override {
    if (line == "bye")
      again();
  }
  void onEnd() override {}
  void again() {
    reader_ = std::make_unique<Reader>(*this); // warning: 'reader_' runs this on its own thread
  }
  std::unique_ptr<Reader> reader_;
};
class ok_Notes : public Listener {
public:
  void open() { reader_ = std::make_unique<Reader>(*this); }
  void close() { reader_.reset(); }

private:
  void onLine(const std::string &line) override { log(line); }
  void onEnd() override { ended_ = true; }
  std::atomic<bool> ended_{false};
  std::unique_ptr<Reader> reader_;
};
class ok_Foreign : public Listener { // its reader tells somebody else
public:
  explicit ok_Foreign(Listener &other) : reader_(std::make_unique<Reader>(other)) {}

private:
  void onLine(const std::string &) override {}
  void onEnd() override { reader_.reset(); }
  std::unique_ptr<Reader> reader_;
};

// ---- the owner by its own name, a callable that the thread was started with ---------------------------------------------
class Pump;
class Engine {
public:
  explicit Engine(Pump *p) : pump_(p) {}
  void start() { thread_ = std::jthread([this] { turn(); }); }
  void halt() {
    over_ = true;
    thread_.join();
  }

private:
  void turn();
  Pump *pump_;
  std::atomic<bool> over_{false};
  std::jthread thread_;
};
class Pump {
public:
  Pump() : engine_(this) {}
  void bad_dry() {
    engine_.halt(); // warning: 'engine_' runs this on its own thread
  }

private:
  Engine engine_;
};
void Engine::turn() {
  std::string line;
  while (!over_)
    if (!receive(line))
      pump_->bad_dry();
}

class Countdown {
public:
  void start(std::function<void()> done) {
    thread_ = std::thread([this, done] {
      std::string line;
      while (!over_ && receive(line)) {
      }
      done();
    });
  }
  void cancel() {
    over_ = true;
    if (thread_.joinable())
      thread_.join();
  }

private:
  std::atomic<bool> over_{false};
  std::thread thread_;
};
class Oven {
public:
  void heat() {
    timer_.start([this] { bad_ready(); });
  }
  void warm() {
    other_ = true;
  }

private:
  void bad_ready() {
    timer_.cancel(); // warning: 'cancel', called by the task, joins the task's own thread
  }
  bool other_ = false;
  Countdown timer_;
};
