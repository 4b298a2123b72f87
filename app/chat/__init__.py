"""Chat models: the endpoints a person serves, and the small one that comes along."""
