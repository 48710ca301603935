"""PSFs by a formula that the user types."""
