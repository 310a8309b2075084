"""What the signals amount to: rates with their intervals, and what rests on them."""
