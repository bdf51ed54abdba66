// REQUIRES: qt
// RUN: %verify %s heddle-timer-created-in-loop -- -std=c++20 %qt_flags
// A timer for each call, of which only the last one does anything.
#include <QObject>
#include <QString>
#include <QTimer>

void save(const QString &);
void show(const QString &);

class Autosave : public QObject {
public:
  void bad_edited(const QString &text) {
    text_ = text;
    const int edit = ++edits_;
    auto *quiet = new QTimer(this); // warning: a timer is created for each call and not deleted, and its handler ignores all but the last one; they pile up; create it once and rearm it
    quiet->setSingleShot(true);
    connect(quiet, &QTimer::timeout, this, [this, edit] {
      if (edit == edits_) // note: the handler asks here whether another call came since
        save(text_);
    });
    quiet->start(2000);
  }
  void bad_initCapture() {
    ++edits_;
    QTimer *quiet = new QTimer(this); // warning: a timer is created for each call and not deleted
    connect(quiet, &QTimer::timeout, this, [this, now = edits_] {
      if (now != edits_)
        return;
      save(text_);
    });
    quiet->start(500);
  }
  void ok_retry() { // gone when it has fired
    const int edit = edits_;
    QTimer::singleShot(1500, this, [this, edit] {
      if (edit == edits_)
        save(text_);
    });
  }
  void bad_deletedWhenItFires() {
    const int edit = edits_;
    auto *quiet = new QTimer(this); // warning: a timer is created for each call, and its handler ignores all but the last one; the others pile up until they fire; create it once and rearm it
    connect(quiet, &QTimer::timeout, this, [this, edit] {
      if (edit == edits_)
        save(text_);
    });
    connect(quiet, &QTimer::timeout, quiet, &QObject::deleteLater);
    quiet->start(500);
  }
  void bad_deletedInTheHandler(const QString &text) {
    text_ = text;
    auto *quiet = new QTimer(this); // warning: a timer is created for each call, and its handler ignores all but the last one
    connect(quiet, &QTimer::timeout, this, [this, quiet, edit = ++edits_] {
      quiet->deleteLater();
      if (edit == edits_)
        save(text_);
    });
    quiet->start(500);
  }
  void ok_deletedAndShown(const QString &hint) { // each shows its own
    auto *later = new QTimer(this);
    connect(later, &QTimer::timeout, this, [later, hint] {
      show(hint);
      later->deleteLater();
    });
    later->start(500);
  }
  void ok_rearmed(const QString &text) {
    text_ = text;
    again_.start(2000);
  }
  void ok_setUp() { // once
    auto *tick = new QTimer(this);
    connect(tick, &QTimer::timeout, this, [this] { save(text_); });
    tick->start(1000);
  }
  void ok_eachCounts(const QString &hint) { // every timer shows its own
    auto *later = new QTimer(this);
    later->setSingleShot(true);
    const int number = edits_;
    connect(later, &QTimer::timeout, this, [hint, number, later] {
      if (number == 3)
        show(hint);
      later->deleteLater();
    });
    later->start(100);
  }
  void ok_other() { // compared with something else
    auto *later = new QTimer(this);
    const int number = edits_;
    connect(later, &QTimer::timeout, this, [this, number] {
      if (number == shown_)
        show(text_);
    });
    later->start(100);
  }

private:
  QTimer again_;
  QString text_;
  int edits_ = 0, shown_ = 0;
};
