// REQUIRES: qt
// RUN: %verify %s heddle-loop-affinity -- -std=c++20 %qt_flags
// Objects that were moved to a thread, or made on one, and are used or deleted beside it.
#include <QMetaObject>
#include <QObject>
#include <QThread>
#include <QTimer>

#include <memory>

int measure();

class Sampler : public QObject {
public:
  Sampler() : timer_(this) {
    connect(&timer_, &QTimer::timeout, this, [this] { last_ = measure(); });
  }
  void setRate(int ms) {
    if (ms > 0)
      timer_.start(ms);
    else
      halt();
  }
  void halt() { timer_.stop(); }
  void request(int ms) {
    QMetaObject::invokeMethod(this, [this, ms] { setRate(ms); }, Qt::QueuedConnection);
  }
  void careful(int ms) {
    if (QThread::currentThread() == thread())
      timer_.start(ms);
    else
      request(ms);
  }
  int last() const { return last_; }

private:
  QTimer timer_;
  int last_ = 0;
};

struct bad_called_directly {
  class Panel {
  public:
    Panel() {
      sampler_.moveToThread(&thread_); // note: it is moved here
      thread_.start();
    }
    ~Panel() {
      thread_.quit();
      thread_.wait();
    }
    void rateChanged(int ms) {
      if (ms < 10000)
        sampler_.setRate(ms); // warning: 'sampler_' was moved to another thread, and 'setRate' sets its timer on that of the caller; the loop may use it at the same time, or never notice; invoke it on the thread of the object
    }

  private:
    Sampler sampler_;
    QThread thread_;
  };
};
struct bad_by_pointer {
  class Panel : public QObject {
  public:
    explicit Panel(QThread *thread) : sampler_(std::make_unique<Sampler>()) { sampler_->moveToThread(thread); }
    void hide() { sampler_->halt(); } // warning: 'sampler_' was moved to another thread, and 'halt' sets its timer on that of the caller

  private:
    std::unique_ptr<Sampler> sampler_;
  };
};
struct bad_in_a_helper {
  class Panel {
  public:
    void open() {
      sampler_->moveToThread(&thread_);
      thread_.start();
    }
    void faster() { apply(10); }

  private:
    void apply(int ms) { sampler_->setRate(ms); } // warning: 'sampler_' was moved to another thread, and 'setRate' sets its timer
    Sampler *sampler_ = new Sampler;
    QThread thread_;
  };
};
struct bad_deleted_while_it_runs {
  class Panel {
  public:
    Panel() : sampler_(new Sampler) {
      sampler_->moveToThread(&thread_); // note: it is moved here
      thread_.start();
    }
    ~Panel() {
      thread_.quit();
      delete sampler_; // warning: 'sampler_' was moved to a thread that still runs, and is deleted on another one; its handlers may run at the same time (use after free); delete it on its thread, or when that has ended
      thread_.wait();
    }

  private:
    QThread thread_;
    Sampler *sampler_;
  };
};
struct bad_made_there {
  class Watcher : public QThread {
  public:
    ~Watcher() override {
      quit();
      wait();
      delete timer_; // warning: 'timer_' was made on another thread, and is deleted on this one; its destructor cannot stop a timer of that thread; delete it there, before the thread ends
    }

  protected:
    void run() override {
      timer_ = new QTimer; // note: it is made here, on that thread
      connect(timer_, &QTimer::timeout, timer_, [] { measure(); });
      timer_->start(20);
      exec();
    }

  private:
    QTimer *timer_ = nullptr;
  };
};

// ---- correct code that looks similar -----------------------------------------------------------------------------------
class ok_invoked {
public:
  ok_invoked() {
    sampler_.moveToThread(&thread_);
    thread_.start();
  }
  ~ok_invoked() {
    QMetaObject::invokeMethod(&sampler_, [this] { sampler_.halt(); }, Qt::BlockingQueuedConnection);
    thread_.quit();
    thread_.wait();
  }
  void rateChanged(int ms) {
    QMetaObject::invokeMethod(&sampler_, [this, ms] { sampler_.setRate(ms); }, Qt::QueuedConnection);
    sampler_.request(ms);
    sampler_.careful(ms);
  }
  int last() const { return sampler_.last(); }

private:
  Sampler sampler_;
  QThread thread_;
};
class ok_set_before_it_is_moved {
public:
  ok_set_before_it_is_moved() {
    sampler_.setRate(10);
    sampler_.moveToThread(&thread_);
    thread_.start();
  }

private:
  Sampler sampler_;
  QThread thread_;
};
class ok_not_moved {
public:
  void faster() { sampler_.setRate(10); }

private:
  Sampler sampler_;
};
class ok_deleted_behind_the_wait {
public:
  ok_deleted_behind_the_wait() : sampler_(new Sampler) {
    sampler_->moveToThread(&thread_);
    thread_.start();
  }
  ~ok_deleted_behind_the_wait() {
    thread_.quit();
    thread_.wait();
    delete sampler_;
  }

private:
  QThread thread_;
  Sampler *sampler_;
};
class ok_deleted_behind_a_helper {
public:
  ok_deleted_behind_a_helper() : sampler_(new Sampler), other_(new Sampler) {
    sampler_->moveToThread(&thread_);
    other_->moveToThread(&thread_);
    thread_.start();
  }
  ~ok_deleted_behind_a_helper() {
    end();
    delete sampler_;
  }
  void drop() {
    endElsewhere();
    delete other_;
  }

private:
  void end() {
    thread_.quit();
    thread_.wait();
  }
  void endElsewhere(); // in another file
  QThread thread_;
  Sampler *sampler_, *other_;
};
class ok_deleted_later {
public:
  ok_deleted_later() : sampler_(new Sampler) {
    sampler_->moveToThread(&thread_);
    QObject::connect(&thread_, &QThread::finished, sampler_, &QObject::deleteLater);
    thread_.start();
  }
  ~ok_deleted_later() {
    thread_.quit();
    thread_.wait();
  }

private:
  QThread thread_;
  Sampler *sampler_;
};
class ok_made_and_deleted_there : public QThread {
public:
  ~ok_made_and_deleted_there() override {
    quit();
    wait();
  }

protected:
  void run() override {
    timer_ = new QTimer;
    timer_->start(20);
    exec();
    delete timer_;
  }

private:
  QTimer *timer_ = nullptr;
};
class ok_made_by_the_owner : public QThread {
public:
  ok_made_by_the_owner() : timer_(new QTimer) {}
  ~ok_made_by_the_owner() override {
    quit();
    wait();
    delete timer_;
  }

protected:
  void run() override { exec(); }

private:
  QTimer *timer_;
};
