"""Computations beside the window: one worker, one mailbox."""
