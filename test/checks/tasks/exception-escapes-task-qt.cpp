// REQUIRES: qt
// RUN: %verify %s heddle-exception-escapes-task -- -std=c++20 %qt_flags
#include <QRunnable>
#include <QThread>
#include <QThreadPool>
#include <QtConcurrent/QtConcurrentRun>
#include <stdexcept>

void import(int row) {
  if (row < 0)
    throw std::runtime_error("row");
}

class BadThread : public QThread {
  void run() override {
    import(m_row); // warning: 'std::runtime_error' may escape the entry function of this task
  }
  int m_row = 0;
};

class BadJob : public QRunnable {
public:
  void run() override {
    import(m_row); // warning: 'std::runtime_error' may escape the entry function of this task
  }
  int m_row = 0;
};
void startsJob(QThreadPool &pool) { pool.start(new BadJob); } // note: the task is started here

void bad_pool(QThreadPool &pool, int row) {
  pool.start([row] { import(row); }); // warning: 'std::runtime_error' may escape the entry function of this task
}

class QuietThread : public QThread {
  void ok_run_once() {
    try {
      import(m_row);
    } catch (const std::exception &) {
    }
  }
  void run() override { ok_run_once(); }
  int m_row = 0;
};
QFuture<void> ok_concurrent(int row) {
  return QtConcurrent::run([row] { import(row); });
}
void ok_pool_task_catches(QThreadPool &pool, int row) {
  pool.start([row] {
    try {
      import(row);
    } catch (...) {
    }
  });
}
void ok_signal_like(const std::function<void(int)> &f) { f(1); }
