// QThread subclasses.
// REQUIRES: qt
// RUN: %verify %s heddle-plain-stop-flag -- -std=c++20 %qt_flags
#include <QMutex>
#include <QMutexLocker>
#include <QThread>
#include <atomic>

void work();

struct bad_Thread {
  class Thread : public QThread {
  public:
    void stop() { m_stop = true; } // note: written here in 'stop'
    ~Thread() override {
      stop();
      wait();
    }

  protected:
    void run() override {
      while (!m_stop) { // warning: 'm_stop' ends this loop
        work();
        msleep(10);
      }
    }

  private:
    volatile bool m_stop = false;
  };
};

class ok_Thread : public QThread {
public:
  void stop() { m_stop = true; }

protected:
  void run() override {
    while (!m_stop)
      work();
  }

private:
  std::atomic<bool> m_stop{false};
};

class ok_Interruption : public QThread {
  void run() override {
    while (!isInterruptionRequested())
      work();
  }
};

class ok_Locked : public QThread {
public:
  void stop() {
    QMutexLocker lock(&m_mutex);
    m_stop = true;
  }

protected:
  void run() override {
    forever {
      {
        QMutexLocker lock(&m_mutex);
        if (m_stop)
          return;
      }
      work();
    }
  }

private:
  QMutex m_mutex;
  bool m_stop = false;
};
