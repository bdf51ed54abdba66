// REQUIRES: qt
// RUN: %verify %s heddle-unstopped-timer -- -std=c++20 %qt_flags
#include <QObject>
#include <QString>
#include <QTimer>

void publish(const QString &);

class Panel : public QObject {
public:
  void bad_later() {
    QTimer::singleShot(500, [this] { publish(name_); }); // warning: the handler holds a raw pointer to the object, and nothing stops the timer when the object is destroyed; it then uses 'name_' of a dead object; pass the object as the context of the call
  }
  void ok_later() {
    QTimer::singleShot(500, this, [this] { publish(name_); });
  }
  void ok_slot() { QTimer::singleShot(500, this, &Panel::refresh); }
  void ok_nothing_of_the_object() {
    QTimer::singleShot(500, [] { publish(QString()); });
  }
  void refresh() { publish(name_); }

private:
  QString name_;
};

// ---- a timer on the heap that nobody deletes ---------------------------------------------------------------------------
struct bad_heap {
class Saver {
public:
  Saver() {
    timer_ = new QTimer;
    timer_->setInterval(2000);
    QObject::connect(timer_, &QTimer::timeout, [this] { save(); }); // warning: the timer 'timer_' runs on when the object is destroyed, and its handler holds a raw pointer to the object; it then uses 'name_' of a dead object; stop and delete the timer in the destructor
    timer_->start();
  }
  ~Saver() { publish("gone"); }

private:
  void save() { publish(name_); } // note: the handler uses 'name_' here
  QString name_;
  QTimer *timer_ = nullptr;
};
};
struct bad_foreign_parent {
class Saver {
public:
  explicit Saver(QObject *app) : timer_(new QTimer(app)) {
    timer_->callOnTimeout([this] { publish(name_); }); // warning: the timer 'timer_' runs on when the object is destroyed
    if (!timer_->isActive())
      timer_->start(100);
  }
  ~Saver() = default;

private:
  QString name_;
  QTimer *timer_;
};
};
struct ok_stops {
class Saver {
public:
  Saver() : timer_(new QTimer) {
    QObject::connect(timer_, &QTimer::timeout, [this] { publish(name_); });
    timer_->start(100);
  }
  ~Saver() { timer_->stop(); }

private:
  QString name_;
  QTimer *timer_;
};
};
struct ok_deletes {
class Saver {
public:
  Saver() : timer_(new QTimer) {
    QObject::connect(timer_, &QTimer::timeout, [this] { publish(name_); });
    timer_->start(100);
  }
  ~Saver() { timer_->deleteLater(); }

private:
  QString name_;
  QTimer *timer_;
};
};
struct ok_own_child {
class Saver : public QObject {
public:
  Saver() : timer_(new QTimer(this)) {
    QObject::connect(timer_, &QTimer::timeout, [this] { publish(name_); });
    timer_->start(100);
  }

private:
  QString name_;
  QTimer *timer_;
};
};
struct ok_value {
class Saver {
public:
  Saver() {
    QObject::connect(&timer_, &QTimer::timeout, [this] { publish(name_); });
    timer_.start(100);
  }
  ~Saver() = default;

private:
  QString name_;
  QTimer timer_;
};
};
struct ok_context {
class Saver : public QObject {
public:
  Saver() : timer_(new QTimer) {
    connect(timer_, &QTimer::timeout, this, [this] { publish(name_); });
    timer_->start(100);
  }

private:
  QString name_;
  QTimer *timer_;
};
};
struct ok_handed_on {
class Saver {
public:
  explicit Saver(void (*keep)(QTimer *)) : timer_(new QTimer) {
    QObject::connect(timer_, &QTimer::timeout, [this] { publish(name_); });
    keep(timer_);
  }
  ~Saver() = default;

private:
  QString name_;
  QTimer *timer_;
};
};
