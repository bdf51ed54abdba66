// RUN: %verify %s heddle-unjoined-on-early-exit -- -std=c++20
// Exceptions of members that test late whether a function of C has failed; and of those that report a misuse.
#include <cstdio>
#include <dirent.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

void encode() noexcept;

class File {
public:
  explicit File(const std::string &path) : file_(std::fopen(path.c_str(), "wb")) {}
  ~File() {
    if (file_)
      std::fclose(file_);
  }
  void header(int tracks) {
    if (!file_)
      throw std::runtime_error("cannot write");
    std::fprintf(file_, "%d\n", tracks);
  }

private:
  std::FILE *file_;
};
void bad_file(const std::string &path) {
  File file(path);
  std::thread audio(encode);
  file.header(2); // warning: 'audio' may still run when this throws, and is not joined on that path
  audio.join();
}
class Directory {
public:
  void open(const char *path) { dir_ = opendir(path); }
  std::string next() {
    if (dir_ == nullptr)
      throw std::runtime_error("not open");
    dirent *entry = readdir(dir_);
    return entry ? entry->d_name : "";
  }

private:
  DIR *dir_ = nullptr;
};
void bad_directory(const char *path) {
  Directory all;
  all.open(path);
  std::thread helper(encode);
  all.next(); // warning: 'helper' may still run when this throws, and is not joined on that path
  helper.join();
}
class Owned {
public:
  explicit Owned(const char *path) : file_(std::fopen(path, "r"), &std::fclose) {}
  void read() {
    if (!file_)
      throw std::runtime_error("cannot read");
  }

private:
  std::unique_ptr<std::FILE, int (*)(std::FILE *)> file_;
};
void bad_owned(const char *path) {
  Owned file(path);
  std::thread helper(encode);
  file.read(); // warning: 'helper' may still run when this throws, and is not joined on that path
  helper.join();
}

// ---- correct code that looks similar -----------------------------------------------------------------------------------
class Checked {
public:
  explicit Checked(const char *path) : file_(std::fopen(path, "r")) {
    if (!file_)
      throw std::runtime_error("cannot open");
  }
  void read() {
    if (!file_) // it was moved from
      throw std::runtime_error("closed");
  }

private:
  std::FILE *file_;
};
void ok_checked(const char *path) {
  Checked file(path);
  std::thread helper(encode);
  file.read();
  helper.join();
}
class Made {
public:
  Made() : text_(std::make_unique<std::string>()) {}
  void read() {
    if (!text_)
      throw std::runtime_error("moved from");
  }

private:
  std::unique_ptr<std::string> text_;
};
void ok_made() {
  Made made;
  std::thread helper(encode);
  made.read();
  helper.join();
}
class Lent {
public:
  explicit Lent(std::FILE *file) : file_(file) {}
  void read() {
    if (!file_)
      throw std::invalid_argument("no file");
  }

private:
  std::FILE *file_;
};
void ok_lent(std::FILE *given) {
  Lent file(given);
  std::thread helper(encode);
  file.read();
  helper.join();
}
void ok_joined(const std::string &path) {
  File file(path);
  std::jthread audio(encode);
  file.header(2);
}
