"""What `seatrial store` does with the tables of a store."""
