"""Robots behind rosbridge: the guard, the simulated robot, the tools. Imports neither `app` nor `graphs`."""
