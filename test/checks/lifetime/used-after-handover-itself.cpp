// RUN: %verify %s heddle-used-after-handover -- -std=c++20
// Objects that start a task on themselves which frees them.
#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <pthread.h>
#include <string>
#include <thread>
#include <vector>

void send(const std::string &);

// ---- used by who starts it ---------------------------------------------------------------------------------------------
struct bad_detached {
  class Job {
  public:
    explicit Job(std::string name) : name_(std::move(name)) {}
    void start() {
      std::thread([this] { run(); }).detach(); // note: it is started here
    }
    const std::string &name() const { return name_; }

  private:
    ~Job() = default;
    void run() {
      send(name_);
      delete this; // note: it frees the object here
    }
    std::string name_;
  };
  static std::string begin(const std::string &name) {
    auto *job = new Job(name);
    job->start();       // note: the task is started by this call
    return job->name(); // warning: 'job' has started a task on itself that frees it; this may be a use after free; use it before the start, or let the caller own it and wait for the task
  }
};
struct bad_posix {
  struct Session {
    int socket = 0;
    bool begin() {
      pthread_t thread;
      return pthread_create(&thread, nullptr, &Session::entry, this) == 0;
    }
    static void *entry(void *context) {
      auto *session = static_cast<Session *>(context);
      session->serve();
      delete session;
      return nullptr;
    }
    void serve();
  };
  static int accept(int socket) {
    auto *session = new Session;
    session->socket = socket;
    if (!session->begin()) {
      delete session;
      return -1;
    }
    return session->socket; // warning: 'session' has started a task on itself that frees it
  }
};
struct bad_owned_by_the_task {
  class Upload {
  public:
    void launch() {
      std::thread(&Upload::work, this).detach();
    }
    int id = 0;

  private:
    void work() {
      std::unique_ptr<Upload> self(this);
      send(std::to_string(id));
    }
  };
  static void begin(std::vector<int> &ids) {
    Upload *upload = new Upload;
    upload->launch();
    ids.push_back(upload->id); // warning: 'upload' has started a task on itself that frees it
  }
};
struct bad_in_the_member {
  class Job {
  public:
    void start() {
      std::thread([this] { // note: the task is started here
        work();
        delete this; // note: it frees the object here
      }).detach();
      started_ = true; // warning: the task that was started on this object frees it; this may be a use after free; use the object before the start, or in the task
    }

  private:
    void work();
    bool started_ = false;
  };
};

// ---- correct code that looks similar -----------------------------------------------------------------------------------
struct ok_before {
  class Job {
  public:
    void start() {
      started_ = true;
      std::thread([this] {
        work();
        delete this;
      }).detach();
    }
    int id() const { return id_; }

  private:
    void work();
    bool started_ = false;
    int id_ = 0;
  };
  static int begin() {
    auto *job = new Job;
    int id = job->id();
    job->start();
    return id;
  }
};
struct ok_counts_its_users {
  class Job {
  public:
    void start() {
      ++users_;
      std::thread([this] {
        work();
        release();
      }).detach();
    }
    void release() {
      if (--users_ == 0)
        delete this;
    }
    int id() const { return id_; }

  private:
    void work();
    std::atomic<int> users_{1};
    int id_ = 0;
  };
  static int begin() {
    auto *job = new Job;
    job->start();
    int id = job->id();
    job->release();
    return id;
  }
};
struct ok_freed_by_who_started_it {
  class Job {
  public:
    void start() { thread_ = std::thread([this] { work(); }); }
    void finish() {
      thread_.join();
      delete this;
    }

  private:
    void work();
    std::thread thread_;
  };
  static void begin() {
    auto *job = new Job;
    job->start();
    job->finish();
  }
};
struct ok_another_one {
  class Job {
  public:
    void start() {
      std::thread([this] { delete this; }).detach();
    }
  };
  static void begin(int n) {
    for (int i = 0; i < n; ++i) {
      auto *job = new Job;
      job->start();
    }
  }
};
struct ok_waits_for_a_word {
  class Job {
  public:
    void start(std::promise<void> &may) {
      std::thread([this, &may] {
        may.get_future().wait();
        delete this;
      }).detach();
    }
    int id() const { return 1; }
  };
  static void finish(std::thread &other);
  static int begin(std::promise<void> &may, std::thread &other) {
    auto *job = new Job;
    job->start(may);
    other.join();
    return job->id();
  }
};
