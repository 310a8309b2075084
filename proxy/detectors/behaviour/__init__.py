"""The behaviour of one reply: what it does towards the user who asked."""
