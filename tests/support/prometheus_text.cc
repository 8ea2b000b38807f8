// SPDX-License-Identifier: Apache-2.0
#include "support/prometheus_text.h"

#include <regex>
#include <set>
#include <sstream>

namespace planish {
namespace {

/// Reads line by line; `metric_` is the one whose samples may come.
class Parser {
 public:
  arrow::Status Take(const std::string& line) {
    static const std::regex kHelp(R"(# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (\S.*))");
    static const std::regex kType(
        R"(# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped))");
    std::smatch match;
    if (std::regex_match(line, match, kHelp)) return Begin(match[1], line);
    if (std::regex_match(line, match, kType)) {
      if (match[1] != helped_ || !metric_.empty()) return Wrong(line);
      metric_ = match[1];
      return arrow::Status::OK();
    }
    return TakeSample(line);
  }

  arrow::Result<PrometheusSamples> Finish() {
    if (!has_samples_) return arrow::Status::Invalid("metric without samples: ", helped_);
    return samples_;
  }

 private:
  static arrow::Status Wrong(const std::string& line) {
    return arrow::Status::Invalid("not Prometheus text: ", line);
  }

  arrow::Status Begin(const std::string& name, const std::string& line) {
    if (!has_samples_ || !names_.insert(name).second) return Wrong(line);
    helped_ = name;
    metric_.clear();
    has_samples_ = false;
    return arrow::Status::OK();
  }

  arrow::Status TakeSample(const std::string& line) {
    static const std::regex kSample(
        R"re((([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{([a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\["\\n])*")re"
        R"re((?:,[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\["\\n])*")*)?\})?) )re"
        R"re(([-+]?(?:[0-9]+(?:\.[0-9]+)?(?:e[-+]?[0-9]+)?|Inf)|NaN))re");
    std::smatch match;
    if (!std::regex_match(line, match, kSample)) return Wrong(line);
    if (metric_.empty() || match[2] != metric_) return Wrong(line);
    if (!samples_.emplace(match[1], std::stod(match[4])).second) return Wrong(line);
    has_samples_ = true;
    return arrow::Status::OK();
  }

  std::string helped_, metric_;
  bool has_samples_ = true;
  std::set<std::string> names_;
  PrometheusSamples samples_;
};

}  // namespace

arrow::Result<PrometheusSamples> ParsePrometheus(const std::string& text) {
  if (text.empty() || text.back() != '\n') {
    return arrow::Status::Invalid("no newline at the end");
  }
  Parser parser;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    ARROW_RETURN_NOT_OK(parser.Take(line));
  }
  return parser.Finish();
}

}  // namespace planish
