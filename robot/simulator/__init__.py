"""A robot without hardware: turtlesim behind a rosbridge, in one process, for people, tests and demonstrations.

`Simulator` runs inside a program; `run_simulator` is `python -m robot.simulator`, with maps for people to look at.
"""
