"""What the end-to-end tests stand on: the programs under test, started, scripted and read.

Everything here binds 127.0.0.1 only, on free ports, and is stopped when its fixture ends. Nothing
here knows what a right answer is: that is in the tests.
"""
