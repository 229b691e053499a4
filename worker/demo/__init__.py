"""The demo: invented outlets on loopback, at two points in time, and the story that is read from them."""
