"""The process that takes recordings from the relays, counts them and shows the counts."""
