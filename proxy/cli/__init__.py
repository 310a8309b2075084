"""The `seatrial` command, one file a command; the only package that sees everything."""
