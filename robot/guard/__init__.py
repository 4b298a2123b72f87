"""The guard: a proxy between any rosbridge client and a robot, which keeps limits that no client can talk away."""
