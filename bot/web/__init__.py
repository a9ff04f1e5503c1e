"""What listens: webhooks of trackers, and how the bot is. Parsing and proof stand beside the tracker."""
