"""Results beside their inputs: a curtain, a grid of two, profiles along a line, and the input as long as H is held."""
