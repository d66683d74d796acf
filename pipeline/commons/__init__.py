"""Pictures: what Wikimedia Commons has under a title, under which licence, fetched and made uniform."""
