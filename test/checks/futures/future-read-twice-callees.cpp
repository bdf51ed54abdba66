// RUN: %verify %s heddle-future-read-twice -- -std=c++20
// Futures that only callees read: the caller alone sees both reads.
#include <algorithm>
#include <future>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

struct Weather {
  double degrees = 0;
  std::vector<std::string> warnings;
};
struct Trip {
  std::string to;
  double limit = 0;
  std::future<Weather> weather;
  std::shared_future<Weather> shared;
};
void print(const std::string &);
Weather ask(const std::string &);

double degreesAt(Trip &t) { return t.weather.get().degrees; }
std::string bad_warnings(Trip &t) { return t.weather.get().warnings.front(); } // warning: future 't.weather' is read a second time on this path
void twoCallees(Trip &t) {
  if (degreesAt(t) > t.limit)
    print(bad_warnings(t)); // note: in the call of 'bad_warnings' here
}
// Of a function that several call, the call is what is wrong.
double coldest(Trip &t) { return t.weather.get().degrees; }
void bad_sameCalleeTwice(Trip &t) {
  double first = coldest(t);
  if (coldest(t) < first) // warning: future 't.weather' is read a second time on this path
    print(t.to);
}
void bad_inALoop(Trip &t, int days) {
  for (int i = 0; i < days; ++i)
    print(std::to_string(coldest(t))); // warning: future 't.weather' is read a second time on this path
}
void bad_local(const std::string &to) {
  Trip t;
  t.weather = std::async(std::launch::async, ask, to);
  coldest(t);
  coldest(t); // warning: future 't.weather' is read a second time on this path
}

double shared(Trip &t) { return t.shared.get().degrees; }
void ok_shared(Trip &t) {
  if (shared(t) > t.limit)
    print(std::to_string(shared(t)));
}
void ok_eitherWay(Trip &t) {
  if (t.limit > 0)
    coldest(t);
  else
    coldest(t);
}
void askAgain(Trip &t) { t.weather = std::async(std::launch::async, ask, t.to); }
void ok_askedAgain(Trip &t) {
  coldest(t);
  askAgain(t);
  coldest(t);
}
void ok_twoTrips(Trip &a, Trip &b) {
  coldest(a);
  coldest(b);
}
void ok_eachTrip(std::vector<Trip> &trips) {
  for (Trip &t : trips)
    coldest(t);
}
double known(Trip &t) { return t.weather.valid() ? t.weather.get().degrees : 0; }
void ok_asksFirst(Trip &t) {
  known(t);
  known(t);
}

// ---- a promise that hands out its future by a member -----------------------------------------------------------------------
class Survey {
public:
  std::future<int> result() { return result_.get_future(); }
  void finish(int n) { result_.set_value(n); }

private:
  std::promise<int> result_;
};
int bad_late(Survey &s) { return s.result().get(); } // warning: the future of 's.result_' is retrieved a second time on this path
int asksTwice() {
  Survey s;
  auto f = s.result();
  if (f.wait_for(std::chrono::seconds(1)) == std::future_status::timeout)
    return bad_late(s); // note: in the call of 'bad_late' here
  return f.get();
}
int ok_asksOnce() {
  Survey s;
  auto f = s.result();
  s.finish(1);
  return f.get();
}

// ---- all that a container holds, and all again -----------------------------------------------------------------------------
void bad_twoLoops(std::vector<std::future<int>> &parts) {
  int sum = 0;
  for (auto &part : parts)
    sum += part.get(); // note: they are read here first
  print(std::to_string(sum));
  for (auto &part : parts)
    print(std::to_string(part.get())); // warning: the futures in 'parts' are read a second time here
}
double hottest(std::vector<Trip> &trips) {
  return std::accumulate(trips.begin(), trips.end(), 0.0,
                         [](double most, Trip &t) { return std::max(most, t.weather.get().degrees); });
}
void bad_report(std::vector<Trip> &trips) {
  for (Trip &t : trips) {
    Weather w = t.weather.get(); // warning: the futures in 'trips' are read a second time here
    if (w.degrees < t.limit)
      continue;
    print(t.to);
  }
}
void helpers(std::vector<Trip> trips, bool verbose) {
  if (verbose)
    print(std::to_string(hottest(trips)));
  bad_report(trips);
}
void ok_oneOfThem(std::vector<Trip> &trips, bool verbose) {
  if (verbose)
    print(std::to_string(hottest(trips)));
  else
    for (Trip &t : trips)
      print(std::to_string(t.weather.get().degrees));
}
void ok_leavesAfterTheFirst(std::vector<Trip> &trips, bool verbose) {
  if (verbose) {
    print(std::to_string(hottest(trips)));
    return;
  }
  for (Trip &t : trips)
    print(std::to_string(t.weather.get().degrees));
}
void ok_askedAgain(std::vector<Trip> &trips) {
  print(std::to_string(hottest(trips)));
  for (Trip &t : trips)
    t.weather = std::async(std::launch::async, ask, t.to);
  for (Trip &t : trips)
    print(std::to_string(t.weather.get().degrees));
}
void askAll(std::vector<Trip> &trips);
void ok_helperAsksAgain(std::vector<Trip> &trips) {
  print(std::to_string(hottest(trips)));
  askAll(trips);
  print(std::to_string(hottest(trips)));
}
void ok_someOfThem(std::vector<Trip> &trips) {
  for (Trip &t : trips)
    if (t.limit > 30)
      print(std::to_string(t.weather.get().degrees));
  for (Trip &t : trips)
    if (t.limit <= 30)
      print(std::to_string(t.weather.get().degrees));
}
void ok_asksEach(std::vector<Trip> &trips) {
  print(std::to_string(hottest(trips)));
  for (Trip &t : trips)
    if (t.weather.valid())
      print(std::to_string(t.weather.get().degrees));
}
void ok_anotherMember(std::vector<Trip> &trips) {
  print(std::to_string(hottest(trips)));
  for (Trip &t : trips)
    print(std::to_string(t.shared.get().degrees));
}
void ok_newOnes(std::vector<Trip> &trips, std::vector<Trip> others) {
  print(std::to_string(hottest(trips)));
  trips = std::move(others);
  print(std::to_string(hottest(trips)));
}

// ---- the reader empties the container ----------------------------------------------------------------------------------
int answer();
class ok_MovesOn {
public:
  void add() { pending_.push_back(std::async(std::launch::async, answer)); }
  int total() {
    int sum = 0;
    for (int n : done())
      sum += n;
    return sum;
  }
  int twice() { return total() + static_cast<int>(done().size()); }

private:
  const std::vector<int> &done() {
    for (auto &next : pending_)
      done_.push_back(next.get());
    pending_.clear();
    return done_;
  }
  std::vector<std::future<int>> pending_;
  std::vector<int> done_;
};
