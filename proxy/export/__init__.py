"""What Seatrial tells the outside: the metric catalog and its Prometheus form."""
