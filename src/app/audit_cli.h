// The command line of osier audit. For main.cc.

#pragma once

#include <CLI/CLI.hpp>
#include <utility>
#include <vector>

#include "app/cli.h"

namespace osier::app {

// osier audit verify|list|export|public-key|sign|restored
class AuditCommand {
 public:
  using Action = AuditOptions::Action;

  explicit AuditCommand(CLI::App& app) {
    group_ = app.add_subcommand("audit", "Who did what: read the record, and check its chain");
    group_->require_subcommand(1);
    add("verify", "Compute the whole chain anew; name the first bad place", Action::verify);
    auto& list = add("list", "Print entries, the newest last", Action::list);
    add_filter(list);
    list.add_option("--limit", options_.limit, "How many at most")->check(CLI::Range(1, 10'000));
    add_filter(add("export", "Print entries as lines of JSON, with places and hashes",
                   Action::export_lines));
    add("public-key", "Print the key that signed heads are checked with", Action::public_key);
    add("sign", "Sign a head now, as is done every hour", Action::sign);
    auto& restored = add("restored",
                         "Note that the database was put back to an earlier state, so that heads "
                         "signed since are void",
                         Action::restored);
    restored.add_option("--reason", options_.reason, "Why, for the record")->required();
  }

  const std::vector<std::pair<CLI::App*, Action>>& commands() const { return commands_; }
  bool is_asked_for() const { return group_->parsed(); }
  AuditOptions options() const {
    AuditOptions options = options_;
    for (const auto& [command, action] : commands_) {
      if (command->parsed()) options.action = action;
    }
    return options;
  }

 private:
  CLI::App& add(const char* name, const char* help, Action action) {
    CLI::App* command = group_->add_subcommand(name, help);
    commands_.emplace_back(command, action);
    return *command;
  }
  void add_filter(CLI::App& command) {
    command.add_option("--object", options_.object, "order, or order:ID: what was acted on");
    command.add_option("--actor", options_.actor, "Who: an id, or \"osier stock\"");
    command.add_option("--action", options_.act, "What was done, such as coupon.added");
    command.add_option("--since", options_.since, "7d, 2026-12-01 or 2026-12-01T10:00:00Z");
  }

  CLI::App* group_ = nullptr;
  std::vector<std::pair<CLI::App*, Action>> commands_;
  AuditOptions options_;
};

}  // namespace osier::app
