// REQUIRES: qt
// RUN: %verify %s heddle-loop-affinity -- -std=c++20 %qt_flags
#include <QObject>
#include <QThread>
#include <QTimer>
#include <QtConcurrent/QtConcurrentRun>

#include <memory>
#include <thread>

int measure();

struct bad_started {
  class Panel : public QObject {
  public:
    void watch() {
      timer_.start(1000); // note: it is set up for the loop here
      thread_ = std::thread([this] {
        if (measure() > 3)
          timer_.stop(); // warning: 'timer_' belongs to the thread of its event loop, and this runs on another one
      });
    }

  private:
    QTimer timer_;
    std::thread thread_;
  };
};

// QThread::create, kept by a smart pointer.
struct bad_created {
  class Panel : public QObject {
  public:
    Panel() { timer_.setSingleShot(true); } // note: it is set up for the loop here
    void touch() { timer_.start(500); } // warning: 'timer_' belongs to the thread of its event loop, and this runs on another one
    void watch() {
      thread_.reset(QThread::create([this] {
        if (measure() > 3)
          touch();
      }));
      thread_->start(); // note: the other thread is started here
    }

  private:
    QTimer timer_;
    std::unique_ptr<QThread> thread_;
  };
};

// ---- correct code that looks similar -----------------------------------------------------------------------------------
class ok_invoked : public QObject {
public:
  void watch() {
    timer_.start(1000);
    thread_ = std::thread([this] {
      if (measure() > 3)
        QMetaObject::invokeMethod(this, [this] { timer_.stop(); }, Qt::QueuedConnection);
    });
  }

private:
  QTimer timer_;
  std::thread thread_;
};
class ok_created : public QObject {
public:
  void touch() { timer_.start(500); }
  void watch() {
    thread_ = QThread::create([] { measure(); });
    thread_->start();
  }

private:
  QTimer timer_;
  QThread *thread_ = nullptr;
};
class ok_own : public QThread {
protected:
  void run() override {
    QTimer timer;
    timer.start(100);
    exec();
  }
};
