"""Whether people may live in a house after a disaster: what a named technician signs, and who is not safely housed yet."""
