"""The methods, one file each: all that a method's name means."""
