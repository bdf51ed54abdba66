// REQUIRES: qt
// RUN: %verify %s heddle-excessive-concurrency-limit -- -std=c++20 %qt_flags
#include <QStringList>
#include <QThreadPool>

#include <climits>

class bad_Downloader {
public:
  void configure() {
    pool_.setMaxThreadCount(8192); // warning: up to 8192 threads run at once
  }

private:
  QThreadPool pool_;
};
void bad_one_each(const QStringList &urls) {
  QThreadPool pool;
  pool.setMaxThreadCount(urls.size()); // warning: as many threads are started as the input has elements
}
void ok_few(QThreadPool &pool) { pool.setMaxThreadCount(16); }
void ok_ideal(QThreadPool &pool) { pool.setMaxThreadCount(QThread::idealThreadCount()); }
void ok_no_limit(QThreadPool &pool) { pool.setMaxThreadCount(INT_MAX); }
