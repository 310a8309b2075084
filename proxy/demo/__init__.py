"""The whole product on one machine, without an account: `seatrial demo`.

It starts an upstream and `seatrial serve` as processes, sends traffic through the relay,
and shows what the admin port says of it.
"""
