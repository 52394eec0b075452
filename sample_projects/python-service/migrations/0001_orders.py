"""Create the orders table."""

revision = "0001"
