"""The dock "Compare iterations"."""
