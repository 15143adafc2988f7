"""Ways in which cameras deliver to a station by themselves: uploads and mails."""
