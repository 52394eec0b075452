"""What a build's transfer costs: bytes and time a build, a day and a month, now and with the ignore file proposed."""
