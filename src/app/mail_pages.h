// The mails that a shop without SMTP wrote as files, for whoever develops it. On the private
// listener.

#pragma once

#include "platform/http/router.h"
#include "platform/mail/folder_mailer.h"

namespace osier::app {

// /mails: the list; /mails/{name}: one mail with its text; /mails/{name}/html: its HTML part alone;
// …/eml: the file.
void add_mail_pages(http::Router& router, const mail::FolderMailer& mails);

}  // namespace osier::app
