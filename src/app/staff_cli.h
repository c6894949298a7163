// The command line of osier staff. For main.cc.

#pragma once

#include <CLI/CLI.hpp>
#include <utility>
#include <vector>

#include "app/cli.h"

namespace osier::app {

// osier staff add|invite|list|roles|disable|enable|reset-factor
class StaffCommand {
 public:
  using Action = StaffOptions::Action;

  explicit StaffCommand(CLI::App& app) {
    group_ = app.add_subcommand("staff", "Who works in the admin portal");
    group_->require_subcommand(1);
    auto& add = command("add", "Invite somebody; prints the link by which they choose a password",
                        Action::add);
    add_email(add);
    add.add_option("--name", options_.name, "Their name")->required();
    add.add_flag("--owner", options_.is_owner, "They get every right there is");
    add.add_option("--role", options_.roles, "Name of a role; may be repeated");
    add.add_option("--language", options_.language, "Of the portal and their mails: en, de");
    auto& invite =
        command("invite", "Another invitation: it was lost, or the password was", Action::invite);
    add_email(invite);
    for (CLI::App* inviting : {&add, &invite}) {
      inviting->add_flag("--mail", options_.is_mailed,
                         "The link is mailed by a worker, and not printed");
    }
    command("list", "Print every member of staff, with roles and state", Action::list);
    auto& roles =
        command("roles", "Print all roles; with --email, give somebody these roles", Action::roles);
    roles.add_option("--email", options_.email, "Whose roles to set");
    roles.add_option("--role", options_.roles, "Name of a role; may be repeated");
    add_reasoned("disable", "Sign somebody out everywhere, and let them in no more",
                 Action::disable);
    add_reasoned("enable", "Let a disabled member in again", Action::enable);
    add_reasoned("reset-factor", "Take somebody's second factors, so that they set up others",
                 Action::reset_factor);
  }

  const std::vector<std::pair<CLI::App*, Action>>& commands() const { return commands_; }
  bool is_asked_for() const { return group_->parsed(); }
  StaffOptions options() const {
    StaffOptions options = options_;
    for (const auto& [command, action] : commands_) {
      if (command->parsed()) options.action = action;
    }
    return options;
  }

 private:
  CLI::App& command(const char* name, const char* help, Action action) {
    CLI::App* made = group_->add_subcommand(name, help);
    commands_.emplace_back(made, action);
    return *made;
  }
  void add_email(CLI::App& to) {
    to.add_option("--email", options_.email, "Their e-mail address")->required();
  }
  void add_reasoned(const char* name, const char* help, Action action) {
    auto& made = command(name, help, action);
    add_email(made);
    made.add_option("--reason", options_.reason, "Why, for the record")->required();
  }

  CLI::App* group_ = nullptr;
  std::vector<std::pair<CLI::App*, Action>> commands_;
  StaffOptions options_;
};

}  // namespace osier::app
