// REQUIRES: qt
// RUN: %verify %s heddle-double-fulfilment -- -std=c++20 %qt_flags
#include <QFuture>
#include <QPromise>
#include <QString>
#include <stdexcept>
#include <utility>

QString render(const QString &text); // may throw

void bad_finished_twice(QPromise<QString> &p, const QString &text) {
  p.start();
  if (text.isEmpty())
    p.finish(); // note: 'p' is fulfilled here first
  p.addResult(render(text));
  p.finish(); // warning: promise 'p' is fulfilled a second time
}

void bad_error_then_finished_twice(QPromise<QString> &p, const QString &text) {
  p.start();
  try {
    p.addResult(render(text));
    p.finish();
    render(text + "!");
  } catch (...) {
    p.setException(std::current_exception());
    p.finish(); // warning: promise 'p' is fulfilled a second time
  }
}

void ok_exception_then_finish(QPromise<QString> &p, const QString &text) {
  p.start();
  try {
    p.addResult(render(text));
  } catch (...) {
    p.setException(std::current_exception());
  }
  p.finish();
}

void ok_many_results(QPromise<QString> &p, const QStringList &texts) {
  p.start();
  for (const QString &text : texts) {
    if (p.isCanceled())
      break;
    p.addResult(render(text));
  }
  p.finish();
}

void ok_early_return(QPromise<QString> &p, const QString &text) {
  p.start();
  if (text.isEmpty()) {
    p.finish();
    return;
  }
  p.addResult(render(text));
  p.finish();
}
